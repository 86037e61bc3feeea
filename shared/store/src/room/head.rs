//! Tickets as their own items have them, and the profiles that complete them.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use lambdesk_domain::{ProjectId, Ticket};

use crate::{
    Store,
    error::StoreError,
    items::{self, head::Head},
    room::Room,
    transport::{
        call::{TRIES, pause},
        item::{Item, Reader},
        keys,
        read::BATCH,
    },
};

/// How often an unchanged ticket may be found without the profile that it names. After that the profile counts as lost.
const HALF_SEEN: u32 = 4;

impl Store {
    /// The whole ticket: as it was when its head was read or, if it has changed since, as it is now. `None` if it is gone.
    pub(crate) async fn whole(&self, project: ProjectId, head: Head) -> Result<Option<Ticket>, StoreError> {
        // Boxed: few tickets have a profile to read, and every request would carry the room for it.
        if head.0.profile.is_none() { Ok(Some(head.0)) } else { Box::pin(self.complete(project, head)).await }
    }

    async fn complete(&self, project: ProjectId, mut head: Head) -> Result<Option<Ticket>, StoreError> {
        let mut unchanged = 0;
        for attempt in 0..TRIES {
            let Some(stored) = head.0.profile else { return Ok(Some(head.0)) };
            let (id, key) = (head.0.id, keys::profile(project, head.0.id));
            if let Some(profile) = self.get(&key).await?
                && let Some(ticket) = head.with(&profile)?
            {
                return Ok(Some(ticket));
            }
            // A change came between the two reads, or the ticket was deleted.
            let Some(item) = self.get(&keys::ticket(project, id)).await? else { return Ok(None) };
            head = items::ticket::read(&item)?;
            // A read may see one item of a transaction and not yet the other; the next read sees both.
            unchanged += u32::from(head.0.profile == Some(stored));
            if unchanged > HALF_SEEN {
                return Err(StoreError::Corrupt { key: keys::told(&key), attribute: items::ticket::VERSION.to_owned() });
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended("a ticket"))
    }

    /// [`Store::whole`] of many. One read brings all profiles, `consistent` or of a moment ago. A ticket is read again by itself if
    /// its profile was written since, or does not show yet. A ticket that is gone is missing. Beside the tickets come the errors of
    /// those that can't be read, whoever tries.
    pub(crate) async fn whole_each(
        &self,
        heads: Vec<(ProjectId, Head)>,
        consistent: bool,
    ) -> Result<(Vec<(ProjectId, Ticket)>, Vec<StoreError>), StoreError> {
        let profiles = self.profiles_of(heads.iter().map(|(project, head)| (*project, head)), consistent).await?;
        let (mut whole, mut corrupt) = (Vec::with_capacity(heads.len()), Vec::new());
        for (project, head) in heads {
            let item = profiles.get(&keys::ticket_partition(project, head.0.id));
            let ticket = match item.map(|item| head.with(item)) {
                Some(Ok(Some(ticket))) => Ok(Some(ticket)),
                Some(Err(error)) => Err(error),
                Some(Ok(None)) | None => self.whole(project, head).await,
            };
            match ticket {
                Ok(ticket) => whole.extend(ticket.map(|ticket| (project, ticket))),
                Err(error @ StoreError::Corrupt { .. }) => corrupt.push(error),
                Err(error) => return Err(error),
            }
        }
        Ok((whole, corrupt))
    }

    /// The profiles of tickets, by their partitions.
    async fn profiles_of(
        &self,
        heads: impl Iterator<Item = (ProjectId, &Head)>,
        consistent: bool,
    ) -> Result<HashMap<String, Item>, StoreError> {
        let apart = heads.filter(|(_, head)| head.0.profile.is_some());
        let keys: Vec<_> = apart.map(|(project, head)| keys::profile(project, head.0.id)).collect();
        let read = keys.chunks(BATCH).map(|keys| self.read_batch(keys, consistent));
        let items = try_join_all(read).await?.into_iter().flatten();
        Ok(items.filter_map(|item| Some((Reader(&item).partition_key().ok()?.to_owned(), item))).collect())
    }
}

impl Room {
    /// The whole tickets of items that were just read, and the errors of those that can't be read, whoever tries.
    pub(crate) async fn whole_of(&self, items: &[Item]) -> Result<(Vec<Ticket>, Vec<StoreError>), StoreError> {
        let (mut heads, mut corrupt) = (Vec::with_capacity(items.len()), Vec::new());
        for item in items {
            match items::ticket::read(item) {
                Ok(head) => heads.push((self.project, head)),
                Err(error) => corrupt.push(error),
            }
        }
        let (whole, unreadable) = self.store.whole_each(heads, true).await?;
        corrupt.extend(unreadable);
        Ok((whole.into_iter().map(|(_, ticket)| ticket).collect(), corrupt))
    }

    /// The tickets, to be shown. The read that brings their profiles is of a moment ago, for half the price. A ticket that is gone
    /// is missing.
    ///
    /// # Errors
    ///
    /// Also [`StoreError::Corrupt`], for a ticket whose profile is lost.
    pub(crate) async fn with_profiles(&self, heads: Vec<Head>) -> Result<Vec<Ticket>, StoreError> {
        let heads = heads.into_iter().map(|head| (self.project, head)).collect();
        let (whole, corrupt) = self.store.whole_each(heads, false).await?;
        let tickets = whole.into_iter().map(|(_, ticket)| ticket).collect();
        corrupt.into_iter().next().map_or(Ok(tickets), Err)
    }
}
