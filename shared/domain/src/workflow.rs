//! Workflows: when something happens to a ticket, and some conditions hold, do these steps (contract/workflows.md).
//!
//! All of it is pure. A [`Definition`] is read from JSON by [`Definition::parse`], which names the place of whatever is
//! wrong with it. A [`Run`] says what is to be done next and is told what came of it; it is a function of the definition,
//! the event and those outcomes, so whoever performs the actions may crash, or be held up by a limit, and resume by
//! telling a new `Run` the same outcomes. [`dry_run()`] plays a run through on a copy of a ticket.

mod assignee;
mod changes;
mod condition;
mod dry_run;
mod facts;
pub mod gallery;
mod json;
mod operator;
mod parse;
mod party;
mod property;
mod record;
mod run;
mod template;
mod trigger;
mod update;
mod variables;

pub use assignee::AssigneeRef;
pub use changes::{Changes, Fault};
pub use condition::Condition;
pub use dry_run::{DryRun, DryStep, dry_run, present};
pub use facts::Occurrence;
pub use operator::Operator;
pub use parse::{MOST_BYTES, MOST_LISTED, MOST_NESTING, MOST_STEPS};
pub use party::Party;
pub use place::Invalid;
pub use property::Property;
pub use record::{Ending, RunOutcome, StepLog, StepResult};
pub use run::{Action, Misfit, Next, Outcome, Performed, Run};
pub use template::Template;
pub use trigger::{FilterOutcome, Matching, Trigger};
pub use update::UpdateTicket;
pub use variables::{changed, ticket_variables};

use crate::{
    ids::{UserId, WorkflowId},
    place,
    time::Timestamp,
};

/// A workflow of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Its id; several workflows on one event run in the order of theirs.
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
    /// By whom it was created.
    pub created_by: UserId,
    /// Counts the writes; each requires the number it read.
    pub version: u64,
}

/// What starts a workflow, and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// What starts it.
    pub trigger: Trigger,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Reads a ticket into `variables.ticket`.
    GetTicket {
        /// Which; the event's unless given.
        ticket_id: Option<Template>,
    },
    /// Changes a ticket.
    UpdateTicket(Box<UpdateTicket>),
    /// Goes one of several ways.
    Branch {
        /// The ways; the first whose condition holds is taken.
        branches: Vec<Branch>,
        /// What is done if none does.
        otherwise: Vec<Step>,
    },
}

/// One way that steps may go.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// When.
    pub when: Condition,
    /// What is done then.
    pub steps: Vec<Step>,
}

#[cfg(test)]
pub(crate) mod tests;
