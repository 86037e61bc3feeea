//! The handle of the function that sends mail. It admits nobody: facts and the sending service tell what is to be done, and
//! deliveries say what was done.

use std::sync::Arc;

use lambdesk_domain::{
    Message, ProjectId, Ticket, TicketId, Timestamp,
    delivery::{Delivery, OTHERS, Silence},
    directory::Directory,
    limit::Limit,
    mail::Mailbox,
};
use lambdesk_runtime::crypto::digest_of;

use crate::{
    Store,
    error::{ChangeError, StoreError},
    items::{
        self,
        received::{self, KnownMail},
        silence::{self, WHY},
    },
    room::Room,
    transport::{
        keys::{self, TicketRow},
        read::Range,
        write::{Guard, Write},
    },
};

/// How many deliveries before one are looked at: whether one of them is to leave first, and which mails answers may name.
const BEFORE: usize = 20;
/// How many messages before one are looked at.
const MESSAGES: usize = 21;

/// The handle of the function that sends mail.
///
/// It gives each project's deliveries:
///
/// ```
/// # use lambdesk_domain::ProjectId;
/// # use lambdesk_store::{Courier, CourierDesk};
/// fn desk(courier: &Courier, project: ProjectId) -> CourierDesk {
///     courier.desk(project)
/// }
/// ```
///
/// It admits nobody:
///
/// ```compile_fail,E0599
/// # use lambdesk_store::{Courier, Principal, StoreError};
/// async fn enter(courier: &Courier, token: &str) -> Result<Option<Principal>, StoreError> {
///     courier.enter(token).await
/// }
/// ```
#[derive(Clone)]
pub struct Courier(Store);

impl Store {
    /// The handle of the function that sends mail.
    pub fn courier(&self) -> Courier {
        Courier(self.clone())
    }
}

impl Courier {
    /// A project's deliveries.
    pub fn desk(&self, project: ProjectId) -> CourierDesk {
        CourierDesk(self.0.room(project))
    }
}

/// The deliveries of one project.
#[derive(Clone)]
pub struct CourierDesk(Room);

impl CourierDesk {
    pub(crate) const fn room(&self) -> &Room {
        &self.0
    }

    /// The project.
    pub const fn project(&self) -> ProjectId {
        self.0.project
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// What the project has for its mail.
    pub async fn mailbox(&self) -> Result<Mailbox, StoreError> {
        self.0.mailbox().await
    }

    /// The project with its members and roles, up to a minute old.
    pub async fn directory(&self) -> Result<Option<Arc<Directory>>, StoreError> {
        self.0.directory().await
    }

    /// A ticket as it is now.
    pub async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        self.0.ticket(id).await
    }

    /// A message as it is now.
    pub async fn message(&self, ticket: TicketId, at: Timestamp) -> Result<Option<Message>, StoreError> {
        self.0.message(ticket, at, false).await
    }

    /// A delivery as it is now.
    pub async fn delivery(&self, ticket: TicketId, message: Timestamp) -> Result<Option<Delivery>, StoreError> {
        self.0.delivery(ticket, message).await
    }

    /// The deliveries of a ticket up to that of a message, the newest first, as far as they matter to it.
    pub async fn deliveries_to(&self, ticket: TicketId, message: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", keys::ticket_partition(self.0.project, ticket))
            .text(":first", TicketRow::Delivery.first())
            .text(":last", keys::delivery(self.0.project, ticket, message).sk);
        let items = self.0.store.query(range.descending().limit(BEFORE + 1).consistent()).await?.items;
        items.iter().map(items::delivery::read).collect()
    }

    /// The public messages before one, the newest first, as far as a mail names them; and the thread's first one. They are read as
    /// they were a moment ago.
    pub async fn messages_before(&self, ticket: TicketId, message: Timestamp) -> Result<Vec<Message>, StoreError> {
        let before = |limit| {
            let last = keys::message(self.0.project, ticket, message, false).sk;
            Range::new("PK = :pk AND SK BETWEEN :first AND :last")
                .text(":pk", keys::ticket_partition(self.0.project, ticket))
                .text(":first", TicketRow::Message.first())
                .text(":last", last)
                .limit(limit)
        };
        let (newest, first) = tokio::try_join!(self.0.store.query(before(MESSAGES).descending()), self.0.store.query(before(1)))?;
        let read = |items: &[_]| items.iter().map(items::message::read).collect::<Result<Vec<_>, _>>();
        let (mut messages, first) = (read(&newest.items)?, read(&first.items)?);
        messages.retain(|found| found.created_at != message);
        messages.extend(first.into_iter().filter(|first| newest.next.is_some() && first.created_at != message));
        messages.dedup_by_key(|found| found.created_at);
        Ok(messages)
    }

    /// The deliveries of a ticket behind that of a message, in their order, as far as one mail can bring them.
    pub async fn deliveries_after(&self, ticket: TicketId, message: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        let items = self.0.store.query(self.after(ticket, message).limit(OTHERS).consistent()).await?.items;
        items.iter().map(items::delivery::read).collect()
    }

    /// The public messages from one on, in their order, at most so many.
    pub async fn messages_from(&self, ticket: TicketId, message: Timestamp, limit: usize) -> Result<Vec<Message>, StoreError> {
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", keys::ticket_partition(self.0.project, ticket))
            .text(":first", keys::message(self.0.project, ticket, message, false).sk)
            .text(":last", TicketRow::Message.after());
        let items = self.0.store.query(range.limit(limit).consistent()).await?.items;
        items.iter().map(items::message::read).collect()
    }

    /// Writes a new delivery, unless it is there.
    pub async fn begin(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let [put, timer] = self.0.deliver(delivery);
        match self.0.store.commit(vec![put.if_absent().guarding(Guard::Once), timer]).await {
            Ok(()) => Ok(()),
            Err(rejection) if rejection.met(Guard::Once).is_some() => Ok(()),
            Err(rejection) => Err(rejection.into_error("a delivery")),
        }
    }

    /// Writes a delivery that somebody takes, and others that go along and are settled; false if one of them is not as it was read.
    pub async fn take(&self, taken: &Delivery, others: &[Delivery]) -> Result<bool, StoreError> {
        let mut writes = vec![self.0.put_delivery(taken)];
        for other in others {
            writes.push(self.0.put_delivery(other));
            writes.push(Write::delete(keys::delivery_timer(self.0.project, other.ticket, other.written_at, other.timer)));
        }
        self.0.change_delivery(writes).await
    }

    /// Remembers why these addresses get nothing any more that the desk sends by itself. A bounce does not end a complaint: what is
    /// sent to who has complained bounces too.
    pub async fn silence(&self, addresses: &[String], why: Silence) -> Result<(), StoreError> {
        for address in addresses {
            let put = Write::put(silence::write(self.0.project, address, why, self.now()));
            let put = put.only_if(format!("attribute_not_exists({}) OR {WHY} <> :complained", keys::PK)).guarding(Guard::AsRead);
            match self.0.store.commit(vec![put.text(":complained", Silence::Complained.name())]).await {
                Err(rejection) if rejection.met(Guard::AsRead).is_none() => return Err(rejection.into_error("an address")),
                _ => {}
            }
        }
        Ok(())
    }

    /// Which of these addresses get nothing that the desk sends by itself, as it was a moment ago.
    pub async fn silent(&self, addresses: &[&str]) -> Result<Vec<(String, Silence)>, StoreError> {
        let now = self.now();
        let of = async |address: &&str| {
            let item = self.0.store.get_eventually(&keys::silence(self.0.project, address)).await?;
            let why = item.as_ref().map(|item| silence::read(item, now)).transpose()?.flatten();
            Ok::<_, StoreError>(why.map(|why| ((*address).to_owned(), why)))
        };
        let found = futures_util::future::try_join_all(addresses.iter().map(of)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Counts one call of `who` against `limit`, and says whether it is one of too many.
    pub async fn is_over(&self, who: &str, limit: Limit) -> Result<bool, StoreError> {
        let who = format!("unasked:{}:{who}", self.0.project);
        let counts = self.0.store.count_calls(&who, &[limit], 1).await?;
        let calls = counts.first().copied().unwrap_or_default().without_one();
        Ok(limit.admit(calls, self.now()).is_err())
    }

    /// Writes a delivery that was tried and waits, with its new timer; false if it is not as it was read.
    pub async fn put_off(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        let mut writes = vec![self.0.put_delivery(after)];
        writes.extend(self.0.move_delivery_timer(before.timer, after));
        self.0.change_delivery(writes).await
    }

    /// Writes what else became of a delivery; false if it is not as it was read.
    pub async fn advance(&self, before: &Delivery, after: &Delivery) -> Result<bool, ChangeError> {
        Box::pin(self.0.write_delivery(before, after)).await
    }

    /// Settles a delivery; false if it is not as it was read. `id` is the id under which its mail was sent, if it was: answers name
    /// it. These writes need no transaction. If the function ends between them, the rest is done by the next report, or by the
    /// timer.
    pub async fn settle(&self, before: &Delivery, after: &Delivery, id: Option<&str>) -> Result<bool, ChangeError> {
        if let Some(id) = id {
            // What the desk has sent itself comes from nobody else under this id.
            let known = KnownMail { digest: digest_of(&[id.as_bytes()]), ticket: after.ticket };
            let known = Write::put(received::write_known(self.0.project, id, &known, self.now()));
            self.0.store.commit(vec![known]).await.map_err(|rejection| rejection.into_error("the id of a mail"))?;
        }
        if !self.advance(before, after).await? {
            return Ok(false);
        }
        let timer = keys::delivery_timer(self.0.project, after.ticket, after.written_at, after.timer);
        self.0.store.commit(vec![Write::delete(timer)]).await.map_err(|rejection| rejection.into_error("a timer"))?;
        self.call_next(after).await?;
        Ok(true)
    }

    /// The deliveries of a ticket behind that of a message.
    fn after(&self, ticket: TicketId, message: Timestamp) -> Range {
        Range::new("PK = :pk AND SK BETWEEN :from AND :end")
            .text(":pk", keys::ticket_partition(self.0.project, ticket))
            .text(":from", format!("{}~", keys::delivery(self.0.project, ticket, message).sk))
            .text(":end", TicketRow::Delivery.after())
    }

    /// The next delivery of the ticket may have waited for this one.
    async fn call_next(&self, settled: &Delivery) -> Result<(), StoreError> {
        let range = self.after(settled.ticket, settled.written_at);
        let items = self.0.store.query(range.limit(1).consistent()).await?.items;
        let Some(next) = items.first().map(items::delivery::read).transpose()?.and_then(|next| next.called(self.now())) else {
            return Ok(());
        };
        // Who was faster has told of it.
        self.0.change_delivery(vec![self.0.put_delivery(&next)]).await.map(|_| ())
    }
}
