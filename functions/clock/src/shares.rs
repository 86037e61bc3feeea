//! How projects share the time of a tick.

use std::time::Instant;

use crate::Clock;

/// The end of each of `of` equal shares of the time until `until`. Each share is measured when it is asked for, so what one
/// leaves unused goes to those after it. Once the time is up there are no more shares.
pub(crate) fn shares(of: usize, until: Instant) -> impl Iterator<Item = Instant> {
    (1..=of).rev().map_while(move |left| {
        let now = Instant::now();
        (now < until).then(|| now + (until - now) / u32::try_from(left).unwrap_or(u32::MAX))
    })
}

impl Clock {
    /// The same things, rotated by one each minute, so that the last ones get their time too.
    pub(crate) fn in_turn<T>(&self, mut things: Vec<T>) -> Vec<T> {
        let minute = usize::try_from(self.upkeep.now().seconds() / 60).unwrap_or(0);
        let turn = minute % things.len().max(1);
        things.rotate_left(turn);
        things
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_one_leaves_goes_to_the_others() {
        let began = Instant::now();
        let until = began + Duration::from_hours(3);
        let ends: Vec<_> = shares(3, until).collect();
        // The first two shares were not used, so the last one has all the time.
        assert!(ends[0] - began < Duration::from_mins(61) && ends[1] - began > Duration::from_mins(89), "{ends:?}");
        assert_eq!(ends[2..], [until]);
    }

    #[test]
    fn no_time_is_no_share() {
        assert_eq!(shares(3, Instant::now()).count(), 0);
        assert_eq!(shares(0, Instant::now() + Duration::from_hours(1)).count(), 0);
    }
}
