//! Cuts time into pieces without clock changes and holidays. In each, the wall clock runs like any other clock.

use super::{DAY, Schedule, week::Week};

/// A time `[from, to)` in microseconds since the epoch, throughout which the wall clock is `offset` microseconds ahead of UTC.
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

    /// The earliest instant at which `open` microseconds of open time have passed since the stretch began. The caller makes
    /// sure that the stretch has that much.
    pub(super) fn after(self, week: &Week, open: i64) -> i64 {
        week.reached(week.counted(self.from + self.offset) + open) - self.offset
    }

    /// The open windows within the stretch, as instants.
    pub(super) fn windows(self, week: &Week) -> impl Iterator<Item = (i64, i64)> {
        let Self { from, to, offset } = self;
        week.windows(from + offset, to + offset).map(move |(start, end)| (start - offset, end - offset))
    }
}

impl Schedule {
    /// All time of `[from, to)` outside holidays, in order, cut at clock changes.
    pub(super) fn stretches(&self, from: i64, to: i64) -> impl Iterator<Item = Stretch> {
        let zone = self.zone();
        let changes = zone.changes_after(from);
        Stretches { schedule: self, at: from, end: to, offset: zone.offset_at(from), changes, next: None, same_until: from }
    }
}

/// The iterator of [`Schedule::stretches`].
struct Stretches<'a, C> {
    schedule: &'a Schedule,
    /// The instant at which the next stretch begins.
    at: i64,
    end: i64,
    /// The offset at `at`.
    offset: i64,
    /// The instant until which `offset` holds. When `at` reaches it, the zone is asked for the next change.
    same_until: i64,
    /// The offset from `same_until` on; `None` if the zone wasn't asked yet, or has no later change.
    next: Option<i64>,
    changes: C,
}

impl<C: Iterator<Item = (i64, i64)>> Iterator for Stretches<'_, C> {
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

impl<C: Iterator<Item = (i64, i64)>> Stretches<'_, C> {
    /// Takes on the offset that holds at `at`, and reads until when it holds.
    fn look_ahead(&mut self) {
        self.offset = self.next.take().unwrap_or(self.offset);
        match self.changes.next() {
            Some((at, offset)) => (self.same_until, self.next) = (at, Some(offset)),
            None => self.same_until = i64::MAX,
        }
    }
}
