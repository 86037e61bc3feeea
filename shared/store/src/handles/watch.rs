//! What is new since a page last asked: of the one ticket that it shows, and of all.

use lambdesk_domain::{
    Message, Ticket, TicketId, Timestamp,
    delivery::Delivery,
    permission::ReadsTickets,
    query::{Filter, Order, Span},
};

use crate::{Desk, Direction, ListQuery, error::StoreError, items, transport::keys};

/// What a page knows of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The ticket's version that the page shows; `None` if it shows none.
    pub version: Option<u64>,
    /// The time of the newest message or note that it shows. `None` if it does not show the thread, and wants none of it.
    pub last_entry_at: Option<Timestamp>,
}

/// What is new of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The version that this is.
    pub version: u64,
    /// The ticket, if it is a later version than the known one or there are entries.
    pub ticket: Option<Ticket>,
    /// Messages and notes behind the newest one that is known, oldest first.
    pub entries: Vec<Message>,
    /// What became of those that left by mail, in their order.
    pub deliveries: Vec<Delivery>,
    /// Whether there are more behind them.
    pub more: bool,
}

impl<P: ReadsTickets> Desk<P> {
    /// What is new of a ticket, with at most so many of its new messages and notes; `None` if there is no such ticket.
    ///
    /// The ticket is read as it was a moment ago, for half the price: whoever asks again and again sees the rest the next time.
    /// A version older than the known one is nothing new.
    pub async fn watch(&self, id: TicketId, known: Known, limit: usize) -> Result<Option<Watched>, StoreError> {
        let key = keys::ticket(self.project, id);
        let item = match self.store.get_eventually(&key).await? {
            Some(item) => Some(item),
            // A ticket that was created a moment ago may not show yet.
            None => self.store.get(&key).await?,
        };
        let Some(item) = item else { return Ok(None) };
        let head = items::ticket::read(&item)?;
        let (version, last_entry_at) = (head.ticket().version, head.ticket().thread.last_entry_at);
        let after = known.last_entry_at.filter(|after| *after < last_entry_at);
        let is_new = after.is_some() || known.version.is_none_or(|known| version > known);
        let ticket = async { if is_new { self.store.whole(self.project, head).await } else { Ok(None) } };
        let entries = async {
            match after {
                Some(after) => self.parts(id, Some(after), limit.saturating_add(1), true).await,
                None => Ok((Vec::new(), None)),
            }
        };
        let (ticket, (mut entries, known_to)) = tokio::try_join!(ticket, entries)?;
        if is_new && ticket.is_none() {
            return Ok(None);
        }
        // The two kinds of entries are read one beside the other, and what is written meanwhile may be in one of them only. What the
        // ticket knew of before is in both.
        entries.retain(|entry| entry.created_at <= last_entry_at);
        let more = known_to.is_some() || entries.len() > limit;
        entries.truncate(limit);
        let version = ticket.as_ref().map_or(version, |ticket| ticket.version).max(known.version.unwrap_or_default());
        let deliveries = match &ticket {
            Some(ticket) => self.deliveries_of(ticket, &entries).await?,
            None => Vec::new(),
        };
        Ok(Some(Watched { version, ticket, entries, deliveries, more }))
    }

    /// Tickets that have changed since a time, the latest change first, at most so many; and whether there are more. Reads only
    /// what has changed, beside half a unit for each status.
    pub async fn changed_since(&self, since: Timestamp, limit: usize, persons: bool) -> Result<(Vec<Ticket>, bool), StoreError> {
        let filter = Filter { updated: Span { from: Some(since), to: None }, ..Filter::default() };
        let order = Order::default();
        let asked =
            ListQuery { filter: &filter, order, from: None, direction: Direction::Onward, skip: 0, limit, count: false, persons };
        let listed = self.list(asked).await?;
        Ok((listed.tickets, listed.more))
    }
}
