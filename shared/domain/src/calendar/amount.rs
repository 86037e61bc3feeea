//! Amounts of time as callers give them: calendar time, or time within business hours.

use serde_json::{Value, json};

use super::{BusinessHours, FURTHEST, HOUR, MINUTE, NoDeadline, Schedule, Zone, counting};
use crate::time::Timestamp;

/// The unit of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlaUnit {
    /// Minutes.
    Minute,
    /// Hours: the default when a request names no unit.
    #[default]
    Hour,
    /// Days of 24 hours. Within business hours, a day is the open time of the longest weekday.
    Day,
}

impl SlaUnit {
    /// The unit with this name: `minute`, `hour` or `day`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "minute" => Some(Self::Minute),
            "hour" => Some(Self::Hour),
            "day" => Some(Self::Day),
            _ => None,
        }
    }

    /// The name that [`SlaUnit::parse`] reads.
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

/// A length of time: the amount and unit as given, and the microseconds that they stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    amount: f64,
    unit: SlaUnit,
    micros: i64,
}

impl Target {
    /// `amount` units of calendar time, or of open time if `hours` are given. Fails if the amount is not above zero or is
    /// longer than five years.
    pub fn new(amount: f64, unit: SlaUnit, hours: Option<&BusinessHours>) -> Result<Self, BadAmount> {
        Ok(Self { amount, unit, micros: length(amount, unit, hours)? })
    }

    /// The amount and its unit, as given.
    pub const fn given(self) -> (f64, SlaUnit) {
        (self.amount, self.unit)
    }

    /// The length in microseconds: of calendar time, or of open time within business hours.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// `{"amount", "unit"}`, as given.
    pub fn to_json(self) -> Value {
        json!({"amount": self.amount, "unit": self.unit.name()})
    }
}

/// A length of time, and the hours within which it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// The number and its unit.
    pub target: Target,
    /// The business hours within which time counts. `None`: time always counts.
    pub hours: Option<BusinessHours>,
}

impl Amount {
    /// `amount` units, within `hours` if they are given. Fails as [`Target::new`] does.
    pub fn new(amount: f64, unit: SlaUnit, hours: Option<BusinessHours>) -> Result<Self, BadAmount> {
        Ok(Self { target: Target::new(amount, unit, hours.as_ref())?, hours })
    }

    /// The same amount with its hours read by the wall clock of `zone`, unless the hours name a zone themselves.
    pub(crate) fn in_zone(self, zone: Zone) -> Self {
        Self { hours: self.hours.map(|hours| hours.in_zone(zone)), ..self }
    }

    /// The deadline: the instant at which the amount has passed since `now`. Fails if it is over five years ahead.
    pub fn due(&self, now: Timestamp) -> Result<Timestamp, NoDeadline> {
        counting::after(self.hours.as_ref(), now, self.target.micros)
    }
}

/// How far ahead a deadline may lie: five years of 365 days.
const FURTHEST_SECONDS: f64 = 5.0 * 365.0 * 86_400.0;

/// The amount is not a number above zero, or is longer than five years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number greater than 0 and at most five years")]
pub struct BadAmount;

/// The amount in microseconds of calendar time; at least one, so that a deadline is always later than now.
fn calendar_micros(amount: f64, unit: SlaUnit) -> Result<i64, BadAmount> {
    let seconds = amount * unit.seconds();
    if !amount.is_finite() || amount <= 0.0 || seconds > FURTHEST_SECONDS {
        return Err(BadAmount);
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded to five years of microseconds above")]
    Ok(((seconds * 1e6).round() as i64).max(1))
}

/// The amount in microseconds: of calendar time, or of open time within business hours.
fn length(amount: f64, unit: SlaUnit, hours: Option<&BusinessHours>) -> Result<i64, BadAmount> {
    match hours {
        Some(hours) => micros(amount, unit, hours.schedule()),
        None => calendar_micros(amount, unit),
    }
}

/// The amount in microseconds of open time; at least one, so that a deadline is always later than now.
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
        assert_eq!(due(1e-30, SlaUnit::Minute), Ok(now.next()), "always later than now");
    }

    #[test]
    fn units_are_named_and_an_hour_is_the_default() {
        for (unit, name, micros) in [
            (SlaUnit::Minute, "minute", 60_000_000),
            (SlaUnit::Hour, "hour", 3_600_000_000),
            (SlaUnit::Day, "day", 86_400_000_000_i64),
        ] {
            assert_eq!((SlaUnit::parse(name), unit.name()), (Some(unit), name));
            assert_eq!(Target::new(1.0, unit, None).map(Target::micros), Ok(micros), "{name}");
        }
        assert_eq!((SlaUnit::parse("week"), SlaUnit::parse("Hour"), SlaUnit::default()), (None, None, SlaUnit::Hour));
    }

    #[test]
    fn a_target_is_shown_as_it_was_given() {
        let hours = BusinessHours::read(&json!({"days": ["monday"], "time": ["09:00", "17:00"]})).unwrap();
        for (hours, micros) in [(None, 129_600_000_000), (Some(&hours), 43_200_000_000_i64)] {
            let target = Target::new(1.5, SlaUnit::Day, hours).unwrap();
            assert_eq!((target.given(), target.micros()), ((1.5, SlaUnit::Day), micros));
            assert_eq!(target.to_json(), json!({"amount": 1.5, "unit": "day"}));
        }
    }

    #[test]
    fn hours_without_a_zone_are_read_by_that_of_the_project() {
        let kolkata: Zone = "Asia/Kolkata".parse().unwrap();
        let due = |given: Value| {
            let amount = Amount::new(1.0, SlaUnit::Hour, Some(BusinessHours::read(&given).unwrap())).unwrap();
            amount.in_zone(kolkata).due("2026-03-02T00:00:00Z".parse().unwrap()).unwrap().to_string()
        };
        let days = ["monday"];
        assert_eq!(due(json!({"days": days, "time": ["09:00", "17:00"]})), "2026-03-02T04:30:00.000000Z");
        assert_eq!(due(json!({"days": days, "time": ["09:00", "17:00"], "timezone": "UTC"})), "2026-03-02T10:00:00.000000Z");
    }
}
