//! Reads the values of an `update_ticket` step's inputs.
//!
//! A step is read when its workflow is saved, and again when it runs. Saving checks every input without placeholders. So a run
//! fails only by what a placeholder stands for.

use crate::{
    calendar::{Amount, BusinessHours, SlaUnit},
    ids::TicketId,
    sla::Deadline,
    tags::Tags,
    ticket::{Priority, Status},
    time::Timestamp,
};

/// An input whose value is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Fault {
    /// The name of the input, such as `sla_amount`.
    pub field: &'static str,
    /// The reason, as a sentence.
    pub reason: String,
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
