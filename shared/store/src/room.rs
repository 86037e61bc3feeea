//! One project's part of the table, as the handles, the lists and the upkeep share it: reading tickets, and the one way in
//! which a ticket is made or changes.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod deliver;
pub(crate) mod directory;
pub(crate) mod head;
pub(crate) mod once;
pub(crate) mod timer;

use lambdesk_domain::{Message, ProjectId, Ticket, TicketId, Timestamp, delivery::Delivery, ids::TicketNumber};
use uuid::Uuid;

use crate::{
    Store,
    error::StoreError,
    items,
    transport::{
        item::Reader,
        keys::{self, Key},
        read::{BATCH, Range},
        schema::BY_NUMBER,
    },
};

/// One project's part of the table. Nothing outside this crate can call it: functions hold a handle that says what they may do.
#[derive(Clone)]
pub struct Room {
    pub(crate) store: Store,
    pub(crate) project: ProjectId,
}

/// A ticket and the message that came with the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// The ticket as it is now.
    pub ticket: Ticket,
    /// The message, if there was one.
    pub message: Option<Message>,
    /// What becomes of the message, if it leaves by mail.
    pub delivery: Option<Delivery>,
}

impl Room {
    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// A new id, of this moment by the desk's clock.
    pub(crate) fn new_id(&self) -> Uuid {
        self.store.new_id()
    }

    /// A ticket.
    pub(crate) async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        match self.store.get(&keys::ticket(self.project, id)).await? {
            Some(item) => self.store.whole(self.project, items::ticket::read(&item)?).await,
            None => Ok(None),
        }
    }

    /// The tickets of these keys, in no order; missing ones are missing.
    pub(crate) async fn read_tickets(&self, keys: &[Key]) -> Result<Vec<Ticket>, StoreError> {
        let batches = keys.chunks(BATCH).map(|keys| self.store.batch_get(keys));
        let items = futures_util::future::try_join_all(batches).await?.concat();
        let (tickets, corrupt) = self.whole_of(&items).await?;
        corrupt.into_iter().next().map_or(Ok(tickets), Err)
    }

    /// The ticket of a number. Reads an index, which follows a create within milliseconds.
    pub(crate) async fn id_of_number(&self, number: TicketNumber) -> Result<Option<TicketId>, StoreError> {
        let range = Range::new("prj = :project AND num = :number").on(BY_NUMBER);
        let found = self.store.query(range.number(":project", self.project).number(":number", number).limit(1)).await?;
        let Some(item) = found.items.first() else { return Ok(None) };
        let row = Reader(item);
        keys::ticket_of_partition(row.partition_key()?).map(Some).ok_or_else(|| row.corrupt(keys::PK))
    }

    pub(crate) async fn message(&self, ticket: TicketId, at: Timestamp, private: bool) -> Result<Option<Message>, StoreError> {
        let item = self.store.get(&keys::message(self.project, ticket, at, private)).await?;
        item.as_ref().map(items::message::read).transpose()
    }
}
