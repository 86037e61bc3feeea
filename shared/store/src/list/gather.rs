//! A few tickets that are known by their ids, a number, their customers, or words of those.

use lambdesk_domain::{
    Ticket, TicketId, Timestamp,
    query::{Search, Span},
};

use super::{
    keyed::{due_span, due_within},
    plan::Gather,
};
use crate::{
    Desk,
    error::StoreError,
    item::{self, Item},
    items,
    keys::{self, Key},
    read::Range,
    schema::BY_CUSTOMER,
    words::Leads,
};

/// The most tickets that are gathered; more are walked to instead.
const MOST: usize = 250;
/// What one batch takes.
const BATCH: usize = 100;

/// What came of gathering.
pub(super) struct Gathered {
    /// All of the tickets; `None` if they are too many.
    pub(super) tickets: Option<Vec<Ticket>>,
    /// How many bytes it took to find out that they are.
    pub(super) spent: usize,
}

impl Desk {
    /// Every ticket that may be asked for, unless they are too many.
    pub(super) async fn gather(&self, gather: &Gather, now: Timestamp) -> Result<Gathered, StoreError> {
        let (keys, spent) = match gather {
            Gather::Ids(ids) => (Some(self.keys_of(ids)), 0),
            Gather::Search(search) => self.of_search(search).await?,
            Gather::Customers(customers) => self.of_customers(customers).await?,
            Gather::Deadlines(states) => self.of_deadlines(due_span(states, now)).await?,
        };
        let Some(keys) = keys.filter(|keys| keys.len() <= MOST) else { return Ok(Gathered { tickets: None, spent }) };
        Ok(Gathered { tickets: Some(self.tickets_of(&keys).await?), spent })
    }

    fn keys_of<'a>(&self, ids: impl IntoIterator<Item = &'a TicketId>) -> Vec<Key> {
        ids.into_iter().map(|id| keys::ticket(self.project, *id)).collect()
    }

    async fn of_search(&self, search: &Search) -> Result<(Option<Vec<Key>>, usize), StoreError> {
        let numbered = async {
            match search.number() {
                Some(number) => self.id_of_number(number).await,
                None => Ok(None),
            }
        };
        let (numbered, Leads { tickets, read, .. }) = tokio::try_join!(numbered, self.leads(search))?;
        let found = tickets.map(|mut tickets| {
            tickets.extend(numbered);
            self.keys_of(&tickets)
        });
        Ok((found, read))
    }

    async fn of_deadlines(&self, due: Span) -> Result<(Option<Vec<Key>>, usize), StoreError> {
        let found = self.store.query(due_within(self.project, due).limit(MOST + 1)).await?;
        let spent = found.items.iter().map(item::size).sum();
        let keys = found.items.iter().filter_map(Key::of).collect();
        Ok((Some(keys).filter(|_| found.next.is_none()), spent))
    }

    async fn of_customers(&self, customers: &[String]) -> Result<(Option<Vec<Key>>, usize), StoreError> {
        let of = |customer: &String| {
            let range = Range::new("cus = :customer").on(BY_CUSTOMER);
            self.store.query(range.text(":customer", keys::by_customer(self.project, customer)).limit(MOST + 1))
        };
        let found = futures_util::future::try_join_all(customers.iter().map(of)).await?;
        let spent = found.iter().flat_map(|found| &found.items).map(item::size).sum();
        let whole = found.iter().all(|found| found.next.is_none());
        let keys = found.iter().flat_map(|found| &found.items).filter_map(Key::of).collect();
        Ok((Some(keys).filter(|_| whole), spent))
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
