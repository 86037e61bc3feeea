//! Facts: what was committed, without a word of its text. Every change of a ticket and every public message is a fact, even if
//! a workflow or the desk itself made it. Functions that listen (deliveries, other channels) read facts. Workflows and people's
//! own rules mostly read [`crate::events`], which say more and leave out what could set itself off.
//!
//! A fact's id is derived from what happened. So a record that is delivered twice publishes the same id twice.

use std::{collections::BTreeSet, str::FromStr};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    capture::SessionId,
    cause::Cause,
    delivery::Delivery,
    ids::{MessageId, ProjectId, TicketId},
    message::Message,
    ticket::Ticket,
    time::Timestamp,
    words::words,
};

words! {
    /// The kinds of facts.
    FactKind {
        /// A ticket is there.
        TicketCreated = "ticket.created",
        /// A ticket has changed, even if someone has only read it.
        TicketChanged = "ticket.changed",
        /// A ticket is gone.
        TicketDeleted = "ticket.deleted",
        /// A ticket has another public message.
        MessageAdded = "message.added",
        /// A ticket names a browser session that it did not name before.
        SessionNamed = "session.named",
        /// A message waits for whoever sends it by mail.
        DeliveryDue = "delivery.due",
    }
}

/// A fact: something that was committed, without any of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The fact's id, the same each time the same fact is derived.
    pub id: Uuid,
    /// What kind of fact it is.
    pub kind: FactKind,
    /// The ticket that it is about.
    pub ticket: TicketId,
    /// The message that was added.
    pub message: Option<MessageId>,
    /// The ticket's version after the change, which orders a ticket's facts. A deletion has the version behind the last one.
    /// `None` for a message.
    pub version: Option<u64>,
    /// Who caused it, so that a listener can leave out its own changes.
    pub cause: Cause,
    /// The browser session that a ticket names.
    pub named: Option<Named>,
}

/// A browser session that a ticket names, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The session.
    pub session: SessionId,
    /// When the message was written that came from it, or the ticket was created.
    pub at: Timestamp,
}

impl Fact {
    /// The fact as listeners get it.
    pub fn detail(&self, project: ProjectId) -> Value {
        let Self { id, kind, ticket, message, version, cause, named } = self;
        let mut detail = json!({
            "fact": kind, "uuid": id, "project_id": project, "ticket_id": ticket, "message_id": message, "version": version,
            "cause": cause,
        });
        if let Some(Named { session, at }) = named {
            detail["session_id"] = json!(session);
            detail["named_at"] = json!(at);
        }
        detail
    }
}

/// The fact of a ticket's write, from its images before and after. `None` if the version did not move: such a write only stores
/// the same ticket anew.
pub fn of_ticket(before: Option<&Ticket>, after: Option<&Ticket>) -> Option<Fact> {
    let (kind, ticket, cause) = match (before, after) {
        (None, Some(after)) => (FactKind::TicketCreated, after, Cause::of_write(before, after)),
        (Some(earlier), Some(after)) if earlier.version == after.version => return None,
        (Some(_), Some(after)) => (FactKind::TicketChanged, after, Cause::of_write(before, after)),
        // Nothing but the agents' API deletes tickets.
        (Some(before), None) => (FactKind::TicketDeleted, before, Cause::Agent),
        (None, None) => return None,
    };
    // A deletion takes the version behind the last change, which no other write of the ticket will have.
    let version = ticket.version + u64::from(kind == FactKind::TicketDeleted);
    let id = Uuid::new_v5(&ticket.id.0, format!("{version} {}", kind.name()).as_bytes());
    Some(Fact { id, kind, ticket: ticket.id, message: None, version: Some(version), cause, named: None })
}

/// The fact that a ticket's write names a browser session which its image before did not name. `None` if it names no other, or
/// what it names is no id of a session.
pub fn of_session(before: Option<&Ticket>, after: Option<&Ticket>) -> Option<Fact> {
    let after = after?;
    let session = after.session_id.as_deref()?;
    if before.is_some_and(|before| before.session_id.as_deref() == Some(session)) {
        return None;
    }
    let kind = FactKind::SessionNamed;
    let id = Uuid::new_v5(&after.id.0, format!("{} {}", after.version, kind.name()).as_bytes());
    let named = Named { session: session.parse().ok()?, at: after.thread.last_message_at.unwrap_or(after.created_at) };
    let cause = Cause::of_write(before, after);
    Some(Fact { id, kind, ticket: after.id, message: None, version: Some(after.version), cause, named: Some(named) })
}

/// The fact of a new message. A private note has none of its own: it is a change of its ticket.
pub fn of_message(ticket: TicketId, message: &Message) -> Option<Fact> {
    let kind = FactKind::MessageAdded;
    let id = Uuid::new_v5(&message.id.0, kind.name().as_bytes());
    let cause = Cause::of_author(&message.author);
    let fact = Fact { id, kind, ticket, message: Some(message.id), version: None, cause, named: None };
    (!message.private).then_some(fact)
}

/// The fact that a message waits for whoever sends it, from its delivery before and after a write. Each time that it waits anew is
/// another fact.
pub fn of_delivery(before: Option<&Delivery>, after: &Delivery) -> Option<Fact> {
    let due = after.due.filter(|due| before.and_then(|before| before.due) != Some(*due))?;
    let kind = FactKind::DeliveryDue;
    let id = Uuid::new_v5(&after.message.0, format!("{} {}", due.micros(), kind.name()).as_bytes());
    let Delivery { ticket, message, .. } = after;
    Some(Fact { id, kind, ticket: *ticket, message: Some(*message), version: None, cause: Cause::Desk, named: None })
}

/// The kinds of facts that are published. Written as a comma-separated list, which may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds(BTreeSet<FactKind>);

impl Kinds {
    /// Whether facts of this kind are published.
    pub fn has(&self, kind: FactKind) -> bool {
        self.0.contains(&kind)
    }

    /// The kinds, in the order of [`FactKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = FactKind> {
        self.0.iter().copied()
    }
}

impl FromIterator<FactKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = FactKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().collect())
    }
}

/// A list of kinds names one that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind of fact {0:?}; there are {known}", known = known())]
pub struct UnknownKind(String);

/// The words of all kinds.
fn known() -> String {
    FactKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Kinds {
    type Err = UnknownKind;

    fn from_str(list: &str) -> Result<Self, UnknownKind> {
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| FactKind::parse(name).ok_or_else(|| UnknownKind(name.to_owned()))).collect()
    }
}

#[cfg(test)]
mod tests;
