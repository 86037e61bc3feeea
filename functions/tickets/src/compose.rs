//! A ticket that begins with a mail of the team.

use axum::{Extension, http::StatusCode};
use lambdesk_domain::{
    create::Draft,
    mail::{MailRoute, OpenedByMail, SUBJECT},
    message::{Author, Content},
    permission::WriteTickets,
    tags::Tags,
    text::{DISTINCT_ID, cut},
    ticket::{Fields, Origin, Status},
    traits::{Object, all_of},
};
use lambdesk_http::{
    Agent, Answer, Idempotency, Json, Problem,
    input::{bounded, not_blank},
    mail_domain::MailDomain,
};
use lambdesk_mail::{address::Address, compose::Line};
use lambdesk_store::Posted;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{input, messages::is_enabled};

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 500;

/// A mail to somebody, which begins a ticket.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewMail {
    /// Whom it is for.
    recipient_email: String,
    /// The customer's id in analytics; their address if that is missing.
    recipient_distinct_id: Option<String>,
    /// Up to 500 characters, of which the ticket keeps 150.
    email_subject: Option<String>,
    /// The id of the project's address that it is from.
    email_config_id: Uuid,
    /// 1 to 50,000 characters.
    message: String,
    /// The same text with formatting, as a `TipTap` document.
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    tags: Option<Vec<String>>,
}

/// The ticket that a mail has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Composed {
    #[schema(value_type = uuid::Uuid)]
    id: lambdesk_domain::TicketId,
    ticket_number: u64,
}

/// Begins a ticket by a mail to somebody. The ticket is open, and their answer goes on with it.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/compose", tag = "tickets", operation_id = "tickets_compose",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewMail,
    responses((status = 201, body = Composed))
)]
pub(crate) async fn compose(
    agent: Agent<WriteTickets>,
    Extension(domain): Extension<MailDomain>,
    once: Idempotency,
    Json(new): Json<NewMail>,
) -> Result<Answer, Problem> {
    is_enabled(&agent)?;
    let domain = domain.name()?;
    let draft = draft(new, &agent, domain).await?;
    let answer = |Posted { ticket, .. }: &Posted| {
        Answer::new(StatusCode::CREATED, &Composed { id: ticket.id, ticket_number: ticket.number })
    };
    let posted = agent.desk.create(draft, once.receipt(&|posted| answer(posted).encode())).await?;
    Ok(answer(&posted))
}

async fn draft(new: NewMail, agent: &Agent<WriteTickets>, domain: &str) -> Result<Draft, Problem> {
    let NewMail { recipient_email, recipient_distinct_id, email_subject, email_config_id, message, rich_content, tags } = new;
    let recipient = Address::read(&recipient_email).filter(Address::is_sendable);
    let recipient = recipient.ok_or_else(|| Problem::invalid("recipient_email", "Must be an e-mail address."))?.to_string();
    let distinct_id = match recipient_distinct_id {
        Some(id) => {
            not_blank("recipient_distinct_id", &id)?;
            bounded("recipient_distinct_id", &id, DISTINCT_ID)?
        }
        None => recipient.clone(),
    };
    let subject = bounded("email_subject", email_subject.unwrap_or_default().trim(), LONGEST_SUBJECT)?;
    let subject = Line::new(&subject).map_err(|error| Problem::invalid("email_subject", error.to_string()))?;
    let content = Content::from_agent(&message, rich_content).map_err(Problem::content)?;
    let mailbox = agent.desk.mailbox_to_write_from().await?;
    let address = mailbox.address(email_config_id);
    let address = address.map_err(|_| Problem::invalid("email_config_id", "The project has no such address."))?;
    let traits = Object::from_iter([("email".to_owned(), Value::from(recipient.as_str()))]);
    let route = MailRoute {
        address: address.shown(domain),
        subject: cut(subject.as_str(), SUBJECT).trim_end().to_owned(),
        from: recipient,
        reply_to: None,
        cc: Vec::new(),
    };
    let author = Author::Support { user: Some(agent.user.id), name: agent.user.display_name().to_owned() };
    Ok(Draft {
        origin: Origin::Email,
        distinct_id,
        identity_verified: None,
        fields: Fields {
            status: Status::Open,
            tags: tags.map_or(Ok(Tags::default()), |tags| input::tags(&tags))?,
            proven_traits: all_of(&traits),
            anonymous_traits: traits,
            ..Fields::default()
        },
        session_id: None,
        session_context: Object::new(),
        message: Some((author, content)),
        follows_up: None,
        mail: Some(Box::new(OpenedByMail { route, mailed: None, related: None })),
    })
}
