//! One run of a workflow, as a state machine: it says which action is next and is told the outcome.
//!
//! A run is a function of the definition, the event and the outcomes so far. The function that performs it stores the outcomes
//! ([`Run::performed`]). After a crash, or once a limit lets the run go on, [`Run::resume`] tells them to a new run, which then
//! is where the first one was.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Branch, Definition, Step,
    known::{Known, Occurrence},
    parse::branch_place,
    place::Place,
    record::{Ending, StepLog, StepResult},
    update::render_ticket_id,
    values::Fault,
};
use crate::{ids::TicketId, patch::Patch, traits::Object};

/// What a step asks to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Read a ticket. The outcome is its [`ticket_variables`](super::ticket_variables).
    GetTicket {
        /// The ticket's id, read from the step's input or the event.
        ticket_id: TicketId,
    },
    /// Change a ticket. The outcome names the fields that differ.
    UpdateTicket {
        /// The ticket's id, read from the step's input or the event.
        ticket_id: TicketId,
        /// The change, with every placeholder filled in.
        patch: Patch,
    },
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Perform this action, then call [`Run::tell`] with its outcome.
    Act {
        /// The step, such as `steps[0].branches[1].steps[0]`.
        place: String,
        /// The action to perform.
        action: Action,
    },
    /// Nothing: the run is over.
    Done(Ending),
}

/// The outcome of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionOutcome {
    /// The ticket was read: `variables.ticket` from here on.
    Ticket(Object),
    /// The ticket was changed: the fields that differ now, with their new values, for the record.
    Updated(Object),
    /// The action can never be done, for this reason. What can be retried is not an outcome.
    Failed(String),
}

/// An outcome and its step, as stored to resume a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Performed {
    /// The step's place, such as `steps[0].branches[1].steps[0]`.
    pub step: String,
    /// The outcome of its action.
    pub outcome: ActionOutcome,
}

/// The outcome does not belong to the step that waits for one: the workflow was changed since, or the caller has a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an outcome was told that no action at {place} waits for")]
pub struct Misfit {
    /// The step that waits, or `the end`.
    pub place: String,
}

/// A run in progress.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    known: Known<'a>,
    /// The nested lists of steps that the run is in, the innermost last.
    lists: Vec<List<'a>>,
    waiting: Option<(Place, Action)>,
    performed: Vec<Performed>,
    log: Vec<StepLog>,
    ending: Option<Ending>,
}

#[derive(Debug, Clone)]
struct List<'a> {
    steps: &'a [Step],
    place: Place,
    next: usize,
}

impl<'a> Run<'a> {
    /// A run from the start. The caller has asked [`Trigger::matches`](super::Trigger::matches) whether the event starts the
    /// workflow.
    pub fn new(definition: &'a Definition, occurrence: &'a Occurrence) -> Self {
        Self {
            known: Known::new(occurrence),
            lists: vec![List { steps: &definition.steps, place: Place::root("steps"), next: 0 }],
            waiting: None,
            performed: Vec::new(),
            log: Vec::new(),
            ending: None,
        }
    }

    /// The run whose actions had these outcomes so far. Fails if the definition has changed since, so that other steps would
    /// have been performed.
    pub fn resume(definition: &'a Definition, occurrence: &'a Occurrence, performed: Vec<Performed>) -> Result<Self, Misfit> {
        let mut run = Self::new(definition, occurrence);
        for Performed { step, outcome } in performed {
            match run.advance() {
                Next::Act { place, .. } if place == step => run.tell(outcome)?,
                Next::Act { place, .. } => return Err(Misfit { place }),
                Next::Done(_) => return Err(Misfit { place: THE_END.to_owned() }),
            }
        }
        Ok(run)
    }

    /// Advances to the next action, or to the end. It returns the same action again until its outcome is told.
    pub fn advance(&mut self) -> Next {
        loop {
            if let Some(ending) = self.ending {
                return Next::Done(ending);
            }
            if let Some((place, action)) = &self.waiting {
                return Next::Act { place: place.to_string(), action: action.clone() };
            }
            self.enter_next();
        }
    }

    /// Takes the outcome of the action that [`advance`](Self::advance) returned. Fails if the outcome is of another kind, or if
    /// no action waits for one.
    pub fn tell(&mut self, outcome: ActionOutcome) -> Result<(), Misfit> {
        let Some((place, action)) = self.waiting.take() else { return Err(Misfit { place: THE_END.to_owned() }) };
        match (&action, &outcome) {
            (Action::GetTicket { .. }, ActionOutcome::Ticket(ticket)) => {
                self.known.ticket.clone_from(ticket);
                self.note(&place, StepResult::Done, None);
            }
            (Action::UpdateTicket { .. }, ActionOutcome::Updated(changed)) => {
                self.note(&place, StepResult::Done, Some(Value::Object(changed.clone())));
            }
            (_, ActionOutcome::Failed(reason)) => self.fail(&place, reason),
            (Action::GetTicket { .. }, ActionOutcome::Updated(_)) | (Action::UpdateTicket { .. }, ActionOutcome::Ticket(_)) => {
                let misfit = Misfit { place: place.to_string() };
                self.waiting = Some((place, action));
                return Err(misfit);
            }
        }
        self.performed.push(Performed { step: place.to_string(), outcome });
        Ok(())
    }

    /// The outcomes so far, to resume with.
    pub fn performed(&self) -> &[Performed] {
        &self.performed
    }

    /// The record of each step so far.
    pub fn log(&self) -> &[StepLog] {
        &self.log
    }

    /// Makes one step: into a branch, up to an action, or out of a list that is done.
    fn enter_next(&mut self) {
        let Some(list) = self.lists.last_mut() else {
            let updated = self.performed.iter().any(|performed| matches!(performed.outcome, ActionOutcome::Updated(_)));
            self.ending = Some(if updated { Ending::Acted } else { Ending::Nothing });
            return;
        };
        let Some(step) = list.steps.get(list.next) else {
            self.lists.pop();
            return;
        };
        let place = list.place.at(list.next);
        list.next += 1;
        match step {
            Step::Branch { branches, otherwise } => self.branch(&place, branches, otherwise),
            Step::GetTicket { ticket_id } => {
                let rendered = render_ticket_id(ticket_id.as_ref(), &self.known);
                self.wait(place, rendered.map(|ticket_id| Action::GetTicket { ticket_id }));
            }
            Step::UpdateTicket(update) => {
                let rendered = update.render(&self.known);
                self.wait(place, rendered.map(|(ticket_id, patch)| Action::UpdateTicket { ticket_id, patch }));
            }
        }
    }

    fn branch(&mut self, place: &Place, branches: &'a [Branch], otherwise: &'a [Step]) {
        let taken = branches.iter().enumerate().find(|(_, branch)| branch.when.holds(&self.known));
        let (way, steps, inner) = match taken {
            Some((index, branch)) => (format!("branches[{index}]"), branch.steps.as_slice(), branch_place(place, index)),
            None if otherwise.is_empty() => ("none".to_owned(), otherwise, place.key("else")),
            None => ("else".to_owned(), otherwise, place.key("else")),
        };
        self.note(place, StepResult::Branch, Some(json!(way)));
        self.lists.push(List { steps, place: inner, next: 0 });
    }

    fn wait(&mut self, place: Place, action: Result<Action, Fault>) {
        match action {
            Ok(action) => self.waiting = Some((place, action)),
            Err(fault) => self.fail(&place, &fault.to_string()),
        }
    }

    fn fail(&mut self, place: &Place, reason: &str) {
        self.note(place, StepResult::Failed, Some(json!(reason)));
        self.ending = Some(Ending::Failed);
    }

    fn note(&mut self, place: &Place, result: StepResult, detail: Option<Value>) {
        self.log.push(StepLog { step: place.to_string(), result, detail });
    }
}

const THE_END: &str = "the end";
