//! Workflows: when an event happens to a ticket and some conditions hold, perform some steps.
//!
//! All of it is pure. [`Definition::parse`] reads a [`Definition`] from JSON and names the place of whatever is wrong with it.
//! A [`Run`] says which action is next and is told its outcome. It is a function of the definition, the event and the outcomes.
//! So the function that performs the actions may crash, or be held up by a limit, and resume by telling a new `Run` the same
//! outcomes. [`dry_run()`] performs a run on a copy of a ticket.

mod assignee;
mod bounds;
mod condition;
mod dry_run;
pub mod gallery;
mod json;
mod known;
mod operator;
mod parse;
mod party;
mod property;
mod record;
mod run;
mod template;
mod trigger;
mod update;
mod values;
mod variables;

pub use assignee::{AssigneeRef, no_assignee};
pub use bounds::{MOST_BYTES, MOST_LISTED, MOST_NESTING, MOST_STEPS};
pub use condition::Condition;
pub use dry_run::{DryRun, DryStep, dry_run, present};
pub use known::Occurrence;
pub use operator::Operator;
pub use party::Party;
pub use place::Invalid;
pub use property::Property;
pub use record::{Ending, RunOutcome, StepLog, StepResult};
pub use run::{Action, ActionOutcome, Misfit, Next, Performed, Run};
pub use template::Template;
pub use trigger::{FilterOutcome, Matching, Trigger};
pub use update::UpdateTicket;
pub use values::Fault;
pub use variables::{changed, ticket_variables};

use crate::{
    ids::{UserId, WorkflowId},
    place,
    time::Timestamp,
};

/// A workflow of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Its id, ordered by creation. Several workflows on one event run in the order of their ids.
    pub id: WorkflowId,
    /// What people call it.
    pub name: String,
    /// Whether events start it.
    pub enabled: bool,
    /// What starts it, and what it does.
    pub definition: Definition,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The user who created it.
    pub created_by: UserId,
    /// The number of writes so far. Each write requires the number that it read, so no write is lost.
    pub version: u64,
}

/// What starts a workflow, and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The event that starts it, with its filters.
    pub trigger: Trigger,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// One step of a workflow.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Reads a ticket into `variables.ticket`.
    GetTicket {
        /// Which ticket; the event's if `None`.
        ticket_id: Option<Template>,
    },
    /// Changes a ticket, by values that may hold placeholders.
    UpdateTicket(Box<UpdateTicket>),
    /// Chooses between several lists of steps.
    Branch {
        /// The branches, in order; the first whose condition holds is taken.
        branches: Vec<Branch>,
        /// The steps to perform if no condition holds.
        otherwise: Vec<Step>,
    },
}

/// A condition, and the steps to perform if it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// When the branch is taken.
    pub when: Condition,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

#[cfg(test)]
pub(crate) mod tests;
