//! The inbox: tickets by their last change, merged from one partition of `by_status` per status.

use std::cmp::Reverse;

use lambdesk_domain::{Ticket, TicketId, Timestamp, ids::TicketNumber, ticket::Status};

use crate::{
    Desk,
    error::StoreError,
    item::{self, Item},
    items, keys,
    read::{Found, Range},
    schema::BY_STATUS,
};

/// How many tickets one partition is asked for at a time: a page of up to 100 takes one parallel step, and a larger one
/// never reads much more than it shows.
const CHUNK: usize = 150;
/// How many bytes of tickets one walk takes (design.md section 3): as JSON they still fit an answer of Lambda's, 6 MB.
const BYTES: usize = 1_000_000;

/// A place in the order of the inbox: right at this ticket, as it was when it was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its last change.
    pub updated_at: Timestamp,
    /// Its number.
    pub number: TicketNumber,
    /// Its id.
    pub id: TicketId,
}

impl Position {
    /// Where a ticket stands.
    pub const fn of(ticket: &Ticket) -> Self {
        Self { updated_at: ticket.updated_at, number: ticket.number, id: ticket.id }
    }
}

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the newest change to the oldest.
    Older,
    /// Back towards the newest.
    Newer,
}

/// Part of the inbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Tickets in walking order.
    pub tickets: Vec<Ticket>,
    /// Whether the walk can go on.
    pub more: bool,
}

/// One partition under way: what is read and not yet taken, and where to read on.
struct Lane {
    status: Status,
    /// Tickets, each with the bytes of its item.
    buffer: std::vec::IntoIter<(Ticket, usize)>,
    next: Option<Item>,
}

impl Desk {
    /// Up to `want` tickets of these statuses beyond `from` (from the first one on if that is `None`); fewer, with more to
    /// come, where those would be more than 1 MB.
    pub async fn list(
        &self,
        statuses: &[Status],
        from: Option<Position>,
        direction: Direction,
        want: usize,
    ) -> Result<Listed, StoreError> {
        let chunk = (want + 1).min(CHUNK);
        let start =
            |status| from.map(|at| keys::status_position(self.project, status, &keys::updated(at.updated_at, at.number), at.id));
        let opened = statuses.iter().map(|status| self.lane(*status, start(*status), direction, chunk));
        let mut lanes = futures_util::future::try_join_all(opened).await?;
        let (mut tickets, mut bytes) = (Vec::with_capacity(want.min(1000)), 0);
        loop {
            for lane in &mut lanes {
                while lane.buffer.as_slice().is_empty() && lane.next.is_some() {
                    *lane = self.lane(lane.status, lane.next.take(), direction, chunk).await?;
                }
            }
            let heads = lanes.iter_mut().filter(|lane| !lane.buffer.as_slice().is_empty());
            let first = heads.min_by_key(|lane| lane.buffer.as_slice().first().map(|(ticket, _)| rank(ticket, direction)));
            let Some(lane) = first else { return Ok(Listed { tickets, more: false }) };
            if tickets.len() == want || bytes >= BYTES {
                return Ok(Listed { tickets, more: true });
            }
            if let Some((ticket, size)) = lane.buffer.next() {
                tickets.push(ticket);
                bytes += size;
            }
        }
    }

    async fn lane(&self, status: Status, start: Option<Item>, direction: Direction, chunk: usize) -> Result<Lane, StoreError> {
        let range = Range::new("sts = :status").on(BY_STATUS).text(":status", keys::by_status(self.project, status));
        let range = if direction == Direction::Older { range.descending() } else { range };
        let Found { items, next, .. } = self.store.query(range.from(start).limit(chunk)).await?;
        let sized = |item| Ok((items::ticket::read(item)?, item::size(item)));
        let tickets = items.iter().map(sized).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Lane { status, buffer: tickets.into_iter(), next })
    }
}

/// Smallest first, in either direction, by the index's own sort key.
fn rank(ticket: &Ticket, direction: Direction) -> (Option<Reverse<String>>, Option<String>) {
    let key = keys::updated_of(ticket);
    match direction {
        Direction::Older => (Some(Reverse(key)), None),
        Direction::Newer => (None, Some(key)),
    }
}
