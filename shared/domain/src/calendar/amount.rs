//! Amounts of time, as they are asked for: of calendar time (agent-api.md section 6), or of business hours.

use serde_json::{Value, json};

use super::{BusinessHours, FURTHEST, HOUR, MINUTE, NoDeadline, Schedule, Zone, counting};
use crate::time::Timestamp;

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
        Ok(Self { amount, unit, micros: length(amount, unit, hours)? })
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
    pub(crate) fn in_zone(self, zone: Zone) -> Self {
        Self { hours: self.hours.map(|hours| hours.in_zone(zone)), ..self }
    }

    /// The instant at which so much has passed since `now`.
    pub fn due(&self, now: Timestamp) -> Result<Timestamp, NoDeadline> {
        counting::after(self.hours.as_ref(), now, self.target.micros)
    }
}

/// The furthest a deadline may lie ahead: five years of days.
const FURTHEST_SECONDS: f64 = 5.0 * 365.0 * 86_400.0;

/// The amount is not a positive number of units within five years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number greater than 0 and at most five years")]
pub struct BadAmount;

/// So many units of calendar time in microseconds; at least one, so that a deadline is always later than now.
fn calendar_micros(amount: f64, unit: SlaUnit) -> Result<i64, BadAmount> {
    let seconds = amount * unit.seconds();
    if !amount.is_finite() || amount <= 0.0 || seconds > FURTHEST_SECONDS {
        return Err(BadAmount);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded to five years of microseconds above")]
    Ok(((seconds * 1e6).round() as i64).max(1))
}

/// An amount in microseconds: of calendar time, or of time within business hours.
fn length(amount: f64, unit: SlaUnit, hours: Option<&BusinessHours>) -> Result<i64, BadAmount> {
    match hours {
        Some(hours) => micros(amount, unit, hours.schedule()),
        None => calendar_micros(amount, unit),
    }
}

/// The open time that is asked for; at least a microsecond, so that a deadline is always later than `now`.
pub(super) fn micros(amount: f64, unit: SlaUnit, schedule: &Schedule) -> Result<i64, BadAmount> {
    let unit = match unit {
        SlaUnit::Minute => MINUTE,
        SlaUnit::Hour => HOUR,
        SlaUnit::Day => schedule.day(),
    };
    #[expect(clippy::cast_precision_loss, reason = "a unit is at most two days, a deadline at most five years")]
    let (asked, most) = (amount * unit as f64, FURTHEST as f64);
    if !amount.is_finite() || amount <= 0.0 || asked > most {
        return Err(BadAmount);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded to five years of microseconds above")]
    Ok((asked.round() as i64).max(1))
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
