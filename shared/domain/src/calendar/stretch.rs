//! Time cut into pieces in which the wall clock runs like any other clock and no day is a holiday.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::{DAY, Schedule, week::Week};

const SECOND: i64 = 1_000_000;

/// How far ahead to ask for the next change of an offset. The database of zones tells offsets but not when they change,
/// and an offset that went and came back between two questions stays unseen. The shortest there are last a week: summer
/// time in Brazil in October 2000, and in Gaza after Ramadan in 2040 (`no_change_is_taken_back_before_it_is_seen`).
pub(super) const STEP: i64 = 5 * DAY;

/// Time `[from, to)`, in microseconds since the epoch, throughout which the wall clock is `offset` ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    from: i64,
    to: i64,
    offset: i64,
}

impl Stretch {
    pub(super) fn open_time(self, week: &Week) -> i64 {
        week.counted(self.to + self.offset) - week.counted(self.from + self.offset)
    }

    /// The earliest instant at which `open` has passed since its start, if it has that much.
    pub(super) fn after(self, week: &Week, open: i64) -> i64 {
        week.reached(week.counted(self.from + self.offset) + open) - self.offset
    }

    /// The windows within it, as instants.
    pub(super) fn windows(self, week: &Week) -> impl Iterator<Item = (i64, i64)> {
        let Self { from, to, offset } = self;
        week.windows(from + offset, to + offset).map(move |(start, end)| (start - offset, end - offset))
    }
}

impl Schedule {
    /// All time of `[from, to)` outside holidays, in order.
    pub(super) fn stretches(&self, from: i64, to: i64) -> Stretches<'_> {
        let offset = offset_at(self.zone(), from);
        Stretches { schedule: self, at: from, end: to, offset, same_until: from }
    }
}

/// See [`Schedule::stretches`].
pub(super) struct Stretches<'a> {
    schedule: &'a Schedule,
    /// The next instant to be handed out.
    at: i64,
    end: i64,
    /// The offset at `at`.
    offset: i64,
    /// Until when it is known to hold.
    same_until: i64,
}

impl Iterator for Stretches<'_> {
    type Item = Stretch;

    fn next(&mut self) -> Option<Stretch> {
        while self.at < self.end {
            if self.at == self.same_until {
                self.look_ahead();
            }
            let today = (self.at + self.offset).div_euclid(DAY);
            let holiday = self.schedule.holiday_from(today);
            let midnight_of = |day: i64| day * DAY - self.offset;
            if holiday == Some(today) {
                self.at = midnight_of(today + 1).min(self.same_until);
                continue;
            }
            let to = self.same_until.min(self.end).min(holiday.map_or(i64::MAX, midnight_of));
            let stretch = Stretch { from: self.at, to, offset: self.offset };
            self.at = to;
            return Some(stretch);
        }
        None
    }
}

impl Stretches<'_> {
    /// Learns the offset at `at`, and that it holds for a [`STEP`] or until it changes.
    fn look_ahead(&mut self) {
        let zone = self.schedule.zone();
        self.offset = offset_at(zone, self.at);
        let ahead = self.at + STEP;
        self.same_until = if offset_at(zone, ahead) == self.offset { ahead } else { change(zone, self.at, ahead) };
    }
}

/// The first second of `(same, other]` whose offset isn't that of `same`.
fn change(zone: Tz, same: i64, other: i64) -> i64 {
    let offset = offset_at(zone, same);
    let (mut same, mut other) = (same.div_euclid(SECOND), other.div_euclid(SECOND));
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if offset_at(zone, middle * SECOND) == offset {
            same = middle;
        } else {
            other = middle;
        }
    }
    other * SECOND
}

/// How far the zone's wall clock is ahead of UTC, in microseconds.
fn offset_at(zone: Tz, at: i64) -> i64 {
    let at = DateTime::from_timestamp_micros(at).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * SECOND
}
