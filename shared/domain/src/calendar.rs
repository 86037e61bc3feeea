//! Deadlines in business hours: the clock runs only while the desk is open (contract/workflows.md "SLA arithmetic",
//! agent-api.md section 6).
//!
//! Everything follows from one sentence: an instant counts if the wall clock of the schedule's zone, at that instant,
//! shows an open time of a day that is no holiday. So an hour that a clock change skips is never counted, one that it
//! repeats counts twice, and a window on such a day has the length that passes in truth. The deadline is the earliest
//! instant at which enough has counted; one that falls on closing time stays there instead of moving to the next opening.
//!
//! Between two changes of the zone's offset, and between holidays, open time repeats every week and is a division
//! (`week`); `stretch` cuts time into such pieces, of which a year has few.

use chrono::TimeDelta;

use crate::time::Timestamp;

mod amount;
mod business_hours;
pub(crate) mod counting;
mod hours;
mod parse;
mod schedule;
mod stretch;
mod week;
mod zone;

pub use amount::{Amount, BadAmount, SlaUnit, Target};
pub use business_hours::BusinessHours;
pub use chrono::{NaiveDate, Weekday};

pub use hours::{BadHours, Hours};
pub use schedule::{BadSchedule, Schedule};
pub use zone::{UnknownZone, Zone, zone_release};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// How far ahead a deadline may lie: five years of days, as in calendar time ([`Amount`]).
const FURTHEST: i64 = 5 * 365 * DAY;

/// Why there is no deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDeadline {
    /// The desk isn't open often enough.
    #[error("is more than the open time of the next five years")]
    TooFar,
    /// Nothing but holidays.
    #[error("has no open time within the next five years")]
    NoOpenTime,
}

/// A time `[from, to)` during which the clock ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// The first instant that counted.
    pub from: Timestamp,
    /// The first that no longer did.
    pub to: Timestamp,
}

/// The instant at which so many microseconds of open time have passed since `now`.
fn after(now: Timestamp, asked: i64, schedule: &Schedule) -> Result<Timestamp, NoDeadline> {
    let mut left = asked;
    for stretch in schedule.stretches(now.micros(), now.plus_micros(FURTHEST).micros()) {
        let open = stretch.open_time(schedule.week());
        if open >= left {
            let due = stretch.after(schedule.week(), left);
            return Ok(now.plus_micros(due - now.micros()));
        }
        left -= open;
    }
    Err(if left == asked { NoDeadline::NoOpenTime } else { NoDeadline::TooFar })
}

/// The open time between two instants: what remains until a deadline, or below zero what has passed since.
fn open_time(from: Timestamp, to: Timestamp, schedule: &Schedule) -> TimeDelta {
    if to < from {
        return -open_time(to, from, schedule);
    }
    let stretches = schedule.stretches(from.micros(), to.micros());
    TimeDelta::microseconds(stretches.map(|stretch| stretch.open_time(schedule.week())).sum())
}

/// The times between two instants during which the desk is open, in order; those that touch are one.
fn open_windows(from: Timestamp, to: Timestamp, schedule: &Schedule) -> Vec<Open> {
    let mut windows: Vec<Open> = Vec::new();
    for stretch in schedule.stretches(from.micros(), to.micros()) {
        for (start, end) in stretch.windows(schedule.week()) {
            let open = Open { from: from.plus_micros(start - from.micros()), to: from.plus_micros(end - from.micros()) };
            match windows.last_mut() {
                Some(last) if last.to == open.from => last.to = open.to,
                _ => windows.push(open),
            }
        }
    }
    windows
}

#[cfg(test)]
mod tests;
