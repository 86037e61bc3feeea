//! The table's stream: what a record says about a ticket. Everything else the table holds is passed over.

use std::collections::BTreeSet;

use lambdesk_domain::{
    Message, ProjectId, Ticket, TicketId,
    events::About,
    person::Sighting,
    query::{customer_words, customer_words_before},
    totals::Cell,
};
use serde_dynamo::AttributeValue;

use crate::{
    Head,
    error::StoreError,
    items,
    transport::{
        format::upgraded,
        item::Item,
        keys::{self, PK, SK, TicketRow},
    },
};

/// One write of one ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketChange {
    /// Whose ticket.
    pub project: ProjectId,
    /// Which.
    pub ticket: TicketId,
    /// As it was: `None` for a new ticket, and for one that nobody could read any more. Neither image has a profile that lies
    /// apart. Events, totals, tags and words need none.
    pub before: Option<Ticket>,
    /// As it is: `None` if the write removed it.
    pub after: Option<Ticket>,
    /// Whether the write put a ticket that can be read in the place of an item that could not. It counts from now on; what
    /// happened to it, nobody can tell.
    pub mended: bool,
}

impl TicketChange {
    /// What a stream record with these keys and images says; `None` if it is about no ticket, or changes nothing (a write
    /// that leaves an item as it was has a record on some emulators).
    pub fn of(
        keys: &serde_dynamo::Item,
        before: serde_dynamo::Item,
        after: serde_dynamo::Item,
    ) -> Result<Option<Self>, StoreError> {
        let (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) = (keys.get(PK), keys.get(SK)) else { return Ok(None) };
        let Some((project, ticket)) = keys::ticket_of(pk, sk).filter(|_| before != after) else { return Ok(None) };
        let after = read(after).transpose()?;
        // What a ticket was matters to nobody who counts or purges: a corrupt item can be mended, and removed.
        let (before, mended) = match read(before) {
            None => (None, false),
            Some(Ok(before)) => (Some(before), false),
            Some(Err(_)) => (None, after.is_some()),
        };
        Ok(Some(Self { project, ticket, before, after, mended }))
    }

    /// Whether the ticket counts otherwise than before. Where it doesn't, neither a read nor a write is due: the cell the
    /// ticket has now came with an earlier record, and nothing but a later one can replace it.
    pub(crate) fn moves(&self) -> bool {
        self.after.is_none() || self.before.as_ref().map(Cell::of) != self.after.as_ref().map(Cell::of)
    }

    /// Whether the ticket has other tags than before, in whatever order. That it is gone counts as a change: an earlier record
    /// may yet come that says it had some.
    pub(crate) fn retags(&self) -> bool {
        let tags = |ticket: &Option<Ticket>| -> BTreeSet<String> {
            ticket.iter().flat_map(|ticket| ticket.fields.tags.iter()).map(str::to_owned).collect()
        };
        self.after.is_none() || tags(&self.before) != tags(&self.after)
    }

    /// The words that the ticket's customer was and is found by, if they are others now; by whichever folding those were
    /// written that it was.
    pub(crate) fn rewords(&self) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
        let words = |ticket: &Option<Ticket>| ticket.as_ref().map(customer_words).unwrap_or_default();
        let (mut before, after) = Some((words(&self.before), words(&self.after))).filter(|(before, after)| before != after)?;
        // Rows that were written by an older folding go with the others.
        before.extend(self.before.iter().flat_map(customer_words_before));
        Some((before, after))
    }
}

/// One new message or note, with what it keeps of its ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// Whose.
    pub project: ProjectId,
    /// The message.
    pub message: Message,
    /// Its ticket as it was then.
    pub about: About,
}

impl NewMessage {
    /// What a stream record with these keys and images says, if it says that a public message was added.
    pub fn of(
        keys: &serde_dynamo::Item,
        before: &serde_dynamo::Item,
        after: serde_dynamo::Item,
    ) -> Result<Option<Self>, StoreError> {
        let (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) = (keys.get(PK), keys.get(SK)) else { return Ok(None) };
        let new = before.is_empty() && sk.starts_with(TicketRow::Message.first());
        let Some((project, _)) = keys::ticket_of(pk, keys::LAST).filter(|_| new) else { return Ok(None) };
        let item = upgraded(after.into())?;
        if item.is_empty() {
            return Ok(None);
        }
        let (message, about) = (items::message::read(&item)?, items::message::read_about(&item)?);
        Ok(Some(Self { project, message, about }))
    }
}

/// The ticket of an image, as far as its own item has it; `None` for an image that is not there.
fn read(image: serde_dynamo::Item) -> Option<Result<Ticket, StoreError>> {
    let item: Item = image.into();
    (!item.is_empty()).then(|| items::ticket::read(&upgraded(item)?).map(Head::into_ticket))
}

/// What a stream record of a ticket's profile tells of a customer with a proven identity. `None` for a record of anything else,
/// and for one that tells nothing.
pub fn told_in_profile(
    keys: &serde_dynamo::Item,
    after: &serde_dynamo::Item,
) -> Result<Option<(ProjectId, Sighting)>, StoreError> {
    let (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) = (keys.get(PK), keys.get(SK)) else { return Ok(None) };
    let Some((project, _)) = keys::ticket_of_profile(pk, sk) else { return Ok(None) };
    let sighting = items::profile::sighting(&upgraded(after.clone().into())?)?;
    Ok(sighting.map(|sighting| (project, sighting)))
}
