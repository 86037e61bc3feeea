//! How a ticket begins.

use crate::{
    decide::FromCustomer,
    ids::{MessageId, TicketId, TicketNumber},
    message::{Author, Content, Message},
    policies::clock::SlaClock,
    statuses::Statuses,
    text::{PREVIEW, cut},
    ticket::{Fields, Origin, Ticket},
    time::Timestamp,
    traits::{self, Object},
};

/// A ticket that is about to be: all but its id, number and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Where it comes from.
    pub origin: Origin,
    /// The customer.
    pub distinct_id: String,
    /// Whether the customer's identity is proven.
    pub identity_verified: Option<bool>,
    /// What the team sets and sees.
    pub fields: Fields,
    /// The customer's analytics session.
    pub session_id: Option<String>,
    /// Its context.
    pub session_context: Object,
    /// The first message: the customer's, unless an agent opens the conversation (decision 36).
    pub message: Option<(Author, Content)>,
}

/// A ticket that goes on where another one ended: the same customer, known as well, and nothing that was decided about the
/// other.
pub fn follow_up(ended: &Ticket, received: FromCustomer) -> Draft {
    let FromCustomer { content, traits, claims, session_id, session_context, verified, entropy: _ } = received;
    let Fields { mut anonymous_traits, mut proven_traits, .. } = ended.fields.clone();
    let mut context = ended.session_context.clone();
    traits::receive(&mut anonymous_traits, &mut proven_traits, traits, claims.about(&ended.distinct_id));
    traits::merge(&mut context, session_context);
    Draft {
        origin: ended.origin.clone(),
        distinct_id: ended.distinct_id.clone(),
        identity_verified: if verified { Some(true) } else { ended.identity_verified },
        fields: Fields { anonymous_traits, proven_traits, ..Fields::default() },
        session_id: session_id.or_else(|| ended.session_id.clone()),
        session_context: context,
        message: Some((Author::Customer, content)),
    }
}

/// The ticket of `draft` under its number, and its first message.
pub fn open(draft: Draft, id: TicketId, number: TicketNumber, now: Timestamp, entropy: u64) -> (Ticket, Option<Message>) {
    let Draft { origin, distinct_id, identity_verified, fields, session_id, session_context, message } = draft;
    let message = message.map(|(author, content)| Message {
        id: MessageId::new(now, entropy),
        created_at: now,
        author,
        content,
        private: false,
        edits: 0,
        follows: None,
    });
    let by_customer = message.as_ref().is_some_and(|message| message.author == Author::Customer);
    let status = fields.status;
    let ticket = Ticket {
        id,
        number,
        origin,
        distinct_id,
        identity_verified,
        fields,
        session_id,
        session_context,
        sla_due_at: None,
        created_at: now,
        updated_at: now,
        message_count: u32::from(message.is_some()),
        note_count: 0,
        last_message_at: message.as_ref().map(|message| message.created_at),
        last_message_text: message.as_ref().map(|message| cut(&message.content.text, PREVIEW).to_owned()),
        unread_team_count: u32::from(by_customer),
        unread_customer_count: u32::from(message.is_some() && !by_customer),
        last_entry_at: now,
        recent_replies: Vec::new(),
        changed_by: None,
        since: None,
        follow_up: None,
        follows_up: None,
        satisfaction: None,
        statuses: Statuses::new(now, status),
        sla_clock: SlaClock::new(now),
        wake_at: None,
        profile: None,
        version: 1,
    };
    (ticket, message)
}
