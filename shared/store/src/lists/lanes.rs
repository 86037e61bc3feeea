//! Tickets by their last change, merged from partitions of `by_status` or `by_assignee`, which carry whole tickets.

use std::collections::{HashSet, VecDeque};

use lambdesk_domain::{
    TicketId,
    query::{Filter, Place, Span},
};

use super::{Asked, BYTES, Direction, plan::Partition, size::SMALLEST};
use crate::{
    Head,
    error::StoreError,
    items,
    room::Room,
    transport::{
        item::{self, Item},
        keys,
        read::{BY_KEY, Found, Range},
        schema::{BY_ASSIGNEE, BY_STATUS},
    },
};

/// How many tickets all partitions together are asked for at first: with tickets of 3 KB that is the budget of a page.
const OPENING: usize = 350;
/// How many each is asked for at first on the way to a page that lies far behind: it is not known yet which of them lead there.
const OPENING_FAR: usize = 600;
/// How many tickets one partition is asked for at least when more is needed and tickets are small, and at most where not all of
/// them are shown.
const CHUNK: usize = 100;
const MOST: usize = 350;
/// A partition is read on together with another one if it will be used up within so many tickets, so that a long way takes
/// few steps.
const AHEAD: usize = 1500;

/// One partition under way: what is read and not yet taken, and where to read on.
struct Lane {
    partition: Partition,
    buffer: VecDeque<Head>,
    next: Option<Item>,
    taken: usize,
}

/// What one read of a partition brought: tickets, where it goes on, and the bytes that it cost.
type Portion = (Vec<Head>, Option<Item>, usize);

/// Partitions, merged.
pub(super) struct Lanes {
    open: Vec<Lane>,
    reading: Reading,
    /// A ticket that moves from one partition to another while both are read may be found in both.
    seen: HashSet<TicketId>,
    taken: usize,
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
    /// Whether every ticket of the partitions is asked for.
    takes_all: bool,
    /// How many tickets lead to the end of the page; `None` where that is not known.
    wanted: Option<usize>,
    /// How many each partition is asked for at first.
    opening: usize,
}

impl Reading {
    fn new(asked: Asked<'_>, partitions: &[Partition]) -> Self {
        let Asked { filter, order, from, direction, skip, limit, count, persons: _ } = asked;
        let descending = order.descending == (direction == Direction::Onward);
        // What was created since then was changed since then.
        let since = filter.updated.from.max(filter.created.from);
        let mut low = since.map(keys::fixed).unwrap_or_default();
        let mut high = filter.updated.to.map_or_else(|| "~".to_owned(), |to| format!("{}~", keys::fixed(to)));
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
        let wanted = (takes_all && !count).then(|| skip.saturating_add(limit).saturating_add(2));
        let share = OPENING / partitions.len().max(1);
        let opening = match wanted {
            Some(wanted) if partitions.len() == 1 => wanted,
            Some(wanted) if skip > 0 => wanted.min(OPENING_FAR),
            Some(wanted) => wanted.min(share),
            None => share,
        };
        Self { low, high, but, descending, takes_all, wanted, opening }
    }
}

/// The sort key of a place in the order of changes.
fn position(place: Place) -> Option<String> {
    place.at.map(|at| keys::updated(at, place.number))
}

impl Lanes {
    /// Begins a walk, before which some bytes were `spent`.
    pub(super) async fn open(room: &Room, partitions: &[Partition], asked: Asked<'_>, spent: usize) -> Result<Self, StoreError> {
        let reading = Reading::new(asked, partitions);
        let mut lanes = Self { open: Vec::new(), reading, seen: HashSet::new(), taken: 0, spent };
        if lanes.reading.low > lanes.reading.high {
            return Ok(lanes);
        }
        let skip = if lanes.reading.takes_all { asked.skip } else { 0 };
        // A page of one partition shows every ticket that it reads, and a page may cost more for each ticket that it shows.
        let shown = if lanes.reading.takes_all && partitions.len() == 1 { asked.limit * BY_KEY } else { 0 };
        let affordable = (BYTES + shown).saturating_sub(spent) / room.expected_size() / partitions.len().max(1);
        let opening = lanes.reading.opening.min(skip.saturating_add(affordable.max(1)));
        let opened = partitions.iter().map(|partition| read(room, *partition, None, opening, &lanes.reading));
        let opened = futures_util::future::try_join_all(opened).await?;
        lanes.has_read(room, &opened);
        for (partition, (buffer, next, _)) in partitions.iter().zip(opened) {
            lanes.open.push(Lane { partition: *partition, buffer: buffer.into(), next, taken: 0 });
        }
        Ok(lanes)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.open.iter().all(|lane| !lane.buffer.is_empty() || lane.next.is_none())
    }

    /// Whether every ticket that comes is asked for.
    pub(super) const fn takes_all(&self) -> bool {
        self.reading.takes_all
    }

    /// The next ticket; about so many bytes may be read for it, or any number if that is `None`.
    pub(super) async fn next(&mut self, room: &Room, left: Option<usize>) -> Result<Option<Head>, StoreError> {
        loop {
            self.fill(room, left).await?;
            match self.take() {
                Some(head) if !self.seen.insert(head.ticket().id) => {}
                next => return Ok(next),
            }
        }
    }

    /// Sees to it that every lane that is not at its end shows its next ticket.
    async fn fill(&mut self, room: &Room, left: Option<usize>) -> Result<(), StoreError> {
        while !self.is_ready() {
            let dry: Vec<_> = (0..self.open.len()).filter(|at| self.is_dry(&self.open[*at])).collect();
            let starts: Vec<_> = dry.iter().map(|at| self.open[*at].next.take()).collect();
            let reads = dry.iter().zip(starts).map(|(at, start)| {
                let lane = &self.open[*at];
                read(room, lane.partition, start, self.chunk(lane, dry.len(), room.expected_size(), left), &self.reading)
            });
            let found = futures_util::future::try_join_all(reads).await?;
            self.has_read(room, &found);
            for (at, (buffer, next, _)) in dry.into_iter().zip(found) {
                self.open[at].buffer.extend(buffer);
                self.open[at].next = next;
            }
        }
        Ok(())
    }

    /// Takes note of one step: what was read of some lanes, side by side.
    fn has_read(&mut self, room: &Room, found: &[Portion]) {
        let (tickets, bytes) =
            found.iter().fold((0, 0), |(tickets, bytes), (read, _, more)| (tickets + read.len(), bytes + more));
        room.remember_size(tickets, bytes);
        self.spent += bytes;
    }

    /// Whether a lane is to be read on now that one of them is.
    fn is_dry(&self, lane: &Lane) -> bool {
        let ahead = self.left().map_or(0, |left| left.min(AHEAD));
        lane.next.is_some() && (lane.buffer.is_empty() || lane.buffer.len() * self.taken < lane.taken * ahead)
    }

    /// How many tickets still lead to the end of the page.
    fn left(&self) -> Option<usize> {
        self.reading.wanted.map(|wanted| wanted.saturating_sub(self.taken))
    }

    /// How many tickets a lane, one of `lanes` that are read, is asked for: what its share of those taken so far lets expect
    /// that it will bring, within what may be spent.
    fn chunk(&self, lane: &Lane, lanes: usize, size: usize, bytes: Option<usize>) -> usize {
        let expected = self.left().map(|left| {
            let share = left * (lane.taken + 1) / (self.taken + 1);
            (share + share / 4 + 20).min(left.max(2))
        });
        let Some(bytes) = bytes else { return expected.unwrap_or(MOST) };
        let fewest = if size <= SMALLEST { CHUNK } else { 1 };
        let affordable = (bytes / size / lanes).clamp(fewest, MOST);
        expected.map_or(affordable, |expected| expected.min(affordable))
    }

    fn take(&mut self) -> Option<Head> {
        let next = |lane: &Lane| lane.buffer.front().map(|head| keys::updated_of(head.ticket()));
        let firsts = self.open.iter_mut().filter_map(|lane| Some((next(lane)?, lane)));
        let first = if self.reading.descending {
            firsts.max_by(|(one, _), (other, _)| one.cmp(other))
        } else {
            firsts.min_by(|(one, _), (other, _)| one.cmp(other))
        };
        let (_, lane) = first?;
        lane.taken += 1;
        self.taken += 1;
        lane.buffer.pop_front()
    }
}

/// The next tickets of a partition, where it goes on, and the bytes of what was read.
async fn read(
    room: &Room,
    partition: Partition,
    start: Option<Item>,
    limit: usize,
    reading: &Reading,
) -> Result<Portion, StoreError> {
    let Reading { low, high, but, descending, .. } = reading;
    let range = match partition {
        Partition::Status(status) => Range::new("sts = :partition AND upd BETWEEN :low AND :high")
            .on(BY_STATUS)
            .text(":partition", keys::by_status(room.project, status)),
        Partition::Assigned(assignee, half) => Range::new("asg = :partition AND upd BETWEEN :low AND :high")
            .on(BY_ASSIGNEE)
            .text(":partition", keys::by_assignee(room.project, assignee, half)),
    };
    let low = if low.is_empty() { "0" } else { low };
    let range = range.text(":low", low).text(":high", high).limit(limit).from(start);
    let Found { items, next } = room.store.query(if *descending { range.descending() } else { range }).await?;
    let bytes = items.iter().map(item::size).sum();
    let tickets = items.iter().map(items::ticket::read).collect::<Result<Vec<_>, _>>()?;
    let beyond = tickets.into_iter().filter(|head| but.as_ref() != Some(&keys::updated_of(head.ticket()))).collect();
    Ok((beyond, next, bytes))
}
