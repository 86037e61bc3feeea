//! The tickets that are not resolved, for what no total knows of them.

use lambdesk_domain::{
    Ticket,
    query::{Filter, Order},
};

use super::{BYTES, Direction, ListQuery, lanes::Lanes, plan::Partition};
use crate::{Head, error::StoreError, room::Room, upkeep::rollout::UNRESOLVED};

/// The tickets of a project that are not resolved, those first that changed last.
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
        let filter = Filter { statuses: Some(UNRESOLVED.to_vec()), ..Filter::default() };
        let (order, direction) = (Order::default(), Direction::Onward);
        let asked = ListQuery { filter: &filter, order, from: None, direction, skip: 0, limit: 0, count: true, persons: false };
        let mut lanes = Lanes::open(self, &UNRESOLVED.map(Partition::Status), asked, 0).await?;
        let (mut heads, mut beside) = (Vec::new(), 0);
        let are_all = loop {
            let left = BYTES.saturating_sub(lanes.spent + beside);
            if left == 0 && !lanes.is_ready() {
                break false;
            }
            let Some(head) = lanes.next(self, Some(left)).await? else { break true };
            let more = if with_profiles { head.profile_cost() } else { 0 };
            if more > left && !heads.is_empty() {
                break false;
            }
            beside += more;
            heads.push(head);
        };
        let tickets =
            if with_profiles { self.with_profiles(heads).await? } else { heads.into_iter().map(Head::into_ticket).collect() };
        Ok(Unresolved { tickets, are_all })
    }
}
