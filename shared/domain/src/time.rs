//! Instants, in the one form that all of Lambdesk writes: RFC 3339, UTC, microseconds, `Z` (docs/decisions.md, 28).

mod read;

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch. The order of messages and the cursor of every poll depend on this precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// The last instant with a year of four digits; a later one could not be written in RFC 3339.
const LATEST: i64 = 253_402_300_799_999_999;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// A hundred years, in seconds.
const CENTURY: i64 = 36_525 * DAY;

impl Timestamp {
    /// 1970-01-01T00:00:00Z, the earliest instant.
    pub const EPOCH: Self = Self(0);

    /// The instant so many microseconds after the epoch; `None` outside the years 1970 to 9999.
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros >= 0 && micros <= LATEST { Some(Self(micros)) } else { None }
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The next representable instant.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// This instant moved by a number of microseconds, and clamped to the representable years.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        let moved = self.0.saturating_add(micros);
        if moved < 0 {
            Self(0)
        } else if moved > LATEST {
            Self(LATEST)
        } else {
            Self(moved)
        }
    }

    /// This instant moved by whole seconds, and clamped likewise.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(1_000_000))
    }

    /// Whether this instant lies over 100 years after `now`. Nothing is planned that far ahead: such a value is a mistake of
    /// units.
    pub const fn is_beyond(self, now: Self) -> bool {
        self.0 > now.plus_seconds(CENTURY).0
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000_000
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(0).plus_micros(at.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default();
        f.write_str(&at.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// The text is not a date and time between 1970 and 9999 in RFC 3339, ISO 8601, or a form that clients write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an ISO 8601 date and time")]
pub struct NotATimestamp;

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        read::read(text).and_then(Self::from_micros).ok_or(NotATimestamp)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = NotATimestamp;

    fn try_from(text: String) -> Result<Self, NotATimestamp> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        at.to_string()
    }
}

/// Whether a time is the one that a client was shown, to the millisecond as browsers have it.
pub(crate) fn is_shown(given: Option<Timestamp>, shown: Option<Timestamp>) -> bool {
    match (given, shown) {
        (Some(given), Some(shown)) => (given.micros() - shown.micros()).abs() < 1000,
        (given, shown) => given == shown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_round_trips_to_the_microsecond(micros in 0..=LATEST) {
            let at = Timestamp::from_micros(micros).unwrap();
            prop_assert_eq!(at.to_string().parse::<Timestamp>(), Ok(at));
        }

        #[test]
        fn text_sorts_as_time_does(a in 0..=LATEST, b in 0..=LATEST) {
            let (a, b) = (Timestamp(a), Timestamp(b));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }

    #[test]
    fn reads_what_clients_send() {
        let at = Timestamp::from_micros(1_700_000_000_123_456).unwrap();
        for text in [
            "2023-11-14T22:13:20.123456Z",
            "2023-11-14T22:13:20.123456+00:00",
            "2023-11-14T22:13:20.123456 00:00",
            "2023-11-15T00:13:20.123456+02:00",
            "2023-11-14T22:13:20.123456",
            "2023-11-14 22:13:20.123456",
        ] {
            assert_eq!(text.parse(), Ok(at), "{text}");
        }
        for text in ["", "yesterday", "2023-11-14", "1700000000", "+10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATimestamp), "{text}");
        }
    }

    #[test]
    fn an_instant_lies_between_1970_and_9999() {
        let latest = 253_402_300_799_999_999;
        let micros = |at: Option<Timestamp>| at.map(Timestamp::micros);
        assert_eq!([0, latest].map(|at| micros(Timestamp::from_micros(at))), [Some(0), Some(latest)]);
        assert_eq!([-1, latest + 1].map(Timestamp::from_micros), [None, None]);
    }

    #[test]
    fn a_moved_instant_stays_between_1970_and_9999() {
        let (ten, latest) = (Timestamp(10_000_000), 253_402_300_799_999_999);
        for (micros, moved) in [
            (3, 10_000_003),
            (-10_000_000, 0),
            (-10_000_001, 0),
            (latest - 10_000_000, latest),
            (latest - 9_999_999, latest),
            (i64::MIN, 0),
            (i64::MAX, latest),
        ] {
            assert_eq!(ten.plus_micros(micros).micros(), moved, "{micros}");
        }
        assert_eq!([2, -2, i64::MIN, i64::MAX].map(|by| ten.plus_seconds(by).micros()), [12_000_000, 8_000_000, 0, latest]);
        assert_eq!((ten.next().micros(), Timestamp(10_999_999).seconds()), (10_000_001, 10));
    }

    #[test]
    fn nothing_is_planned_over_a_hundred_years_ahead() {
        let century = 3_155_760_000_000_000;
        let is_beyond = |ahead: i64| Timestamp(5_000_000 + ahead).is_beyond(Timestamp(5_000_000));
        assert_eq!([0, century, century + 1].map(is_beyond), [false, false, true]);
    }

    #[test]
    fn a_time_is_the_shown_one_to_the_millisecond() {
        let is_shown = |given: Option<i64>, shown: Option<i64>| is_shown(given.map(Timestamp), shown.map(Timestamp));
        assert!(is_shown(Some(5_000), Some(5_999)) && is_shown(Some(5_999), Some(5_000)) && is_shown(None, None));
        assert!(!is_shown(Some(5_000), Some(6_000)) && !is_shown(Some(6_000), Some(5_000)));
        assert!(!is_shown(None, Some(0)) && !is_shown(Some(0), None));
    }

    #[test]
    fn another_librarys_time_is_the_same_instant_within_the_years() {
        let of = |micros| DateTime::from_timestamp_micros(micros).map(|at| Timestamp::from(at).micros());
        assert_eq!((of(1_700_000_000_123_456), of(-1)), (Some(1_700_000_000_123_456), Some(0)));
    }

    #[test]
    fn an_instant_is_text_in_json() {
        let at = Timestamp(1_700_000_000_123_456);
        let text = "2023-11-14T22:13:20.123456Z";
        assert_eq!((serde_json::json!(at), serde_json::from_value(text.into()).ok()), (text.into(), Some(at)));
        assert!(serde_json::from_value::<Timestamp>("yesterday".into()).is_err());
    }
}
