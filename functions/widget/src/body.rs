//! The answers that the widget reads. The field names are those that the SDK expects.

use lambdesk_domain::{Message, MessageId, Ticket, TicketId, Timestamp, rules::Life, ticket::Status};
use lambdesk_http::Problem;
use lambdesk_store::{ChangeError, Posted};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The answer to a message that was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Sent {
    #[schema(value_type = uuid::Uuid)]
    ticket_id: TicketId,
    #[schema(value_type = Option<uuid::Uuid>)]
    message_id: Option<MessageId>,
    ticket_status: Status,
    /// Exactly as the list of messages shows it: the SDK uses it as the cursor of the next poll.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    created_at: Option<Timestamp>,
    unread_count: u32,
}

impl Sent {
    pub(crate) fn new(posted: &Posted) -> Self {
        let Posted { ticket, message, delivery: _ } = posted;
        Self {
            ticket_id: ticket.id,
            message_id: message.as_ref().map(|message| message.id),
            ticket_status: ticket.fields.status,
            created_at: message.as_ref().map(|message| message.created_at),
            unread_count: ticket.thread.unread_customer_count,
        }
    }
}

/// A message as the customer sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct VisibleMessage {
    #[schema(value_type = uuid::Uuid)]
    id: MessageId,
    content: String,
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    /// `customer` or `support`.
    author_type: &'static str,
    author_name: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl VisibleMessage {
    /// The same message with rich content.
    pub(crate) fn with_rich(self, rich: Value) -> Self {
        Self { rich_content: Some(rich), ..self }
    }

    pub(crate) fn new(message: &Message, ticket: &Ticket) -> Self {
        Self {
            id: message.id,
            content: message.content.text.clone(),
            rich_content: message.content.rich.clone(),
            author_type: message.author.kind(),
            author_name: message.author.name_for_customer(ticket.customer_label()).to_owned(),
            created_at: message.created_at,
        }
    }
}

/// A ticket as the customer sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct VisibleTicket {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    ticket_number: u64,
    status: Status,
    last_message: Option<String>,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_message_at: Option<Timestamp>,
    message_count: u32,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    unread_count: u32,
}

impl VisibleTicket {
    pub(crate) fn new(ticket: Ticket, life: Life) -> Self {
        Self {
            id: ticket.id,
            ticket_number: ticket.number,
            status: life.status_for_customer(&ticket),
            last_message: ticket.thread.last_message_text,
            last_message_at: ticket.thread.last_message_at,
            message_count: ticket.thread.message_count,
            created_at: ticket.created_at,
            unread_count: ticket.thread.unread_customer_count,
        }
    }
}

/// The problem of a failed change, in this API's words.
pub(crate) fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::NotFound => NO_TICKET,
        other => other.into(),
    }
}

/// There is no such ticket in this project.
pub(crate) const NO_TICKET: Problem = Problem::NotFound("Ticket not found");

/// There is no such path.
pub(crate) const NOT_FOUND: Problem = Problem::NotFound("Not found.");
