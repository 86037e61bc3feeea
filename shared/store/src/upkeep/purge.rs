//! Purging what a deleted ticket leaves behind. The deletion itself is one conditional write, so the ticket is gone at once. The
//! rest goes when the relay hears of the deletion, however much that is.

use std::collections::BTreeSet;

use lambdesk_domain::{ProjectId, Ticket, TicketId};

use crate::{
    Upkeep,
    error::StoreError,
    items,
    transport::{
        item::{Item, Reader},
        keys::{self, Key, TicketRow},
        read::Range,
        write::Write,
    },
};

/// How many items of a ticket go at a time. A mail's message may take the record of the mail's id with it, and a transaction has at
/// most a hundred writes.
const AT_ONCE: usize = 50;

/// A part of what a deleted ticket leaves behind.
pub struct LeftBehind {
    deletes: Vec<Write>,
    /// Where the raw mails are kept that go with it. They go first: nothing else knows of them.
    pub mails: Vec<String>,
    /// Whether this is the last part.
    pub is_last: bool,
}

impl Upkeep {
    /// The first part of the messages, notes and activity that a deleted ticket leaves behind.
    pub async fn left_behind(&self, project: ProjectId, id: TicketId) -> Result<LeftBehind, StoreError> {
        let partition = keys::ticket_partition(project, id);
        let range = Range::new("PK = :pk").text(":pk", partition).limit(AT_ONCE).consistent();
        let found = self.store.query(range).await?;
        let mut part = LeftBehind { deletes: Vec::new(), mails: Vec::new(), is_last: found.next.is_none() };
        let mut records = BTreeSet::new();
        for item in &found.items {
            part.deletes.extend(Key::of(item).map(Write::delete));
            if let Some((record, raw)) = mail_of(item) {
                records.insert(record);
                part.mails.extend(raw);
            }
        }
        part.deletes.extend(records.iter().map(|record| Write::delete(Key::of_mail_record(project, record))));
        Ok(part)
    }

    /// Removes a part. May be interrupted and run again.
    pub async fn remove(&self, part: LeftBehind) -> Result<(), StoreError> {
        self.store.commit(part.deletes).await.map_err(|rejection| rejection.into_error("a purge"))
    }

    /// Removes the timer of a deleted ticket, if the ticket as it was can be read. A timer that stays behind is removed by the
    /// clock, which finds no ticket.
    pub async fn drop_timer_of_deleted(&self, project: ProjectId, before: Option<&Ticket>) -> Result<(), StoreError> {
        match before {
            Some(before) => self.store.room(project).drop_timer_of(before).await,
            None => Ok(()),
        }
    }
}

/// The record of a message's mail, and where the mail is kept, unless it is another project's too. A message that can't be read
/// goes without them.
fn mail_of(item: &Item) -> Option<(String, Option<String>)> {
    let row = Reader(item).sort_key().ok()?;
    let is_message = [TicketRow::Message, TicketRow::Note].iter().any(|kind| row.starts_with(kind.first()));
    let mailed = items::message::read(item).ok().filter(|_| is_message)?.mailed?;
    let raw = (!mailed.shared).then_some(mailed.raw);
    (!mailed.known.is_empty()).then_some((mailed.known, raw))
}
