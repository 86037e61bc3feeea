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

impl<P: ReadsTickets> Desk<P> {
    /// The entries after `after` (all of them if that is `None`), `skip` of them passed over, at most `limit`; `None` if
    /// there is no such ticket.
    ///
    /// Notes and messages lie in two ranges, which are read at once, each no further than the page can need and than one call
    /// of DynamoDB goes (1 MB). The thread is known as far as both ranges were read. Where that ends short of the page, `next`
    /// says where to go on.
    ///
    /// They are read as they were a moment ago, for half the price. The ticket is read as it is, and knows when its last entry
    /// was written: if that is not there yet, the end of the thread is read once more.
    pub async fn thread(
        &self,
        id: TicketId,
        after: Option<Timestamp>,
        skip: usize,
        limit: usize,
    ) -> Result<Option<ThreadPage>, StoreError> {
        let most = skip.saturating_add(limit).saturating_add(1);
        let (found, ticket) = tokio::try_join!(self.parts(id, after, most, false), self.ticket(id))?;
        let (mut entries, known_to) = found;
        let Some(ticket) = ticket else { return Ok(None) };
        let last = entries.last().map(|entry| entry.created_at).max(after);
        if known_to.is_none() && entries.len() < most && last.is_none_or(|last| last < ticket.thread.last_entry_at) {
            entries.extend(self.parts(id, last, most - entries.len(), true).await?.0);
        }
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
        let notes = self.part(id, (TicketRow::Note.first(), TicketRow::Note.after()), after, most, consistent);
        let messages = self.part(id, (TicketRow::Message.first(), LAST), after, most, consistent);
        let (notes, messages) = tokio::try_join!(notes, messages)?;
        let known_to = [notes.known_to, messages.known_to].into_iter().flatten().min();
        let mut entries: Vec<_> = notes.entries.into_iter().chain(messages.entries).collect();
        entries.sort_by_key(|entry| entry.created_at);
        entries.retain(|entry| known_to.is_none_or(|known_to| entry.created_at <= known_to));
        Ok((entries, known_to))
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
