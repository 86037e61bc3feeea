//! Definitions as JSON, in the form in which they are read.

use serde_json::{Value, json};

use super::{Branch, Definition, Step};
use crate::traits::Object;

impl Definition {
    /// `trigger` and `steps`. [`Definition::parse`] reads the same definition from it.
    pub fn to_json(&self) -> Object {
        let Self { trigger, steps } = self;
        [("trigger".to_owned(), trigger.to_json()), ("steps".to_owned(), steps_json(steps))].into_iter().collect()
    }
}

fn steps_json(steps: &[Step]) -> Value {
    steps.iter().map(step_json).collect()
}

fn step_json(step: &Step) -> Value {
    match step {
        Step::GetTicket { ticket_id: None } => json!({"action": "get_ticket", "inputs": {}}),
        Step::GetTicket { ticket_id: Some(ticket_id) } => {
            json!({"action": "get_ticket", "inputs": {"ticket_id": ticket_id.source()}})
        }
        Step::UpdateTicket(update) => json!({"action": "update_ticket", "inputs": update.to_json()}),
        Step::Branch { branches, otherwise } => {
            json!({"branches": branches.iter().map(branch_json).collect::<Vec<_>>(), "else": steps_json(otherwise)})
        }
    }
}

fn branch_json(branch: &Branch) -> Value {
    json!({"when": branch.when.to_json(), "steps": steps_json(&branch.steps)})
}
