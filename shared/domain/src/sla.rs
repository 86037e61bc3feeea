//! Deadlines in calendar time (agent-api.md section 6), and how they stand.

use crate::{
    query::SlaState,
    ticket::{Status, Ticket},
    time::Timestamp,
    words::words,
};

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
        let due = ticket.sla_due_at.filter(|_| ticket.status != Status::Resolved);
        due.map_or(Self::None, |due| match SlaState::of(due, now) {
            SlaState::OnTrack => Self::OnTrack,
            SlaState::AtRisk => Self::AtRisk,
            SlaState::Breached => Self::Breached,
        })
    }
}

words! {
    /// What is told of a deadline as it comes, each once.
    Alarm {
        /// An hour is left.
        AtRisk = "at_risk",
        /// It has passed.
        Breached = "breached",
    }
}

/// What was told of a deadline last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub alarm: Alarm,
    /// When.
    pub at: Timestamp,
    /// How many seconds too late; zero if it was on time.
    pub late_secs: u32,
}

/// What an amount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlaUnit {
    /// Minutes.
    Minute,
    /// Hours, unless said otherwise.
    #[default]
    Hour,
    /// Days of 24 hours.
    Day,
}

impl SlaUnit {
    /// The unit of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "minute" => Some(Self::Minute),
            "hour" => Some(Self::Hour),
            "day" => Some(Self::Day),
            _ => None,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    const fn seconds(self) -> f64 {
        match self {
            Self::Minute => 60.0,
            Self::Hour => 3600.0,
            Self::Day => 86_400.0,
        }
    }
}

/// The furthest a deadline may lie ahead: five years of days.
const FURTHEST_SECONDS: f64 = 5.0 * 365.0 * 86_400.0;

/// The amount is not a positive number of units within five years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number greater than 0 and at most five years")]
pub struct BadAmount;

/// `now` + `amount` units.
pub fn due(now: Timestamp, amount: f64, unit: SlaUnit) -> Result<Timestamp, BadAmount> {
    let seconds = amount * unit.seconds();
    if !amount.is_finite() || amount <= 0.0 || seconds > FURTHEST_SECONDS {
        return Err(BadAmount);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded to five years of microseconds above")]
    Ok(now.plus_micros((seconds * 1e6).round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_time_is_plain_addition() {
        let now = Timestamp::from_micros(1_000_000).unwrap();
        assert_eq!(due(now, 4.0, SlaUnit::Hour).unwrap(), now.plus_seconds(4 * 3600));
        assert_eq!(due(now, 0.5, SlaUnit::Minute).unwrap(), now.plus_seconds(30));
        assert_eq!(due(now, 1825.0, SlaUnit::Day).unwrap(), now.plus_seconds(1825 * 86_400));
        for amount in [0.0, -1.0, f64::NAN, f64::INFINITY, 1826.0] {
            assert_eq!(due(now, amount, SlaUnit::Day), Err(BadAmount), "{amount}");
        }
    }
}
