//! In which order.

use std::cmp::Ordering;

use crate::{
    ids::{TicketId, TicketNumber},
    ticket::Ticket,
    time::Timestamp,
};

/// What tickets are ordered by (decision 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Their last change.
    Updated,
    /// Their creation.
    Created,
    /// Their number.
    Number,
    /// The deadline that runs; those without one, resolved tickets among them, come last, either way round.
    Due,
}

impl Key {
    /// Every key.
    pub const ALL: [Self; 4] = [Self::Updated, Self::Created, Self::Number, Self::Due];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated_at",
            Self::Created => "created_at",
            Self::Number => "ticket_number",
            Self::Due => "sla_due_at",
        }
    }
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub key: Key,
    /// The latest or largest first.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { key: Key::Updated, descending: true }
    }
}

/// Where a ticket stands in an order, as it was when it stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// What the order goes by: a time, or nothing where it goes by the number alone or there is no deadline.
    pub at: Option<Timestamp>,
    /// The ticket's number, which sets apart those of one time.
    pub number: TicketNumber,
    /// Its id.
    pub id: TicketId,
}

impl Order {
    /// The order of that word, with or without `-` before it; any other word is the default.
    pub fn parse(word: &str) -> Self {
        Self::known(word).unwrap_or_default()
    }

    /// The same; `None` for any other word.
    pub fn known(word: &str) -> Option<Self> {
        let (descending, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let key = Key::ALL.into_iter().find(|key| key.name() == word)?;
        Some(Self { key, descending })
    }

    /// The word for it.
    pub fn name(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.key.name())
    }

    /// Where a ticket stands.
    pub const fn place(self, ticket: &Ticket) -> Place {
        let at = match self.key {
            Key::Updated => Some(ticket.updated_at),
            // Numbers are given in the order of creation.
            Key::Created | Key::Number => None,
            Key::Due => ticket.running_deadline(),
        };
        Place { at, number: ticket.number, id: ticket.id }
    }

    /// A place right behind another, or right before it: a walk from there comes back to whatever stood at that one.
    pub const fn beside(self, place: Place, behind: bool) -> Place {
        let up = self.descending != behind;
        match place.at {
            Some(at) => Place { at: Some(at.plus_micros(if up { 1 } else { -1 })), ..place },
            None if up => Place { number: place.number.saturating_add(1), ..place },
            None => Place { number: place.number.saturating_sub(1), ..place },
        }
    }

    /// Which of two places comes first.
    pub fn compare(self, one: &Place, other: &Place) -> Ordering {
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
