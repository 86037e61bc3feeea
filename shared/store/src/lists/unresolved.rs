//! The tickets that are not resolved, for what no total knows of them.

use std::collections::HashSet;

use futures_util::future::try_join_all;
use lambdesk_domain::{Ticket, ticket::Status};

use super::BYTES;
use crate::{
    Head,
    error::StoreError,
    items,
    room::Room,
    transport::{
        item::{self, Item},
        keys,
        read::{Found, Range},
        schema::BY_STATUS,
    },
    upkeep::rollout::UNRESOLVED,
};

/// How many tickets of each status are first read. How large they are is known from then on.
const OPENING: usize = 50;
/// The fewest tickets of a status that a further read is worth.
const FEWEST: usize = 8;

/// The tickets of a project that are not resolved. Of each status, those come first that changed last.
#[derive(Debug, Clone, PartialEq)]
pub struct Unresolved {
    /// As many as one page of a list may read.
    pub tickets: Vec<Ticket>,
    /// Whether these are all.
    pub are_all: bool,
}

impl Room {
    /// Reads what one page of a list may read: about 1 MB, profiles included if the traits in them are asked for.
    pub(crate) async fn unresolved(&self, with_profiles: bool) -> Result<Unresolved, StoreError> {
        let mut open: Vec<(Status, Option<Item>)> = UNRESOLVED.map(|status| (status, None)).into();
        // A ticket that moves from one status to another while both are read may be found in both.
        let (mut heads, mut seen, mut spent) = (Vec::new(), HashSet::new(), 0);
        let mut are_all = true;
        while !open.is_empty() {
            let affordable = BYTES.saturating_sub(spent) / self.expected_size() / open.len();
            let limit = if spent == 0 { affordable.min(OPENING) } else { affordable };
            if limit < FEWEST || !are_all {
                are_all = false;
                break;
            }
            let read = try_join_all(open.drain(..).map(|(status, start)| self.of_status(status, start, limit))).await?;
            let items = || read.iter().flat_map(|(_, found)| &found.items);
            let bytes = items().map(item::size).sum();
            self.remember_size(items().count(), bytes);
            spent += bytes;
            for item in items() {
                let head = items::ticket::read(item)?;
                let beside = if with_profiles { head.profile_cost() } else { 0 };
                are_all &= beside == 0 || spent + beside <= BYTES;
                if are_all && seen.insert(head.ticket().id) {
                    spent += beside;
                    heads.push(head);
                }
            }
            open.extend(read.into_iter().filter(|(_, found)| found.next.is_some()).map(|(status, found)| (status, found.next)));
        }
        let tickets =
            if with_profiles { self.with_profiles(heads).await? } else { heads.into_iter().map(Head::into_ticket).collect() };
        Ok(Unresolved { tickets, are_all })
    }

    async fn of_status(&self, status: Status, start: Option<Item>, limit: usize) -> Result<(Status, Found), StoreError> {
        let range = Range::new("sts = :status").on(BY_STATUS).text(":status", keys::by_status(self.project, status));
        Ok((status, self.store.query(range.descending().limit(limit).from(start)).await?))
    }
}
