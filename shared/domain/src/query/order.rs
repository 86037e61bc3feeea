//! The order of a list of tickets.

use std::cmp::Ordering;

use crate::{
    ids::{TicketId, TicketNumber},
    ticket::Ticket,
    time::Timestamp,
};

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The time of the last change.
    Updated,
    /// The time of creation.
    Created,
    /// The ticket's number, which is the order of creation.
    Number,
    /// The running deadline. Tickets without one, which includes resolved tickets, come last in both directions
    /// (docs/decisions.md, 4 and 59).
    Due,
}

impl Key {
    /// Every key that `order_by` takes.
    pub const ALL: [Self; 4] = [Self::Updated, Self::Created, Self::Number, Self::Due];

    /// The word in `order_by`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated_at",
            Self::Created => "created_at",
            Self::Number => "ticket_number",
            Self::Due => "sla_due_at",
        }
    }
}

/// An order of tickets; by default the latest change first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What it goes by.
    pub key: Key,
    /// Whether the latest or largest comes first.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { key: Key::Updated, descending: true }
    }
}

/// The position of a ticket in an order, as it was when the ticket was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The time that the order goes by. `None` if it goes by the number alone, or if the ticket has no running deadline.
    pub at: Option<Timestamp>,
    /// The ticket's number, which orders tickets of the same time.
    pub number: TicketNumber,
    /// The ticket's id, by which a read begins at this position.
    pub id: TicketId,
}

impl Order {
    /// The order for a word, with or without a leading `-`. Any other word gives the default.
    pub fn parse(word: &str) -> Self {
        Self::known(word).unwrap_or_default()
    }

    /// The order for a word; `None` for an unknown one.
    pub fn known(word: &str) -> Option<Self> {
        let (descending, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let key = Key::ALL.into_iter().find(|key| key.name() == word)?;
        Some(Self { key, descending })
    }

    /// The word that [`Order::parse`] reads.
    pub fn name(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.key.name())
    }

    /// The position of a ticket in this order.
    pub const fn place(self, ticket: &Ticket) -> Position {
        let at = match self.key {
            Key::Updated => Some(ticket.updated_at),
            // Numbers are assigned in the order of creation.
            Key::Created | Key::Number => None,
            Key::Due => ticket.running_deadline(),
        };
        Position { at, number: ticket.number, id: ticket.id }
    }

    /// The position right behind `place`, or right before it. A page that is read from there towards `place` includes the
    /// ticket at `place`.
    pub const fn beside(self, place: Position, behind: bool) -> Position {
        let up = self.descending != behind;
        match place.at {
            Some(at) => Position { at: Some(at.plus_micros(if up { 1 } else { -1 })), ..place },
            None if up => Position { number: place.number.saturating_add(1), ..place },
            None => Position { number: place.number.saturating_sub(1), ..place },
        }
    }

    /// Which of two positions comes first.
    pub fn compare(self, one: &Position, other: &Position) -> Ordering {
        let turned = |ordering: Ordering| if self.descending { ordering.reverse() } else { ordering };
        let by_time = match (one.at, other.at) {
            (Some(one), Some(other)) => turned(one.cmp(&other)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_time.then_with(|| turned(one.number.cmp(&other.number)))
    }
}
