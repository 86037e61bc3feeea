//! Logs, newest first: of a ticket who changed what, of a workflow its runs.

use lambdesk_domain::{TicketId, permission::ReadsTickets};

use crate::{
    Desk, Store,
    error::StoreError,
    items::{self, activity::LoggedActivity},
    transport::{
        item::{Item, Reader},
        keys::{self, TicketRow},
        read::Range,
    },
};

/// Part of a log, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Log<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// The place of each row. Another part of the log may begin behind any of them.
    pub places: Vec<String>,
    /// How many were passed over before them: as many as asked, or fewer where the log ends or the read budget does.
    pub skipped: usize,
    /// Where it goes on: behind the last row that was shown or passed over. `None` at the end.
    pub next: Option<String>,
}

/// The part of a log that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// Behind this place; from the newest row on if it is `None`.
    pub after: Option<&'a str>,
    /// So many are passed over.
    pub skip: usize,
    /// At most so many are shown.
    pub limit: usize,
}

impl<T> Log<T> {
    /// Leaves out rows that are not to be shown.
    pub(crate) fn retain(&mut self, shown: impl Fn(&T) -> bool) {
        let kept: Vec<_> = self.rows.iter().map(&shown).collect();
        let (mut of_rows, mut of_places) = (kept.iter(), kept.iter());
        self.rows.retain(|_| of_rows.next().copied().unwrap_or(true));
        self.places.retain(|_| of_places.next().copied().unwrap_or(true));
    }

    /// The part behind `skip` rows, of `limit` at most.
    pub(crate) fn part(self, skip: usize, limit: usize) -> Self {
        let Self { mut rows, mut places, next, .. } = self;
        let (skipped, shown) = (skip.min(rows.len()), rows.len().min(skip.saturating_add(limit)));
        let cut = (rows.len() > shown).then(|| shown.checked_sub(1).map(|last| places[last].clone())).flatten();
        rows.truncate(shown);
        rows.drain(..skipped);
        places.truncate(shown);
        places.drain(..skipped);
        Self { rows, places, skipped, next: cut.or(next) }
    }

    /// The rows with their places, each shown by `body`.
    pub fn placed<B>(self, body: impl Fn(T) -> B) -> Vec<(B, String)> {
        self.rows.into_iter().map(body).zip(self.places).collect()
    }
}

impl Store {
    /// Rows of a partition whose sort keys are `first` followed by a time. They are no more than one call of DynamoDB reads (1
    /// MB).
    pub(crate) async fn log<T>(
        &self,
        partition: String,
        first: &str,
        end: &str,
        stretch: Stretch<'_>,
        read: impl Fn(&Item) -> Result<T, StoreError>,
    ) -> Result<Log<T>, StoreError> {
        let Stretch { after, skip, limit } = stretch;
        let last = after.map_or_else(|| end.to_owned(), |place| format!("{first}{place}"));
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", partition)
            .text(":first", if first.is_empty() { " " } else { first })
            .text(":last", &last)
            // An eventually consistent read of the megabyte that one call brings stays within what a request may cost.
            .descending()
            // The place itself is read once more, since a range can't leave out its end.
            .limit(skip.saturating_add(limit).saturating_add(2));
        let found = self.query(range).await?;
        let known: Vec<_> = found.items.iter().filter(|item| Reader(item).sort_key().ok() != Some(&last)).collect();
        let (skipped, shown) = (skip.min(known.len()), known.len().min(skip.saturating_add(limit)));
        let place = |at: usize| known.get(at).map(|item| Reader(item).sort_key().map(|key| key[first.len()..].to_owned()));
        let goes_on = known.len() > shown || found.next.is_some();
        let next = shown.checked_sub(1).filter(|_| goes_on).and_then(place).transpose()?;
        let places = (skipped..shown).filter_map(place).collect::<Result<_, _>>()?;
        let rows = known[skipped..shown].iter().map(|item| read(item)).collect::<Result<_, _>>()?;
        Ok(Log { rows, places, skipped, next })
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// The log of a ticket's changes, newest first.
    pub async fn activity(&self, id: TicketId, stretch: Stretch<'_>) -> Result<Log<LoggedActivity>, StoreError> {
        let partition = keys::ticket_partition(self.project, id);
        self.store.log(partition, TicketRow::Activity.first(), TicketRow::Activity.after(), stretch, items::activity::read).await
    }
}
