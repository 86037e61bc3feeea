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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_time_counts_backwards() {
        let hours = BusinessHours::read(&json!({"days": ["monday"], "time": ["09:00", "17:00"]})).unwrap();
        // A Monday.
        let [ten, eleven] = ["2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"].map(|at| at.parse::<Timestamp>().unwrap());
        for hours in [None, Some(&hours)] {
            assert_eq!(
                (counted(hours, ten, eleven), counted(hours, eleven, ten), counted(hours, ten, ten)),
                (3_600_000_000, 0, 0)
            );
            assert_eq!(windows(hours, ten, eleven), [Open { from: ten, to: eleven }]);
            assert_eq!((windows(hours, eleven, ten), windows(hours, ten, ten)), (vec![], vec![]));
            assert_eq!(after(hours, ten, 3_600_000_000), Ok(eleven));
        }
    }
}
