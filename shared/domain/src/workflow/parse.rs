//! Reads definitions from JSON.

use serde_json::Value;

use super::{
    AssigneeRef, Branch, Condition, Definition, Invalid, Step, UpdateTicket,
    bounds::{MOST_BYTES, MOST_LISTED, MOST_NESTING, MOST_STEPS},
    place::Place,
    trigger::Trigger,
    update::read_ticket_input,
};
use crate::{ids::RoleId, traits::Object};

impl Definition {
    /// Reads the keys `trigger` and `steps` of an object; the caller reads the others. An error names the first place that is
    /// wrong.
    pub fn parse(object: &Object) -> Result<Self, Invalid> {
        let required = |key: &str| {
            let place = Place::root(key);
            let value = object.get(key).ok_or_else(|| place.refuse("Is required."))?;
            Ok((value, place))
        };
        let (trigger, place) = required("trigger")?;
        let trigger = Trigger::read(trigger, &place)?;
        let (steps, place) = required("steps")?;
        let steps = Steps::default().read(steps, &place, 0)?;
        let definition = Self { trigger, steps };
        let bytes = Value::Object(definition.to_json()).to_string().len();
        if bytes > MOST_BYTES {
            return Err(place.refuse(format!("A workflow can have at most {MOST_BYTES} bytes of JSON; this one has {bytes}.")));
        }
        Ok(definition)
    }

    /// The assignees that the steps name, each with its place.
    pub fn assignees(&self) -> Vec<(String, &AssigneeRef)> {
        let mut found = Vec::new();
        collect(&self.steps, &Place::root("steps"), &mut found);
        found
    }

    /// Replaces the names of roles by their ids. `find` looks up the project's roles; a name that it lacks is an error at its
    /// place.
    pub fn resolve_roles(&mut self, find: impl Fn(&str) -> Option<RoleId>) -> Result<(), Invalid> {
        resolve(&mut self.steps, &Place::root("steps"), &find)
    }
}

/// Reads steps and counts them, including those within branches.
#[derive(Debug, Default)]
struct Steps {
    read: usize,
}

impl Steps {
    /// Reads a list of steps that is nested within `depth` branches.
    fn read(&mut self, value: &Value, place: &Place, depth: usize) -> Result<Vec<Step>, Invalid> {
        let steps = place.list(value, MOST_STEPS)?;
        steps.iter().enumerate().map(|(index, step)| self.read_step(step, &place.at(index), depth)).collect()
    }

    fn read_step(&mut self, value: &Value, place: &Place, depth: usize) -> Result<Step, Invalid> {
        self.read += 1;
        if self.read > MOST_STEPS {
            return Err(place.refuse(format!("A workflow can have at most {MOST_STEPS} steps.")));
        }
        let step = place.object(value, &["action", "inputs", "branches", "else"])?;
        match (step.get("action"), step.get("branches")) {
            (Some(_), None) => read_action(value, place),
            (None, Some(_)) => self.read_branches(value, place, depth),
            (Some(_), Some(_)) => Err(place.refuse("A step has either an action or branches.")),
            (None, None) => Err(place.refuse("A step must have an action or branches.")),
        }
    }

    fn read_branches(&mut self, value: &Value, place: &Place, depth: usize) -> Result<Step, Invalid> {
        let step = place.object(value, &["branches", "else"])?;
        if depth >= MOST_NESTING {
            return Err(place.refuse(format!("Branches can be nested up to {MOST_NESTING} deep.")));
        }
        let (branches, at) = place.required(step, "branches")?;
        let branches = at.some(branches, MOST_LISTED)?.iter().enumerate();
        let branches = branches.map(|(index, branch)| self.read_branch(branch, &at.at(index), depth + 1));
        let branches = branches.collect::<Result<_, _>>()?;
        let otherwise = step.get("else").map(|steps| self.read(steps, &place.key("else"), depth + 1)).transpose()?;
        Ok(Step::Branch { branches, otherwise: otherwise.unwrap_or_default() })
    }

    fn read_branch(&mut self, value: &Value, place: &Place, depth: usize) -> Result<Branch, Invalid> {
        let branch = place.object(value, &["when", "steps"])?;
        let (when, at) = place.required(branch, "when")?;
        let when = Condition::read(when, &at, 0)?;
        let (steps, at) = place.required(branch, "steps")?;
        Ok(Branch { when, steps: self.read(steps, &at, depth)? })
    }
}

fn read_action(value: &Value, place: &Place) -> Result<Step, Invalid> {
    let step = place.object(value, &["action", "inputs"])?;
    let (action, at) = place.required(step, "action")?;
    let none = Value::Object(Object::new());
    let inputs = step.get("inputs").unwrap_or(&none);
    let place = place.key("inputs");
    match action.as_str() {
        Some("get_ticket") => {
            let inputs = place.object(inputs, &["ticket_id"])?;
            Ok(Step::GetTicket { ticket_id: read_ticket_input(inputs, &place)? })
        }
        Some("update_ticket") => Ok(Step::UpdateTicket(Box::new(UpdateTicket::read(inputs, &place)?))),
        _ => Err(at.refuse("Must be get_ticket or update_ticket.")),
    }
}

fn assignee_place(step: &Place) -> Place {
    step.key("inputs").key("assignee")
}

fn collect<'a>(steps: &'a [Step], place: &Place, found: &mut Vec<(String, &'a AssigneeRef)>) {
    for (index, step) in steps.iter().enumerate() {
        let place = place.at(index);
        match step {
            Step::GetTicket { .. } => {}
            Step::UpdateTicket(update) => {
                let assignee = update.assignee.iter().flatten();
                found.extend(assignee.map(|assignee| (assignee_place(&place).to_string(), assignee)));
            }
            Step::Branch { branches, otherwise } => {
                for (index, branch) in branches.iter().enumerate() {
                    collect(&branch.steps, &branch_place(&place, index), found);
                }
                collect(otherwise, &place.key("else"), found);
            }
        }
    }
}

fn resolve(steps: &mut [Step], place: &Place, find: &impl Fn(&str) -> Option<RoleId>) -> Result<(), Invalid> {
    for (index, step) in steps.iter_mut().enumerate() {
        let place = place.at(index);
        match step {
            Step::GetTicket { .. } => {}
            Step::UpdateTicket(update) => {
                if let Some(Some(assignee)) = &mut update.assignee
                    && let AssigneeRef::RoleNamed(name) = assignee
                {
                    let unknown = || assignee_place(&place).key("name").refuse("The project has no role of this name.");
                    *assignee = AssigneeRef::Role(find(name).ok_or_else(unknown)?);
                }
            }
            Step::Branch { branches, otherwise } => {
                for (index, branch) in branches.iter_mut().enumerate() {
                    resolve(&mut branch.steps, &branch_place(&place, index), find)?;
                }
                resolve(otherwise, &place.key("else"), find)?;
            }
        }
    }
    Ok(())
}

/// The place of the steps of one branch, of the step at `place`.
pub(super) fn branch_place(place: &Place, index: usize) -> Place {
    place.key("branches").at(index).key("steps")
}
