//! How many tickets each policy holds at present. A policy holds a ticket that is not resolved if it is the first one whose
//! conditions hold, whether or not a deadline was set on the ticket itself.
//!
//! The totals know a ticket's status, priority and channel. So they count a policy by themselves, unless a condition on tags or
//! traits stands in the way: its own, or one of a policy before it. Then the tickets have to be read, and a project may have
//! more of them than one answer may read.

use super::Policies;
use crate::{
    ticket::{Status, Ticket},
    totals::{Bucket, BucketFilter, Totals},
};

/// How many tickets a policy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The number of tickets: all of them, or at least so many.
    pub tickets: u64,
    /// Whether these are all.
    pub is_exact: bool,
}

/// How many tickets the policies of a project hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings {
    /// For each policy, in their order.
    pub policies: Vec<Held>,
    /// The tickets that no policy holds.
    pub without: Held,
}

impl Held {
    const NONE: Self = Self { tickets: 0, is_exact: true };

    /// What two counts of the same tickets tell together. Each is a moment old, and the later one wins where both are exact.
    fn or(self, later: Self) -> Self {
        match (self.is_exact, later.is_exact) {
            (_, true) => later,
            (true, false) => self,
            (false, false) => Self { tickets: self.tickets.max(later.tickets), is_exact: false },
        }
    }
}

impl Holdings {
    const fn none(policies: Vec<Held>) -> Self {
        Self { policies, without: Held::NONE }
    }

    /// The count for the policy at this place; for the tickets that no policy holds if there is none.
    fn at(&mut self, place: Option<usize>) -> &mut Held {
        place.and_then(|place| self.policies.get_mut(place)).unwrap_or(&mut self.without)
    }

    /// What the totals alone tell.
    pub fn of_totals(policies: &Policies, totals: &Totals) -> Self {
        let mut holdings = Self::none(vec![Held::NONE; policies.policies.len()]);
        for bucket in Bucket::all().filter(|bucket| bucket.status != Status::Resolved) {
            let tickets = totals.count(BucketFilter {
                statuses: Some(&[bucket.status]),
                priorities: Some(&[bucket.priority]),
                channels: Some(&[bucket.channel]),
            });
            if tickets > 0 {
                holdings.take_bucket(policies, bucket, tickets);
            }
        }
        holdings
    }

    /// Counts the tickets of a bucket for the one policy that holds them. If tags or traits decide which one that is, no count
    /// of these policies is exact.
    fn take_bucket(&mut self, policies: &Policies, bucket: Bucket, tickets: u64) {
        let mut divided = false;
        let admitting = policies.policies.iter().enumerate().filter(|(_, policy)| policy.conditions.admit(bucket));
        for (place, policy) in admitting {
            let takes_rest = policy.conditions.are_of_buckets();
            if takes_rest && !divided {
                self.at(Some(place)).tickets += tickets;
                return;
            }
            divided = true;
            self.at(Some(place)).is_exact = false;
            if takes_rest {
                return;
            }
        }
        let rest = self.at(None);
        if divided {
            rest.is_exact = false;
        } else {
            rest.tickets += tickets;
        }
    }

    /// The same counts, corrected by tickets that were read: all that are not resolved, or some of them.
    #[must_use]
    pub fn with_tickets<'a>(self, policies: &Policies, tickets: impl Iterator<Item = &'a Ticket>, are_all: bool) -> Self {
        let mut read = Self::none(vec![Held { tickets: 0, is_exact: are_all }; policies.policies.len()]);
        read.without.is_exact = are_all;
        tickets.for_each(|ticket| read.at(policies.position(ticket)).tickets += 1);
        let policies = self.policies.into_iter().zip(read.policies).map(|(totals, read)| totals.or(read)).collect();
        Self { policies, without: self.without.or(read.without) }
    }

    /// Whether every count is exact.
    pub fn are_exact(&self) -> bool {
        self.without.is_exact && self.policies.iter().all(|held| held.is_exact)
    }
}

#[cfg(test)]
mod tests;
