//! Tickets by number or by deadline: from indexes that carry keys only, and the tickets themselves in batches.

use std::collections::{HashSet, VecDeque};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    query::{Filter, Key as OrderKey, Position, SlaState, Span},
};

use super::{Direction, ListQuery, Step};
use crate::{
    Head,
    error::StoreError,
    room::Room,
    transport::{
        item::{self, Item, Reader},
        keys::{self, Key},
        read::{BY_KEY, Range},
        schema::{BY_NUMBER, BY_SLA, NUMBER, PROJECT, SLA},
    },
};

/// How many keys are read at a time where the filter needs the tickets themselves.
pub(super) const CHUNK: usize = 100;
/// How many keys are read at a time where a key alone rules tickets out.
const SIFTED: usize = 1000;
/// How many tickets are read at first: a page of 50, and one or two more that show whether the list goes on.
const FIRST: usize = 52;
/// The most tickets that are read at a time.
const MOST: usize = 500;
/// The most keys of deadlines that are read to learn which tickets have none.
const DEADLINES: usize = 5000;
/// How far the time in a ticket's id may be from its creation, in seconds: the id is made before the number is won.
const SLACK: i64 = 120;

/// An index to walk along, from behind a key on.
#[derive(Debug)]
enum Stage {
    /// Tickets whose deadline runs, by it.
    Deadlines(Option<Item>),
    /// Tickets by number: all of them, or those without a deadline that runs.
    Numbers(Option<Item>),
}

/// Which tickets have a deadline that runs, in a walk that shows those without one last.
enum Dated {
    /// The walk has passed all deadlines so far, and collects their tickets.
    Collecting(HashSet<TicketId>),
    /// The tickets of all deadlines.
    Known(HashSet<TicketId>),
    Unknown,
    /// There are more than [`DEADLINES`].
    Countless,
}

/// A ticket that the list may show: its key, and its place in the order.
type Candidate = (Key, Position);

/// A walk along keys.
pub(super) struct Keyed {
    buffer: VecDeque<Head>,
    /// Keys whose tickets are still to be read.
    pending: VecDeque<Candidate>,
    stages: VecDeque<Stage>,
    descending: bool,
    by_deadline: bool,
    created: Span,
    /// A bound of the filter on the time of creation. In descending order no later ticket is of the list, in ascending order no
    /// earlier one. The walk jumps to the bound.
    bound: Option<Timestamp>,
    due: Span,
    /// How many tickets are still to be passed over by their keys alone.
    skip: usize,
    /// How many tickets are wanted after those; `None` where the filter may leave out a ticket that was read.
    wanted: Option<usize>,
    dated: Dated,
    /// How many tickets were read only to find that a deadline of theirs runs.
    dropped: usize,
    /// What the most expensive ticket cost so far.
    dearest: Option<usize>,
    pub(super) spent: usize,
}

impl Keyed {
    /// Begins a walk, before which some bytes were `spent`.
    pub(super) fn new(room: &Room, asked: ListQuery<'_>, now: Timestamp, spent: usize) -> Self {
        let ListQuery { filter, order, from, direction, skip, limit, count, .. } = asked;
        let by_deadline = order.key == OrderKey::Due;
        let descending = order.descending == (direction == Direction::Onward);
        let due = filter.sla.as_ref().and_then(|states| due_span(states, now)).unwrap_or_default();
        let stages = stages(room, asked, due, descending);
        let created = filter.created;
        let bound = if descending {
            created.to.map(|to| to.plus_seconds(SLACK))
        } else {
            created.from.map(|from| from.plus_seconds(-SLACK - 1))
        };
        let by_key = is_told_by_keys(filter, by_deadline);
        let from_start = by_deadline && from.is_none() && direction == Direction::Onward && due == Span::default();
        Self {
            buffer: VecDeque::new(),
            pending: VecDeque::new(),
            stages,
            descending,
            by_deadline,
            created,
            bound,
            due,
            skip: if by_key { skip } else { 0 },
            wanted: (by_key && !count).then_some(limit + 1),
            dated: if from_start { Dated::Collecting(HashSet::new()) } else { Dated::Unknown },
            dropped: 0,
            dearest: None,
            spent,
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.buffer.is_empty() || (self.pending.is_empty() && self.stages.is_empty())
    }

    /// The next step, with one read of tickets at most, for which about `left` bytes may be spent. After a chunk without a
    /// ticket of the list, the caller decides whether to go on.
    pub(super) async fn next(&mut self, room: &Room, left: usize) -> Result<Step, StoreError> {
        loop {
            if let Some(head) = self.buffer.pop_front() {
                return Ok(Step::Ticket(Box::new(head)));
            }
            if !self.pending.is_empty() {
                if let Some(place) = self.read_tickets(room, left).await? {
                    return Ok(Step::Passed(place));
                }
                continue;
            }
            let Some(stage) = self.stages.pop_front() else { return Ok(Step::End) };
            if let Some(step) = self.read_keys(room, stage).await? {
                return Ok(step);
            }
        }
    }

    /// Reads a chunk of keys. Returns the step over the tickets that it passes over, if there are any.
    async fn read_keys(&mut self, room: &Room, stage: Stage) -> Result<Option<Step>, StoreError> {
        if matches!(stage, Stage::Numbers(_)) && self.by_deadline {
            self.look_for_deadlines(room).await?;
        }
        let has_deadline = matches!(stage, Stage::Deadlines(_));
        let range = match stage {
            Stage::Deadlines(from) => due_within(room.project, self.due).from(from),
            Stage::Numbers(from) => Range::new("prj = :project").on(BY_NUMBER).number(":project", room.project).from(from),
        };
        let range = range.limit(self.chunk(has_deadline));
        let found = room.store.query(if self.descending { range.descending() } else { range }).await?;
        // What is passed over is not part of what the page may cost.
        if self.skip == 0 {
            self.spent += found.items.iter().map(item::size).sum::<usize>();
        }
        let places = found.items.iter().map(found_at).collect::<Result<Vec<_>, _>>()?;
        let passed = places.last().map(|(_, place)| *place);
        let beyond = !has_deadline && places.last().is_some_and(|(key, _)| self.is_beyond(key));
        self.collect(&places, has_deadline, found.next.is_none());
        let mut wanted: VecDeque<_> = places.into_iter().filter(|(key, _)| self.may_be_wanted(key)).collect();
        if !has_deadline
            && let Dated::Known(dated) = &self.dated
            && (self.skip > 0 || self.dropped > CHUNK)
        {
            wanted.retain(|(_, place)| !dated.contains(&place.id));
        }
        let mut next = found.next.filter(|_| !beyond);
        if next.is_some()
            && wanted.is_empty()
            && !has_deadline
            && let Some(bound) = self.bound.take()
        {
            let (start, spent) = room.seek(bound, self.descending).await?;
            self.spent += spent;
            next = start.or(next);
        }
        if let Some(next) = next {
            self.stages.push_front(if has_deadline { Stage::Deadlines(Some(next)) } else { Stage::Numbers(Some(next)) });
        }
        let skipped = self.skip.min(wanted.len());
        let last = skipped.checked_sub(1).and_then(|last| wanted.get(last)).map(|(_, place)| *place);
        self.skip -= skipped;
        self.pending = wanted.split_off(skipped);
        Ok(match last {
            Some(place) => Some(Step::Skipped(skipped, place)),
            None => passed.filter(|_| self.pending.is_empty()).map(Step::Passed),
        })
    }

    /// How many keys are read at a time.
    fn chunk(&self, has_deadline: bool) -> usize {
        let Some(wanted) = self.wanted else { return if self.skip > 0 { self.skip + CHUNK } else { CHUNK } };
        let exactly = self.skip.saturating_add(wanted).max(2);
        if has_deadline || !self.by_deadline {
            return exactly;
        }
        // Here some keys are of tickets that were shown before, by their deadline.
        match self.dated {
            Dated::Known(_) if self.skip > 0 || self.dropped > CHUNK => exactly.saturating_mul(2).max(SIFTED),
            _ if self.dropped > 0 => exactly.max(CHUNK),
            _ => exactly,
        }
    }

    fn collect(&mut self, places: &[Candidate], has_deadline: bool, ended: bool) {
        if !has_deadline {
            return;
        }
        if let Dated::Collecting(dated) = &mut self.dated {
            dated.extend(places.iter().map(|(_, place)| place.id));
            if ended {
                self.dated = Dated::Known(std::mem::take(dated));
            }
        }
    }

    /// Learns which tickets have a deadline: before tickets without one are passed over unread, or once many tickets were read
    /// in vain because they have one.
    async fn look_for_deadlines(&mut self, room: &Room) -> Result<(), StoreError> {
        if !matches!(self.dated, Dated::Unknown) || (self.skip == 0 && self.dropped <= CHUNK) {
            return Ok(());
        }
        let found = room.store.query(due_within(room.project, Span::default()).limit(DEADLINES)).await?;
        self.spent += found.items.iter().map(item::size).sum::<usize>();
        self.dated = if found.next.is_some() {
            // Whoever passes over tickets then reads them.
            self.skip = 0;
            Dated::Countless
        } else {
            let places = found.items.iter().map(found_at).collect::<Result<Vec<_>, _>>()?;
            Dated::Known(places.into_iter().map(|(_, place)| place.id).collect())
        };
        Ok(())
    }

    /// Reads tickets of pending keys into the buffer. Returns the place of the last of them, if none is left to show.
    async fn read_tickets(&mut self, room: &Room, left: usize) -> Result<Option<Position>, StoreError> {
        let dearest = self.dearest.unwrap_or(BY_KEY).max(room.expected_size());
        let affordable = (left / dearest).clamp(1, MOST);
        let affordable = if self.dearest.is_none() { affordable.min(FIRST) } else { affordable };
        let batch = affordable.min(self.wanted.unwrap_or(MOST).max(2)).min(self.pending.len());
        let batch: Vec<_> = self.pending.drain(..batch).collect();
        let keys: Vec<_> = batch.iter().map(|(key, _)| key.clone()).collect();
        let read = room.tickets_of(&keys).await?;
        self.spent += read.spent;
        self.dearest = self.dearest.max(Some(read.dearest));
        let places: std::collections::HashMap<_, _> = batch.iter().map(|(_, place)| (place.id, place.at)).collect();
        // A ticket whose deadline has moved since its key was read is no longer at this place. A cursor made from its new place
        // would pass over the tickets in between.
        let stands = |head: &Head| {
            let ticket = head.ticket();
            !self.by_deadline || places.get(&ticket.id) == Some(&ticket.running_deadline())
        };
        let (there, gone): (Vec<_>, Vec<_>) = read.tickets.into_iter().partition(stands);
        self.dropped += gone.len();
        self.wanted = self.wanted.map(|wanted| wanted.saturating_sub(there.len()));
        self.buffer.extend(there);
        Ok(batch.last().map(|(_, place)| *place).filter(|_| self.buffer.is_empty()))
    }

    /// Whether a ticket may have been created when the filter says, as far as its id tells.
    fn may_be_wanted(&self, key: &Key) -> bool {
        let Some(at) = created_about(key) else { return true };
        let Span { from, to } = self.created;
        from.is_none_or(|from| at.plus_seconds(SLACK) >= from) && to.is_none_or(|to| at.plus_seconds(-SLACK) <= to)
    }

    /// Whether no ticket behind this one can have been.
    fn is_beyond(&self, key: &Key) -> bool {
        let Some(at) = created_about(key) else { return false };
        match self.created {
            Span { from: Some(from), .. } if self.descending => at.plus_seconds(SLACK) < from,
            Span { to: Some(to), .. } if !self.descending => at.plus_seconds(-SLACK) > to,
            _ => false,
        }
    }
}

/// Whether a key of the index alone tells that its ticket is asked for.
fn is_told_by_keys(filter: &Filter, by_deadline: bool) -> bool {
    let Some(states) = filter.sla.as_ref().filter(|_| by_deadline) else { return *filter == Filter::default() };
    // Of deadlines that have passed and those far ahead, what lies between is none.
    let in_one_stretch = !states.contains(&SlaState::Without)
        && (states.contains(&SlaState::AtRisk) || !(states.contains(&SlaState::Breached) && states.contains(&SlaState::OnTrack)));
    in_one_stretch && Filter { sla: None, ..filter.clone() } == Filter::default()
}

/// The indexes that the walk goes along, one after the other.
fn stages(room: &Room, asked: ListQuery<'_>, due: Span, descending: bool) -> VecDeque<Stage> {
    let ListQuery { filter, order, from, direction, .. } = asked;
    if order.key != OrderKey::Due {
        return [Stage::Numbers(from.map(|place| by_number(room, place)))].into();
    }
    let onward = direction == Direction::Onward;
    let mut stages = match from {
        Some(place @ Position { at: Some(at), .. }) => {
            let mut stages = VecDeque::new();
            // A state of deadlines moves with time, and a key from a minute ago may lie outside of it by now.
            let before = due.from.is_some_and(|low| at < low);
            let after = due.to.is_some_and(|high| at > high);
            if !(if descending { before } else { after }) {
                let inside = !before && !after;
                stages.push_back(Stage::Deadlines(inside.then(|| by_deadline(room, place, at))));
            }
            if onward {
                stages.push_back(Stage::Numbers(None));
            }
            stages
        }
        Some(place) if onward => [Stage::Numbers(Some(by_number(room, place)))].into(),
        Some(place) => [Stage::Numbers(Some(by_number(room, place))), Stage::Deadlines(None)].into(),
        // Those without a deadline come last, and first on the way back.
        None if onward => [Stage::Deadlines(None), Stage::Numbers(None)].into(),
        None => [Stage::Numbers(None), Stage::Deadlines(None)].into(),
    };
    if let Some(states) = &filter.sla {
        let (dated, without) = (due_span(states, Timestamp::EPOCH).is_some(), states.contains(&SlaState::Without));
        stages.retain(|stage| if matches!(stage, Stage::Deadlines(_)) { dated } else { without });
    }
    stages
}

/// The candidate of an index's item. The item has the number or the deadline that its index is sorted by, which is enough for a
/// walk to go on from there.
fn found_at(item: &Item) -> Result<Candidate, StoreError> {
    let row = Reader(item);
    let key = Key::of(item).ok_or_else(|| row.corrupt(keys::PK))?;
    let id = keys::ticket_of_partition(&key.pk).ok_or_else(|| row.corrupt(keys::PK))?;
    Ok((key, Position { at: row.opt_time(SLA)?, number: row.opt_number(NUMBER)?.unwrap_or(0), id }))
}

/// The start key in `by_number` of a place.
fn by_number(room: &Room, place: Position) -> Item {
    let mut key = keys::ticket(room.project, place.id).attributes();
    key.insert(PROJECT.to_owned(), AttributeValue::N(room.project.to_string()));
    key.insert(NUMBER.to_owned(), AttributeValue::N(place.number.to_string()));
    key
}

/// The start key in `by_sla` of a place whose deadline is `at`.
fn by_deadline(room: &Room, place: Position, at: Timestamp) -> Item {
    let mut key = keys::ticket(room.project, place.id).attributes();
    key.insert(PROJECT.to_owned(), AttributeValue::N(room.project.to_string()));
    key.insert(SLA.to_owned(), AttributeValue::N(at.micros().to_string()));
    key
}

/// The range of `by_sla` whose deadlines lie within `due`.
pub(super) fn due_within(project: ProjectId, due: Span) -> Range {
    let low = due.from.map_or(0, Timestamp::micros);
    let high = due.to.map_or(i64::MAX, Timestamp::micros);
    let range = Range::new("prj = :project AND sla BETWEEN :low AND :high").on(BY_SLA).number(":project", project);
    range.number(":low", low).number(":high", high)
}

/// The span from the first to the last deadline that can have one of these states; `None` if the states are those of tickets
/// without a deadline.
pub(super) fn due_span(states: &[SlaState], now: Timestamp) -> Option<Span> {
    let hour = now.plus_seconds(3600);
    let spans = states.iter().filter_map(|state| match state {
        SlaState::Breached => Some((Timestamp::EPOCH, Some(now))),
        SlaState::AtRisk => Some((now.next(), Some(hour))),
        SlaState::OnTrack => Some((hour.next(), None)),
        SlaState::Without => None,
    });
    let (from, to): (Vec<_>, Vec<_>) = spans.unzip();
    let latest = to.into_iter().collect::<Option<Vec<_>>>().and_then(|to| to.into_iter().max());
    from.into_iter().min().map(|from| Span { from: Some(from), to: latest })
}

/// When a ticket was created, by its id: a UUID of version 7 begins with milliseconds.
pub(super) fn created_about(key: &Key) -> Option<Timestamp> {
    let TicketId(id) = keys::ticket_of_partition(&key.pk)?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Timestamp::from_micros(i64::try_from(seconds).ok()?.checked_mul(1_000_000)?.checked_add(i64::from(nanos) / 1000)?)
}
