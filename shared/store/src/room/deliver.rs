//! Deliveries of messages that leave by mail: written with their message, and changed on the condition of their version.

use lambdesk_domain::{
    Actor, Command, Message, MessageId, Ticket, TicketId, Timestamp,
    command::Returned,
    delivery::{Delivery, may_follow, may_leave},
};
use lambdesk_runtime::crypto::entropy;

use crate::{
    error::{ChangeError, StoreError},
    items::{self, delivery::VERSION},
    room::{Posted, Room, once::Receipt},
    transport::{
        call::Patience,
        keys,
        read::Range,
        write::{Guard, Write},
    },
};

/// What came of sending a message once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resent {
    /// It waits to be sent.
    Queued,
    /// It reached everybody, or is under way.
    NothingToSend,
    /// There is no such message that leaves by mail.
    NotFound,
}

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
        let follows = entries.iter().any(|entry| may_follow(ticket, entry));
        // A project without an address pays nothing for what never leaves.
        let follows = follows && self.directory().await?.is_some_and(|directory| directory.has_mail);
        let mut may_have_left = entries.iter().filter(|entry| may_leave(ticket, entry) || (follows && may_follow(ticket, entry)));
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

    /// Sends a message once more to those whom it did not reach.
    pub(crate) async fn resend(&self, ticket: TicketId, message: MessageId) -> Result<Resent, StoreError> {
        let Some(at) = message.created_at() else { return Ok(Resent::NotFound) };
        let mut patience = Patience::of_request();
        loop {
            let found = self.delivery(ticket, at).await?.filter(|delivery| delivery.message == message);
            let Some(delivery) = found else { return Ok(Resent::NotFound) };
            let Some(resent) = delivery.resent(self.now()) else { return Ok(Resent::NothingToSend) };
            let timer = Write::put(items::delivery::timer(self.project, &resent));
            if self.change_delivery(vec![self.put_delivery(&resent), timer]).await? {
                return Ok(Resent::Queued);
            }
            patience.again("a delivery").await?;
        }
    }

    /// Writes what became of a delivery, and what the team is told if it did not arrive, together; false if the delivery is not as
    /// it was read.
    pub(crate) async fn write_delivery(&self, before: &Delivery, after: &Delivery) -> Result<bool, ChangeError> {
        let Some(failure) = after.failure_since(before) else {
            return Ok(self.change_delivery(vec![self.put_delivery(after)]).await?);
        };
        let Some(ticket) = self.ticket(after.ticket).await? else {
            // The delivery goes with its ticket.
            return Ok(true);
        };
        let returned = Returned { failure, entropy: entropy() };
        let command = |_: &Ticket| Ok(Command::Undelivered(Box::new(returned.clone())));
        let beside = |_: &Posted, _: Timestamp| Ok(vec![self.put_delivery(after).guarding(Guard::Once)]);
        match self.change_from(ticket, &Actor::System, &command, Some(Receipt::beside(&beside))).await {
            Ok(_) | Err(ChangeError::NotFound) => Ok(true),
            Err(ChangeError::Store(StoreError::CarriedOut)) => Ok(false),
            Err(error) => Err(error),
        }
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
