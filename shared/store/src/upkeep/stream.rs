//! Reading the table's stream: what a record says about a ticket, a message or a customer. Other records say nothing here.

use std::collections::{BTreeSet, HashMap};

use lambdesk_domain::{
    Message, ProjectId, Ticket, TicketId,
    delivery::Delivery,
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

/// The mark of an item that was restored: nothing happens to the ticket now. Any later write of the item leaves it out.
pub(crate) const RESTORED: &str = "rst";

/// An item to be restored.
pub(crate) fn restored(mut item: Item) -> Item {
    item.insert(RESTORED.to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(true));
    item
}

/// Whether a record's write restored an item.
fn is_restored(before: &serde_dynamo::Item, after: &serde_dynamo::Item) -> bool {
    before.is_empty() && after.contains_key(RESTORED)
}

/// One write of one ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct TicketChange {
    /// The project of the ticket.
    pub project: ProjectId,
    /// The ticket that was written.
    pub ticket: TicketId,
    /// The ticket before the write. `None` if it is new, or could not be read. Neither image has a profile that lies apart;
    /// events, totals, tags and words need none.
    pub before: Option<Ticket>,
    /// The ticket after the write. `None` if the write removed it.
    pub after: Option<Ticket>,
    /// Whether the write replaced an unreadable item by a ticket, or restored a ticket of another desk. The ticket counts from
    /// now on, but what happened to it is not known, or long past.
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
        let restored = is_restored(&before, &after);
        let after = read(after).transpose()?;
        // Folds and purges don't need the image before. So a corrupt item can be replaced, and removed.
        let (before, mended) = match read(before) {
            None => (None, restored),
            Some(Ok(before)) => (Some(before), false),
            Some(Err(_)) => (None, after.is_some()),
        };
        Ok(Some(Self { project, ticket, before, after, mended }))
    }

    /// Whether the ticket counts in another cell than before. If not, nothing is read or written: an earlier record brought the
    /// ticket's cell, and only a later record can replace it.
    pub(crate) fn moves(&self) -> bool {
        self.after.is_none() || self.before.as_ref().map(Cell::of) != self.after.as_ref().map(Cell::of)
    }

    /// Whether the ticket has other tags than before, in whatever order. A removal counts as a change: a record of earlier tags
    /// may come after it.
    pub(crate) fn retags(&self) -> bool {
        let tags = |ticket: &Option<Ticket>| -> BTreeSet<String> {
            ticket.iter().flat_map(|ticket| ticket.fields.tags.iter()).map(str::to_owned).collect()
        };
        self.after.is_none() || tags(&self.before) != tags(&self.after)
    }

    /// The words that the ticket's customer was and is found by, if these have changed. The words before include those of an
    /// older folding.
    pub(crate) fn rewords(&self) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
        let words = |ticket: &Option<Ticket>| ticket.as_ref().map(customer_words).unwrap_or_default();
        let (mut before, after) = Some((words(&self.before), words(&self.after))).filter(|(before, after)| before != after)?;
        // Rows that were written by an older folding go with the others.
        before.extend(self.before.iter().flat_map(customer_words_before));
        Some((before, after))
    }
}

/// The last of these changes of each ticket.
pub(crate) fn latest<'a>(changes: impl Iterator<Item = &'a TicketChange>) -> Vec<&'a TicketChange> {
    // By version, and a removal last.
    let age = |change: &TicketChange| (change.after.is_none(), change.after.as_ref().map_or(0, |ticket| ticket.version));
    let mut latest: HashMap<TicketId, &TicketChange> = HashMap::new();
    for change in changes {
        let known = latest.entry(change.ticket).or_insert(change);
        if age(known) < age(change) {
            *known = change;
        }
    }
    latest.into_values().collect()
}

/// One new public message, with what it keeps of its ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// The project of the message.
    pub project: ProjectId,
    /// The message that was added.
    pub message: Message,
    /// What the message says of its ticket at that time.
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
        let new = before.is_empty() && !after.contains_key(RESTORED) && sk.starts_with(TicketRow::Message.first());
        let Some((project, _)) = keys::ticket_of(pk, keys::LAST).filter(|_| new) else { return Ok(None) };
        let item = upgraded(after.into())?;
        if item.is_empty() {
            return Ok(None);
        }
        let (message, about) = (items::message::read(&item)?, items::message::read_about(&item)?);
        Ok(Some(Self { project, message, about }))
    }
}

/// One write of what becomes of a message on its way out of the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryChange {
    /// The project of the message.
    pub project: ProjectId,
    /// The delivery before the write; `None` if it is new, or could not be read.
    pub before: Option<Delivery>,
    /// The delivery after the write.
    pub after: Delivery,
}

impl DeliveryChange {
    /// What a stream record with these keys and images says; `None` if it is about no delivery, or removes one.
    pub fn of(
        keys: &serde_dynamo::Item,
        before: &serde_dynamo::Item,
        after: &serde_dynamo::Item,
    ) -> Result<Option<Self>, StoreError> {
        let (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) = (keys.get(PK), keys.get(SK)) else { return Ok(None) };
        let is_told = !after.is_empty() && !is_restored(before, after);
        let Some((project, ..)) = keys::delivery_of(pk, sk).filter(|_| is_told) else { return Ok(None) };
        let read = |image: &serde_dynamo::Item| items::delivery::read(&upgraded(image.clone().into())?);
        let before = if before.is_empty() { None } else { read(before).ok() };
        Ok(Some(Self { project, before, after: read(after)? }))
    }
}

/// The ticket of an image, as far as its own item has it; `None` for an image that is not there.
fn read(image: serde_dynamo::Item) -> Option<Result<Ticket, StoreError>> {
    let item: Item = image.into();
    (!item.is_empty()).then(|| items::ticket::read(&upgraded(item)?).map(Head::into_ticket))
}

/// What a stream record of a ticket's profile tells of a customer with a proven identity. `None` for any other record, and if the
/// profile tells nothing, or was restored with its person.
pub fn sighting_in_profile(
    keys: &serde_dynamo::Item,
    after: &serde_dynamo::Item,
) -> Result<Option<(ProjectId, Sighting)>, StoreError> {
    let (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) = (keys.get(PK), keys.get(SK)) else { return Ok(None) };
    let Some((project, _)) = keys::ticket_of_profile(pk, sk).filter(|_| !after.contains_key(RESTORED)) else { return Ok(None) };
    let sighting = items::profile::sighting(&upgraded(after.clone().into())?)?;
    Ok(sighting.map(|sighting| (project, sighting)))
}
