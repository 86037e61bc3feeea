//! What agents get to read. Every field of a ticket is named here, so that a new one can't be forgotten, nor the
//! customer's session id, which is a secret, be shown by accident.

use lambdesk_domain::{
    Message, MessageId, Ticket, TicketId, Timestamp,
    message::Content,
    policies::{Metric, Policies, explain::Sla},
    satisfaction::Satisfaction,
    sla::Standing,
    tags::Tags,
    ticket::{Channel, ChannelDetail, Priority, Status},
    traits::{Object, Proven},
};
use lambdesk_http::{assignee::AssigneeBody, channel::ChannelFields};
use lambdesk_store::Directory;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::person::{People, PersonBody};

/// A ticket (contract/agent-api.md section 3).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TicketBody {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    /// Per project, from 1.
    ticket_number: u64,
    channel_source: Channel,
    channel_detail: Option<ChannelDetail>,
    distinct_id: String,
    status: Status,
    priority: Option<Priority>,
    assignee: Option<AssigneeBody>,
    #[schema(value_type = Object)]
    anonymous_traits: Object,
    /// The names of those that are proven: the team set them, or a claim came with them that the project's secret has signed. The
    /// others are what a browser said.
    #[schema(value_type = Vec<String>)]
    proven_traits: Proven,
    /// Whether the customer's identity was proven; null where the question does not arise.
    identity_verified: Option<bool>,
    ai_resolved: bool,
    escalation_reason: Option<String>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Timestamp,
    /// Public messages.
    message_count: u32,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_message_at: Option<Timestamp>,
    /// Its first 500 characters.
    last_message_text: Option<String>,
    unread_team_count: u32,
    unread_customer_count: u32,
    session_id: Option<String>,
    #[schema(value_type = Object)]
    session_context: Object,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla_due_at: Option<Timestamp>,
    /// How the ticket stands with its deadline.
    sla: SlaBody,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Timestamp>,
    #[schema(value_type = Vec<String>)]
    tags: Tags,
    /// The ticket that goes on where this one ended.
    #[schema(value_type = Option<uuid::Uuid>)]
    follow_up: Option<TicketId>,
    /// The ticket that this one goes on with.
    #[schema(value_type = Option<uuid::Uuid>)]
    follows_up: Option<TicketId>,
    /// How the customer found it; null until they were asked.
    satisfaction: Option<SatisfactionBody>,
    #[serde(flatten)]
    channel_fields: ChannelFields,
    /// Who proved to be this distinct id; null until someone did. Whether it was this ticket's customer, `identity_verified`
    /// says.
    person: Option<PersonBody>,
}

impl TicketBody {
    pub(crate) fn new(ticket: &Ticket, directory: &Directory, people: &People, now: Timestamp) -> Self {
        let sla = SlaBody::new(ticket, &directory.project.policies, now);
        let Ticket {
            id,
            number,
            channel,
            channel_detail,
            distinct_id,
            widget_session_id: _,
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
            sla_due_at,
            snoozed_until,
            created_at,
            updated_at,
            message_count,
            note_count: _,
            last_message_at,
            last_message_text,
            unread_team_count,
            unread_customer_count,
            last_entry_at: _,
            recent_replies: _,
            changed_by: _,
            since: _,
            follow_up,
            follows_up,
            satisfaction,
            statuses: _,
            sla_clock: _,
            wake_at: _,
            profile: _,
            version: _,
        } = ticket.clone();
        Self {
            id,
            ticket_number: number,
            channel_source: channel,
            channel_detail,
            distinct_id,
            status,
            priority,
            assignee: assignee.map(|assignee| AssigneeBody::new(assignee, directory)),
            anonymous_traits,
            proven_traits,
            identity_verified,
            ai_resolved,
            escalation_reason,
            created_at,
            updated_at,
            message_count,
            last_message_at,
            last_message_text,
            unread_team_count,
            unread_customer_count,
            session_id,
            session_context,
            sla_due_at,
            sla,
            snoozed_until,
            tags,
            follow_up,
            follows_up,
            satisfaction: satisfaction.map(SatisfactionBody::new),
            channel_fields: ChannelFields::default(),
            person: people.person(ticket),
        }
    }
}

/// How a customer found it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SatisfactionBody {
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    asked_at: Timestamp,
    /// 1 to 5; null until they answered.
    rating: Option<u8>,
    comment: Option<String>,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    answered_at: Option<Timestamp>,
}

impl SatisfactionBody {
    fn new(Satisfaction { asked_at, answer }: Satisfaction) -> Self {
        let (rating, answered_at) = answer.as_ref().map(|answer| (answer.rating.number(), answer.at)).unzip();
        Self { asked_at, rating, comment: answer.and_then(|answer| answer.comment), answered_at }
    }
}

/// How a ticket stands with its deadline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SlaBody {
    state: Standing,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    due_at: Option<Timestamp>,
    /// Until then, below zero since then; what is left to count while the clock is paused.
    remaining_seconds: Option<i64>,
    /// The policy that it follows from; null for a deadline that was set.
    policy: Option<String>,
    /// What is due by then.
    metric: Option<Metric>,
}

impl SlaBody {
    pub(crate) fn new(ticket: &Ticket, policies: &Policies, now: Timestamp) -> Self {
        let Sla { state, due_at, remaining_secs, policy, metric } = Sla::of(ticket, policies, now);
        Self { state, due_at, remaining_seconds: remaining_secs, policy: policy.map(str::to_owned), metric }
    }
}

/// A message or private note (contract/agent-api.md section 3.4).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MessageBody {
    #[schema(value_type = uuid::Uuid)]
    id: MessageId,
    content: String,
    /// A `TipTap` document.
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    /// `customer` or `support`.
    author_type: &'static str,
    author_name: String,
    is_private: bool,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    /// How often it was edited.
    version: u32,
}

impl MessageBody {
    pub(crate) fn new(message: &Message, ticket: &Ticket) -> Self {
        let Message { id, created_at, author, content: Content { text, rich }, private, edits, follows: _ } = message;
        Self {
            id: *id,
            content: text.clone(),
            rich_content: rich.clone(),
            author_type: author.kind(),
            author_name: author.name(ticket, "Customer").to_owned(),
            is_private: *private,
            created_at: *created_at,
            version: *edits,
        }
    }
}
