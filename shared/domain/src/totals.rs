//! The counts of a project's tickets, by everything that an exact count may be filtered by (docs/decisions.md, 6).
//!
//! They are a small cube with one number for each status, priority and channel. A change of one ticket changes the numbers of
//! at most two buckets, so counting never needs more than that ticket.

use std::collections::BTreeMap;

use crate::{
    assignee::Assignee,
    ticket::{Channel, Fields, Priority, Status, Ticket},
};

/// A bucket in the cube: one combination of status, priority and channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// The status of the tickets that count here.
    pub status: Status,
    /// The priority of these tickets; `None` for those without one.
    pub priority: Option<Priority>,
    /// The channel of these tickets.
    pub channel: Channel,
}

impl Bucket {
    /// Every combination: 80 of them, whether a ticket is there or not.
    pub fn all() -> impl Iterator<Item = Self> {
        let priorities = || std::iter::once(None).chain(Priority::ALL.iter().copied().map(Some));
        let channels = |status, priority| Channel::ALL.iter().map(move |&channel| Self { status, priority, channel });
        Status::ALL.iter().flat_map(move |&status| priorities().flat_map(move |priority| channels(status, priority)))
    }
}

/// What one ticket adds to the totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The bucket where it counts.
    pub bucket: Bucket,
    /// The assignee for whom it counts.
    pub assignee: Option<Assignee>,
    /// Its unread messages that count in the unread total: none once it is resolved.
    pub unread: u32,
}

impl Cell {
    /// What `ticket` adds as it is. A resolved ticket adds no unread messages.
    pub fn of(ticket: &Ticket) -> Self {
        let Ticket { fields: Fields { status, priority, assignee, .. }, ref origin, ref thread, .. } = *ticket;
        let unread = if status == Status::Resolved { 0 } else { thread.unread_team_count };
        Self { bucket: Bucket { status, priority, channel: origin.channel() }, assignee, unread }
    }
}

/// The changes of a cube's numbers, by bucket. A bucket whose number stays is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gains(BTreeMap<Bucket, i64>);

impl Gains {
    fn add(&mut self, bucket: Bucket, gain: i64) {
        let sum = self.0.entry(bucket).or_default();
        *sum += gain;
        if *sum == 0 {
            self.0.remove(&bucket);
        }
    }

    /// Each bucket whose number changes, and by how much.
    pub fn iter(&self) -> impl Iterator<Item = (Bucket, i64)> {
        self.0.iter().map(|(bucket, gain)| (*bucket, *gain))
    }

    /// Whether no number changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The changes of a project's totals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// The change of the unread total.
    pub unread: i64,
    /// The changes for tickets without an assignee.
    pub unassigned: Gains,
    /// The changes for tickets with an assignee, whoever it is.
    pub assigned: Gains,
    /// The changes for the tickets of each assignee.
    pub assignees: BTreeMap<Assignee, Gains>,
}

impl Delta {
    /// Adds the change of one ticket from one cell to another. `None` before it was created, and after it was deleted.
    pub fn change(&mut self, before: Option<&Cell>, after: Option<&Cell>) {
        for (cell, sign) in before.map(|cell| (cell, -1)).into_iter().chain(after.map(|cell| (cell, 1))) {
            self.unread += sign * i64::from(cell.unread);
            match cell.assignee {
                None => self.unassigned.add(cell.bucket, sign),
                Some(assignee) => {
                    self.assigned.add(cell.bucket, sign);
                    self.assignees.entry(assignee).or_default().add(cell.bucket, sign);
                }
            }
        }
        self.assignees.retain(|_, gains| !gains.is_empty());
    }
}

/// Which tickets to count. A field that is `None` filters nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct BucketFilter<'a> {
    /// Any of these statuses.
    pub statuses: Option<&'a [Status]>,
    /// Any of these priorities; `None` among them means no priority.
    pub priorities: Option<&'a [Option<Priority>]>,
    /// Any of these channels.
    pub channels: Option<&'a [Channel]>,
}

impl BucketFilter<'_> {
    fn admits(&self, bucket: Bucket) -> bool {
        self.statuses.is_none_or(|any| any.contains(&bucket.status))
            && self.priorities.is_none_or(|any| any.contains(&bucket.priority))
            && self.channels.is_none_or(|any| any.contains(&bucket.channel))
    }
}

/// A cube of counts: of one assignee, of several together, or of tickets without one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Bucket, u64>);

impl Counts {
    /// How many tickets `filter` admits.
    pub fn count(&self, filter: BucketFilter<'_>) -> u64 {
        self.0.iter().filter(|(bucket, _)| filter.admits(**bucket)).map(|(_, count)| count).sum()
    }
}

/// Counts of the same bucket are added up. A ticket has one assignee, so the cubes of several assignees never overlap.
impl FromIterator<(Bucket, u64)> for Counts {
    fn from_iter<I: IntoIterator<Item = (Bucket, u64)>>(counts: I) -> Self {
        let mut cube = BTreeMap::new();
        for (bucket, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            *cube.entry(bucket).or_default() += count;
        }
        Self(cube)
    }
}

/// A project's totals: its unread messages, and the counts of its assigned and of its unassigned tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    unread: u64,
    unassigned: Counts,
    assigned: Counts,
}

impl Totals {
    /// Totals with these numbers.
    pub const fn new(unread: u64, unassigned: Counts, assigned: Counts) -> Self {
        Self { unread, unassigned, assigned }
    }

    /// The messages that the team has not seen, over all tickets that are not resolved.
    pub const fn unread(&self) -> u64 {
        self.unread
    }

    /// How many tickets `filter` admits, with any assignee or none.
    pub fn count(&self, filter: BucketFilter<'_>) -> u64 {
        self.unassigned.count(filter) + self.assigned.count(filter)
    }

    /// How many tickets without an assignee `filter` admits.
    pub fn count_unassigned(&self, filter: BucketFilter<'_>) -> u64 {
        self.unassigned.count(filter)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*};

    use super::*;
    use crate::ids::UserId;

    const PRIORITIES: [Option<Priority>; 4] = [None, Some(Priority::Low), Some(Priority::Medium), Some(Priority::High)];

    fn bucket() -> impl Strategy<Value = Bucket> {
        prop::sample::select(Bucket::all().collect::<Vec<_>>())
    }

    fn cell() -> impl Strategy<Value = Cell> {
        let assignee = option::of((1..4_u32).prop_map(|id| Assignee::User(UserId(id))));
        (bucket(), assignee, 0..4_u32).prop_map(|(bucket, assignee, unread)| Cell { bucket, assignee, unread })
    }

    /// The counts that the gains lead to from zero; a negative count fails the test.
    fn counts(gains: &Gains) -> Counts {
        gains.iter().map(|(bucket, count)| (bucket, u64::try_from(count).unwrap())).collect()
    }

    fn recounted<'a>(cells: impl Iterator<Item = &'a Cell>) -> Delta {
        let mut delta = Delta::default();
        cells.for_each(|cell| delta.change(None, Some(cell)));
        delta
    }

    #[test]
    fn every_bucket_is_one_of_eighty() {
        let buckets: std::collections::BTreeSet<_> = Bucket::all().collect();
        assert_eq!((buckets.len(), Bucket::all().count()), (80, 80));
    }

    #[test]
    fn a_ticket_counts_its_unread_messages_until_it_is_resolved() {
        for status in Status::ALL.iter().copied() {
            let mut ticket = crate::testing::ticket();
            (ticket.fields.status, ticket.fields.priority) = (status, Some(Priority::High));
            (ticket.fields.assignee, ticket.thread.unread_team_count) = (Some(Assignee::User(UserId(7))), 3);
            let bucket = Bucket { status, priority: Some(Priority::High), channel: Channel::Widget };
            let unread = if status == Status::Resolved { 0 } else { 3 };
            assert_eq!(Cell::of(&ticket), Cell { bucket, assignee: Some(Assignee::User(UserId(7))), unread });
        }
    }

    #[test]
    fn counts_of_the_same_bucket_are_added_up_and_none_is_no_count() {
        let [one, other] = [Status::New, Status::Open].map(|status| Bucket { status, priority: None, channel: Channel::Api });
        let cube = Counts::from_iter([(one, 2), (other, 0), (one, 3)]);
        assert_eq!(cube, Counts(BTreeMap::from([(one, 5)])));
        assert_eq!(Counts::from_iter([(other, 0)]), Counts::default());
    }

    #[test]
    fn a_number_that_comes_back_is_no_change() {
        let bucket = Bucket { status: Status::New, priority: None, channel: Channel::Api };
        let cell = Cell { bucket, assignee: Some(Assignee::User(UserId(7))), unread: 2 };
        let mut delta = Delta::default();
        delta.change(None, Some(&cell));
        assert_eq!((delta.unread, delta.unassigned.is_empty(), delta.assigned.is_empty()), (2, true, false));
        assert_eq!(delta.assigned.iter().collect::<Vec<_>>(), [(bucket, 1)]);
        assert_eq!(delta.assignees.len(), 1);
        delta.change(Some(&cell), Some(&Cell { assignee: None, ..cell }));
        assert_eq!((delta.unassigned.iter().collect::<Vec<_>>(), delta.assignees.len()), (vec![(bucket, 1)], 0));
        delta.change(Some(&Cell { assignee: None, ..cell }), None);
        assert_eq!(delta, Delta::default());
    }

    proptest! {
        /// Tickets may come, change and go in any order: adding up the changes gives the same as counting anew.
        #[test]
        fn folding_equals_recounting(history in prop::collection::vec((0..6_usize, option::of(cell())), 0..60)) {
            let mut tickets = [None; 6];
            let mut folded = Delta::default();
            for (ticket, after) in history {
                folded.change(tickets[ticket].as_ref(), after.as_ref());
                tickets[ticket] = after;
                prop_assert_eq!(&folded, &recounted(tickets.iter().flatten()));
            }
            prop_assert!(folded.unread >= 0);
            counts(&folded.unassigned);
            folded.assignees.values().for_each(|gains| drop(counts(gains)));
        }

        #[test]
        fn every_combination_of_filters_is_counted(
            cells in prop::collection::vec(cell(), 0..40),
            statuses in option::of(prop::sample::subsequence(Status::ALL, 0..=Status::ALL.len())),
            priorities in option::of(prop::sample::subsequence(&PRIORITIES, 0..=PRIORITIES.len())),
            channels in option::of(prop::sample::subsequence(Channel::ALL, 0..=Channel::ALL.len())),
        ) {
            let (any_status, any_priority, any_channel) = (statuses.as_deref(), priorities.as_deref(), channels.as_deref());
            let filter = BucketFilter { statuses: any_status, priorities: any_priority, channels: any_channel };
            let admitted = |cell: &&Cell| {
                statuses.as_ref().is_none_or(|any| any.contains(&cell.bucket.status))
                    && priorities.as_ref().is_none_or(|any| any.contains(&cell.bucket.priority))
                    && channels.as_ref().is_none_or(|any| any.contains(&cell.bucket.channel))
            };
            let count = |of: &dyn Fn(&Cell) -> bool| cells.iter().filter(admitted).filter(|cell| of(cell)).count() as u64;
            let Delta { unread, unassigned, assigned, assignees } = recounted(cells.iter());
            let totals = Totals::new(u64::try_from(unread).unwrap(), counts(&unassigned), counts(&assigned));
            prop_assert_eq!(totals.unread(), cells.iter().map(|cell| u64::from(cell.unread)).sum::<u64>());
            prop_assert_eq!(totals.count(filter), count(&|_| true));
            prop_assert_eq!(totals.count_unassigned(filter), count(&|cell| cell.assignee.is_none()));
            let named: std::collections::BTreeSet<_> = cells.iter().filter_map(|cell| cell.assignee).collect();
            prop_assert_eq!(assignees.keys().copied().collect::<std::collections::BTreeSet<_>>(), named);
            for (assignee, gains) in &assignees {
                prop_assert_eq!(counts(gains).count(filter), count(&|cell| cell.assignee == Some(*assignee)));
            }
        }
    }
}
