//! Deliveries of messages that leave by mail: written with their message, and changed on the condition of their version.

use lambdesk_domain::{
    Message, Ticket, TicketId, Timestamp,
    delivery::{Delivery, may_leave},
};

use crate::{
    error::StoreError,
    items::{self, delivery::VERSION},
    room::Room,
    transport::{
        keys,
        read::Range,
        write::{Guard, Write},
    },
};

impl Room {
    /// The writes of a new delivery, for the transaction that writes its message.
    pub(crate) fn deliver(&self, delivery: &Delivery) -> [Write; 2] {
        let item = items::delivery::write(self.project, delivery);
        [Write::put(item), Write::put(items::delivery::timer(self.project, delivery))]
    }

    /// A delivery as it is now.
    pub(crate) async fn delivery(&self, ticket: TicketId, message: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let item = self.store.get(&keys::delivery(self.project, ticket, message)).await?;
        item.as_ref().map(items::delivery::read).transpose()
    }

    /// What became of messages of a ticket that left by mail, as it was a moment ago. `entries` are in their order.
    pub(crate) async fn deliveries_of(&self, ticket: &Ticket, entries: &[Message]) -> Result<Vec<Delivery>, StoreError> {
        let mut may_have_left = entries.iter().filter(|entry| may_leave(ticket, entry));
        let Some(first) = may_have_left.next() else { return Ok(Vec::new()) };
        let last = may_have_left.next_back().unwrap_or(first);
        let key = |message: &Message| keys::delivery(self.project, ticket.id, message.created_at);
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", key(first).pk)
            .text(":first", key(first).sk)
            .text(":last", key(last).sk);
        self.store.query_all(range).await?.iter().map(items::delivery::read).collect()
    }

    /// The write of a delivery that is still as it was read. One whose ticket is gone stays gone.
    pub(crate) fn put_delivery(&self, after: &Delivery) -> Write {
        let put = Write::put(items::delivery::write(self.project, after));
        put.only_if(format!("{VERSION} = :before")).number(":before", after.version - 1).guarding(Guard::AsRead)
    }

    /// The writes that move the timer of a delivery.
    pub(crate) fn move_delivery_timer(&self, before: Timestamp, after: &Delivery) -> [Write; 2] {
        let old = keys::delivery_timer(self.project, after.ticket, after.written_at, before);
        [Write::delete(old), Write::put(items::delivery::timer(self.project, after))]
    }

    /// Writes `change`; false if the delivery is not as it was read.
    pub(crate) async fn change_delivery(&self, writes: Vec<Write>) -> Result<bool, StoreError> {
        match self.store.commit(writes).await {
            Ok(()) => Ok(true),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("a delivery")),
        }
    }
}
