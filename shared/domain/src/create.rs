//! How a ticket begins.

use crate::{
    ids::{MessageId, TicketId, TicketNumber},
    mail::OpenedByMail,
    message::{Author, Content, Message},
    policies::clock::SlaClock,
    statuses::Statuses,
    thread::Thread,
    ticket::{Fields, Origin, Ticket},
    time::Timestamp,
    traits::Object,
};

/// A new ticket without its id, its number and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The channel that it comes through.
    pub origin: Origin,
    /// The customer's id in analytics.
    pub distinct_id: String,
    /// Whether the customer proved who they are. `None` if the team files the ticket.
    pub identity_verified: Option<bool>,
    /// What the team sets, and what is known of the customer.
    pub fields: Fields,
    /// The customer's analytics session.
    pub session_id: Option<String>,
    /// What the browser sent of that session.
    pub session_context: Object,
    /// The first message. An agent may open the conversation too (docs/decisions.md, 36).
    pub message: Option<(Author, Content)>,
    /// The ticket that this one continues.
    pub follows_up: Option<TicketId>,
    /// What the mail brings that opens it.
    pub mail: Option<Box<OpenedByMail>>,
}

/// Opens the ticket of `draft` with its first message.
pub fn open(draft: Draft, id: TicketId, number: TicketNumber, now: Timestamp, entropy: u64) -> (Ticket, Option<Message>) {
    let Draft { origin, distinct_id, identity_verified, fields, session_id, session_context, message, follows_up, mail } = draft;
    let (route, mailed, related) = match mail.map(|mail| *mail) {
        Some(OpenedByMail { route, mailed, related, bcc: _ }) => (Some(Box::new(route)), mailed.map(Box::new), related),
        None => (None, None, None),
    };
    let message = message.map(|(author, content)| Message {
        id: MessageId::new(now, entropy),
        created_at: now,
        author,
        content,
        private: false,
        edits: 0,
        follows: None,
        mailed,
    });
    let mut thread = Thread::new(now);
    if let Some(message) = &message {
        thread.add(message);
    }
    let status = fields.status;
    let ticket = Ticket {
        id,
        number,
        origin,
        distinct_id,
        identity_verified,
        fields,
        first_session_id: session_id.clone(),
        session_id,
        session_context,
        sla_due_at: None,
        created_at: now,
        updated_at: now,
        thread,
        changed_by: None,
        since: None,
        follow_up: None,
        follows_up,
        route,
        related,
        undelivered: None,
        satisfaction: None,
        statuses: Statuses::new(now, status),
        sla_clock: SlaClock::new(now),
        wake_at: None,
        profile: None,
        version: 1,
    };
    (ticket, message)
}
