//! The fold of the words of customers' names and e-mails, by which a search finds their tickets (docs/decisions.md, 7).
//!
//! Each word of a ticket is a row of its own: `<word>#<ticket>`, in the partition of the word's first letter. Tickets share no
//! row, so two writers meet only on one ticket's word.
//!
//! A row is its own shadow: it keeps the version of the ticket that spoke about it last. A record speaks, at its version, about
//! the words before and after it, and the condition of the write refuses older versions. So nothing is read first. A word that
//! a ticket lost keeps its row for as long as an older record may come, marked by the time at which the row expires.
//!
//! | attribute | holds |
//! | --- | --- |
//! | `ver` | the version that spoke last |
//! | `expires_at` | that the word went |

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp,
    query::{Search, customer_words, customer_words_before},
};

use crate::{
    TicketChange, Upkeep,
    error::StoreError,
    items::ticket::VERSION,
    room::Room,
    transport::{
        item::{Item, Reader, Writer, size},
        keys::{self, Key},
        read::Range,
        write::{Rejection, Write},
    },
    upkeep::fold::{Fold, ProjectRecords, Shadows, Step, TOMBSTONE},
};

/// How many rows are written at a time.
const WRITES: usize = 16;
/// How many rows are read for a word. The first step is enough for most searches. The second follows if the first has narrowed
/// nothing. A word with still more rows tells too little.
const ROWS: [usize; 2] = [250, 1000];
/// How many tickets are few enough not to read on.
const FEW: usize = 50;
/// How many words of a search are read.
const WORDS: usize = 3;
/// The attribute of a row whose word went: when the row expires.
const GONE: &str = "expires_at";

/// What the words of a search lead to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Leads {
    /// The tickets that have all of the words that were read to their end; `None` if no word was.
    pub(crate) tickets: Option<BTreeSet<TicketId>>,
    /// Whether every word was read to its end.
    whole: bool,
    /// How many bytes were read.
    pub(crate) read: usize,
}

impl Leads {
    /// The leads of either spelling.
    fn or(self, other: Self) -> Self {
        let tickets = self.tickets.zip(other.tickets).map(|(one, other)| one.into_iter().chain(other).collect());
        Self { tickets, whole: self.whole && other.whole, read: self.read + other.read }
    }
}

/// The fold of the words. A record that was given up may leave a row too many, which leads to a ticket that is not asked for.
/// A row too few is made good by the next change of the ticket's words.
pub(crate) struct WordsFold;

impl Fold for WordsFold {
    const NAME: &'static str = "words";
    const AT_ONCE: usize = WRITES;

    /// A word of a ticket, and what is said about it.
    type Entry = ((TicketId, String), Row);

    fn entries(records: &ProjectRecords) -> Vec<Self::Entry> {
        rows(records.changes.iter()).into_iter().collect()
    }

    fn shadow(_: ProjectId, _: &Self::Entry) -> Option<Key> {
        None
    }

    fn step(project: ProjectId, entries: &[Self::Entry], _: &Shadows, now: Timestamp) -> Result<Step, StoreError> {
        let put = |((ticket, word), Row { version, there }): &Self::Entry| {
            let gone_until = (!there).then_some(now.seconds() + TOMBSTONE);
            unless_newer(Write::put(item(project, *ticket, word, *version, gone_until)), *version)
        };
        Ok(Step { writes: entries.iter().map(put).collect(), ..Step::default() })
    }
}

/// The write of a row, unless a later version of its ticket has spoken about the word.
fn unless_newer(put: Write, version: u64) -> Write {
    put.only_if(format!("attribute_not_exists(PK) OR {VERSION} < :version")).number(":version", version)
}

/// The words of a ticket's customer as far as keys have them.
fn written(words: &BTreeSet<String>) -> BTreeSet<String> {
    words.iter().map(|word| keys::beginning(word).to_owned()).collect()
}

impl Upkeep {
    /// Writes the rows of a ticket that an older folding did not make, and removes those that only it made. The ones that both
    /// make are there, and cost nothing.
    pub(super) async fn respell_words(&self, project: ProjectId, ticket: &Ticket) -> Result<(), StoreError> {
        let (today, before) = (written(&customer_words(ticket)), written(&customer_words_before(ticket)));
        let Ticket { id, version, .. } = *ticket;
        let puts = today.difference(&before);
        let puts = puts.map(|word| unless_newer(Write::put(item(project, id, word, version, None)), version));
        // A record that comes late never speaks of such a word as one that is there.
        let deletes = before.difference(&today).map(|word| {
            let delete = Write::delete(keys::word(project, word, id)).only_if(format!("{VERSION} <= :version"));
            delete.number(":version", version)
        });
        let writes: Vec<_> = puts.chain(deletes).collect();
        stream::iter(writes.into_iter().map(|write| self.settle_word(write))).buffer_unordered(WRITES).try_collect().await
    }

    /// Writes about a word, unless a later version has spoken about it.
    async fn settle_word(&self, write: Write) -> Result<(), StoreError> {
        match self.store.commit(vec![write]).await {
            Ok(()) | Err(Rejection::Conditions(_)) => Ok(()),
            Err(Rejection::Store(error)) => Err(error),
        }
    }
}

/// The rows of a ticket as it is.
pub(crate) fn items(project: ProjectId, ticket: &Ticket) -> impl Iterator<Item = Item> + use<> {
    let Ticket { id, version, .. } = *ticket;
    written(&customer_words(ticket)).into_iter().map(move |word| item(project, id, &word, version, None))
}

fn item(project: ProjectId, ticket: TicketId, word: &str, version: u64, gone_until: Option<i64>) -> Item {
    Writer::new(&keys::word(project, word, ticket)).number(VERSION, version).opt_number(GONE, gone_until).done()
}

/// What the last of some changes says about a word of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    version: u64,
    there: bool,
}

/// What changes say about the words of their tickets. All words of a ticket are spoken about, also those it keeps: they may
/// have come with a record that was given up.
fn rows<'a>(changes: impl Iterator<Item = &'a TicketChange>) -> BTreeMap<(TicketId, String), Row> {
    let mut rows: BTreeMap<_, Row> = BTreeMap::new();
    for change in changes {
        let Some((before, after)) = change.rewords() else { continue };
        let version = |ticket: &Ticket| ticket.version;
        // No version follows the one that was removed.
        let removed = || change.before.as_ref().map_or(0, version).saturating_add(1);
        let version = change.after.as_ref().map_or_else(removed, version);
        for word in before.union(&after) {
            let row = Row { version, there: after.contains(word) };
            let known = rows.entry((change.ticket, keys::beginning(word).to_owned())).or_insert(row);
            // Two long words may begin alike: while one of them is there, the row is.
            let there = (known.version == version && known.there) || row.there;
            if known.version <= version {
                *known = Row { version, there };
            }
        }
    }
    rows
}

impl Room {
    /// The tickets that may be searched for by the words of `search`, as far as a read for each of a few words goes. The rows
    /// follow a change within a moment.
    pub(crate) async fn leads(&self, search: &Search) -> Result<Leads, StoreError> {
        let mut spellings = vec![search.telling_words(WORDS)];
        let before = search.telling_words_before(WORDS);
        if before != spellings[0] && self.store.is_to_be_renewed(self.project).await? {
            spellings.push(before);
        }
        // What has no word leads to nobody.
        spellings.retain(|words| !words.is_empty());
        if spellings.is_empty() {
            return Ok(Leads { tickets: Some(BTreeSet::new()), whole: true, read: 0 });
        }
        let mut read = 0;
        let mut leads = Leads::default();
        for rows in ROWS {
            let found = try_join_all(spellings.iter().map(|words| self.leads_of(words, rows))).await?;
            leads = found.into_iter().reduce(Leads::or).unwrap_or_default();
            read += leads.read;
            if leads.whole || leads.tickets.as_ref().is_some_and(|tickets| tickets.len() <= FEW) {
                break;
            }
        }
        Ok(Leads { read, ..leads })
    }

    async fn leads_of(&self, words: &[&str], rows: usize) -> Result<Leads, StoreError> {
        let read = |word: &&str| {
            let range = Range::new("PK = :pk AND begins_with(SK, :word)").text(":pk", keys::words(self.project, word));
            self.store.query(range.text(":word", keys::beginning(word)).limit(rows))
        };
        let mut leads = Leads { whole: true, ..Leads::default() };
        for found in try_join_all(words.iter().map(read)).await? {
            leads.read += found.items.iter().map(size).sum::<usize>();
            if found.next.is_some() {
                leads.whole = false;
                continue;
            }
            let tickets = found.items.iter().filter(|row| !row.contains_key(GONE)).map(ticket_of);
            let tickets: BTreeSet<_> = tickets.collect::<Result<_, _>>()?;
            leads.tickets = Some(match leads.tickets {
                Some(others) => others.intersection(&tickets).copied().collect(),
                None => tickets,
            });
        }
        Ok(leads)
    }
}

fn ticket_of(row: &Item) -> Result<TicketId, StoreError> {
    let row = Reader(row);
    keys::ticket_of_word(row.sort_key()?).ok_or_else(|| row.corrupt(keys::SK))
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::ticket::Fields;
    use serde_json::json;

    use super::*;
    use crate::items::ticket::tests::full;

    fn named(version: u64, name: &str) -> Ticket {
        let anonymous_traits = json!({"name": name}).as_object().unwrap().clone();
        Ticket { version, fields: Fields { anonymous_traits, ..Fields::default() }, ..full() }
    }

    fn change(before: Option<Ticket>, after: Option<Ticket>) -> TicketChange {
        TicketChange { project: ProjectId(1), ticket: full().id, before, after, mended: false }
    }

    fn said(changes: &[TicketChange]) -> Vec<(String, u64, bool)> {
        rows(changes.iter()).into_iter().map(|((_, word), Row { version, there })| (word, version, there)).collect()
    }

    #[test]
    fn a_change_speaks_about_every_word_before_and_after_it() {
        let row = |word: &str, version, there| (word.to_owned(), version, there);
        let renamed = change(Some(named(4, "Ada Byron")), Some(named(5, "Ada Lovelace")));
        assert_eq!(said(std::slice::from_ref(&renamed)), [row("ada", 5, true), row("byron", 5, false), row("lovelace", 5, true)]);
        let removed = change(Some(named(7, "Ada")), None);
        assert_eq!(said(std::slice::from_ref(&removed)), [row("ada", 8, false)]);
        let both = [row("ada", 8, false), row("byron", 5, false), row("lovelace", 5, true)];
        assert_eq!((said(&[renamed.clone(), removed.clone()]), said(&[removed, renamed])), (both.to_vec(), both.to_vec()));
        assert_eq!(said(&[change(Some(named(1, "Ada")), Some(named(2, "ADA")))]), [], "the same word");
        assert_eq!(said(&[change(None, Some(named(0, "")))]), []);
    }

    #[test]
    fn the_rows_of_a_ticket_are_those_that_its_creation_makes() {
        let long = format!("{} {}x", "é".repeat(70), "é".repeat(70));
        let ticket = named(1, &format!("Ada Lovelace {long}"));
        let made = rows(std::iter::once(&change(None, Some(ticket.clone()))));
        let made = made.into_iter().map(|((id, word), Row { version, .. })| item(ProjectId(1), id, &word, version, None));
        assert_eq!(items(ProjectId(1), &ticket).collect::<Vec<_>>(), made.collect::<Vec<_>>());
    }

    #[test]
    fn long_words_that_begin_alike_share_a_row() {
        let (one, other) = ("é".repeat(80), format!("{}x", "é".repeat(79)));
        let renamed = said(&[change(Some(named(1, &one)), Some(named(2, &other)))]);
        assert_eq!(renamed, [("e".repeat(64), 2, true)]);
        assert_eq!(said(&[change(Some(named(2, &other)), None)]), [("e".repeat(64), 3, false)]);
    }
}
