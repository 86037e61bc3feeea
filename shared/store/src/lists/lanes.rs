//! Tickets by their last change, merged from partitions of `by_status` or `by_assignee`, which carry whole tickets.

use std::collections::{HashSet, VecDeque};

use lambdesk_domain::{
    TicketId,
    query::{Filter, Position, Span},
};

use super::{BYTES, Direction, ListQuery, plan::Partition, size::SMALLEST};
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

/// How many tickets are first read of all partitions together. With tickets of 3 KB that is the budget of a page.
const OPENING: usize = 350;
/// How many tickets are first read of each partition on the way to a distant page. Which partitions lead there is not known
/// yet.
const OPENING_FAR: usize = 600;
/// The fewest tickets that a further read of one partition asks for, where tickets are small.
const CHUNK: usize = 100;
/// The most tickets that a further read of one partition asks for, where not all of them may be shown.
const MOST: usize = 350;
/// How many tickets a partition is asked for beyond its share of a page.
const SPARE: usize = 3;
/// When one partition is read on, another is read on with it if it will be used up within this many tickets. So a distant page
/// takes few steps.
const AHEAD: usize = 1500;

/// One partition: the tickets that were read and not taken yet, and where to read on.
struct Lane {
    partition: Partition,
    buffer: VecDeque<Head>,
    next: Option<Item>,
    taken: usize,
}

/// The result of one read of a partition: tickets, where to read on, and the bytes that the read cost.
type Portion = (Vec<Head>, Option<Item>, usize);

/// Several partitions, merged in the order of the last change.
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
    /// The first and the last sort key, both included.
    low: String,
    high: String,
    /// The sort key that the walk begins behind, which is left out.
    but: Option<String>,
    descending: bool,
    /// Whether every ticket of the partitions is of the list.
    takes_all: bool,
    /// How many tickets lie up to the end of the page; `None` where that is not known.
    wanted: Option<usize>,
    /// How many tickets are first read of each partition.
    opening: usize,
}

impl Reading {
    fn new(asked: ListQuery<'_>, partitions: &[Partition]) -> Self {
        let ListQuery { filter, order, from, direction, skip, limit, count, persons: _ } = asked;
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
            // Where statuses are as common as each other, this brings the page. Those that run dry are read on.
            Some(wanted) if partitions.len() > 2 => wanted.min(share).min(wanted.div_ceil(partitions.len()) + SPARE),
            Some(wanted) => wanted.min(share),
            None => share,
        };
        Self { low, high, but, descending, takes_all, wanted, opening }
    }
}

/// The sort key of a place in the order of changes.
fn position(place: Position) -> Option<String> {
    place.at.map(|at| keys::updated(at, place.number))
}

impl Lanes {
    /// Begins a walk, before which some bytes were `spent`.
    pub(super) async fn open(
        room: &Room,
        partitions: &[Partition],
        asked: ListQuery<'_>,
        spent: usize,
    ) -> Result<Self, StoreError> {
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

    /// Reads on until each lane has its next ticket in its buffer, or is at its end.
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

    /// Records the size and the cost of one step, in which some lanes were read side by side.
    fn has_read(&mut self, room: &Room, found: &[Portion]) {
        let (tickets, bytes) =
            found.iter().fold((0, 0), |(tickets, bytes), (read, _, more)| (tickets + read.len(), bytes + more));
        room.remember_size(tickets, bytes);
        self.spent += bytes;
    }

    /// Whether a lane is read on together with one that has to be.
    fn is_dry(&self, lane: &Lane) -> bool {
        let ahead = self.left().map_or(0, |left| left.min(AHEAD));
        lane.next.is_some() && (lane.buffer.is_empty() || lane.buffer.len() * self.taken < lane.taken * ahead)
    }

    /// How many tickets lie between here and the end of the page.
    fn left(&self) -> Option<usize> {
        self.reading.wanted.map(|wanted| wanted.saturating_sub(self.taken))
    }

    /// How many tickets are read of a lane, where `lanes` lanes are read at once. The lane's share of the tickets taken so far
    /// is its expected share of the rest. The result stays within the bytes that may be spent.
    fn chunk(&self, lane: &Lane, lanes: usize, size: usize, bytes: Option<usize>) -> usize {
        let expected = self.left().map(|left| {
            let share = left * (lane.taken + 1) / (self.taken + 1);
            (share + share / 4 + (left / 10).clamp(SPARE, 20)).min(left.max(2))
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
