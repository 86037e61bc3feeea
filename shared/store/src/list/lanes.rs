//! Tickets by their last change, merged from partitions of `by_status` or `by_assignee`, which carry whole tickets.

use std::collections::HashSet;

use lambdesk_domain::{
    Ticket, TicketId, Timestamp,
    query::{Filter, Place, Span},
};

use super::{Asked, Direction, plan::Partition};
use crate::{
    Desk,
    error::StoreError,
    item::{self, Item},
    items, keys,
    read::{Found, Range},
    schema::{BY_ASSIGNEE, BY_STATUS},
};

/// How many tickets one partition is asked for at a time.
const CHUNK: usize = 150;

/// One partition under way: what is read and not yet taken, and where to read on.
struct Lane {
    partition: Partition,
    buffer: std::vec::IntoIter<Ticket>,
    next: Option<Item>,
}

/// Partitions, merged.
pub(super) struct Lanes {
    open: Vec<Lane>,
    reading: Reading,
    /// A ticket that moves from one partition to another while both are read may be found in both.
    seen: HashSet<TicketId>,
    pub(super) spent: usize,
}

/// How every partition is read.
#[derive(Clone)]
struct Reading {
    /// First and last sort key, both of which may be there.
    low: String,
    high: String,
    /// The place that the walk begins behind.
    but: Option<String>,
    descending: bool,
    chunk: usize,
}

/// About how many bytes a ticket is in an answer.
pub(super) fn weight(ticket: &Ticket) -> usize {
    let json = |object: &lambdesk_domain::traits::Object| {
        object.iter().map(|(key, value)| key.len() + value.to_string().len()).sum::<usize>()
    };
    let tags: usize = ticket.tags.iter().map(|tag| tag.len() + 4).sum();
    let text =
        ticket.last_message_text.as_ref().map_or(0, String::len) + ticket.escalation_reason.as_ref().map_or(0, String::len);
    700 + tags + text + json(&ticket.anonymous_traits) + json(&ticket.session_context)
}

impl Reading {
    fn new(asked: Asked<'_>, partitions: &[Partition]) -> Self {
        let Asked { filter, order, from, direction, skip, limit, count, persons: _ } = asked;
        let descending = order.descending == (direction == Direction::Onward);
        // What was created since then was changed since then.
        let since = filter.updated.from.max(filter.created.from);
        let fixed = |at: Timestamp| keys::fixed(at.min(keys::LAST_TIME));
        let mut low = since.map(fixed).unwrap_or_default();
        let mut high = filter.updated.to.map_or_else(|| "~".to_owned(), |to| format!("{}~", fixed(to)));
        let but = from.and_then(position);
        if let Some(but) = &but {
            let bound = if descending { &mut high } else { &mut low };
            let tighter = if descending { *but < *bound } else { *but > *bound };
            if tighter {
                bound.clone_from(but);
            }
        }
        // A page that takes all it reads is read in one step, and nothing beyond it.
        let mut rest = Filter { updated: Span::default(), ..filter.clone() };
        if partitions.iter().all(Partition::is_assigned) {
            rest.assignees = None;
        } else {
            rest.statuses = None;
        }
        let takes_all = rest == Filter::default();
        let chunk = if takes_all && !count { CHUNK.min(skip + limit + 2) } else { CHUNK };
        Self { low, high, but, descending, chunk }
    }
}

/// The sort key of a place in the order of changes.
fn position(place: Place) -> Option<String> {
    place.at.map(|at| keys::updated(at, place.number))
}

impl Lanes {
    /// Begins a walk, before which some bytes were `spent`.
    pub(super) async fn open(desk: &Desk, partitions: &[Partition], asked: Asked<'_>, spent: usize) -> Result<Self, StoreError> {
        let reading = Reading::new(asked, partitions);
        let mut lanes = Self { open: Vec::new(), reading, seen: HashSet::new(), spent };
        if lanes.reading.low > lanes.reading.high {
            return Ok(lanes);
        }
        let opened = partitions.iter().map(|partition| read(desk, *partition, None, &lanes.reading));
        for (lane, bytes) in futures_util::future::try_join_all(opened).await? {
            lanes.open.push(lane);
            lanes.spent += bytes;
        }
        Ok(lanes)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.open.iter().all(|lane| !lane.buffer.as_slice().is_empty() || lane.next.is_none())
    }

    pub(super) async fn next(&mut self, desk: &Desk) -> Result<Option<Ticket>, StoreError> {
        loop {
            self.fill(desk).await?;
            match self.take() {
                Some(ticket) if !self.seen.insert(ticket.id) => {}
                next => return Ok(next),
            }
        }
    }

    /// Sees to it that every lane that is not at its end shows its next ticket.
    async fn fill(&mut self, desk: &Desk) -> Result<(), StoreError> {
        for lane in &mut self.open {
            while lane.buffer.as_slice().is_empty() && lane.next.is_some() {
                let (on, bytes) = read(desk, lane.partition, lane.next.take(), &self.reading).await?;
                *lane = on;
                self.spent += bytes;
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Option<Ticket> {
        let heads = self.open.iter_mut().filter_map(|lane| Some((lane.buffer.as_slice().first().map(keys::updated_of)?, lane)));
        let first = if self.reading.descending {
            heads.max_by(|(one, _), (other, _)| one.cmp(other))
        } else {
            heads.min_by(|(one, _), (other, _)| one.cmp(other))
        };
        first.and_then(|(_, lane)| lane.buffer.next())
    }
}

/// The next tickets of a partition, and their bytes.
async fn read(desk: &Desk, partition: Partition, start: Option<Item>, reading: &Reading) -> Result<(Lane, usize), StoreError> {
    let Reading { low, high, but, descending, chunk } = reading;
    let range = match partition {
        Partition::Status(status) => Range::new("sts = :partition AND upd BETWEEN :low AND :high")
            .on(BY_STATUS)
            .text(":partition", keys::by_status(desk.project, status)),
        Partition::Assigned(assignee, half) => Range::new("asg = :partition AND upd BETWEEN :low AND :high")
            .on(BY_ASSIGNEE)
            .text(":partition", keys::by_assignee(desk.project, assignee, half)),
    };
    let low = if low.is_empty() { "0" } else { low };
    let range = range.text(":low", low).text(":high", high).limit(*chunk).from(start);
    let Found { items, next } = desk.store.query(if *descending { range.descending() } else { range }).await?;
    let bytes = items.iter().map(item::size).sum();
    let tickets = items.iter().map(items::ticket::read).collect::<Result<Vec<_>, _>>()?;
    let beyond = tickets.into_iter().filter(|ticket| but.as_ref() != Some(&keys::updated_of(ticket))).collect::<Vec<_>>();
    Ok((Lane { partition, buffer: beyond.into_iter(), next }, bytes))
}
