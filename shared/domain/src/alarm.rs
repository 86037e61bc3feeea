//! What is told of deadlines.

use crate::{time::Timestamp, words::words};

words! {
    /// What is told of a deadline as it comes, each once.
    Alarm {
        /// An hour is left.
        AtRisk = "at_risk",
        /// It has passed.
        Breached = "breached",
    }
}

/// What was told of a deadline last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What.
    pub alarm: Alarm,
    /// Of which deadline. It may have moved since.
    pub due: Timestamp,
    /// When.
    pub at: Timestamp,
    /// How many seconds too late; zero if it was on time.
    pub late_secs: u32,
}
