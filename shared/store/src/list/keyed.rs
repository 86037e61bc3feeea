//! Tickets by number or by deadline: from indexes that carry keys only, and the tickets themselves in batches.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp,
    query::{Filter, Key as OrderKey, Place, SlaState, Span},
};

use super::{Asked, Direction, Step, lanes};
use crate::{
    Desk,
    error::StoreError,
    item::{self, Item, Reader},
    items::ticket::{NUMBER, PROJECT, SLA},
    keys::{self, Key},
    read::Range,
    schema::{BY_NUMBER, BY_SLA},
};

/// How many keys are read at a time, which is also what one batch takes.
pub(super) const CHUNK: usize = 100;
/// What reading one small item by its key costs, in bytes of a range that would cost the same.
pub(super) const BY_KEY: usize = 4096;
/// How far the time in a ticket's id may be from its creation, in seconds: the id is made before the number is won.
const SLACK: i64 = 120;

/// An index to walk along, from behind a key on.
#[derive(Debug)]
enum Stage {
    /// Tickets that have a deadline, by it.
    Deadlines(Option<Item>),
    /// Tickets by number: all of them, or those that have no deadline.
    Numbers(Option<Item>),
}

/// A walk along keys.
pub(super) struct Keyed {
    buffer: VecDeque<Ticket>,
    stages: VecDeque<Stage>,
    descending: bool,
    by_deadline: bool,
    created: Span,
    /// What was created later is not asked for in descending order, nor in ascending order what was created until then. The
    /// walk goes there at once, if it does not begin there.
    bound: Option<Timestamp>,
    due: Span,
    chunk: usize,
    pub(super) spent: usize,
}

impl Keyed {
    /// Begins a walk, before which some bytes were `spent`.
    pub(super) fn new(desk: &Desk, asked: Asked<'_>, now: Timestamp, spent: usize) -> Self {
        let Asked { filter, order, direction, skip, limit, count, .. } = asked;
        let by_deadline = order.key == OrderKey::Due;
        let descending = order.descending == (direction == Direction::Onward);
        let due = filter.sla.as_ref().map_or_else(Span::default, |states| due_span(states, now));
        let chunk = if *filter == Filter::default() && !count { CHUNK.min(skip + limit + 1) } else { CHUNK };
        let stages = stages(desk, asked, due, descending);
        let created = filter.created;
        let bound = if descending {
            created.to.map(|to| to.plus_seconds(SLACK))
        } else {
            created.from.map(|from| from.plus_seconds(-SLACK - 1))
        };
        Self { buffer: VecDeque::new(), stages, descending, by_deadline, created, bound, due, chunk, spent }
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.buffer.is_empty() || self.stages.is_empty()
    }

    /// Reads one chunk at most: after one that holds nothing it is the caller's to say whether to go on.
    pub(super) async fn next(&mut self, desk: &Desk) -> Result<Step, StoreError> {
        while self.buffer.is_empty() {
            let Some(stage) = self.stages.pop_front() else { return Ok(Step::End) };
            if let Some(place) = self.read(desk, stage).await?.filter(|_| self.buffer.is_empty()) {
                return Ok(Step::Passed(place));
            }
        }
        Ok(self.buffer.pop_front().map_or(Step::End, |ticket| Step::Ticket(Box::new(ticket))))
    }

    /// Reads a chunk into the buffer; answers with the place of its last key, if it has any.
    async fn read(&mut self, desk: &Desk, stage: Stage) -> Result<Option<Place>, StoreError> {
        let (range, has_deadline) = match &stage {
            Stage::Deadlines(from) => (due_within(desk.project, self.due).from(from.clone()), true),
            Stage::Numbers(from) => {
                let all = Range::new("prj = :project").on(BY_NUMBER).number(":project", desk.project).from(from.clone());
                (all, false)
            }
        };
        let range = range.limit(self.chunk);
        let found = desk.store.query(if self.descending { range.descending() } else { range }).await?;
        self.spent += found.items.iter().map(item::size).sum::<usize>();
        let keys: Vec<_> = found.items.iter().filter_map(Key::of).collect();
        let places: HashMap<_, _> =
            found.items.iter().map(|item| place_of(item).map(|place| (place.id, place.at))).collect::<Result<_, _>>()?;
        let beyond = !has_deadline && keys.last().is_some_and(|key| self.is_beyond(key));
        let wanted: Vec<_> = keys.into_iter().filter(|key| self.may_be_wanted(key)).collect();
        let mut tickets = desk.tickets_of(&wanted).await?;
        self.spent += tickets.iter().map(|ticket| BY_KEY.max(lanes::weight(ticket))).sum::<usize>();
        // A ticket whose deadline has moved since its key was read is not at this place any more; and a cursor made of where
        // it is now would pass over those in between.
        tickets.retain(|ticket| !self.by_deadline || places.get(&ticket.id).is_some_and(|at| *at == ticket.sla_due_at));
        self.buffer.extend(tickets);
        let passed = found.items.last().map(place_of).transpose()?;
        let mut next = found.next.filter(|_| !beyond);
        if next.is_some()
            && wanted.is_empty()
            && !has_deadline
            && let Some(bound) = self.bound.take()
        {
            let (start, spent) = desk.seek(bound, self.descending).await?;
            self.spent += spent;
            next = start.or(next);
        }
        if let Some(next) = next {
            self.stages.push_front(if has_deadline { Stage::Deadlines(Some(next)) } else { Stage::Numbers(Some(next)) });
        }
        Ok(passed)
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

/// What is to be walked along, in turn.
fn stages(desk: &Desk, asked: Asked<'_>, due: Span, descending: bool) -> VecDeque<Stage> {
    let Asked { filter, order, from, direction, .. } = asked;
    if order.key != OrderKey::Due {
        return [Stage::Numbers(from.map(|place| by_number(desk, place)))].into();
    }
    let onward = direction == Direction::Onward;
    let mut stages = match from {
        Some(place @ Place { at: Some(at), .. }) => {
            let mut stages = VecDeque::new();
            // A state of deadlines moves with time, and a key from a minute ago may lie outside of it by now.
            let before = due.from.is_some_and(|low| at < low);
            let after = due.to.is_some_and(|high| at > high);
            if !(if descending { before } else { after }) {
                let inside = !before && !after;
                stages.push_back(Stage::Deadlines(inside.then(|| by_deadline(desk, place, at))));
            }
            if onward {
                stages.push_back(Stage::Numbers(None));
            }
            stages
        }
        Some(place) if onward => [Stage::Numbers(Some(by_number(desk, place)))].into(),
        Some(place) => [Stage::Numbers(Some(by_number(desk, place))), Stage::Deadlines(None)].into(),
        // Those without a deadline come last, and first on the way back.
        None if onward => [Stage::Deadlines(None), Stage::Numbers(None)].into(),
        None => [Stage::Numbers(None), Stage::Deadlines(None)].into(),
    };
    if filter.sla.is_some() {
        stages.retain(|stage| matches!(stage, Stage::Deadlines(_)));
    }
    stages
}

/// The place of a key: the index that it is of has the number or the deadline, and needs no more to go on from there.
fn place_of(key: &Item) -> Result<Place, StoreError> {
    let row = Reader(key);
    let id = keys::ticket_of_partition(row.partition_key()?).ok_or_else(|| row.corrupt(keys::PK))?;
    Ok(Place { at: row.opt_time(SLA)?, number: row.opt_number(NUMBER)?.unwrap_or(0), id })
}

fn by_number(desk: &Desk, place: Place) -> Item {
    let mut key = keys::ticket(desk.project, place.id).attributes();
    key.insert(PROJECT.to_owned(), AttributeValue::N(desk.project.to_string()));
    key.insert(NUMBER.to_owned(), AttributeValue::N(place.number.to_string()));
    key
}

fn by_deadline(desk: &Desk, place: Place, at: Timestamp) -> Item {
    let mut key = keys::ticket(desk.project, place.id).attributes();
    key.insert(PROJECT.to_owned(), AttributeValue::N(desk.project.to_string()));
    key.insert(SLA.to_owned(), AttributeValue::N(at.micros().to_string()));
    key
}

/// The keys of deadlines.
pub(super) fn due_within(project: ProjectId, due: Span) -> Range {
    let low = due.from.map_or(0, Timestamp::micros);
    let high = due.to.map_or(i64::MAX, Timestamp::micros);
    let range = Range::new("prj = :project AND sla BETWEEN :low AND :high").on(BY_SLA).number(":project", project);
    range.number(":low", low).number(":high", high)
}

/// The deadlines that can have one of these states.
pub(super) fn due_span(states: &[SlaState], now: Timestamp) -> Span {
    let hour = now.plus_seconds(3600);
    let from = states.iter().map(|state| match state {
        SlaState::Breached => Timestamp::EPOCH,
        SlaState::AtRisk => now,
        SlaState::OnTrack => hour,
    });
    let to = states.iter().map(|state| match state {
        SlaState::Breached => Some(now),
        SlaState::AtRisk => Some(hour),
        SlaState::OnTrack => None,
    });
    let to = to.collect::<Option<Vec<_>>>().and_then(|to| to.into_iter().max());
    Span { from: from.min(), to }
}

/// When a ticket was created, by its id: a UUID of version 7 begins with milliseconds.
pub(super) fn created_about(key: &Key) -> Option<Timestamp> {
    let TicketId(id) = keys::ticket_of_partition(&key.pk)?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Timestamp::from_micros(i64::try_from(seconds).ok()?.checked_mul(1_000_000)?.checked_add(i64::from(nanos) / 1000)?)
}
