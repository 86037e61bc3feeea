//! How a ticket begins.

use crate::{
    assignee::Assignee,
    decide::FromCustomer,
    ids::{MessageId, TicketId, TicketNumber},
    message::{Author, Content, Message},
    policies::clock::SlaClock,
    statuses::Statuses,
    tags::Tags,
    text::{PREVIEW, cut},
    ticket::{Channel, ChannelDetail, Priority, Status, Ticket},
    time::Timestamp,
    traits::{self, Object, Proven},
};

/// A ticket that is about to be: all but its id, number and time.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Where it comes from.
    pub channel: Channel,
    /// How.
    pub channel_detail: Option<ChannelDetail>,
    /// The customer.
    pub distinct_id: String,
    /// The customer's browser session.
    pub widget_session_id: Option<String>,
    /// Whether the customer's identity is proven.
    pub identity_verified: Option<bool>,
    /// Usually new.
    pub status: Status,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Who is responsible.
    pub assignee: Option<Assignee>,
    /// Tags.
    pub tags: Tags,
    /// What is known of the customer.
    pub anonymous_traits: Object,
    /// Which of it is proven.
    pub proven_traits: Proven,
    /// The customer's analytics session.
    pub session_id: Option<String>,
    /// Its context.
    pub session_context: Object,
    /// Whether an AI resolved it.
    pub ai_resolved: bool,
    /// Why it was escalated.
    pub escalation_reason: Option<String>,
    /// The first message: the customer's, unless an agent opens the conversation (decision 36).
    pub message: Option<(Author, Content)>,
}

/// A ticket that goes on where another one ended: the same customer, known as well, and nothing that was decided about the
/// other.
pub fn follow_up(ended: &Ticket, received: FromCustomer) -> Draft {
    let FromCustomer { content, traits, claims, session_id, session_context, verified, entropy: _ } = received;
    let (mut all_traits, mut context) = (ended.anonymous_traits.clone(), ended.session_context.clone());
    let mut proven_traits = ended.proven_traits.clone();
    traits::receive(&mut all_traits, &mut proven_traits, traits, claims.about(&ended.distinct_id));
    traits::merge(&mut context, session_context);
    Draft {
        channel: ended.channel,
        channel_detail: ended.channel_detail,
        distinct_id: ended.distinct_id.clone(),
        widget_session_id: ended.widget_session_id.clone(),
        identity_verified: if verified { Some(true) } else { ended.identity_verified },
        status: Status::New,
        priority: None,
        assignee: None,
        tags: Tags::default(),
        anonymous_traits: all_traits,
        proven_traits,
        session_id: session_id.or_else(|| ended.session_id.clone()),
        session_context: context,
        ai_resolved: false,
        escalation_reason: None,
        message: Some((Author::Customer, content)),
    }
}

/// The ticket of `draft` under its number, and its first message.
pub fn open(draft: Draft, id: TicketId, number: TicketNumber, now: Timestamp, entropy: u64) -> (Ticket, Option<Message>) {
    let Draft {
        channel,
        channel_detail,
        distinct_id,
        widget_session_id,
        identity_verified,
        status,
        priority,
        assignee,
        tags,
        anonymous_traits,
        proven_traits,
        session_id,
        session_context,
        ai_resolved,
        escalation_reason,
        message,
    } = draft;
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
    let ticket = Ticket {
        id,
        number,
        channel,
        channel_detail,
        distinct_id,
        widget_session_id,
        identity_verified,
        status,
        priority,
        assignee,
        tags,
        anonymous_traits,
        proven_traits,
        session_id,
        session_context,
        ai_resolved,
        escalation_reason,
        sla_due_at: None,
        snoozed_until: None,
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
