//! The fold of the tags: how many tickets carry each tag.
//!
//! The shadow of a ticket says which of its tags are counted, and moves in one transaction with the counts. Tags are many where
//! places are few, so each tag has an item of its own. A ticket's tags may change by more than one transaction takes. Then they
//! take several, and after each of them the counts are the sum of all shadows.
//!
//! | item | attribute | holds |
//! | --- | --- | --- |
//! | tag | `n` | how many tickets carry it |
//! | shadow | `ver`, `tags`, `writes` | the counted version and tags of the ticket; how often the shadow was written |
//! | shadow of a removed ticket | `expires_at` | nothing: that there is no version says it |

use std::collections::{BTreeMap, BTreeSet};

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
        item::{Item, Reader, Writer},
        keys::{self, Key},
        read::{Found, Range},
        write::Write,
    },
    upkeep::{
        fold::{Counted, Fold, ProjectRecords, Shadows, Step, TOMBSTONE, UNREADABLE, Wrong},
        stream::latest,
    },
};

/// The most items of a transaction.
const MOST: usize = 100;
/// How many tags a list considers; one call of DynamoDB ends after about 1 MB of them.
const LISTED: usize = 10_000;

const COUNT: &str = "n";
const WRITES: &str = "writes";
/// The group of a recount's figures.
const GROUP: &str = "tag";

/// The fold of the tags.
pub(crate) struct TagsFold;

/// A project's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCounts {
    /// Each tag with how many tickets carry it, by name.
    pub tags: Vec<(String, u64)>,
    /// Whether there are more tags than one call reads.
    pub more: bool,
}

impl Room {
    /// The tags that tickets carry and that start with `beginning`, as far as one call reads. They follow a change within a moment.
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

/// A ticket as the fold of the tags hears of it.
#[derive(Debug, Clone)]
pub(crate) struct Tagged {
    ticket: TicketId,
    /// Its version and tags, if it is still there.
    after: Option<(u64, BTreeSet<String>)>,
}

impl Tagged {
    fn after(change: &TicketChange) -> Self {
        Self { ticket: change.ticket, after: change.after.as_ref().map(|ticket| (ticket.version, tags_of(ticket))) }
    }
}

fn tags_of(ticket: &Ticket) -> BTreeSet<String> {
    ticket.fields.tags.iter().map(str::to_owned).collect()
}

impl Fold for TagsFold {
    const NAME: &'static str = "tags";
    /// A ticket's tags are up to 80 KB, and a transaction 4 MB.
    const TOGETHER: usize = 33;
    /// Transactions of a project often meet on a tag.
    const AT_ONCE: usize = 1;

    type Entry = Tagged;

    fn entries(records: &ProjectRecords) -> Vec<Tagged> {
        latest(records.changes.iter().filter(|change| change.retags())).into_iter().map(Tagged::after).collect()
    }

    fn shadow(project: ProjectId, entry: &Tagged) -> Option<Key> {
        Some(keys::tags_shadow(project, entry.ticket))
    }

    fn step(project: ProjectId, entries: &[Tagged], shadows: &Shadows, now: Timestamp) -> Result<Step, StoreError> {
        let mut moves = Moves::default();
        let mut rest = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let shadow = shadows.get(&keys::tags_shadow(project, entry.ticket)).map(read_shadow).transpose()?;
            if !moves.take(entry, shadow.as_ref()) {
                rest.push(place);
            }
        }
        // A tag that no ticket carries any more is not listed, so it does no harm if it stays.
        let left = moves.gains.iter().filter(|(_, gain)| **gain < 0);
        let unused = |tag| Write::delete(keys::tag(project, tag)).only_if(format!("{COUNT} = :none")).number(":none", 0);
        let after = left.map(|(tag, _)| unused(tag)).collect();
        Ok(Step { writes: moves.writes(project, now), after, rest, ..Step::default() })
    }

    fn counted(&self) -> Option<&dyn Counted> {
        Some(self)
    }
}

impl Counted for TagsFold {
    fn shadow_of(&self, project: ProjectId, ticket: TicketId) -> Key {
        keys::tags_shadow(project, ticket)
    }

    fn mend(&self, project: ProjectId, ticket: &Ticket, shadow: Option<&Item>) -> Option<Vec<Write>> {
        let target = tags_of(ticket);
        let (held, condition) = match shadow.map(read_shadow).transpose() {
            Ok(Some(Shadow::Live(counted))) => (counted.clone(), Condition::Written(counted.writes)),
            Ok(Some(Shadow::Gone)) => (Counting::default(), Condition::Gone),
            Ok(None) => (Counting::default(), Condition::Absent),
            // No fold moves a shadow that it can't read. What this one held of the counts only a recount can tell.
            Err(_) => (Counting::default(), Condition::None),
        };
        let can_hold = matches!(condition, Condition::Written(_) | Condition::Absent) && held.version <= ticket.version;
        if can_hold && held.tags == target {
            return None;
        }
        let mut moves = Moves::default();
        // What has no room in this transaction is a difference that the next recount finds.
        moves.move_shadow(ticket.id, held, Some((ticket.version, &target)), condition);
        Some(moves.writes(project, Timestamp::EPOCH))
    }

    fn rows(&self, project: ProjectId) -> Key {
        Key { pk: keys::tags(project), sk: String::new() }
    }

    fn keeps(&self, group: &str) -> bool {
        group == GROUP
    }

    fn figure(&self, sort_key: &str, attribute: &str) -> Option<(String, String)> {
        (attribute == COUNT).then(|| (GROUP.to_owned(), sort_key.to_owned()))
    }

    fn figures_of(&self, ticket: &Ticket) -> Vec<(String, String, i64)> {
        ticket.fields.tags.iter().map(|tag| (GROUP.to_owned(), tag.to_owned(), 1)).collect()
    }

    fn set(&self, project: ProjectId, _: &str, figures: &[Wrong<'_>], _: Option<&Item>) -> Vec<(Write, usize)> {
        let set = |Wrong { name, counted, held }: &Wrong<'_>| {
            let set = Write::update(keys::tag(project, name), format!("SET {COUNT} = :counted")).number(":counted", counted);
            match held {
                Some(UNREADABLE) => set,
                Some(held) => set.only_if(format!("{COUNT} = :held")).number(":held", held),
                None => set.only_if(format!("attribute_not_exists({COUNT}) OR {COUNT} = :none")).number(":none", 0),
            }
        };
        figures.iter().map(|figure| (set(figure), 1)).collect()
    }
}

impl Upkeep {
    /// Counts the tags of tickets as they are written today, whatever spelling their shadows and rows are of.
    pub(super) async fn respell_tags(&self, project: ProjectId, tickets: &[&Ticket]) -> Result<(), StoreError> {
        let tagged = tickets.iter().filter(|ticket| !ticket.fields.tags.is_empty());
        let as_is = |ticket: &&Ticket| Tagged { ticket: ticket.id, after: Some((ticket.version, tags_of(ticket))) };
        self.store.fold::<TagsFold>(project, tagged.map(as_is).collect()).await
    }
}

/// What is counted of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shadow {
    Live(Counting),
    /// Ids are never used twice, so nothing follows.
    Gone,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counting {
    /// The version whose tags these are; if `tags` are on the way to a later one, still the one before.
    version: u64,
    tags: BTreeSet<String>,
    /// How often the shadow was written: not at all, if it is not there.
    writes: u64,
}

/// What the write of a shadow depends on: the shadow as it was read. Two writers that read the same shadow can't both move
/// the ticket away from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Written(u64),
    Absent,
    Gone,
    None,
}

impl Condition {
    fn of(self, put: Write) -> Write {
        match self {
            Self::Written(writes) => put.only_if(format!("{WRITES} = :read")).number(":read", writes),
            Self::Absent => put.if_absent(),
            Self::Gone => put.only_if(format!("attribute_not_exists({VERSION})")),
            Self::None => put,
        }
    }
}

/// One transaction in the making.
#[derive(Debug, Default)]
struct Moves {
    /// By ticket, the shadow as it will be, and what its write depends on.
    shadows: Vec<(TicketId, Shadow, Condition)>,
    gains: BTreeMap<String, i64>,
}

impl Moves {
    /// Takes as much of an entry as there is room for. Returns whether that is all of it.
    fn take(&mut self, entry: &Tagged, shadow: Option<&Shadow>) -> bool {
        let (counted, condition) = match shadow {
            Some(Shadow::Gone) => return true,
            Some(Shadow::Live(counted)) => (counted.clone(), Condition::Written(counted.writes)),
            None => (Counting::default(), Condition::Absent),
        };
        let after = entry.after.as_ref().map(|(version, tags)| (*version, tags));
        // The tags of one version differ from those that are counted of it only in their spelling.
        let is_counted = |version, tags: &BTreeSet<String>| version == counted.version && *tags == counted.tags;
        if after.is_some_and(|(version, tags)| version < counted.version || is_counted(version, tags)) {
            return true;
        }
        self.move_shadow(entry.ticket, counted, after, condition)
    }

    /// Moves a shadow to the tags of a version, or to none for a removed ticket, as far as there is room. Returns whether
    /// it has arrived.
    fn move_shadow(
        &mut self,
        ticket: TicketId,
        mut counted: Counting,
        after: Option<(u64, &BTreeSet<String>)>,
        condition: Condition,
    ) -> bool {
        if self.shadows.len() + self.gains.len() >= MOST {
            return false;
        }
        let none = BTreeSet::new();
        let target = after.map_or(&none, |(_, tags)| tags);
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
        let whole = counted.tags == *target;
        counted.writes += 1;
        let shadow = match (whole, after) {
            (true, None) => Shadow::Gone,
            (true, Some((version, _))) => Shadow::Live(Counting { version, ..counted }),
            (false, _) => Shadow::Live(counted),
        };
        self.shadows.push((ticket, shadow, condition));
        whole
    }

    fn writes(&self, project: ProjectId, now: Timestamp) -> Vec<Write> {
        let shadows = self.shadows.iter().map(|(ticket, shadow, condition)| {
            condition.of(Write::put(write_shadow(&keys::tags_shadow(project, *ticket), shadow, now)))
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
    let shadow = Shadow::Live(Counting { version: ticket.version, tags, writes: 1 });
    (!ticket.fields.tags.is_empty()).then(|| write_shadow(&keys::tags_shadow(project, ticket.id), &shadow, ticket.updated_at))
}

fn write_shadow(key: &Key, shadow: &Shadow, now: Timestamp) -> Item {
    match shadow {
        Shadow::Live(Counting { version, tags, writes }) => {
            Writer::new(key).number(VERSION, version).texts("tags", tags).number(WRITES, writes).done()
        }
        Shadow::Gone => Writer::new(key).number("expires_at", now.seconds() + TOMBSTONE).done(),
    }
}

fn read_shadow(item: &Item) -> Result<Shadow, StoreError> {
    let row = Reader(item);
    let Some(version) = row.opt_number(VERSION)? else { return Ok(Shadow::Gone) };
    let tags = row.texts("tags")?.into_iter().map(str::to_owned).collect();
    Ok(Shadow::Live(Counting { version, tags, writes: row.number(WRITES)? }))
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::tags::Tags;

    use super::*;

    fn change(ticket: u128, version: u64, tags: Option<Vec<String>>) -> Tagged {
        let ticket = TicketId(uuid::Uuid::from_u128(ticket));
        let tags = tags.map(|tags| Tags::new(tags).unwrap());
        Tagged { ticket, after: tags.map(|tags| (version, tags.iter().map(str::to_owned).collect())) }
    }

    fn many(letter: char) -> Vec<String> {
        (0..100).map(|n| format!("{letter}{n}")).collect()
    }

    #[test]
    fn a_shadow_is_read_as_it_is_written() {
        let key = keys::tags_shadow(ProjectId(1), TicketId(uuid::Uuid::nil()));
        let tags = ["a".to_owned(), "b".to_owned()].into();
        for shadow in [Shadow::Live(Counting { version: 3, tags, writes: 2 }), Shadow::Live(Counting::default()), Shadow::Gone] {
            let item = write_shadow(&key, &shadow, Timestamp::EPOCH);
            assert_eq!(read_shadow(&item).unwrap(), shadow);
        }
    }

    #[test]
    fn no_transaction_takes_more_than_there_may_be_and_all_of_them_take_everything() {
        // From a hundred tags to a hundred others.
        let before = Counting { version: 1, tags: many('a').into_iter().collect(), writes: 1 };
        let (mut shadow, mut counts) = (Shadow::Live(before.clone()), BTreeMap::new());
        counts.extend(before.tags.iter().map(|tag| (tag.clone(), 1_i64)));
        let change = change(1, 2, Some(many('b')));
        for round in 1.. {
            let mut moves = Moves::default();
            let whole = moves.take(&change, Some(&shadow));
            assert!(moves.writes(ProjectId(1), Timestamp::EPOCH).len() <= MOST);
            for (tag, gain) in &moves.gains {
                *counts.entry(tag.clone()).or_default() += gain;
            }
            shadow = moves.shadows.remove(0).1;
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
        let mut moves = Moves::default();
        for ticket in 0..20 {
            assert!(moves.take(&change(ticket, 1, Some(vec!["vip".to_owned(), format!("own {ticket}")])), None));
        }
        assert_eq!((moves.gains["vip"], moves.writes(ProjectId(1), Timestamp::EPOCH).len()), (20, 41));
        assert!(!moves.take(&change(99, 1, Some(many('c'))), None), "the rest is for the next one");
        assert!(moves.writes(ProjectId(1), Timestamp::EPOCH).len() <= MOST);
    }

    #[test]
    fn a_full_transaction_takes_no_other_ticket() {
        let mut same = Moves::default();
        assert!(!same.take(&change(1, 1, Some(many('c'))), None) && !same.take(&change(2, 1, Some(many('c'))), None));
        assert_eq!(same.writes(ProjectId(1), Timestamp::EPOCH).len(), MOST);
        let three = |ticket: u128| (0..3).map(|tag| format!("{ticket} {tag}")).collect();
        let mut own = Moves::default();
        let taken = (0..30).filter(|ticket| own.take(&change(*ticket, 1, Some(three(*ticket))), None));
        assert_eq!((taken.count(), own.writes(ProjectId(1), Timestamp::EPOCH).len()), (25, MOST));
    }

    #[test]
    fn tags_of_another_spelling_are_counted_anew_at_the_same_version() {
        let held = Counting { version: 5, tags: ["cafe\u{301}".to_owned(), "vip".to_owned()].into(), writes: 1 };
        let mut moves = Moves::default();
        assert!(moves.take(&change(1, 5, Some(vec!["café".to_owned(), "vip".to_owned()])), Some(&Shadow::Live(held))));
        assert_eq!(moves.gains, BTreeMap::from([("cafe\u{301}".to_owned(), -1), ("café".to_owned(), 1)]));
        let (_, respelt, condition) = moves.shadows.remove(0);
        let tags = ["café".to_owned(), "vip".to_owned()].into();
        assert_eq!((respelt, condition), (Shadow::Live(Counting { version: 5, tags, writes: 2 }), Condition::Written(1)));
    }

    #[test]
    fn old_news_and_news_of_the_dead_are_passed_over() {
        let held = Shadow::Live(Counting { version: 5, tags: BTreeSet::new(), writes: 1 });
        let mut moves = Moves::default();
        assert!(
            moves.take(&change(1, 4, Some(many('a'))), Some(&held)) && moves.take(&change(1, 5, Some(Vec::new())), Some(&held))
        );
        assert!(moves.take(&change(2, 9, Some(many('a'))), Some(&Shadow::Gone)));
        assert!(moves.writes(ProjectId(1), Timestamp::EPOCH).is_empty());
        assert!(moves.take(&change(1, 0, None), Some(&held)) && moves.shadows[0].1 == Shadow::Gone);
    }
}
