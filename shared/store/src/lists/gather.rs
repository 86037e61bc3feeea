//! A few tickets that ids, a number, customers, words, deadlines or small partitions lead to.

use lambdesk_domain::{
    TicketId, Timestamp,
    query::{Order, Search, Span},
    ticket::Status,
    totals,
};

use super::{
    BYTES, Direction, ListQuery,
    keyed::{due_span, due_within},
    lanes::Lanes,
    plan::{Gather, Partition},
};
use crate::{
    Head,
    error::StoreError,
    items,
    room::Room,
    transport::{
        item::{self, Item},
        keys::{self, Key},
        read::{BY_KEY, Range},
        schema::BY_CUSTOMER,
    },
    upkeep::words::Leads,
};

/// The most tickets that are gathered. For more, a walk along all tickets reads less.
const MOST: usize = 250;
/// The most tickets of some partitions that are gathered, and the most bytes.
const MOST_OF_PARTITIONS: u64 = 1000;
const BYTES_OF_PARTITIONS: usize = 700_000;
/// The most keys that are read for all customers together: half a read unit for 50 keys.
const OF_CUSTOMERS: usize = 5000;
/// How many tickets are read first to learn their size, where reading all may be too much. A walk costs far more than these.
const FIRST: usize = 25;
/// The most keys of one batch read.
const BATCH: usize = 100;

/// The result of gathering.
pub(super) struct Gathered {
    /// All of the tickets; `None` if they are too many.
    pub(super) tickets: Option<Vec<Head>>,
    /// How many bytes were read.
    pub(super) spent: usize,
}

/// Tickets that were read by their keys in one step.
pub(crate) struct TicketBatch {
    pub(crate) tickets: Vec<Head>,
    /// What they cost, in bytes of a range of the same price.
    pub(crate) spent: usize,
    /// What the most expensive ticket cost.
    pub(crate) dearest: usize,
}

impl Room {
    /// Every ticket that may be of the list, unless they are too many.
    pub(super) async fn gather(&self, gather: &Gather, asked: ListQuery<'_>, now: Timestamp) -> Result<Gathered, StoreError> {
        let (keys, spent) = match gather {
            Gather::Ids(ids) => (Some(self.keys_of(ids)), 0),
            Gather::Search(search) => self.of_search(search).await?,
            Gather::Customers(customers) => self.of_customers(customers).await?,
            Gather::Deadlines(states) => self.of_deadlines(due_span(states, now).unwrap_or_default()).await?,
            Gather::Partitions(partitions) => return self.of_partitions(partitions, asked).await,
        };
        let affordable = |keys: &Vec<Key>| keys.len() <= MOST && spent + keys.len() * BY_KEY <= BYTES + asked.limit * BY_KEY;
        let Some(keys) = keys.filter(affordable) else { return Ok(Gathered { tickets: None, spent }) };
        self.in_waves(&keys, spent, asked.limit).await
    }

    /// The tickets of these keys, unless they turn out to be too large. Each step reads as many as are affordable if they are
    /// as large as the tickets that were read before.
    async fn in_waves(&self, keys: &[Key], mut spent: usize, limit: usize) -> Result<Gathered, StoreError> {
        let (mut tickets, mut rest) = (Vec::with_capacity(keys.len()), keys);
        while !rest.is_empty() {
            let each = self.expected_size().next_multiple_of(BY_KEY);
            let left = (BYTES + limit.min(tickets.len() + rest.len()) * BY_KEY).saturating_sub(spent);
            let first = tickets.is_empty();
            if !first && rest.len() * each > left {
                return Ok(Gathered { tickets: None, spent });
            }
            let wave = if rest.len() * each <= left { rest.len() } else { FIRST.min(rest.len()) };
            let (now, later) = rest.split_at(wave);
            let read = self.tickets_of(now).await?;
            spent += read.spent;
            tickets.extend(read.tickets);
            rest = later;
        }
        Ok(Gathered { tickets: Some(tickets), spent })
    }

    /// Whole partitions, where they are small. Partitions are in the order of changes. For another order, reading them whole
    /// costs less than a walk past every ticket that is not theirs, and every page is full.
    async fn of_partitions(&self, partitions: &[Partition], asked: ListQuery<'_>) -> Result<Gathered, StoreError> {
        if self.count_of(partitions).await? > MOST_OF_PARTITIONS {
            return Ok(Gathered { tickets: None, spent: 0 });
        }
        let all = ListQuery { order: Order::default(), from: None, direction: Direction::Onward, skip: 0, limit: MOST, ..asked };
        let mut lanes = Lanes::open(self, partitions, ListQuery { count: true, ..all }, 0).await?;
        let mut tickets = Vec::new();
        loop {
            if !lanes.is_ready() && lanes.spent >= BYTES_OF_PARTITIONS {
                return Ok(Gathered { tickets: None, spent: lanes.spent });
            }
            match lanes.next(self, Some(BYTES_OF_PARTITIONS.saturating_sub(lanes.spent))).await? {
                Some(ticket) => tickets.push(ticket),
                None => return Ok(Gathered { tickets: Some(tickets), spent: lanes.spent }),
            }
        }
    }

    /// How many tickets these partitions hold, by the totals.
    async fn count_of(&self, partitions: &[Partition]) -> Result<u64, StoreError> {
        let mut assignees = Vec::new();
        let mut statuses = Vec::new();
        for partition in partitions {
            match partition {
                Partition::Status(status) => statuses.push(*status),
                Partition::Assigned(assignee, half) => {
                    assignees.extend((!assignees.contains(assignee)).then_some(*assignee));
                    let of_half = |status: &Status| (*status == Status::Resolved) == (*half == Status::Resolved);
                    statuses.extend(Status::ALL.iter().copied().filter(of_half));
                }
            }
        }
        let places = totals::BucketFilter { statuses: Some(&statuses), priorities: None, channels: None };
        if assignees.is_empty() {
            return Ok(self.totals().await?.count(places));
        }
        Ok(self.totals_of(&assignees).await?.count(places))
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
        let most = (OF_CUSTOMERS / customers.len().max(1)).min(MOST + 1);
        let of = |customer: String| {
            let range = Range::new("cus = :customer").on(BY_CUSTOMER);
            self.store.query(range.text(":customer", customer).limit(most))
        };
        let partitions = customers.iter().flat_map(|customer| keys::of_customer(self.project, customer));
        let found = futures_util::future::try_join_all(partitions.map(of)).await?;
        let spent = found.iter().map(|found| found.items.iter().map(item::size).sum::<usize>().max(BY_KEY)).sum();
        let whole = found.iter().all(|found| found.next.is_none());
        let keys = found.iter().flat_map(|found| &found.items).filter_map(Key::of).collect();
        Ok((Some(keys).filter(|_| whole), spent))
    }

    /// The tickets of these keys as they were a moment ago, in the order of the keys. A key without a ticket is left out.
    pub(crate) async fn tickets_of(&self, keys: &[Key]) -> Result<TicketBatch, StoreError> {
        let batches = keys.chunks(BATCH).map(|keys| self.store.batch_get_eventually(keys));
        let batches = futures_util::future::try_join_all(batches).await?;
        let mut items: std::collections::HashMap<String, Item> =
            batches.into_iter().flatten().filter_map(|item| Some((Key::of(&item)?.pk, item))).collect();
        self.remember_size(items.len(), items.values().map(item::size).sum());
        let costs = items.values().map(|item| item::size(item).next_multiple_of(BY_KEY));
        let (spent, dearest) = costs.fold((0, BY_KEY), |(sum, most), cost| (sum + cost, most.max(cost)));
        let read = keys.iter().filter_map(|key| items.remove(&key.pk)).map(|item| items::ticket::read(&item));
        Ok(TicketBatch { tickets: read.collect::<Result<_, _>>()?, spent, dearest })
    }
}
