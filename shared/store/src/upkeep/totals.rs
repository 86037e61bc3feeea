//! Totals, folded from the changes of tickets.
//!
//! Records of changes come at least once and in no certain order, so nothing is added on a record's own word. Each ticket
//! has a shadow: the version of it that the totals hold, and where that one counts. A change moves a ticket from its
//! shadow's cell to its own, and shadow and totals are written in one transaction, on the condition that the shadow still
//! is what was read. So the totals always are the sum of all shadows, no count can fall below zero, and a change that is
//! not newer than its ticket's shadow does nothing. The version serves for the order rather than the stream's sequence
//! number since it also orders a ticket that was read (a recount), and lasts through a restored table.
//!
//! | item | attribute | holds |
//! | --- | --- | --- |
//! | shadow | `ver`, `place`, `who`, `unread` | version, place in the cube, assignee, unread by the team |
//! | shadow of a removed ticket | `expires_at` | nothing: that there is no version says it |
//! | totals | `unread` | unread by the team, over all tickets that are not resolved |
//! | totals | `a<place>`, `u<place>` | tickets of somebody, of nobody, at a place |
//! | totals of an assignee | `a<place>` | their tickets at a place |
//!
//! | each of the totals | `folds` | how often it was added to, so that a recount can tell whether it stood still |
//!
//! A place is three letters: status (`n`ew, `o`pen, `p`ending, on `h`old, `r`esolved), priority (`n`one, `l`ow, `m`edium,
//! `h`igh), channel (`w`idget, `e`mail, `s`lack, `a`pi). With longer names a full cube would pass the 1 KB step of the
//! bill, on an item that is written with every customer's message.

use std::{collections::HashMap, str::FromStr};

use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp,
    assignee::Assignee,
    ticket::{Channel, Priority, Status},
    totals::{Cell, Counts, Delta, Gains, Place, Totals},
};

use crate::{
    TicketChange, Upkeep,
    error::StoreError,
    items::ticket::VERSION,
    room::Room,
    transport::{
        call::pause,
        item::{Item, Reader, Writer},
        keys::{self, Key},
        write::{Rejection, Write},
    },
};

/// How many tickets one transaction folds. Each has its shadow and at most two assignees, beside the project's totals:
/// 100 items, which is what a transaction takes.
const TICKETS: usize = 33;
/// How often shadows that another fold moved are read again.
const TRIES: u32 = 20;
/// How long the shadow of a removed ticket stays, in seconds: longer than a stream (one day) and its retries can be late.
pub(crate) const TOMBSTONE: i64 = 7 * 24 * 3600;
const UNREAD: &str = "unread";
pub(crate) const FOLDS: &str = "folds";

/// What the totals hold of a ticket.
enum Shadow {
    Live(u64, Cell),
    /// Ids are never used twice, so nothing follows.
    Gone,
}

impl Upkeep {
    /// Adds changes of one project's tickets to its totals. Doing it again, in another order, or with changes left out
    /// that were followed by others, comes to the same.
    pub async fn fold(&self, project: ProjectId, changes: &[TicketChange]) -> Result<(), StoreError> {
        let moves = changes.iter().filter(|change| change.project == project && change.moves());
        for changes in latest(moves).chunks(TICKETS) {
            self.fold_at_once(project, changes).await?;
        }
        Ok(())
    }

    async fn fold_at_once(&self, project: ProjectId, changes: &[&TicketChange]) -> Result<(), StoreError> {
        let keys: Vec<_> = changes.iter().map(|change| keys::shadow(project, change.ticket)).collect();
        for attempt in 0..TRIES {
            let shadows = self.store.batch_get(&keys).await?;
            let writes = writes(project, changes, &shadows, self.store.now())?;
            match self.store.commit(writes).await {
                Ok(()) => return Ok(()),
                Err(Rejection::Conditions(_)) => pause(attempt).await,
                Err(rejection) => return Err(rejection.into_error("totals")),
            }
        }
        Err(StoreError::Contended("totals"))
    }
}

impl Room {
    /// The project's totals, which follow a change within a second or so (docs/decisions.md, 11). One eventually consistent read.
    pub(crate) async fn totals(&self) -> Result<Totals, StoreError> {
        let item = self.store.get_eventually(&keys::totals(self.project)).await?.unwrap_or_default();
        let unread = Reader(&item).opt_number(UNREAD)?.unwrap_or_default();
        Ok(Totals::new(unread, counts(&item, 'u')?, counts(&item, 'a')?))
    }

    /// The counts of the tickets of these assignees together; one such read for each, side by side.
    pub(crate) async fn totals_of(&self, assignees: &[Assignee]) -> Result<Counts, StoreError> {
        let keys: Vec<_> = assignees.iter().map(|assignee| keys::totals_of(self.project, *assignee)).collect();
        let items = futures_util::future::try_join_all(keys.iter().map(|key| self.store.get_eventually(key))).await?;
        let cubes = items.iter().flatten().map(|item| read_counts(item, 'a')).collect::<Result<Vec<_>, _>>()?;
        Ok(cubes.into_iter().flatten().collect())
    }
}

/// The last of these changes of each ticket.
pub(crate) fn latest<'a>(changes: impl Iterator<Item = &'a TicketChange>) -> Vec<&'a TicketChange> {
    let mut latest: HashMap<TicketId, &TicketChange> = HashMap::new();
    for change in changes {
        let known = latest.entry(change.ticket).or_insert(change);
        if age(known) < age(change) {
            *known = change;
        }
    }
    latest.into_values().collect()
}

/// Orders the changes of a ticket: by version, and its removal last.
fn age(change: &TicketChange) -> (bool, u64) {
    (change.after.is_none(), change.after.as_ref().map_or(0, |ticket| ticket.version))
}

/// The writes that bring shadows and totals up to `changes`, of one ticket each.
fn writes(project: ProjectId, changes: &[&TicketChange], shadows: &[Item], now: Timestamp) -> Result<Vec<Write>, StoreError> {
    let shadows: HashMap<_, _> = shadows.iter().filter_map(|item| Some((Key::of(item)?.pk, item))).collect();
    let mut delta = Delta::default();
    let mut writes = Vec::new();
    for change in changes {
        let key = keys::shadow(project, change.ticket);
        let shadow = shadows.get(&key.pk).map(|item| read_shadow(item)).transpose()?;
        let after = change.after.as_ref().map(|ticket| (ticket.version, Cell::of(ticket)));
        let before = match (&shadow, &after) {
            (Some(Shadow::Gone), _) => continue,
            (Some(Shadow::Live(held, _)), Some((version, _))) if version <= held => continue,
            (Some(Shadow::Live(_, cell)), _) => Some(cell),
            (None, _) => None,
        };
        delta.change(before, after.as_ref().map(|(_, cell)| cell));
        let put = Write::put(write_shadow(&key, after, now));
        writes.push(match shadow {
            // Two folds that read the same shadow can't both move the ticket away from it.
            Some(Shadow::Live(held, _)) => put.only_if(format!("{VERSION} = :held")).number(":held", held),
            _ => put.if_absent(),
        });
    }
    writes.extend(additions(project, &delta));
    Ok(writes)
}

/// The writes that move a ticket's shadow to where it counts, if that is not where it is. A shadow that can't be read is
/// replaced; what it held of the totals, only a recount can tell.
pub(crate) fn mending(project: ProjectId, ticket: &Ticket, shadow: Option<&Item>) -> Option<Vec<Write>> {
    let (key, cell) = (keys::shadow(project, ticket.id), Cell::of(ticket));
    let put = Write::put(write_shadow(&key, Some((ticket.version, cell)), Timestamp::EPOCH));
    let (before, put) = match shadow.map(read_shadow) {
        Some(Ok(Shadow::Live(_, held))) if held == cell => return None,
        Some(Ok(Shadow::Live(version, held))) => (Some(held), put.only_if(format!("{VERSION} = :held")).number(":held", version)),
        None => (None, put.if_absent()),
        // Nobody counts a ticket that is gone, and this one is there.
        Some(Ok(Shadow::Gone) | Err(_)) => (None, put),
    };
    let mut delta = Delta::default();
    delta.change(before.as_ref(), Some(&cell));
    Some(std::iter::once(put).chain(additions(project, &delta)).collect())
}

/// What a cell adds to which attribute of which of the totals, by its sort key.
pub(crate) fn figures(cell: &Cell) -> Vec<(String, String, i64)> {
    let all = "TOTALS".to_owned();
    let mut figures = vec![(all.clone(), UNREAD.to_owned(), i64::from(cell.unread))];
    match cell.assignee {
        None => figures.push((all, attribute('u', cell.place), 1)),
        Some(assignee) => {
            let of = format!("{all}#{assignee}");
            figures.extend([(all, attribute('a', cell.place), 1), (of, attribute('a', cell.place), 1)]);
        }
    }
    figures
}

/// The updates of the totals that `delta` changes.
fn additions(project: ProjectId, delta: &Delta) -> impl Iterator<Item = Write> {
    attributes(project, delta).filter_map(|(key, gains)| addition(key, gains))
}

/// The totals as they are where there were none before `delta`.
pub(crate) fn items(project: ProjectId, delta: &Delta) -> impl Iterator<Item = Item> {
    let item = |(key, gains): (Key, Vec<(String, i64)>)| {
        gains.iter().fold(Writer::new(&key), |item, (name, gain)| item.number(name, gain)).done()
    };
    attributes(project, delta).map(item)
}

/// What `delta` adds to which attributes of which item.
fn attributes(project: ProjectId, delta: &Delta) -> impl Iterator<Item = (Key, Vec<(String, i64)>)> {
    let Delta { unread, unassigned, assigned, assignees } = delta;
    let unread = (*unread != 0).then(|| (UNREAD.to_owned(), *unread));
    let all = unread.into_iter().chain(gains(unassigned, 'u')).chain(gains(assigned, 'a')).collect();
    let each = assignees.iter().map(move |(assignee, of)| (keys::totals_of(project, *assignee), gains(of, 'a').collect()));
    std::iter::once((keys::totals(project), all)).chain(each)
}

/// The shadow of a ticket that the totals hold as it is.
pub(crate) fn counted(project: ProjectId, ticket: &Ticket) -> Item {
    write_shadow(&keys::shadow(project, ticket.id), Some((ticket.version, Cell::of(ticket))), ticket.updated_at)
}

fn gains(gains: &Gains, whose: char) -> impl Iterator<Item = (String, i64)> {
    gains.iter().map(move |(place, gain)| (attribute(whose, place), gain))
}

fn addition(key: Key, gains: Vec<(String, i64)>) -> Option<Write> {
    let names: Vec<_> = gains.iter().map(|(name, _)| format!("{name} :{name}")).collect();
    let update = Write::update(key, format!("ADD {}, {FOLDS} :fold", names.join(", "))).number(":fold", 1);
    let add = |update: Write, (name, gain): (String, i64)| update.number(&format!(":{name}"), gain);
    (!gains.is_empty()).then(|| gains.into_iter().fold(update, add))
}

fn counts(item: &Item, whose: char) -> Result<Counts, StoreError> {
    Ok(read_counts(item, whose)?.into_iter().collect())
}

fn read_counts(item: &Item, whose: char) -> Result<Vec<(Place, u64)>, StoreError> {
    let count = |place| Reader(item).opt_number(&attribute(whose, place)).map(|count| count.map(|count| (place, count)));
    Place::all().filter_map(|place| count(place).transpose()).collect()
}

fn attribute(whose: char, place: Place) -> String {
    format!("{whose}{}", place_code(place))
}

fn place_code(place: Place) -> String {
    let status = match place.status {
        Status::New => 'n',
        Status::Open => 'o',
        Status::Pending => 'p',
        Status::OnHold => 'h',
        Status::Resolved => 'r',
    };
    let priority = match place.priority {
        None => 'n',
        Some(Priority::Low) => 'l',
        Some(Priority::Medium) => 'm',
        Some(Priority::High) => 'h',
    };
    let channel = match place.channel {
        Channel::Widget => 'w',
        Channel::Email => 'e',
        Channel::Slack => 's',
        Channel::Api => 'a',
    };
    String::from_iter([status, priority, channel])
}

fn write_shadow(key: &Key, after: Option<(u64, Cell)>, now: Timestamp) -> Item {
    match after {
        Some((version, Cell { place, assignee, unread })) => Writer::new(key)
            .number(VERSION, version)
            .text("place", place_code(place))
            .opt_text("who", assignee.map(|assignee| assignee.to_string()))
            .number(UNREAD, unread)
            .done(),
        None => Writer::new(key).number("expires_at", now.seconds() + TOMBSTONE).done(),
    }
}

fn read_shadow(item: &Item) -> Result<Shadow, StoreError> {
    let row = Reader(item);
    let Some(version) = row.opt_number(VERSION)? else { return Ok(Shadow::Gone) };
    let place = row.parsed("place", |code| Place::all().find(|place| place_code(*place) == code))?;
    let assignee = row.opt_parsed("who", |who| Assignee::from_str(who).ok())?;
    Ok(Shadow::Live(version, Cell { place, assignee, unread: row.number(UNREAD)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_and_a_count_are_read_as_they_are_written() {
        let key = keys::shadow(ProjectId(1), TicketId(uuid::Uuid::nil()));
        for (unread, place) in (0..).zip(Place::all()) {
            let assignee = (unread % 2 == 0).then_some(Assignee::User(lambdesk_domain::UserId(3)));
            let cell = Cell { place, assignee, unread };
            let item = write_shadow(&key, Some((7, cell)), Timestamp::from_micros(0).unwrap());
            assert!(matches!(read_shadow(&item), Ok(Shadow::Live(7, read)) if read == cell));
        }
        assert!(matches!(read_shadow(&write_shadow(&key, None, Timestamp::from_micros(0).unwrap())), Ok(Shadow::Gone)));
        let item = Place::all().fold(Writer::new(&key), |item, place| item.number(&attribute('a', place), 1)).done();
        assert_eq!(counts(&item, 'a').unwrap().count(lambdesk_domain::totals::Filter::default()), 80);
        assert_eq!(counts(&item, 'u').unwrap().count(lambdesk_domain::totals::Filter::default()), 0);
    }

    #[test]
    fn a_count_below_zero_is_an_error_and_not_a_number() {
        let place = Place { status: Status::New, priority: None, channel: Channel::Widget };
        let item = Writer::new(&keys::totals(ProjectId(1))).number(&attribute('u', place), -1).done();
        assert!(counts(&item, 'u').unwrap_err().to_string().contains("unnw"));
    }
}
