//! The fold of the totals: how many tickets there are of each status, priority, channel and assignee, and how many messages
//! the team has not read.
//!
//! The shadow of a ticket says which version of it the totals hold, and where that version counts. A change moves the ticket
//! from its shadow's cell to its own cell, in one transaction with the shadow. So the totals are the sum of all shadows, and no
//! count can fall below zero. The version orders changes better than the stream's sequence number does: it also orders a
//! ticket that was read by a recount, and it outlives a restored table.
//!
//! | item | attribute | holds |
//! | --- | --- | --- |
//! | shadow | `ver`, `place`, `who`, `unread` | version, bucket in the cube, assignee, unread by the team |
//! | shadow of a removed ticket | `expires_at` | nothing: that there is no version says it |
//! | totals | `unread` | unread by the team, over all tickets that are not resolved |
//! | totals | `a<bucket>`, `u<bucket>` | tickets of somebody, of nobody, in a bucket |
//! | totals of an assignee | `a<bucket>` | their tickets in a bucket |
//! | each of the totals | `folds` | how often it was added to, so that a recount knows whether it stood still |
//!
//! A bucket is three letters: status (`n`ew, `o`pen, `p`ending, on `h`old, `r`esolved), priority (`n`one, `l`ow, `m`edium,
//! `h`igh), channel (`w`idget, `e`mail, `s`lack, `a`pi). With longer names a full cube would pass the 1 KB step of the
//! bill, on an item that is written with every customer's message.

use std::str::FromStr;

use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp,
    assignee::Assignee,
    ticket::{Channel, Priority, Status},
    totals::{Bucket, Cell, Counts, Delta, Gains, Totals},
};

use crate::{
    error::StoreError,
    items::ticket::VERSION,
    room::Room,
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, Key},
        write::Write,
    },
    upkeep::{
        fold::{Counted, Fold, ProjectRecords, Shadows, Step, TOMBSTONE, Wrong},
        stream::latest,
    },
};

const UNREAD: &str = "unread";
const FOLDS: &str = "folds";
/// The sort key of the totals of all tickets. Those of an assignee have it before the assignee.
const ALL: &str = "TOTALS";

/// The fold of the totals.
pub(crate) struct TotalsFold;

/// What the totals hold of a ticket.
enum Shadow {
    /// A version of the ticket, and where that version counts.
    Live(u64, Cell),
    /// Ids are never used twice, so nothing follows.
    Gone,
}

impl Fold for TotalsFold {
    const NAME: &'static str = "totals";
    /// Each ticket has its shadow and at most two assignees, beside the project's totals. That makes 100 items, as many as a
    /// transaction takes.
    const TOGETHER: usize = 33;
    /// All transactions of a project meet on its totals.
    const AT_ONCE: usize = 1;

    /// A ticket; its version and cell, if it is still there.
    type Entry = (TicketId, Option<(u64, Cell)>);

    fn entries(records: &ProjectRecords) -> Vec<Self::Entry> {
        let latest = latest(records.changes.iter().filter(|change| change.moves())).into_iter();
        latest.map(|change| (change.ticket, change.after.as_ref().map(|ticket| (ticket.version, Cell::of(ticket))))).collect()
    }

    fn shadow(project: ProjectId, (ticket, _): &Self::Entry) -> Option<Key> {
        Some(keys::shadow(project, *ticket))
    }

    fn step(project: ProjectId, entries: &[Self::Entry], shadows: &Shadows, now: Timestamp) -> Result<Step, StoreError> {
        let mut delta = Delta::default();
        let mut writes = Vec::new();
        for (ticket, after) in entries {
            let key = keys::shadow(project, *ticket);
            let shadow = shadows.get(&key).map(read_shadow).transpose()?;
            let before = match (&shadow, after) {
                (Some(Shadow::Gone), _) => continue,
                (Some(Shadow::Live(held, _)), Some((version, _))) if version <= held => continue,
                (Some(Shadow::Live(_, cell)), _) => Some(cell),
                (None, _) => None,
            };
            delta.change(before, after.as_ref().map(|(_, cell)| cell));
            writes.push(as_read(Write::put(write_shadow(&key, *after, now)), shadow.as_ref()));
        }
        writes.extend(additions(project, &delta));
        Ok(Step { writes, ..Step::default() })
    }

    fn counted(&self) -> Option<&dyn Counted> {
        Some(self)
    }
}

impl Counted for TotalsFold {
    fn shadow_of(&self, project: ProjectId, ticket: TicketId) -> Key {
        keys::shadow(project, ticket)
    }

    fn mend(&self, project: ProjectId, ticket: &Ticket, shadow: Option<&Item>) -> Option<Vec<Write>> {
        let (key, cell) = (keys::shadow(project, ticket.id), Cell::of(ticket));
        let put = Write::put(write_shadow(&key, Some((ticket.version, cell)), Timestamp::EPOCH));
        let (before, put) = match shadow.map(read_shadow).transpose() {
            Ok(Some(Shadow::Live(version, held))) if held == cell && version <= ticket.version => return None,
            Ok(Some(Shadow::Live(version, held))) => (Some(held), as_read(put, Some(&Shadow::Live(version, held)))),
            Ok(shadow) => (None, as_read(put, shadow.as_ref())),
            // No fold moves a shadow that it can't read. What this one held of the totals only a recount can tell.
            Err(_) => (None, put),
        };
        let mut delta = Delta::default();
        delta.change(before.as_ref(), Some(&cell));
        Some(std::iter::once(put).chain(additions(project, &delta)).collect())
    }

    fn rows(&self, project: ProjectId) -> Key {
        keys::totals(project)
    }

    fn keeps(&self, group: &str) -> bool {
        group.split('#').next() == Some(ALL)
    }

    fn figure(&self, sort_key: &str, attribute: &str) -> Option<(String, String)> {
        (attribute != FOLDS).then(|| (sort_key.to_owned(), attribute.to_owned()))
    }

    fn figures_of(&self, ticket: &Ticket) -> Vec<(String, String, i64)> {
        let cell = Cell::of(ticket);
        let all = ALL.to_owned();
        let mut figures = vec![(all.clone(), UNREAD.to_owned(), i64::from(cell.unread))];
        match cell.assignee {
            None => figures.push((all, attribute('u', cell.bucket), 1)),
            Some(assignee) => {
                let of = format!("{all}#{assignee}");
                figures.extend([(all, attribute('a', cell.bucket), 1), (of, attribute('a', cell.bucket), 1)]);
            }
        }
        figures
    }

    fn set(&self, project: ProjectId, group: &str, figures: &[Wrong<'_>], row: Option<&Item>) -> Vec<(Write, usize)> {
        let sets: Vec<_> = figures.iter().map(|Wrong { name, .. }| format!("{name} = :{name}")).collect();
        let key = Key { sk: group.to_owned(), ..keys::totals(project) };
        let set = Write::update(key, format!("SET {}", sets.join(", ")));
        let set = figures.iter().fold(set, |set, Wrong { name, counted, .. }| set.number(&format!(":{name}"), counted));
        // Whatever was folded into the item since the comparison, however it evens out, makes the comparison void.
        let folds = row.map(|row| Reader(row).opt_number::<i64>(FOLDS).unwrap_or(None));
        let set = match folds {
            Some(Some(folds)) => set.only_if(format!("{FOLDS} = :folds")).number(":folds", folds),
            Some(None) => set.only_if(format!("attribute_exists(PK) AND attribute_not_exists({FOLDS})")),
            None => set.if_absent(),
        };
        vec![(set, figures.len())]
    }
}

/// The write of a shadow, on the condition that the shadow still is as it was read. Two writers that read the same shadow
/// can't both move the ticket away from it.
fn as_read(put: Write, shadow: Option<&Shadow>) -> Write {
    match shadow {
        Some(Shadow::Live(held, _)) => put.only_if(format!("{VERSION} = :held")).number(":held", held),
        Some(Shadow::Gone) => put.only_if(format!("attribute_not_exists({VERSION})")),
        None => put.if_absent(),
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
    gains.iter().map(move |(bucket, gain)| (attribute(whose, bucket), gain))
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

fn read_counts(item: &Item, whose: char) -> Result<Vec<(Bucket, u64)>, StoreError> {
    let count = |bucket| Reader(item).opt_number(&attribute(whose, bucket)).map(|count| count.map(|count| (bucket, count)));
    Bucket::all().filter_map(|bucket| count(bucket).transpose()).collect()
}

fn attribute(whose: char, bucket: Bucket) -> String {
    format!("{whose}{}", bucket_code(bucket))
}

fn bucket_code(bucket: Bucket) -> String {
    let status = match bucket.status {
        Status::New => 'n',
        Status::Open => 'o',
        Status::Pending => 'p',
        Status::OnHold => 'h',
        Status::Resolved => 'r',
    };
    let priority = match bucket.priority {
        None => 'n',
        Some(Priority::Low) => 'l',
        Some(Priority::Medium) => 'm',
        Some(Priority::High) => 'h',
    };
    let channel = match bucket.channel {
        Channel::Widget => 'w',
        Channel::Email => 'e',
        Channel::Slack => 's',
        Channel::Api => 'a',
    };
    String::from_iter([status, priority, channel])
}

fn write_shadow(key: &Key, after: Option<(u64, Cell)>, now: Timestamp) -> Item {
    match after {
        Some((version, Cell { bucket, assignee, unread })) => Writer::new(key)
            .number(VERSION, version)
            .text("place", bucket_code(bucket))
            .opt_text("who", assignee.map(|assignee| assignee.to_string()))
            .number(UNREAD, unread)
            .done(),
        None => Writer::new(key).number("expires_at", now.seconds() + TOMBSTONE).done(),
    }
}

fn read_shadow(item: &Item) -> Result<Shadow, StoreError> {
    let row = Reader(item);
    let Some(version) = row.opt_number(VERSION)? else { return Ok(Shadow::Gone) };
    let bucket = row.parsed("place", |code| Bucket::all().find(|bucket| bucket_code(*bucket) == code))?;
    let assignee = row.opt_parsed("who", |who| Assignee::from_str(who).ok())?;
    Ok(Shadow::Live(version, Cell { bucket, assignee, unread: row.number(UNREAD)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_and_a_count_are_read_as_they_are_written() {
        let key = keys::shadow(ProjectId(1), TicketId(uuid::Uuid::nil()));
        for (unread, bucket) in (0..).zip(Bucket::all()) {
            let assignee = (unread % 2 == 0).then_some(Assignee::User(lambdesk_domain::UserId(3)));
            let cell = Cell { bucket, assignee, unread };
            let item = write_shadow(&key, Some((7, cell)), Timestamp::from_micros(0).unwrap());
            assert!(matches!(read_shadow(&item), Ok(Shadow::Live(7, read)) if read == cell));
        }
        assert!(matches!(read_shadow(&write_shadow(&key, None, Timestamp::from_micros(0).unwrap())), Ok(Shadow::Gone)));
        let item = Bucket::all().fold(Writer::new(&key), |item, bucket| item.number(&attribute('a', bucket), 1)).done();
        assert_eq!(counts(&item, 'a').unwrap().count(lambdesk_domain::totals::BucketFilter::default()), 80);
        assert_eq!(counts(&item, 'u').unwrap().count(lambdesk_domain::totals::BucketFilter::default()), 0);
    }

    #[test]
    fn a_count_below_zero_is_an_error_and_not_a_number() {
        let bucket = Bucket { status: Status::New, priority: None, channel: Channel::Widget };
        let item = Writer::new(&keys::totals(ProjectId(1))).number(&attribute('u', bucket), -1).done();
        assert!(counts(&item, 'u').unwrap_err().to_string().contains("unnw"));
    }
}
