//! A ticket as its own item has it.

use lambdesk_domain::Ticket;

use crate::{
    error::StoreError,
    items::profile,
    transport::{item::Item, read::BY_KEY},
};

/// A ticket as its own item has it. It is whole, unless its profile lies beside it: then it has no more than name, e-mail and
/// replay of its traits and context. A decision about a ticket needs the whole ticket. What a customer reads needs the head only.
#[derive(Debug, Clone, PartialEq)]
pub struct Head(pub(crate) Ticket);

impl Head {
    /// The ticket, as far as its own item has it.
    pub const fn ticket(&self) -> &Ticket {
        &self.0
    }

    /// The ticket by value, as far as its own item has it.
    pub fn into_ticket(self) -> Ticket {
        self.0
    }

    /// The whole ticket; `None` if the profile is of another version than the ticket names, so that both must be read again.
    pub(crate) fn with(&self, profile: &Item) -> Result<Option<Ticket>, StoreError> {
        if self.0.profile.map(|stored| stored.version) != Some(profile::version(profile)?) {
            return Ok(None);
        }
        let mut ticket = self.0.clone();
        profile::add(&mut ticket, profile)?;
        Ok(Some(ticket))
    }

    /// The cost of reading its profile in a batch, in bytes of a range of the same price.
    pub(crate) fn profile_cost(&self) -> usize {
        self.0.profile.map_or(0, |profile| (profile.bytes as usize).next_multiple_of(BY_KEY))
    }
}
