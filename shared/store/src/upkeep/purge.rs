//! What a deleted ticket leaves behind. A deletion is one conditional write, so the ticket is gone at once; the rest goes when the
//! stream tells of it, however much that is.

use lambdesk_domain::{ProjectId, Ticket, TicketId};

use crate::{
    Upkeep,
    error::StoreError,
    transport::{
        keys::{self, Key},
        read::Range,
        write::Write,
    },
};

impl Upkeep {
    /// Removes the timer, messages, notes and activity of a ticket that was deleted. `before` is the ticket as it was; where that
    /// can't be read, the timer will find that the ticket is gone. May be interrupted and run again.
    pub async fn purge(&self, project: ProjectId, id: TicketId, before: Option<&Ticket>) -> Result<(), StoreError> {
        // First what a customer wrote. A timer that can't be removed finds by itself that its ticket is gone.
        self.purge_partition(keys::ticket_partition(project, id)).await?;
        match before {
            Some(before) => self.store.room(project).drop_timer_of(before).await,
            None => Ok(()),
        }
    }

    async fn purge_partition(&self, partition: String) -> Result<(), StoreError> {
        loop {
            let range = Range::new("PK = :pk").text(":pk", &partition).limit(100).consistent();
            let found = self.store.query(range).await?;
            let deletes = found.items.iter().filter_map(Key::of).map(Write::delete).collect();
            self.store.commit(deletes).await.map_err(|rejection| rejection.into_error("a purge"))?;
            if found.next.is_none() {
                return Ok(());
            }
        }
    }
}
