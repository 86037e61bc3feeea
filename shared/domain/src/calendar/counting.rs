//! Counting time: within business hours, or always where no hours are given.

use super::{BusinessHours, NoDeadline, Open, after as open_after, open_time, open_windows};
use crate::time::Timestamp;

/// The time that counts between two instants, in microseconds; 0 if `to` is not later than `from`.
pub(crate) fn counted(hours: Option<&BusinessHours>, from: Timestamp, to: Timestamp) -> i64 {
    match hours {
        _ if to <= from => 0,
        None => to.micros() - from.micros(),
        Some(hours) => open_time(from, to, hours.schedule()).num_microseconds().unwrap_or(i64::MAX),
    }
}

/// The windows of counted time between two instants, in order. Windows that touch are returned as one.
pub(crate) fn windows(hours: Option<&BusinessHours>, from: Timestamp, to: Timestamp) -> Vec<Open> {
    match hours {
        _ if to <= from => Vec::new(),
        None => vec![Open { from, to }],
        Some(hours) => open_windows(from, to, hours.schedule()),
    }
}

/// The instant at which `micros` microseconds have counted since `from`. Within hours it fails if that is over five years
/// ahead.
pub(crate) fn after(hours: Option<&BusinessHours>, from: Timestamp, micros: i64) -> Result<Timestamp, NoDeadline> {
    match hours {
        None => Ok(from.plus_micros(micros)),
        Some(hours) => open_after(from, micros, hours.schedule()),
    }
}
