//! Threads as agents read them: public messages and private notes in one order.

use lambdesk_domain::{Message, Ticket, TicketId};

use crate::{
    Desk,
    error::StoreError,
    item::Reader,
    items,
    keys::{self, LAST},
    read::Range,
};

/// Part of a thread, oldest first, and the ticket it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The ticket.
    pub ticket: Ticket,
    /// Messages and notes.
    pub entries: Vec<Message>,
}

impl Desk {
    /// The entries from `offset` on, at most `limit`; `None` if there is no such ticket.
    ///
    /// Notes lie before messages in the partition and the ticket after both, so one range read meets all of them; it
    /// stops early once no later item can belong to the page, and then asks for the ticket by itself.
    pub async fn thread(&self, id: TicketId, offset: usize, limit: usize) -> Result<Option<Thread>, StoreError> {
        let end = offset.saturating_add(limit);
        let (mut notes, mut messages): (Vec<Message>, Vec<Message>) = (Vec::new(), Vec::new());
        let mut ticket = None;
        let mut start = None;
        loop {
            let range = Range::new("PK = :pk AND SK >= :notes")
                .text(":pk", keys::ticket_partition(self.project, id))
                .text(":notes", keys::NOTES)
                .consistent()
                .from(start);
            let found = self.store.query(range).await?;
            for item in &found.items {
                if Reader(item).sort_key()? == LAST {
                    ticket = Some(items::ticket::read(item)?);
                } else {
                    let message = items::message::read(item)?;
                    if message.private { notes.push(message) } else { messages.push(message) }
                }
            }
            start = found.next;
            if start.is_none() || messages.len() >= end {
                break;
            }
        }
        if ticket.is_none() && start.is_some() {
            ticket = self.ticket(id).await?;
        }
        let Some(ticket) = ticket else { return Ok(None) };
        let mut entries = notes;
        entries.append(&mut messages);
        entries.sort_by_key(|entry| entry.created_at);
        Ok(Some(Thread { ticket, entries: entries.into_iter().skip(offset).take(limit).collect() }))
    }
}
