//! The JSON that agents read. The code names every field of a ticket. So a new field can't be forgotten, and the customer's
//! session id, which is a secret, can't be shown by accident.

use lambdesk_domain::{
    Message, MessageId, ProjectId, Ticket, TicketId, Timestamp,
    delivery::{Delivery, DeliveryStatus, Recipient, RecipientKind},
    mail::Mailed,
    message::Content,
    policies::{Metric, Policies, explain::Sla},
    satisfaction::Satisfaction,
    sla::Standing,
    tags::Tags,
    thread::Thread,
    ticket::{Channel, ChannelDetail, Fields, Priority, Status},
    traits::{Object, Proven},
};
use lambdesk_http::{assignee::AssigneeBody, channel::ChannelFields};
use lambdesk_store::{Directory, Posted};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    attachments::AttachmentBody,
    person::{People, PersonBody},
};

/// A ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TicketBody {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    /// Numbers count from 1 in each project.
    ticket_number: u64,
    channel_source: Channel,
    channel_detail: Option<ChannelDetail>,
    distinct_id: String,
    status: Status,
    priority: Option<Priority>,
    assignee: Option<AssigneeBody>,
    #[schema(value_type = Object)]
    anonymous_traits: Object,
    /// The names of the traits that are proven: the team set them, or they came with a claim that the project's secret has
    /// signed. All other traits are only what a browser said.
    #[schema(value_type = Vec<String>)]
    proven_traits: Proven,
    /// Whether the customer's identity was proven; null for a ticket that was filed without the widget.
    identity_verified: Option<bool>,
    ai_resolved: bool,
    escalation_reason: Option<String>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Timestamp,
    /// The number of public messages.
    message_count: u32,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_message_at: Option<Timestamp>,
    /// The first 500 characters of the last public message.
    last_message_text: Option<String>,
    unread_team_count: u32,
    unread_customer_count: u32,
    /// The analytics session from which the customer wrote last.
    session_id: Option<String>,
    /// The analytics session in which the ticket was opened; null if it was opened without one.
    first_session_id: Option<String>,
    #[schema(value_type = Object)]
    session_context: Object,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla_due_at: Option<Timestamp>,
    /// The state of the ticket's deadline.
    sla: SlaBody,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Timestamp>,
    #[schema(value_type = Vec<String>)]
    tags: Tags,
    /// The ticket that continues this one.
    #[schema(value_type = Option<uuid::Uuid>)]
    follow_up: Option<TicketId>,
    /// The ticket that this one continues.
    #[schema(value_type = Option<uuid::Uuid>)]
    follows_up: Option<TicketId>,
    /// The customer's rating; null until the customer was asked.
    satisfaction: Option<SatisfactionBody>,
    #[serde(flatten)]
    channel_fields: ChannelFields,
    /// Where answers by mail go, if not to `email_from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_reply_to: Option<String>,
    /// The number of the ticket that the first mail pointed to, on which its sender may not write.
    #[serde(skip_serializing_if = "Option::is_none")]
    related_ticket: Option<u64>,
    /// The person who has proven to have this distinct id; null until somebody has. `identity_verified` says whether that
    /// person is this ticket's customer.
    person: Option<PersonBody>,
}

impl TicketBody {
    pub(crate) fn new(ticket: &Ticket, directory: &Directory, people: &People, now: Timestamp) -> Self {
        let sla = SlaBody::new(ticket, &directory.project.policies, now);
        let Ticket {
            id,
            number,
            origin,
            distinct_id,
            identity_verified,
            fields,
            session_id,
            first_session_id,
            session_context,
            sla_due_at,
            created_at,
            updated_at,
            thread,
            changed_by: _,
            since: _,
            follow_up,
            follows_up,
            route,
            related,
            undelivered: _,
            satisfaction,
            statuses: _,
            sla_clock: _,
            wake_at: _,
            profile: _,
            version: _,
        } = ticket.clone();
        let Thread {
            message_count,
            note_count: _,
            last_message_at,
            last_message_text,
            unread_team_count,
            unread_customer_count,
            last_entry_at: _,
            recent_replies: _,
        } = thread;
        let Fields {
            status,
            priority,
            assignee,
            tags,
            anonymous_traits,
            proven_traits,
            ai_resolved,
            escalation_reason,
            snoozed_until,
        } = fields;
        Self {
            id,
            ticket_number: number,
            channel_source: origin.channel(),
            channel_detail: origin.detail(),
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
            first_session_id,
            session_context,
            sla_due_at,
            sla,
            snoozed_until,
            tags,
            follow_up,
            follows_up,
            satisfaction: satisfaction.map(SatisfactionBody::new),
            channel_fields: ChannelFields::of(route.as_deref()),
            email_reply_to: route.and_then(|route| route.reply_to),
            related_ticket: related,
            person: people.person(ticket),
        }
    }
}

/// How satisfied a customer is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SatisfactionBody {
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    asked_at: Timestamp,
    /// 1 to 5; null until the customer has answered.
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

/// The state of a ticket's deadline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SlaBody {
    state: Standing,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    due_at: Option<Timestamp>,
    /// Seconds until the deadline, below zero after it. While the clock is paused: the seconds that are left to count.
    remaining_seconds: Option<i64>,
    /// The name of the policy that sets the deadline; null for a deadline that was set on the ticket.
    policy: Option<String>,
    /// What is due at the deadline.
    metric: Option<Metric>,
}

impl SlaBody {
    pub(crate) fn new(ticket: &Ticket, policies: &Policies, now: Timestamp) -> Self {
        let Sla { state, due_at, remaining_secs, policy, metric } = Sla::of(ticket, policies, now);
        Self { state, due_at, remaining_seconds: remaining_secs, policy: policy.map(str::to_owned), metric }
    }
}

/// A message or a private note.
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
    /// The files that go with it.
    attachments: Vec<AttachmentBody>,
    /// Whether the mail that it came by has HTML, which `full-email/` shows.
    has_html: bool,
    /// Only of a message that came by mail: what is known of the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<SourceBody>,
    /// Only of a message that leaves by mail: what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryBody>,
}

/// What became of a message that leaves by mail.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeliveryBody {
    channel: Channel,
    /// What became of it on the way to whom it is for.
    status: DeliveryStatus,
    /// Why, in the words of whoever said so.
    detail: Option<String>,
    /// Since when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
    /// Everybody who gets it; the first one is whom it is for.
    recipients: Vec<RecipientBody>,
}

/// Somebody who gets a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecipientBody {
    address: String,
    kind: RecipientKind,
    status: DeliveryStatus,
    detail: Option<String>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
}

impl DeliveryBody {
    fn new(delivery: &Delivery) -> Option<Self> {
        let Recipient { status, detail, at, .. } = delivery.recipients.first()?.clone();
        let body = |Recipient { address, kind, status, detail, at }| RecipientBody { address, kind, status, detail, at };
        let recipients = delivery.recipients.iter().cloned().map(body).collect();
        Some(Self { channel: Channel::Email, status, detail, at, recipients })
    }
}

/// What is known of the mail that a message came by.
#[expect(clippy::struct_excessive_bools, reason = "each tells of another thing")]
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SourceBody {
    channel: Channel,
    /// Who says to have written it.
    from: String,
    to: Vec<String>,
    cc: Vec<String>,
    /// Whether the sender is proven to be who they say.
    verified: bool,
    /// Whether a copy of earlier mails at its end was left out.
    quoted: bool,
    /// Whether the text goes on in the mail itself.
    cut: bool,
    /// Whether a machine wrote it.
    automated: bool,
    /// How many files are attached to the mail itself. The message's `attachments` are at most 40 of them.
    files: u32,
}

impl SourceBody {
    fn new(mailed: &Mailed) -> Self {
        let Mailed { from, to, cc, verified, quoted, cut, automated, files, .. } = mailed.clone();
        Self { channel: Channel::Email, from, to, cc, verified, quoted, cut, automated, files }
    }
}

impl MessageBody {
    pub(crate) fn new(message: &Message, ticket: &Ticket, project: ProjectId) -> Self {
        let Message { id, created_at, author, content, private, edits, follows: _, mailed } = message;
        let Content { text, rich, files } = content;
        Self {
            id: *id,
            content: text.clone(),
            rich_content: rich.clone(),
            author_type: author.kind(),
            author_name: author.name(ticket.customer_label(), "Customer").to_owned(),
            is_private: *private,
            created_at: *created_at,
            version: *edits,
            attachments: files.iter().map(|file| AttachmentBody::new(file, project, ticket.id)).collect(),
            has_html: mailed.as_ref().is_some_and(|mailed| mailed.html),
            source: mailed.as_deref().map(SourceBody::new),
            delivery: None,
        }
    }

    /// The message that a request has written, if it has.
    pub(crate) fn posted(posted: &Posted, project: ProjectId) -> Option<Self> {
        let message = posted.message.as_ref()?;
        let delivery = posted.delivery.as_ref().and_then(DeliveryBody::new);
        Some(Self { delivery, ..Self::new(message, &posted.ticket, project) })
    }

    /// Messages and notes, and what became of those that left.
    pub(crate) fn all<'a>(
        messages: &'a [Message],
        deliveries: &'a [Delivery],
        ticket: &'a Ticket,
        project: ProjectId,
    ) -> impl Iterator<Item = Self> + 'a {
        messages.iter().map(move |message| {
            // One mail may bring several messages, and what became of it counts for all of them.
            let brings = |delivery: &&Delivery| delivery.others.contains(&message.created_at);
            let delivery =
                deliveries.iter().find(brings).or_else(|| deliveries.iter().find(|delivery| delivery.message == message.id));
            Self { delivery: delivery.and_then(DeliveryBody::new), ..Self::new(message, ticket, project) }
        })
    }
}
