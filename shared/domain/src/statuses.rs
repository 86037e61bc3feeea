//! Which statuses a ticket has had, and when it took each.
//!
//! The pauses of a deadline are derived from this record. That a ticket was pending on Tuesday is a fact. Whether the clock of
//! a pending ticket stands still is a setting of the project, which may change.

use crate::{time::Timestamp, words::words};

words! {
    /// Where a ticket stands. There is no status machine: any status may follow any other.
    #[derive(Default)]
    Status {
        /// Just created, not yet viewed by the team.
        #[default]
        New = "new",
        /// Being actively worked on.
        Open = "open",
        /// Waiting for the customer.
        Pending = "pending",
        /// Paused for an external reason.
        OnHold = "on_hold",
        /// Closed.
        Resolved = "resolved",
    }
}

/// The most statuses that a ticket remembers: those of about sixty answers and questions, at nine bytes each.
const MOST: usize = 64;

/// The statuses of a ticket since it was created, or since the oldest that it remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    first: (Timestamp, Status),
    then: Vec<(Timestamp, Status)>,
}

/// A time `[from, to)` that a ticket spent in one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// The status in which the ticket was.
    pub status: Status,
    /// When the ticket got this status.
    pub from: Timestamp,
    /// When it ended; `None` if the ticket is still in that status.
    pub to: Option<Timestamp>,
}

impl Statuses {
    /// The record of a ticket that is created in `status`.
    pub const fn new(created_at: Timestamp, status: Status) -> Self {
        Self { first: (created_at, status), then: Vec::new() }
    }

    /// The record of these statuses, each with when it was taken, in order; `None` if there are none.
    pub fn from_taken(taken: impl IntoIterator<Item = (Timestamp, Status)>) -> Option<Self> {
        let mut taken = taken.into_iter();
        Some(Self { first: taken.next()?, then: taken.collect() })
    }

    /// Each status with when it was taken, in order.
    pub fn taken(&self) -> impl Iterator<Item = (Timestamp, Status)> {
        std::iter::once(self.first).chain(self.then.iter().copied())
    }

    /// The status that the ticket is in now.
    pub fn last(&self) -> Status {
        self.then.last().unwrap_or(&self.first).1
    }

    /// Records a change of status; the present status again changes nothing. A `now` before the last change is moved to that
    /// change, so that the order stays.
    pub(crate) fn take(&mut self, status: Status, now: Timestamp) {
        let (since, last) = *self.then.last().unwrap_or(&self.first);
        if last != status {
            self.then.push((now.max(since), status));
        }
    }

    /// Forgets the oldest status if there are more than a ticket remembers. Returns its spell, and when that ended.
    pub(crate) fn forget(&mut self) -> Option<(Spell, Timestamp)> {
        if self.then.len() < MOST {
            return None;
        }
        let second = self.then.remove(0);
        let (from, status) = std::mem::replace(&mut self.first, second);
        Some((Spell { status, from, to: Some(second.0) }, second.0))
    }

    /// The spells since `from`. The first is cut to begin at `from`.
    pub fn since(&self, from: Timestamp) -> impl Iterator<Item = Spell> {
        let ends = self.then.iter().map(|(at, _)| Some(*at)).chain([None]);
        let spells = self.taken().zip(ends);
        spells.filter(move |(_, to)| to.is_none_or(|to| from < to)).map(move |((at, status), to)| Spell {
            status,
            from: at.max(from),
            to,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(seconds)
    }

    #[test]
    fn spells_follow_each_other() {
        let mut statuses = Statuses::new(at(1), Status::New);
        for (status, seconds) in
            [(Status::New, 2), (Status::Open, 3), (Status::Pending, 5), (Status::Pending, 7), (Status::Open, 4)]
        {
            statuses.take(status, at(seconds));
        }
        assert_eq!((statuses.last(), Statuses::new(at(1), Status::OnHold).last()), (Status::Open, Status::OnHold));
        let spells = |from| statuses.since(at(from)).map(|it| (it.status, it.from, it.to)).collect::<Vec<_>>();
        let (new, open) = ((Status::New, at(1), Some(at(3))), (Status::Open, at(3), Some(at(5))));
        // A clock that runs behind doesn't change the order.
        let (pending, last) = ((Status::Pending, at(5), Some(at(5))), (Status::Open, at(5), None));
        assert_eq!(spells(0), [new, open, pending, last].map(|spell| spell));
        assert_eq!(spells(4), [(Status::Open, at(4), Some(at(5))), pending, last]);
        assert_eq!((spells(3)[0], spells(3).len()), (open, 3), "a spell ends before the next begins");
        assert_eq!((spells(5), spells(9)), (vec![last], vec![(Status::Open, at(9), None)]));
        assert_eq!(Statuses::from_taken(statuses.taken()), Some(statuses));
        assert_eq!(Statuses::from_taken([]), None);
    }

    #[test]
    fn the_oldest_is_forgotten_at_last() {
        let mut statuses = Statuses::new(at(0), Status::New);
        let mut forgotten = Vec::new();
        for turn in 1..=70 {
            statuses.take(if turn % 2 == 0 { Status::Open } else { Status::Pending }, at(turn));
            forgotten.extend(statuses.forget());
        }
        assert_eq!((statuses.taken().count(), forgotten.len()), (MOST, 7));
        let (first, until) = forgotten[0];
        assert_eq!((first, until), (Spell { status: Status::New, from: at(0), to: Some(at(1)) }, at(1)));
        assert_eq!(statuses.since(at(0)).next().map(|spell| spell.from), Some(at(7)));
    }
}
