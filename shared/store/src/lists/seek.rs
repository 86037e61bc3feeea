//! The ticket at which a walk by number reaches an instant of creation, found without walking there.
//!
//! Numbers are given in the order of creation, and a ticket's id tells about when that was. So a few keys of `by_number` at a
//! time, around where the instant would be if tickets came evenly, close in on it: a million tickets take two to four such
//! steps, of half a read unit for each key.

use lambdesk_domain::{Timestamp, ids::TicketNumber};

use super::keyed::{CHUNK, created_about};
use crate::{
    error::StoreError,
    room::Room,
    transport::{
        item::{Item, Reader},
        keys::{self, Key},
        read::{BY_KEY, Range},
        schema::{BY_NUMBER, NUMBER},
    },
};

/// How far from the expected number a step reads on either side, as fractions of the numbers that are left.
const PARTS: [TicketNumber; 3] = [8, 32, 128];
/// The most steps. Each leaves about an eighth of the numbers, however unevenly tickets came. The rest is walked.
const STEPS: usize = 12;

/// A key of `by_number` that was read, and about when its ticket was created.
#[derive(Debug, Clone)]
struct Probe {
    number: TicketNumber,
    /// When it was created, or a little before that.
    at: Timestamp,
    key: Item,
}

impl Room {
    /// The key behind which a walk can begin, where no ticket created after `bound` is wanted in descending order, or none
    /// created up to `bound` in ascending order. `None` if the walk begins at its start. Beside it, what the search cost, in
    /// bytes of a range of the same price.
    pub(super) async fn seek(&self, bound: Timestamp, descending: bool) -> Result<(Option<Item>, usize), StoreError> {
        let mut read = 2;
        let (first, last) = tokio::try_join!(self.found_from(0, false), self.found_from(TicketNumber::MAX >> 1, true))?;
        let (Some(mut low), Some(mut high)) = (first, last) else { return Ok((None, 0)) };
        if descending && high.at <= bound {
            return Ok((None, read * BY_KEY));
        }
        if low.at > bound {
            // Every ticket lies after the bound. A descending walk has nothing to find, so it begins behind the very first
            // ticket.
            return Ok((descending.then_some(low.key), read * BY_KEY));
        }
        if !descending && high.at <= bound {
            return Ok((Some(high.key), read * BY_KEY));
        }
        for _ in 0..STEPS {
            if high.number - low.number <= CHUNK as TicketNumber {
                break;
            }
            let probes = probes(&low, &high, bound);
            read += probes.len();
            let probes = probes.into_iter().map(|number| self.found_from(number, false));
            for found in futures_util::future::try_join_all(probes).await?.into_iter().flatten() {
                if found.at > bound && found.number < high.number {
                    high = found;
                } else if found.at <= bound && found.number > low.number {
                    low = found;
                }
            }
        }
        Ok((Some(if descending { high.key } else { low.key }), read * BY_KEY))
    }

    /// The ticket of this number, or the nearest one behind it in walking order.
    async fn found_from(&self, number: TicketNumber, descending: bool) -> Result<Option<Probe>, StoreError> {
        let condition = if descending { "prj = :project AND num <= :number" } else { "prj = :project AND num >= :number" };
        let range = Range::new(condition).on(BY_NUMBER).limit(1).number(":project", self.project).number(":number", number);
        let found = self.store.query(if descending { range.descending() } else { range }).await?;
        found.items.into_iter().next().map(Probe::read).transpose()
    }
}

impl Probe {
    fn read(key: Item) -> Result<Self, StoreError> {
        let row = Reader(&key);
        let at = Key::of(&key).as_ref().and_then(created_about).ok_or_else(|| row.corrupt(keys::PK))?;
        Ok(Self { number: row.number(NUMBER)?, at, key })
    }
}

/// Numbers strictly between two tickets, around where `bound` lies between their times.
fn probes(low: &Probe, high: &Probe, bound: Timestamp) -> Vec<TicketNumber> {
    let left = high.number - low.number;
    let span = (high.at.micros() - low.at.micros()).max(1);
    let part = i128::from(bound.micros() - low.at.micros()) * i128::from(left) / i128::from(span);
    let expected = low.number + TicketNumber::try_from(part).unwrap_or(0).min(left);
    let around = PARTS.into_iter().flat_map(|part| [expected.saturating_sub(left / part), expected + left / part]);
    let mut probes: Vec<_> = around.chain([expected]).map(|number| number.clamp(low.number + 1, high.number - 1)).collect();
    probes.sort_unstable();
    probes.dedup();
    probes
}
