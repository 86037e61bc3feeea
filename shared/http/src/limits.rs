//! Limits in the memory of a warm function: exact where one process serves all, approximate where many do, and free.
//!
//! What is also counted durably is told here ([`Limits::observe`]), so that a process that has learnt of a full window
//! refuses without asking again.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use lambdesk_domain::{
    Timestamp,
    limit::{Counts, Limit},
};

/// Beyond this many windows the memory starts over: a limit may then let more through, but memory stays bounded.
const MOST: usize = 100_000;

/// How long calls may stay unsettled, in seconds.
const SETTLE_EVERY: i64 = 60;

/// All windows of a process.
#[derive(Default)]
pub struct Limits(Mutex<HashMap<(String, i64), Window>>);

#[derive(Default)]
struct Window {
    bucket: i64,
    counts: Counts,
    /// Calls that were not yet added to the durable count, and since when.
    unsettled: u32,
    settled_at: Option<Timestamp>,
}

impl Window {
    fn at(&mut self, bucket: i64) -> &mut Self {
        if self.bucket != bucket {
            let before = if self.bucket == bucket - 1 { self.counts.present } else { 0 };
            self.counts = Counts { present: 0, before };
            self.bucket = bucket;
        }
        self
    }
}

impl Limits {
    fn with<T>(&self, who: &str, limit: Limit, now: Timestamp, work: impl FnOnce(&mut Window) -> T) -> T {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST {
            windows.retain(|(_, seconds), window| window.bucket >= now.seconds() / seconds - 1);
            if windows.len() >= MOST {
                windows.clear();
            }
        }
        work(windows.entry((who.to_owned(), limit.seconds)).or_default().at(limit.bucket(now)))
    }

    /// Counts a call of `who`, or says how many seconds to wait.
    pub fn admit(&self, who: &str, limit: Limit, now: Timestamp) -> Result<(), u32> {
        self.with(who, limit, now, |window| {
            limit.admit(window.counts, now)?;
            window.counts.present += 1;
            window.unsettled += 1;
            Ok(())
        })
    }

    /// Takes over what was counted elsewhere, where it is more.
    pub fn observe(&self, who: &str, limit: Limit, now: Timestamp, counts: Counts) {
        self.with(who, limit, now, |window| {
            window.counts.present = window.counts.present.max(counts.present);
            window.counts.before = window.counts.before.max(counts.before);
        });
    }

    /// The calls to add to the durable count now, once a minute; `None` in between.
    pub fn take_unsettled(&self, who: &str, limit: Limit, now: Timestamp) -> Option<u32> {
        self.with(who, limit, now, |window| {
            let due = window.settled_at.is_none_or(|at| now >= at.plus_seconds(SETTLE_EVERY));
            if !due || window.unsettled == 0 {
                return None;
            }
            window.settled_at = Some(now);
            Some(std::mem::take(&mut window.unsettled))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn counts_callers_apart_and_lets_them_in_again() {
        let (limits, limit) = (Limits::default(), Limit::per_minute(2));
        assert!(limits.admit("a", limit, at(600)).is_ok() && limits.admit("a", limit, at(601)).is_ok());
        let wait = limits.admit("a", limit, at(602)).unwrap_err();
        assert!(limits.admit("b", limit, at(602)).is_ok());
        assert!(limits.admit("a", limit, at(602 + i64::from(wait))).is_ok());
    }

    #[test]
    fn learns_of_calls_elsewhere() {
        let (limits, limit) = (Limits::default(), Limit::per_minute(30));
        limits.observe("a", limit, at(600), Counts { present: 30, before: 0 });
        assert!(limits.admit("a", limit, at(601)).is_err());
    }

    #[test]
    fn settles_the_first_call_at_once_and_then_once_a_minute() {
        let (limits, limit) = (Limits::default(), Limit::per_hour(3600));
        let mut settled = Vec::new();
        for second in 0..130 {
            limits.admit("a", limit, at(7200 + second)).unwrap();
            settled.extend(limits.take_unsettled("a", limit, at(7200 + second)));
        }
        assert_eq!(settled, [1, 60, 60]);
    }
}
