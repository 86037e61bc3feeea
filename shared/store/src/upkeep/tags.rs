//! How many tickets carry each tag, folded from the changes of tickets and exact for the same reason as the totals are (see
//! [`crate::upkeep::totals`]): a shadow of each ticket says which of its tags are counted, and moves in one transaction with the
//! counts. Tags are many where places are few, so each has an item of its own; a ticket whose tags change by more than one
//! transaction takes is counted in several, each of which leaves the counts the sum of all shadows.
//!
//! | item | attribute | holds |
//! | --- | --- | --- |
//! | tag | `n` | how many tickets carry it |
//! | shadow | `ver`, `tags`, `writes` | version and tags of the ticket that are counted; counts its own writes |
//! | shadow of a removed ticket | `expires_at` | nothing: that there is no version says it |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp,
    folding::{before, for_conditions},
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
        read::{Found, Range},
        write::{Rejection, Write},
    },
    upkeep::totals::{TOMBSTONE, latest},
};

/// The most items of a transaction.
const MOST: usize = 100;
/// How many tickets one transaction counts. A ticket's tags are up to 80 KB, and a transaction 4 MB.
const TICKETS: usize = 33;
/// How often shadows that another fold moved are read again.
const TRIES: u32 = 20;
/// How many tags a list considers; one call of DynamoDB ends after about 1 MB of them.
const LISTED: usize = 10_000;

const COUNT: &str = "n";
const WRITES: &str = "writes";

/// A project's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCounts {
    /// Each with how many tickets carry it, by name.
    pub tags: Vec<(String, u64)>,
    /// Whether there are more than one call reads.
    pub more: bool,
}

impl Room {
    /// The tags that tickets carry and that begin so, as far as one call reads. They follow a change within a moment.
    pub(crate) async fn tags(&self, beginning: &str) -> Result<TagCounts, StoreError> {
        let mut beginnings = vec![beginning.to_owned()];
        // Rows of two spellings, until the project is written anew.
        let apart = before::apart(beginning);
        if apart != beginning && self.store.is_to_be_renewed(self.project).await? {
            beginnings.push(apart);
        }
        let (mut tags, mut more) = (BTreeMap::<String, u64>::new(), false);
        for beginning in &beginnings {
            let found = self.tags_written(beginning).await?;
            more |= found.next.is_some();
            for row in found.items.iter().map(Reader) {
                let count: u64 = row.number(COUNT)?;
                if count > 0 {
                    *tags.entry(for_conditions(row.sort_key()?)).or_default() += count;
                }
            }
        }
        Ok(TagCounts { tags: tags.into_iter().collect(), more })
    }

    async fn tags_written(&self, beginning: &str) -> Result<Found, StoreError> {
        let range = if beginning.is_empty() {
            Range::new("PK = :pk")
        } else {
            Range::new("PK = :pk AND begins_with(SK, :beginning)").text(":beginning", beginning)
        };
        self.store.query(range.text(":pk", keys::tags(self.project)).limit(LISTED)).await
    }
}

impl Upkeep {
    /// Adds changes of one project's tickets to the counts of its tags. Doing it again, in another order, or with changes left
    /// out that were followed by others, comes to the same.
    pub async fn fold_tags(&self, project: ProjectId, changes: &[TicketChange]) -> Result<(), StoreError> {
        self.fold_latest_tags(project, latest(changes.iter().filter(|change| change.project == project && change.retags()))).await
    }

    /// Counts the tags of tickets as they are written today, whatever spelling their shadows and rows are of.
    pub(super) async fn respell_tags(&self, project: ProjectId, tickets: &[&Ticket]) -> Result<(), StoreError> {
        let is = |ticket: &Ticket| TicketChange {
            project,
            ticket: ticket.id,
            before: None,
            after: Some(ticket.clone()),
            mended: false,
        };
        let tagged: Vec<_> = tickets.iter().filter(|ticket| !ticket.fields.tags.is_empty()).map(|ticket| is(ticket)).collect();
        self.fold_latest_tags(project, tagged.iter().collect()).await
    }

    async fn fold_latest_tags(&self, project: ProjectId, mut left: Vec<&TicketChange>) -> Result<(), StoreError> {
        let mut lost = 0;
        while !left.is_empty() {
            let now = &left[..left.len().min(TICKETS)];
            let keys: Vec<_> = now.iter().map(|change| keys::tags_shadow(project, change.ticket)).collect();
            let shadows = read_shadows(&self.store.batch_get(&keys).await?)?;
            let mut fold = Fold::default();
            let counted: Vec<_> =
                now.iter().filter(|change| fold.take(change, shadows.get(&change.ticket))).map(|change| change.ticket).collect();
            match self.store.commit(fold.writes(project, self.store.now())).await {
                Ok(()) => {
                    left.retain(|change| !counted.contains(&change.ticket));
                    self.drop_unused(project, &fold.gains).await;
                    lost = 0;
                }
                Err(Rejection::Conditions(_)) if lost < TRIES => {
                    pause(lost).await;
                    lost += 1;
                }
                Err(rejection) => return Err(rejection.into_error("tags")),
            }
        }
        Ok(())
    }

    /// Removes tags that no ticket carries any more. One that stays is not listed, so that a failure does no harm.
    async fn drop_unused(&self, project: ProjectId, gains: &BTreeMap<String, i64>) {
        for (tag, _) in gains.iter().filter(|(_, gain)| **gain < 0) {
            let unused = Write::delete(keys::tag(project, tag)).only_if(format!("{COUNT} = :none")).number(":none", 0);
            if let Err(Rejection::Store(error)) = self.store.commit(vec![unused]).await {
                tracing::warn!(project.id = %project, %error, "a tag that is not used could not be removed");
            }
        }
    }
}

/// What is counted of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shadow {
    Live(Counted),
    /// Ids are never used twice, so nothing follows.
    Gone,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counted {
    /// The version whose tags these are; if `tags` are on the way to a later one, still the one before.
    version: u64,
    tags: BTreeSet<String>,
    /// How often the shadow was written: not at all, if it is not there.
    writes: u64,
}

/// One transaction in the making.
#[derive(Debug, Default)]
struct Fold {
    /// By ticket, the shadow as it will be, and how often it had been written when it was read.
    shadows: Vec<(TicketId, Shadow, u64)>,
    gains: BTreeMap<String, i64>,
}

impl Fold {
    /// Takes as much of a change as there is room for; whether that is all of it.
    fn take(&mut self, change: &TicketChange, shadow: Option<&Shadow>) -> bool {
        let mut counted = match shadow {
            Some(Shadow::Gone) => return true,
            Some(Shadow::Live(counted)) => counted.clone(),
            None => Counted::default(),
        };
        let after = change.after.as_ref();
        let target: BTreeSet<_> = after.iter().flat_map(|ticket| ticket.fields.tags.iter()).map(str::to_owned).collect();
        // The tags of one version differ from those that are counted of it only in their spelling.
        let is_counted = |ticket: &Ticket| ticket.version == counted.version && target == counted.tags;
        if after.is_some_and(|ticket| ticket.version < counted.version || is_counted(ticket)) {
            return true;
        }
        if self.shadows.len() + self.gains.len() >= MOST {
            return false;
        }
        let read = counted.writes;
        let moves: Vec<_> = target.symmetric_difference(&counted.tags).cloned().collect();
        let mut room = MOST.saturating_sub(self.shadows.len() + self.gains.len() + 1);
        for tag in moves {
            if !self.gains.contains_key(&tag) {
                if room == 0 {
                    break;
                }
                room -= 1;
            }
            let gain = if target.contains(&tag) { 1 } else { -1 };
            *self.gains.entry(tag.clone()).or_default() += gain;
            if gain > 0 {
                counted.tags.insert(tag)
            } else {
                counted.tags.remove(&tag)
            };
        }
        let whole = counted.tags == target;
        counted.writes += 1;
        let shadow = match (whole, after) {
            (true, None) => Shadow::Gone,
            (true, Some(ticket)) => Shadow::Live(Counted { version: ticket.version, ..counted }),
            (false, _) => Shadow::Live(counted),
        };
        self.shadows.push((change.ticket, shadow, read));
        whole
    }

    fn writes(&self, project: ProjectId, now: Timestamp) -> Vec<Write> {
        let shadows = self.shadows.iter().map(|(ticket, shadow, read)| {
            let put = Write::put(write_shadow(&keys::tags_shadow(project, *ticket), shadow, now));
            // Two folds that read the same shadow can't both move the ticket away from it.
            if *read == 0 { put.if_absent() } else { put.only_if(format!("{WRITES} = :read")).number(":read", read) }
        });
        let gains = self.gains.iter().filter(|(_, gain)| **gain != 0);
        let gains =
            gains.map(|(tag, gain)| Write::update(keys::tag(project, tag), format!("ADD {COUNT} :gain")).number(":gain", gain));
        shadows.chain(gains).collect()
    }
}

/// The item that says how many tickets carry a tag.
pub(crate) fn item(project: ProjectId, tag: &str, count: u64) -> Item {
    Writer::new(&keys::tag(project, tag)).number(COUNT, count).done()
}

/// The shadow of a ticket all of whose tags are counted; one without tags needs none.
pub(crate) fn counted(project: ProjectId, ticket: &Ticket) -> Option<Item> {
    let tags: BTreeSet<_> = ticket.fields.tags.iter().map(str::to_owned).collect();
    let shadow = Shadow::Live(Counted { version: ticket.version, tags, writes: 1 });
    (!ticket.fields.tags.is_empty()).then(|| write_shadow(&keys::tags_shadow(project, ticket.id), &shadow, ticket.updated_at))
}

fn write_shadow(key: &Key, shadow: &Shadow, now: Timestamp) -> Item {
    match shadow {
        Shadow::Live(Counted { version, tags, writes }) => {
            Writer::new(key).number(VERSION, version).texts("tags", tags).number(WRITES, writes).done()
        }
        Shadow::Gone => Writer::new(key).number("expires_at", now.seconds() + TOMBSTONE).done(),
    }
}

fn read_shadows(items: &[Item]) -> Result<HashMap<TicketId, Shadow>, StoreError> {
    let read = |item| {
        let row = Reader(item);
        let ticket = row.partition_key()?.rsplit_once('#').and_then(|(_, id)| id.parse().ok());
        Ok((ticket.ok_or_else(|| row.corrupt(keys::PK))?, read_shadow(item)?))
    };
    items.iter().map(read).collect()
}

fn read_shadow(item: &Item) -> Result<Shadow, StoreError> {
    let row = Reader(item);
    let Some(version) = row.opt_number(VERSION)? else { return Ok(Shadow::Gone) };
    let tags = row.texts("tags")?.into_iter().map(str::to_owned).collect();
    Ok(Shadow::Live(Counted { version, tags, writes: row.number(WRITES)? }))
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{tags::Tags, ticket::Fields};

    use super::*;
    use crate::items::ticket::tests::full;

    fn change(ticket: u128, version: u64, tags: Option<Vec<String>>) -> TicketChange {
        let id = TicketId(uuid::Uuid::from_u128(ticket));
        let after = tags.map(|tags| {
            let fields = Fields { tags: Tags::new(tags).unwrap(), ..Fields::default() };
            Ticket { id, version, fields, ..full() }
        });
        TicketChange { project: ProjectId(1), ticket: id, before: None, after, mended: false }
    }

    fn many(letter: char) -> Vec<String> {
        (0..100).map(|n| format!("{letter}{n}")).collect()
    }

    #[test]
    fn a_shadow_is_read_as_it_is_written() {
        let key = keys::tags_shadow(ProjectId(1), TicketId(uuid::Uuid::nil()));
        let tags = ["a".to_owned(), "b".to_owned()].into();
        for shadow in [Shadow::Live(Counted { version: 3, tags, writes: 2 }), Shadow::Live(Counted::default()), Shadow::Gone] {
            let item = write_shadow(&key, &shadow, Timestamp::EPOCH);
            assert_eq!(read_shadow(&item).unwrap(), shadow);
        }
    }

    #[test]
    fn no_transaction_takes_more_than_there_may_be_and_all_of_them_take_everything() {
        // From a hundred tags to a hundred others.
        let before = Counted { version: 1, tags: many('a').into_iter().collect(), writes: 1 };
        let (mut shadow, mut counts) = (Shadow::Live(before.clone()), BTreeMap::new());
        counts.extend(before.tags.iter().map(|tag| (tag.clone(), 1_i64)));
        let change = change(1, 2, Some(many('b')));
        for round in 1.. {
            let mut fold = Fold::default();
            let whole = fold.take(&change, Some(&shadow));
            assert!(fold.writes(ProjectId(1), Timestamp::EPOCH).len() <= MOST);
            for (tag, gain) in &fold.gains {
                *counts.entry(tag.clone()).or_default() += gain;
            }
            shadow = fold.shadows.remove(0).1;
            let Shadow::Live(counted) = &shadow else { panic!("{shadow:?}") };
            let held: BTreeSet<_> = counts.iter().filter(|(_, count)| **count == 1).map(|(tag, _)| tag.clone()).collect();
            assert_eq!(counted.tags, held, "the counts are what the shadow says");
            if whole {
                assert_eq!((round, counted.version), (3, 2));
                break;
            }
            assert_eq!(counted.version, 1);
        }
    }

    #[test]
    fn tickets_share_a_transaction_and_a_count() {
        let mut fold = Fold::default();
        for ticket in 0..20 {
            assert!(fold.take(&change(ticket, 1, Some(vec!["vip".to_owned(), format!("own {ticket}")])), None));
        }
        assert_eq!((fold.gains["vip"], fold.writes(ProjectId(1), Timestamp::EPOCH).len()), (20, 41));
        assert!(!fold.take(&change(99, 1, Some(many('c'))), None), "the rest is for the next one");
        assert!(fold.writes(ProjectId(1), Timestamp::EPOCH).len() <= MOST);
    }

    #[test]
    fn a_full_transaction_takes_no_other_ticket() {
        let mut same = Fold::default();
        assert!(!same.take(&change(1, 1, Some(many('c'))), None) && !same.take(&change(2, 1, Some(many('c'))), None));
        assert_eq!(same.writes(ProjectId(1), Timestamp::EPOCH).len(), MOST);
        let three = |ticket: u128| (0..3).map(|tag| format!("{ticket} {tag}")).collect();
        let mut own = Fold::default();
        let taken = (0..30).filter(|ticket| own.take(&change(*ticket, 1, Some(three(*ticket))), None));
        assert_eq!((taken.count(), own.writes(ProjectId(1), Timestamp::EPOCH).len()), (25, MOST));
    }

    #[test]
    fn tags_of_another_spelling_are_counted_anew_at_the_same_version() {
        let held = Counted { version: 5, tags: ["cafe\u{301}".to_owned(), "vip".to_owned()].into(), writes: 1 };
        let mut fold = Fold::default();
        assert!(fold.take(&change(1, 5, Some(vec!["café".to_owned(), "vip".to_owned()])), Some(&Shadow::Live(held))));
        assert_eq!(fold.gains, BTreeMap::from([("cafe\u{301}".to_owned(), -1), ("café".to_owned(), 1)]));
        let (_, respelt, read) = fold.shadows.remove(0);
        let tags = ["café".to_owned(), "vip".to_owned()].into();
        assert_eq!((respelt, read), (Shadow::Live(Counted { version: 5, tags, writes: 2 }), 1));
    }

    #[test]
    fn old_news_and_news_of_the_dead_are_passed_over() {
        let held = Shadow::Live(Counted { version: 5, tags: BTreeSet::new(), writes: 1 });
        let mut fold = Fold::default();
        assert!(
            fold.take(&change(1, 4, Some(many('a'))), Some(&held)) && fold.take(&change(1, 5, Some(Vec::new())), Some(&held))
        );
        assert!(fold.take(&change(2, 9, Some(many('a'))), Some(&Shadow::Gone)));
        assert!(fold.writes(ProjectId(1), Timestamp::EPOCH).is_empty());
        assert!(fold.take(&change(1, 0, None), Some(&held)) && fold.shadows[0].1 == Shadow::Gone);
    }
}
