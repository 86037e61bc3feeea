//! Deadlines in calendar time (agent-api.md section 6).

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
