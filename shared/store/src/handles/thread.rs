//! Threads as agents read them: public messages and private notes in one order.

use lambdesk_domain::{Message, Ticket, TicketId, Timestamp, delivery::Delivery, permission::ReadsTickets};

use crate::{
    Desk,
    error::StoreError,
    items,
    room::Room,
    transport::{
        item::Reader,
        keys::{self, LAST, TicketRow},
        read::Range,
    },
};

/// For how many seconds after a write a read may show less than it wrote. Writers' clocks may differ within it, too.
const SETTLING: i64 = 10;

/// Part of a thread, oldest first, and the ticket it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadPage {
    /// The ticket, as it is now.
    pub ticket: Ticket,
    /// Messages and private notes, oldest first.
    pub entries: Vec<Message>,
    /// What became of those that left by mail, in their order.
    pub deliveries: Vec<Delivery>,
    /// How many were passed over before them: as many as asked, or fewer where the thread ends or the read budget does.
    pub skipped: usize,
    /// Where it goes on: behind the last entry that was shown or passed over. `None` at the end.
    pub next: Option<Timestamp>,
}

/// One of the two ranges of a thread (messages, and private notes), as far as it was read.
struct Part {
    entries: Vec<Message>,
    /// Up to where the range was read; `None` if to its end.
    known_to: Option<Timestamp>,
}

/// The first key of each range, and one behind its last.
const NOTES: (&str, &str) = (TicketRow::Note.first(), TicketRow::Note.after());
const MESSAGES: (&str, &str) = (TicketRow::Message.first(), LAST);

impl Part {
    fn last(&self) -> Option<Timestamp> {
        self.entries.last().map(|entry| entry.created_at)
    }

    /// Whether the range was read beyond a time.
    fn is_known_beyond(&self, time: Timestamp) -> bool {
        self.known_to.is_none_or(|known_to| known_to > time)
    }
}

/// The entries of both ranges in one order, and up to where all of them are known, if that is not their end.
fn in_order(parts: [Part; 2]) -> (Vec<Message>, Option<Timestamp>) {
    let known_to = parts.iter().filter_map(|part| part.known_to).min();
    let mut entries: Vec<_> = parts.into_iter().flat_map(|part| part.entries).collect();
    entries.sort_by_key(|entry| entry.created_at);
    entries.retain(|entry| known_to.is_none_or(|known_to| entry.created_at <= known_to));
    (entries, known_to)
}

impl<P: ReadsTickets> Desk<P> {
    /// The entries after `after` (all of them if that is `None`), `skip` of them passed over, at most `limit`; `None` if
    /// there is no such ticket.
    ///
    /// Notes and messages lie in two ranges, which are read at once, each no further than the page can need and than one call
    /// of DynamoDB goes (1 MB). The thread is known as far as both ranges were read. Where that ends short of the page, `next`
    /// says where to go on.
    ///
    /// They are read as they were a moment ago, for half the price, and not at the same moment: an entry of one range may be there
    /// before an older one of the other, or of its own. Whoever asks for what came after it would never see the older one. So if
    /// somebody has just written, what may not have settled is read once more, as it is, and shown as far as the ticket knew of it
    /// before. The ticket is read as it is too, so what it knows of is there.
    pub async fn thread(
        &self,
        id: TicketId,
        after: Option<Timestamp>,
        skip: usize,
        limit: usize,
    ) -> Result<Option<ThreadPage>, StoreError> {
        let most = skip.saturating_add(limit).saturating_add(1);
        let (parts, ticket) = tokio::try_join!(self.both(id, after, most, false), self.ticket(id))?;
        let Some(ticket) = ticket else { return Ok(None) };
        let (newest, settled) = (parts.iter().filter_map(Part::last).max(), self.now().plus_seconds(-SETTLING));
        let last_entry_at = ticket.thread.last_entry_at;
        let is_behind = parts.iter().all(|part| part.known_to.is_none()) && newest.max(after) < Some(last_entry_at);
        let (mut entries, known_to) = if is_behind || newest > Some(settled) {
            let [notes, messages] = parts;
            let notes = self.read_anew(id, NOTES, notes, settled, after, most);
            let (notes, messages) = tokio::try_join!(notes, self.read_anew(id, MESSAGES, messages, settled, after, most))?;
            let (mut entries, known_to) = in_order([notes, messages]);
            entries.retain(|entry| entry.created_at <= last_entry_at);
            (entries, known_to)
        } else {
            in_order(parts)
        };
        let (found, shown) = (entries.len(), skip.saturating_add(limit));
        entries.truncate(shown);
        let last = entries.last().map(|entry| entry.created_at).or(after);
        let skipped = skip.min(entries.len());
        entries.drain(..skipped);
        let deliveries = self.deliveries_of(&ticket, &entries).await?;
        Ok(Some(ThreadPage { ticket, entries, deliveries, skipped, next: last.filter(|_| known_to.is_some() || found > shown) }))
    }
}

impl Room {
    /// The entries of both ranges in one order, and up to where all of them are known, if that is not their end.
    pub(crate) async fn parts(
        &self,
        id: TicketId,
        after: Option<Timestamp>,
        most: usize,
        consistent: bool,
    ) -> Result<(Vec<Message>, Option<Timestamp>), StoreError> {
        self.both(id, after, most, consistent).await.map(in_order)
    }

    /// The notes and the messages.
    async fn both(&self, id: TicketId, after: Option<Timestamp>, most: usize, consistent: bool) -> Result<[Part; 2], StoreError> {
        let notes = self.part(id, NOTES, after, most, consistent);
        let (notes, messages) = tokio::try_join!(notes, self.part(id, MESSAGES, after, most, consistent))?;
        Ok([notes, messages])
    }

    /// A range with all that came after `settled` as it is now.
    async fn read_anew(
        &self,
        id: TicketId,
        range: (&str, &str),
        mut part: Part,
        settled: Timestamp,
        after: Option<Timestamp>,
        most: usize,
    ) -> Result<Part, StoreError> {
        if part.is_known_beyond(settled) {
            part.entries.retain(|entry| entry.created_at <= settled);
            let newer = self.part(id, range, part.last().max(after), most, true).await?;
            part.entries.extend(newer.entries);
            part.known_to = newer.known_to;
        }
        Ok(part)
    }

    async fn part(
        &self,
        id: TicketId,
        (first, end): (&str, &str),
        after: Option<Timestamp>,
        most: usize,
        consistent: bool,
    ) -> Result<Part, StoreError> {
        // A key between the last entry that was seen and the next one.
        let from = after.map_or_else(|| first.to_owned(), |at| format!("{first}{}~", keys::fixed(at)));
        let range = Range::new("PK = :pk AND SK BETWEEN :from AND :end")
            .text(":pk", keys::ticket_partition(self.project, id))
            .text(":from", from)
            .text(":end", end)
            .limit(most);
        let found = self.store.query(if consistent { range.consistent() } else { range }).await?;
        let entries = found.items.iter().filter(|item| Reader(item).sort_key().ok() != Some(LAST));
        let entries = entries.map(items::message::read).collect::<Result<Vec<_>, _>>()?;
        let known_to = found.next.and_then(|_| entries.last().map(|entry| entry.created_at));
        Ok(Part { entries, known_to })
    }
}
