//! What an `update_ticket` step changes when it runs: the values of its inputs, read.
//!
//! The same readers check constant inputs when the workflow is saved. So at run time a workflow fails only by the value of a
//! placeholder.

use crate::{
    assignee::Assignee,
    calendar::{Amount, BusinessHours, SlaUnit},
    ids::TicketId,
    patch::Patch,
    sla::Deadline,
    tags::{Tags, TagsMode},
    ticket::{Priority, Status},
    time::Timestamp,
};

/// An input whose value is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Fault {
    /// The input.
    pub field: &'static str,
    /// The reason, as a sentence.
    pub reason: String,
}

/// A change of a ticket; a field that is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// The new status.
    pub status: Option<Status>,
    /// The new priority; a workflow can't clear it.
    pub priority: Option<Priority>,
    /// The new deadline, or that it is cleared.
    pub deadline: Option<Deadline>,
    /// The new assignee; `Some(None)` for nobody.
    pub assignee: Option<Option<Assignee>>,
    /// Tags, and whether they replace the present ones, are added, or are removed.
    pub tags: Option<(Tags, TagsMode)>,
}

impl Changes {
    /// The same change as a patch.
    pub fn patch(&self) -> Patch {
        let Self { status, priority, deadline, assignee, tags } = self.clone();
        Patch { status, priority: priority.map(Some), assignee, deadline, tags, ..Patch::default() }
    }

    /// Why the ticket can't be assigned so; `None` if it can. The user or role may have left the project since the workflow was
    /// saved, which fails the run (docs/decisions.md, 43). `has` says who belongs to the project.
    pub fn no_assignee(&self, has: impl Fn(Assignee) -> bool) -> Option<&'static str> {
        match self.assignee.flatten()? {
            assignee if has(assignee) => None,
            Assignee::User(_) => Some("The user is not a member of this project any more."),
            Assignee::Role(_) => Some("The role does not belong to this project any more."),
        }
    }
}

const BAD_AMOUNT: &str = "Must be clear, or a number greater than 0 and at most five years.";

pub(super) fn read_ticket_id(text: &str) -> Result<TicketId, String> {
    text.trim().parse().map_err(|_| "Must be a ticket's UUID.".to_owned())
}

pub(super) fn read_status(text: &str) -> Result<Status, String> {
    Status::parse(text).ok_or_else(|| "Must be new, open, pending, on_hold or resolved.".to_owned())
}

pub(super) fn read_priority(text: &str) -> Result<Priority, String> {
    Priority::parse(text).ok_or_else(|| "Must be low, medium or high.".to_owned())
}

pub(super) fn read_unit(text: &str) -> Result<SlaUnit, String> {
    SlaUnit::parse(text).ok_or_else(|| "Must be minute, hour or day.".to_owned())
}

pub(super) fn is_clear(amount: &str) -> bool {
    amount.trim() == "clear"
}

/// Reads a number of units, or `clear`, which ignores the unit. An error is the reason as a sentence.
pub(super) fn read_deadline(amount: &str, unit: SlaUnit, hours: Option<&BusinessHours>) -> Result<Deadline, String> {
    if is_clear(amount) {
        return Ok(Deadline::Clear);
    }
    let amount = amount.trim().parse().map_err(|_| BAD_AMOUNT)?;
    let amount = Amount::new(amount, unit, hours.cloned()).map_err(|_| BAD_AMOUNT)?;
    // Refuses an amount that can't be reached within five years; whether it can hardly depends on the start.
    amount.due(Timestamp::EPOCH).map_err(|_| "Is more than the open time of the next five years.")?;
    Ok(Deadline::In(Box::new(amount)))
}

pub(super) fn read_tags<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Tags, String> {
    Tags::new(texts).map_err(|error| error.to_string())
}
