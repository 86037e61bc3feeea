//! The other tickets of a ticket's customer, newest first.

use std::{cmp::Reverse, collections::HashMap, fmt, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use lambdesk_domain::{ProjectId, Ticket, TicketId, Timestamp, permission::ReadsTickets};

use crate::{
    Desk,
    error::StoreError,
    handles::log::Log,
    lists::{BYTES, TicketBatch},
    transport::{
        item::{Item, Reader},
        keys::{self, Key},
        read::{Found, Range},
        schema::{BY_CUSTOMER, CREATED, CUSTOMER},
    },
};

/// The place of a ticket among its customer's tickets. A page may begin behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomerPlace {
    created_at: Timestamp,
    id: TicketId,
}

impl CustomerPlace {
    fn of(item: &Item) -> Result<Self, StoreError> {
        let row = Reader(item);
        let id = keys::ticket_of_partition(row.partition_key()?).ok_or_else(|| row.corrupt(keys::PK))?;
        Ok(Self { created_at: row.time(CREATED)?, id })
    }

    /// The place as a start key.
    fn key(self, project: ProjectId, customer: &str) -> Item {
        let mut key = keys::ticket(project, self.id).attributes();
        key.insert(CUSTOMER.to_owned(), AttributeValue::S(customer.to_owned()));
        key.insert(CREATED.to_owned(), AttributeValue::N(self.created_at.micros().to_string()));
        key
    }
}

impl fmt::Display for CustomerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.created_at.micros(), self.id)
    }
}

/// The text is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no place among a customer's tickets")]
pub struct NoPlace;

impl FromStr for CustomerPlace {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (micros, id) = text.split_once('#').ok_or(NoPlace)?;
        let created_at = micros.parse().ok().and_then(Timestamp::from_micros).ok_or(NoPlace)?;
        Ok(Self { created_at, id: id.parse().map_err(|_| NoPlace)? })
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// The other tickets by the distinct id of `ticket`, newest first: those behind `after`, `skip` of them passed over, at
    /// most `limit`.
    ///
    /// The keys of tickets whose customer was proven and those of the others are read side by side, each no further than the
    /// page needs and than one call of DynamoDB goes (1 MB). Then the page's tickets are read. The index follows a create or a
    /// removal within milliseconds. A page is short if its profiles cost more than a page may.
    pub async fn previous(
        &self,
        ticket: &Ticket,
        after: Option<CustomerPlace>,
        skip: usize,
        limit: usize,
    ) -> Result<Log<Ticket>, StoreError> {
        let of = |customer: String| {
            let range = Range::new("cus = :customer")
                .on(BY_CUSTOMER)
                .text(":customer", &customer)
                .descending()
                .from(after.map(|after| after.key(self.project, &customer)))
                // The ticket itself may be among them, and one more shows whether the list goes on.
                .limit(skip.saturating_add(limit).saturating_add(2));
            self.store.query(range)
        };
        let found = try_join_all(keys::of_customer(self.project, &ticket.distinct_id).map(of)).await?;
        let mut others = Vec::new();
        // One partition may hold unread tickets older than the last that was read of it. So the page ends there.
        let mut known_to = None;
        for Found { items, next } in &found {
            let places = items.iter().map(CustomerPlace::of).collect::<Result<Vec<_>, _>>()?;
            known_to = known_to.max(next.as_ref().and(places.last().copied()));
            others.extend(places.into_iter().filter(|place| place.id != ticket.id));
        }
        others.retain(|place| known_to.is_none_or(|known_to| *place >= known_to));
        others.sort_by_key(|place| Reverse(*place));
        // A ticket that moves from one partition to the other while both are read may be found in both.
        others.dedup();
        let (skipped, mut end) = (skip.min(others.len()), others.len().min(skip.saturating_add(limit)));
        let keys: Vec<Key> = others[skipped..end].iter().map(|place| keys::ticket(self.project, place.id)).collect();
        let TicketBatch { tickets, mut spent, .. } = self.tickets_of(&keys).await?;
        let mut heads = Vec::with_capacity(tickets.len());
        for head in tickets {
            spent += head.profile_cost();
            // A page has one ticket at least, or the pages would never end.
            if spent > BYTES && !heads.is_empty() {
                end = others.iter().position(|place| place.id == head.ticket().id).unwrap_or(end);
                break;
            }
            heads.push(head);
        }
        let goes_on = others.len() > end || known_to.is_some();
        let next = others[..end].last().filter(|_| goes_on).map(ToString::to_string);
        let page = &others[skipped..end];
        let read = self.with_profiles(heads).await?;
        let mut read: HashMap<_, _> = read.into_iter().map(|ticket| (ticket.id, ticket)).collect();
        let found = page.iter().filter_map(|place| Some((read.remove(&place.id)?, place.to_string())));
        let (rows, places) = found.unzip();
        Ok(Log { rows, places, skipped, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = CustomerPlace {
            created_at: Timestamp::from_micros(1_700_000_000_000_001).unwrap(),
            id: TicketId(uuid::Uuid::from_u128(7)),
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in ["", "7", "x#y", "7#y", "-1#00000000-0000-0000-0000-000000000007"] {
            assert_eq!(bad.parse::<CustomerPlace>(), Err(NoPlace), "{bad}");
        }
    }
}
