//! The log of a ticket: who changed what.

use lambdesk_domain::TicketId;

use crate::{
    Desk,
    error::StoreError,
    item::Reader,
    items::{self, activity::LoggedActivity},
    keys,
    read::Range,
};

/// Part of a ticket's log, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// The rows.
    pub rows: Vec<LoggedActivity>,
    /// How many were passed over before them: as many as asked, or fewer where the log ends or the read budget does.
    pub skipped: usize,
    /// Where it goes on: behind the last row that was shown or passed over. `None` at the end.
    pub next: Option<String>,
}

impl Desk {
    /// The rows behind the place `after`, `skip` of them passed over, at most `limit`; no more than one call of DynamoDB
    /// reads (1 MB).
    pub async fn activity(&self, id: TicketId, after: Option<&str>, skip: usize, limit: usize) -> Result<Log, StoreError> {
        let last = after.map_or_else(|| keys::AFTER_ACTIVITY.to_owned(), |place| format!("{}{place}", keys::ACTIVITY));
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", keys::ticket_partition(self.project, id))
            .text(":first", keys::ACTIVITY)
            .text(":last", &last)
            .descending()
            // The place itself is read once more, since a range can't leave out its end.
            .limit(skip.saturating_add(limit).saturating_add(2));
        let found = self.store.query(range).await?;
        let known: Vec<_> = found.items.iter().filter(|item| Reader(item).sort_key().ok() != Some(&last)).collect();
        let (skipped, shown) = (skip.min(known.len()), known.len().min(skip.saturating_add(limit)));
        let place =
            |at: usize| known.get(at).map(|item| Reader(item).sort_key().map(|key| key[keys::ACTIVITY.len()..].to_owned()));
        let next = shown.checked_sub(1).filter(|_| known.len() > shown || found.next.is_some()).and_then(place).transpose()?;
        let rows = known[skipped..shown].iter().map(|item| items::activity::read(item)).collect::<Result<_, _>>()?;
        Ok(Log { rows, skipped, next })
    }
}
