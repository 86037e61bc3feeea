//! The timer of a ticket, which is written with it. What happens when it fires is [`crate::upkeep::timers`].

use lambdesk_domain::{ProjectId, Ticket, TicketId, Timestamp};

use crate::{
    error::StoreError,
    items::ticket::VERSION,
    room::Room,
    transport::{
        item::{Item, Writer},
        keys,
        write::Write,
    },
};

/// The timer that a ticket names, if it does.
pub(crate) fn of(project: ProjectId, ticket: &Ticket) -> Option<Item> {
    ticket.wake_at.map(|at| item(project, ticket.id, at, ticket.version))
}

/// The timer of a ticket at this moment, which the ticket's version has set.
pub(crate) fn item(project: ProjectId, ticket: TicketId, at: Timestamp, version: u64) -> Item {
    Writer::new(&keys::timer(project, ticket, at)).number(VERSION, version).done()
}

impl Room {
    /// The writes that move a ticket's timer, for the transaction that moves its `wake_at`.
    pub(crate) fn move_timer(
        &self,
        ticket: TicketId,
        before: Option<Timestamp>,
        after: Option<Timestamp>,
        version: u64,
        now: Timestamp,
    ) -> impl Iterator<Item = Write> + use<> {
        let project = self.project;
        let moves = before != after;
        let fired = before.filter(|at| moves && *at <= now);
        let old = fired.map(|at| Write::delete(keys::timer(project, ticket, at)));
        let new = after.filter(|_| moves).map(|at| Write::put(item(project, ticket, at, version)));
        old.into_iter().chain(new)
    }

    /// Removes the timer of a ticket that is gone.
    pub(crate) async fn drop_timer_of(&self, ticket: &Ticket) -> Result<(), StoreError> {
        let Some(at) = ticket.wake_at else { return Ok(()) };
        let gone = Write::delete(keys::timer(self.project, ticket.id, at));
        self.store.commit(vec![gone]).await.map_err(|rejection| rejection.into_error("a timer"))
    }
}
