//! How tickets stand with their deadlines, and what someone may want of one.

use crate::{calendar::Amount, query::SlaState, ticket::Ticket, time::Timestamp, words::words};

words! {
    /// How a ticket stands with its deadline.
    Standing {
        /// More than an hour is left.
        OnTrack = "on_track",
        /// An hour or less is left.
        AtRisk = "at_risk",
        /// It has passed.
        Breached = "breached",
        /// The clock does not run for now.
        Paused = "paused",
        /// There is no deadline, or none any more.
        None = "none",
    }
}

impl Standing {
    /// The standing of a ticket at `now`. Resolving it stops its clock.
    pub fn of(ticket: &Ticket, now: Timestamp) -> Self {
        match SlaState::of(ticket, now) {
            Some(SlaState::OnTrack) => Self::OnTrack,
            Some(SlaState::AtRisk) => Self::AtRisk,
            Some(SlaState::Breached) => Self::Breached,
            Some(SlaState::Without) | None => Self::None,
        }
    }
}

/// What someone wants a ticket's deadline to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Deadline {
    /// None, but what follows from policies.
    Clear,
    /// `sla_due_at` as a client writes it: an instant, which nothing puts off, or none. What the ticket shows already, null
    /// while a clock is paused and to the millisecond as browsers have it, changes nothing, since clients write back what they
    /// were shown.
    Shown(Option<Timestamp>),
    /// So much later. In a project that says what pauses its clocks, pauses put it off.
    In(Box<Amount>),
}
