//! How much of a session and of a project's day is left.

use crate::{
    capture::walls,
    time::{DAY, Timestamp},
};

/// How much was taken, in events and in bytes as they are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Events, or parts of a recording.
    pub events: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Amount {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { events: self.events.saturating_add(other.events), bytes: self.bytes.saturating_add(other.bytes) }
    }

    const fn is_part_of_a_day(self) -> bool {
        self.events >= walls::DAY_EVENTS / PART || self.bytes >= walls::DAY_BYTES / PART
    }

    /// Whether a project may send nothing more on this day.
    pub const fn fills_a_day(self) -> bool {
        self.events >= walls::DAY_EVENTS || self.bytes >= walls::DAY_BYTES
    }
}

/// The number of a day, by which a project's amount is counted.
pub const fn day(at: Timestamp) -> i64 {
    at.seconds() / DAY
}

/// What a project has sent on a day, as one process knows it: what the table told last, and what was taken since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTally {
    day: i64,
    known: Amount,
    pending: Amount,
    told_at: Timestamp,
}

/// How many seconds a process counts by itself before it asks the table.
const BY_ITSELF: i64 = 60;
/// What part of a day a process takes before it asks earlier: many processes in a flood then go beyond a day by little.
const PART: u64 = 100;

impl DayTally {
    /// Nothing yet, on the day of `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self { day: day(now), known: Amount { events: 0, bytes: 0 }, pending: Amount { events: 0, bytes: 0 }, told_at: now }
    }

    /// The tally at `now`: another day begins with nothing.
    #[must_use]
    pub const fn at(self, now: Timestamp) -> Self {
        if self.day == day(now) { self } else { Self::new(now) }
    }

    /// Whether the project may send nothing more today.
    pub const fn is_full(&self) -> bool {
        self.known.plus(self.pending).fills_a_day()
    }

    /// Counts what is taken. Returns what is to be added to the table, if it is time to: the caller tells the sum by
    /// [`DayTally::told`].
    pub const fn take(&mut self, amount: Amount, now: Timestamp) -> Option<(i64, Amount)> {
        self.pending = self.pending.plus(amount);
        if now.seconds() - self.told_at.seconds() < BY_ITSELF && !self.pending.is_part_of_a_day() {
            return None;
        }
        let pending = self.pending;
        self.known = self.known.plus(pending);
        self.pending = Amount { events: 0, bytes: 0 };
        self.told_at = now;
        Some((self.day, pending))
    }

    /// Takes the sum of all processes, as the table tells it.
    pub const fn told(&mut self, day: i64, sum: Amount) {
        if self.day == day {
            self.known = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn events(events: u64) -> Amount {
        Amount { events, bytes: events }
    }

    #[test]
    fn a_day_is_counted_by_all_processes_together() {
        let begin: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut tally = DayTally::new(begin);
        assert_eq!(tally.take(events(10), begin.plus_seconds(59)), None);
        assert_eq!(super::day(begin), 20_513, "days since 1970");
        let day = day(begin);
        assert_eq!(tally.take(events(5), begin.plus_seconds(60)), Some((day, events(15))));
        let part = events(walls::DAY_EVENTS / PART);
        assert_eq!(tally.take(part, begin.plus_seconds(61)), Some((day, part)), "a flood is told of at once");
        let part = Amount { events: 0, bytes: walls::DAY_BYTES / PART };
        assert_eq!(tally.take(part, begin.plus_seconds(61)), Some((day, part)), "one of bytes too");
        assert!(!tally.is_full());
        tally.told(day, events(walls::DAY_EVENTS - 5));
        assert!(!tally.is_full());
        tally.take(events(5), begin.plus_seconds(61));
        assert!(tally.is_full());
        assert!(!tally.at(begin.plus_seconds(DAY)).is_full(), "the next day");
        assert!(Amount { events: 0, bytes: walls::DAY_BYTES }.fills_a_day());
        tally.told(day + 1, events(0));
        assert!(tally.is_full(), "of another day");
    }
}
