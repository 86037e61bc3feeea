//! How tickets stand with their deadlines, and what a change may ask of a deadline.

use crate::{calendar::Amount, query::SlaState, ticket::Ticket, time::Timestamp, words::words};

words! {
    /// How a ticket stands with its deadline.
    Standing {
        /// More than an hour is left.
        OnTrack = "on_track",
        /// An hour or less is left.
        AtRisk = "at_risk",
        /// The deadline has passed.
        Breached = "breached",
        /// The clock is paused.
        Paused = "paused",
        /// There is no deadline, or the ticket is resolved.
        None = "none",
    }
}

impl Standing {
    /// The standing of a ticket at `now`: never paused, as only [`Sla::of`](crate::policies::explain::Sla::of) can tell.
    /// Resolving a ticket stops its clock.
    pub fn of(ticket: &Ticket, now: Timestamp) -> Self {
        match SlaState::of(ticket, now) {
            Some(SlaState::OnTrack) => Self::OnTrack,
            Some(SlaState::AtRisk) => Self::AtRisk,
            Some(SlaState::Breached) => Self::Breached,
            Some(SlaState::Without) | None => Self::None,
        }
    }
}

/// What a change asks of a ticket's deadline.
#[derive(Debug, Clone, PartialEq)]
pub enum Deadline {
    /// No deadline set on the ticket; those of policies apply again.
    Clear,
    /// `sla_due_at` as a client writes it: an instant, which no pause moves, or none. The value that the ticket already shows
    /// changes nothing, because clients write back what they were shown. That includes null while a clock is paused, and an
    /// instant cut to milliseconds as browsers have it.
    Shown(Option<Timestamp>),
    /// An amount of time from now. Pauses move the deadline if the project says what pauses its clocks.
    In(Box<Amount>),
}
