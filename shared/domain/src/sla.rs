//! Deadlines: in calendar time (agent-api.md section 6), as amounts of it or of business hours, and how they stand.

use serde_json::{Value, json};

use crate::{
    calendar::{self, BusinessHours, NoDeadline, Tz},
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

/// A length of time, as it was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    amount: f64,
    unit: SlaUnit,
    micros: i64,
}

impl Target {
    /// So many units, of calendar time or of time within business hours.
    pub fn new(amount: f64, unit: SlaUnit, hours: Option<&BusinessHours>) -> Result<Self, BadAmount> {
        Ok(Self { amount, unit, micros: calendar::length(amount, unit, hours)? })
    }

    /// How many of what.
    pub const fn given(self) -> (f64, SlaUnit) {
        (self.amount, self.unit)
    }

    /// The same in microseconds.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// As it is written.
    pub fn to_json(self) -> Value {
        json!({"amount": self.amount, "unit": self.unit.name()})
    }
}

/// A length of time and when it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// How long.
    pub target: Target,
    /// Within which hours; always, if it is `None`.
    pub hours: Option<BusinessHours>,
}

impl Amount {
    /// So many units.
    pub fn new(amount: f64, unit: SlaUnit, hours: Option<BusinessHours>) -> Result<Self, BadAmount> {
        Ok(Self { target: Target::new(amount, unit, hours.as_ref())?, hours })
    }

    /// The same by the wall clock of `zone`, unless its hours name another.
    pub(crate) fn in_zone(self, zone: Tz) -> Self {
        Self { hours: self.hours.map(|hours| hours.in_zone(zone)), ..self }
    }

    /// The instant at which so much has passed since `now`.
    pub fn due(&self, now: Timestamp) -> Result<Timestamp, NoDeadline> {
        match &self.hours {
            None => Ok(now.plus_micros(self.target.micros)),
            Some(hours) => calendar::after(now, self.target.micros, hours.schedule()),
        }
    }
}

/// What someone wants a ticket's deadline to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Deadline {
    /// None, but what follows from policies.
    Clear,
    /// An instant, which nothing puts off.
    At(Timestamp),
    /// So much later. In a project that says what pauses its clocks, pauses put it off.
    In(Box<Amount>),
}

/// As `sla_due_at` is written: an instant, or null.
impl From<Option<Timestamp>> for Deadline {
    fn from(due: Option<Timestamp>) -> Self {
        due.map_or(Self::Clear, Self::At)
    }
}

/// The furthest a deadline may lie ahead: five years of days.
const FURTHEST_SECONDS: f64 = 5.0 * 365.0 * 86_400.0;

/// The amount is not a positive number of units within five years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number greater than 0 and at most five years")]
pub struct BadAmount;

/// So many units of calendar time in microseconds; at least one, so that a deadline is always later than now.
pub(crate) fn micros(amount: f64, unit: SlaUnit) -> Result<i64, BadAmount> {
    let seconds = amount * unit.seconds();
    if !amount.is_finite() || amount <= 0.0 || seconds > FURTHEST_SECONDS {
        return Err(BadAmount);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded to five years of microseconds above")]
    Ok(((seconds * 1e6).round() as i64).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_time_is_plain_addition() {
        let now = Timestamp::from_micros(1_000_000).unwrap();
        let due = |amount, unit| Amount::new(amount, unit, None).map(|amount| amount.due(now).unwrap());
        assert_eq!(due(4.0, SlaUnit::Hour), Ok(now.plus_seconds(4 * 3600)));
        assert_eq!(due(0.5, SlaUnit::Minute), Ok(now.plus_seconds(30)));
        assert_eq!(due(1825.0, SlaUnit::Day), Ok(now.plus_seconds(1825 * 86_400)));
        for amount in [0.0, -1.0, f64::NAN, f64::INFINITY, 1826.0] {
            assert_eq!(due(amount, SlaUnit::Day), Err(BadAmount), "{amount}");
        }
    }
}
