//! The alarms that are raised for deadlines.

use crate::{time::Timestamp, words::words};

words! {
    /// An alarm for a deadline. Each kind is raised once for it.
    Alarm {
        /// An hour or less is left.
        AtRisk = "at_risk",
        /// The deadline has passed.
        Breached = "breached",
    }
}

/// Whether a deadline is breached at `at`. The moment of the deadline counts: the clock wakes the ticket then, and its event
/// says so. Lists, events and the clock all ask here.
pub fn is_breached(due_at: Timestamp, at: Timestamp) -> bool {
    due_at <= at
}

/// The last alarm raised for a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RaisedAlarm {
    /// Whether the deadline was near or had passed.
    pub alarm: Alarm,
    /// The deadline that it was raised for. The deadline may have moved since.
    pub due: Timestamp,
    /// When it was raised.
    pub at: Timestamp,
    /// How many seconds late it was raised; zero if it was on time.
    pub late_secs: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    #[test]
    fn the_moment_of_a_deadline_breaches_it() {
        assert_eq!([9, 10, 11].map(|now| is_breached(at(10), at(now))), [false, true, true]);
    }
}
