//! What an `update_ticket` step comes to when it runs: the values of its inputs, read. The same readers check at save what
//! is constant, so a workflow fails at run time only by what a placeholder was filled with.

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

/// An input whose value will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Fault {
    /// The input.
    pub field: &'static str,
    /// Why.
    pub reason: String,
}

/// A change of a ticket; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Where it stands.
    pub status: Option<Status>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// The deadline.
    pub deadline: Option<Deadline>,
    /// Who is responsible; `Some(None)` for nobody.
    pub assignee: Option<Option<Assignee>>,
    /// Tags, and how they meet those that are there.
    pub tags: Option<(Tags, TagsMode)>,
}

impl Changes {
    /// The change of fields that this is.
    pub fn patch(&self) -> Patch {
        let Self { status, priority, deadline, assignee, tags } = self.clone();
        Patch { status, priority: priority.map(Some), assignee, deadline, tags, ..Patch::default() }
    }

    /// Why the ticket can't be assigned so: whoever it is left since the workflow was saved (decision 43). `has` knows who
    /// is of the project.
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

/// An amount of units, or `clear`, for which the unit does not matter.
pub(super) fn read_deadline(amount: &str, unit: SlaUnit, hours: Option<&BusinessHours>) -> Result<Deadline, String> {
    if is_clear(amount) {
        return Ok(Deadline::Clear);
    }
    let amount = amount.trim().parse().map_err(|_| BAD_AMOUNT)?;
    let amount = Amount::new(amount, unit, hours.cloned()).map_err(|_| BAD_AMOUNT)?;
    // Whether an amount will do hardly depends on when.
    amount.due(Timestamp::EPOCH).map_err(|_| "Is more than the open time of the next five years.")?;
    Ok(Deadline::In(Box::new(amount)))
}

pub(super) fn read_tags<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Tags, String> {
    Tags::new(texts).map_err(|error| error.to_string())
}
