//! A few tickets that are known by their ids, a number, or their customers.

use lambdesk_domain::{Ticket, TicketId};

use super::plan::Gather;
use crate::{
    Desk,
    error::StoreError,
    item::Item,
    items,
    keys::{self, Key},
    read::Range,
    schema::BY_CUSTOMER,
};

/// The most tickets that are gathered; more are walked to instead.
const MOST: usize = 250;
/// What one batch takes.
const BATCH: usize = 100;

impl Desk {
    /// All of them; `None` if they are too many.
    pub(super) async fn gather(&self, gather: &Gather) -> Result<Option<Vec<Ticket>>, StoreError> {
        let ids: Vec<TicketId> = match gather {
            Gather::Ids(ids) => ids.clone(),
            Gather::Number(number) => self.id_of_number(*number).await?.into_iter().collect(),
            Gather::Customers(customers) => return self.of_customers(customers).await,
        };
        let keys: Vec<_> = ids.iter().map(|id| keys::ticket(self.project, *id)).collect();
        self.tickets_of(&keys).await.map(Some)
    }

    async fn of_customers(&self, customers: &[String]) -> Result<Option<Vec<Ticket>>, StoreError> {
        let of = |customer: &String| {
            let range = Range::new("cus = :customer").on(BY_CUSTOMER);
            self.store.query(range.text(":customer", keys::by_customer(self.project, customer)).limit(MOST + 1))
        };
        let found = futures_util::future::try_join_all(customers.iter().map(of)).await?;
        let keys: Vec<_> = found.iter().flat_map(|found| &found.items).filter_map(Key::of).collect();
        if keys.len() > MOST || found.iter().any(|found| found.next.is_some()) {
            return Ok(None);
        }
        self.tickets_of(&keys).await.map(Some)
    }

    /// The tickets of these keys as they were a moment ago, in that order; missing ones are missing.
    pub(super) async fn tickets_of(&self, keys: &[Key]) -> Result<Vec<Ticket>, StoreError> {
        let batches = keys.chunks(BATCH).map(|keys| self.store.batch_get_eventually(keys));
        let batches = futures_util::future::try_join_all(batches).await?;
        let mut items: std::collections::HashMap<String, Item> =
            batches.into_iter().flatten().filter_map(|item| Some((Key::of(&item)?.pk, item))).collect();
        keys.iter().filter_map(|key| items.remove(&key.pk)).map(|item| items::ticket::read(&item)).collect()
    }
}
