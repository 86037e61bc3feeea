//! Rate limits: a sliding window, counted in two buckets.
//!
//! The bucket before the present one counts in proportion to how much of it the window still covers. A window that jumps at the
//! full minute could be got around by sending on both sides of the jump; a sliding one can't. And it needs two numbers only,
//! however many calls there were, where a log of calls would grow with them.

use crate::time::Timestamp;

/// A number of calls per length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most calls within the window.
    pub most: u32,
    /// The window's length in seconds.
    pub seconds: i64,
}

/// The limit on calls of a project's external ticket API (docs/decisions.md, 20).
pub const EXTERNAL: [Limit; 2] = [Limit::per_minute(60), Limit::per_hour(600)];

/// The limit on actions of a project's workflow runs (docs/decisions.md, 44).
pub const RUNS: [Limit; 2] = [Limit::per_minute(60), Limit::per_hour(600)];

/// The share of those actions that strangers may cause ([`Party`](crate::workflow::Party)). Anyone may open any number of
/// tickets in a project. Without this bound they could use up all actions, and stop the workflows for its customers and team.
pub const STRANGERS: [Limit; 2] = [Limit::per_minute(30), Limit::per_hour(300)];

/// The limit on test mails that a user asks for. Each goes to the user's own address, so nobody else is in need of it; the sending
/// service counts every mail against what the account may send.
pub const TEST_MAILS: Limit = Limit::per_minute(6);

/// The calls that a limit has to know of: those in the present bucket, and those in the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls in the present bucket.
    pub present: u32,
    /// Calls in the bucket before.
    pub before: u32,
}

impl Calls {
    /// The same counts without one call that is counted in them already.
    #[must_use]
    pub const fn without_one(self) -> Self {
        Self { present: self.present.saturating_sub(1), before: self.before }
    }
}

impl Limit {
    /// `most` calls a minute.
    pub const fn per_minute(most: u32) -> Self {
        Self { most, seconds: 60 }
    }

    /// `most` calls an hour.
    pub const fn per_hour(most: u32) -> Self {
        Self { most, seconds: 3600 }
    }

    /// The number of the bucket that `now` falls into.
    pub const fn bucket(self, now: Timestamp) -> i64 {
        now.seconds() / self.seconds
    }

    /// Whether one more call fits. If not, the error is the number of seconds until one does, at least 1.
    pub fn admit(self, counts: Calls, now: Timestamp) -> Result<(), u32> {
        let into = now.seconds() % self.seconds;
        if self.fits(counts, into) {
            return Ok(());
        }
        // Later in this bucket, the bucket before weighs less. In the next bucket, the present one weighs in its place.
        let next = Calls { present: 0, before: counts.present };
        let fits_after = |wait: i64| {
            let then = into + wait;
            if then < self.seconds { self.fits(counts, then) } else { self.fits(next, then - self.seconds) }
        };
        // A call that fits after some wait fits after any longer one, so halving finds the shortest.
        let (mut too_short, mut enough) = (0, 2 * self.seconds - into);
        while enough - too_short > 1 {
            let wait = i64::midpoint(too_short, enough);
            if fits_after(wait) { enough = wait } else { too_short = wait }
        }
        Err(u32::try_from(enough).unwrap_or(u32::MAX))
    }

    /// Whether a call fits that `counts` has already. If not, the error is the number of seconds until another one fits. The
    /// refused call stays counted, so who waits for that long is let in.
    pub fn admit_counted(self, counts: Calls, now: Timestamp) -> Result<(), u32> {
        self.admit(counts.without_one(), now).map_err(|wait| self.admit(counts, now).err().unwrap_or(wait))
    }

    /// Whether one more call fits `into` seconds into the present bucket. The arithmetic is in whole numbers, scaled by the
    /// window. The bucket before weighs as much as the window still covers of it; half a call is slack for that estimate.
    fn fits(self, counts: Calls, into: i64) -> bool {
        let used = i64::from(counts.present) * self.seconds + i64::from(counts.before) * (self.seconds - into);
        2 * used + self.seconds < 2 * i64::from(self.most) * self.seconds
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    /// Makes calls at each of `times` and returns the times of those that were admitted.
    fn admitted(limit: Limit, times: &[i64]) -> Vec<i64> {
        let mut buckets: HashMap<i64, u32> = HashMap::new();
        let mut inside = Vec::new();
        for &time in times {
            let bucket = limit.bucket(at(time));
            let counts = Calls {
                present: buckets.get(&bucket).copied().unwrap_or(0),
                before: buckets.get(&(bucket - 1)).copied().unwrap_or(0),
            };
            if limit.admit(counts, at(time)).is_ok() {
                *buckets.entry(bucket).or_default() += 1;
                inside.push(time);
            }
        }
        inside
    }

    #[test]
    fn a_burst_gets_exactly_the_limit_wherever_the_clock_stands() {
        for start in [0, 1, 30, 58, 59] {
            let burst: Vec<i64> = (0..40).map(|n| 6000 + start + n / 20).collect();
            assert_eq!(admitted(Limit::per_minute(30), &burst).len(), 30, "start {start}");
        }
    }

    #[test]
    fn a_project_calls_sixty_times_a_minute_and_six_hundred_times_an_hour() {
        let limits = [Limit { most: 60, seconds: 60 }, Limit { most: 600, seconds: 3600 }];
        assert_eq!((EXTERNAL, RUNS), (limits, limits));
    }

    #[test]
    fn calls_are_counted_in_buckets_as_long_as_the_window() {
        assert_eq!([0, 59, 60, 119, 120].map(|second| Limit::per_minute(1).bucket(at(second))), [0, 0, 1, 1, 2]);
        assert_eq!([3599, 3600, 7200].map(|second| Limit::per_hour(1).bucket(at(second))), [0, 1, 2]);
    }

    #[test]
    fn half_a_call_is_slack() {
        let admit = |second: i64| Limit::per_minute(30).admit(Calls { present: 29, before: 1 }, at(600 + second));
        assert_eq!([admit(0), admit(29), admit(30), admit(31)], [Err(31), Err(2), Err(1), Ok(())]);
    }

    proptest! {
        #[test]
        fn no_bucket_takes_more_than_the_limit_and_waiting_helps(mut times in prop::collection::vec(0..400_i64, 0..300)) {
            times.sort_unstable();
            let limit = Limit::per_minute(10);
            let inside = admitted(limit, &times);
            for bucket in 0..7 {
                prop_assert!(inside.iter().filter(|time| *time / 60 == bucket).count() <= 10);
            }
        }

        #[test]
        fn the_wait_that_is_named_is_enough(present in 0..80_u32, before in 0..80_u32, now in 0..60_i64) {
            let limit = Limit::per_minute(30);
            if let Err(wait) = limit.admit(Calls { present, before }, at(600 + now)) {
                let later = 600 + now + i64::from(wait);
                let counts = match later / 60 {
                    10 => Calls { present, before },
                    11 => Calls { present: 0, before: present },
                    _ => Calls::default(),
                };
                prop_assert_eq!(limit.admit(counts, at(later)), Ok(()));
            }
        }

        #[test]
        fn who_waits_after_a_call_that_was_counted_is_let_in(present in 1..80_u32, before in 0..80_u32, now in 0..60_i64) {
            let (limit, counts) = (Limit::per_minute(30), Calls { present, before });
            let admitted = limit.admit_counted(counts, at(600 + now));
            prop_assert_eq!(admitted.is_ok(), limit.admit(counts.without_one(), at(600 + now)).is_ok());
            if let Err(wait) = admitted {
                let later = 600 + now + i64::from(wait);
                // The call that comes then is counted too.
                let counts = match later / 60 {
                    10 => Calls { present: present + 1, before },
                    11 => Calls { present: 1, before: present },
                    _ => Calls { present: 1, before: 0 },
                };
                prop_assert_eq!(limit.admit_counted(counts, at(later)), Ok(()));
            }
        }

        #[test]
        fn no_shorter_wait_would_be_enough(present in 0..80_u32, before in 0..80_u32, now in 0..60_i64) {
            let limit = Limit::per_minute(30);
            if let Err(wait) = limit.admit(Calls { present, before }, at(600 + now)) {
                for later in 600 + now + 1..600 + now + i64::from(wait) {
                    let counts = match later / 60 {
                        10 => Calls { present, before },
                        _ => Calls { present: 0, before: present },
                    };
                    prop_assert!(limit.admit(counts, at(later)).is_err());
                }
            }
        }
    }
}
