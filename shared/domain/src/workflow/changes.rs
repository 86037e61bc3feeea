//! What an `update_ticket` step comes to when it runs: the values of its inputs, read. The same readers check at save what
//! is constant, so a workflow fails at run time only by what a placeholder was filled with.

use crate::{
    assignee::Assignee,
    calendar::{BusinessHours, NoDeadline, due},
    ids::TicketId,
    patch::Patch,
    sla::SlaUnit,
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

/// A deadline before it is known when the step runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Deadline {
    /// There is none any more.
    Clear,
    /// So much later.
    After {
        /// How many units.
        amount: f64,
        /// Of what.
        unit: SlaUnit,
        /// Within which the clock runs; always, if it is `None`.
        hours: Option<Box<BusinessHours>>,
    },
}

impl Changes {
    /// The change of fields that this is at `now`, the moment deadlines count from.
    pub fn patch(&self, now: Timestamp) -> Result<Patch, Fault> {
        let Self { status, priority, deadline, assignee, tags } = self.clone();
        let sla_due_at = deadline.map(|deadline| deadline.at(now)).transpose();
        let sla_due_at = sla_due_at.map_err(|reason| Fault { field: "sla_amount", reason })?;
        Ok(Patch { status, priority: priority.map(Some), assignee, sla_due_at, tags, ..Patch::default() })
    }

    /// Why the ticket can't be assigned so: whoever it is left since the workflow was saved (decision 43). `has` knows who
    /// is of the project.
    pub fn stranger(&self, has: impl Fn(Assignee) -> bool) -> Option<&'static str> {
        match self.assignee.flatten()? {
            assignee if has(assignee) => None,
            Assignee::User(_) => Some("The user is not a member of this project any more."),
            Assignee::Role(_) => Some("The role does not belong to this project any more."),
        }
    }
}

impl Deadline {
    fn at(&self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        match self {
            Self::Clear => Ok(None),
            Self::After { amount, unit, hours } => {
                due(now, *amount, *unit, hours.as_deref()).map(Some).map_err(|error| match error {
                    NoDeadline::Amount(_) => BAD_AMOUNT.to_owned(),
                    NoDeadline::TooFar | NoDeadline::NoOpenTime => {
                        "Is more than the open time of the next five years.".to_owned()
                    }
                })
            }
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
    let hours = hours.map(|hours| Box::new(hours.clone()));
    let deadline = Deadline::After { amount: amount.trim().parse().map_err(|_| BAD_AMOUNT)?, unit, hours };
    // Whether an amount will do does not depend on when.
    deadline.at(Timestamp::EPOCH).map(|_| deadline)
}

pub(super) fn read_tags<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Tags, String> {
    Tags::new(texts).map_err(|error| error.to_string())
}
