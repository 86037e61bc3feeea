//! Purging what a deleted ticket leaves behind. The deletion itself is one conditional write, so the ticket is gone at once. The
//! rest goes when the relay hears of the deletion, however much that is.

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
    /// Removes the messages, notes, activity and timer of a deleted ticket. `before` is the ticket as it was, if that can be
    /// read. May be interrupted and run again.
    pub async fn purge(&self, project: ProjectId, id: TicketId, before: Option<&Ticket>) -> Result<(), StoreError> {
        // A customer's words go first. A timer that stays behind is removed by the clock, which finds no ticket.
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
