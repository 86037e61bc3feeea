//! Deadlines in business hours: the clock runs only while the desk is open.
//!
//! Everything follows from one rule. An instant counts if the wall clock of the schedule's zone shows an open time of a day
//! that is no holiday. So an hour that a clock change skips never counts, and an hour that it repeats counts twice. A window
//! across a clock change is as long as the time that really passes. The deadline is the earliest instant at which enough time
//! has counted: a deadline that falls on closing time stays there and does not move to the next opening.
//! (`week`). `stretch` cuts time into such pieces; a year has few of them.

use chrono::TimeDelta;

use crate::time::Timestamp;

mod amount;
mod business_hours;
pub(crate) mod counting;
pub mod holidays;
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

/// How far ahead a deadline may lie: five years of 365 days, the same bound as in calendar time ([`Amount`]).
const FURTHEST: i64 = 5 * 365 * DAY;

/// Why a deadline can't be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDeadline {
    /// The desk isn't open often enough: its open time within five years is less than the amount.
    #[error("is more than the open time of the next five years")]
    TooFar,
    /// The desk isn't open at all within five years, because holidays cover every open day.
    #[error("has no open time within the next five years")]
    NoOpenTime,
}

/// A window `[from, to)` during which the clock ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// The first instant that counted.
    pub from: Timestamp,
    /// The first instant that no longer counted.
    pub to: Timestamp,
}

/// The instant at which `asked` microseconds of open time have passed since `now`. Fails if that is over five years ahead.
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

/// The open time between two instants; negative if `to` is before `from`. From now to a deadline, it is what remains, or below
/// zero what has passed since.
fn open_time(from: Timestamp, to: Timestamp, schedule: &Schedule) -> TimeDelta {
    if to < from {
        return -open_time(to, from, schedule);
    }
    let stretches = schedule.stretches(from.micros(), to.micros());
    TimeDelta::microseconds(stretches.map(|stretch| stretch.open_time(schedule.week())).sum())
}

/// The windows between two instants during which the desk is open, in order. Windows that touch are returned as one.
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
