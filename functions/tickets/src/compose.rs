//! A ticket that begins with a mail of the team.

pub(crate) mod files;

use axum::{Extension, http::StatusCode};
use lambdesk_bucket::Bucket;
use lambdesk_domain::{
    create::Draft,
    mail::{MailAddress, MailRoute, Mailbox, OpenedByMail, SUBJECT},
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

use crate::{attachments, input, messages::is_enabled};

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 500;
/// What a draft gets whose ticket is there.
const ALREADY_SENT: Problem = Problem::Conflict { code: "already_sent", detail: "This mail was sent." };

/// A mail to somebody, which begins a ticket.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewMail {
    /// Whom it is for.
    recipient_email: String,
    /// The customer's id in analytics; their address if that is missing.
    recipient_distinct_id: Option<String>,
    /// Up to 500 characters, of which the ticket and its mails have 150.
    email_subject: Option<String>,
    /// The id of the project's address that it is from. Absent or null, it is from the project's default.
    email_config_id: Option<Uuid>,
    /// 1 to 50,000 characters.
    message: String,
    /// The same text with formatting, as a `TipTap` document.
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    tags: Option<Vec<String>>,
    /// Who else gets it, and takes part from then on: up to 20 addresses.
    #[serde(default)]
    cc: Vec<String>,
    /// Who gets it without the others seeing that: up to 20 addresses. They take no part.
    #[serde(default)]
    bcc: Vec<String>,
    /// The ids of files that were uploaded for it: at most 20, of 25 MB together.
    #[serde(default)]
    attachments: Vec<Uuid>,
    /// With files, what their announcements were answered as `draft`.
    draft: Option<String>,
}

/// The ticket that a mail has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Composed {
    #[schema(value_type = uuid::Uuid)]
    id: lambdesk_domain::TicketId,
    ticket_number: u64,
}

/// Begins a ticket by a mail to somebody. The ticket is open, and their answer goes on with it. A `draft` begins one ticket.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/compose", tag = "tickets", operation_id = "tickets_compose",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewMail,
    responses((status = 201, body = Composed), (status = 409, description = "`already_sent`: the draft has begun a ticket before."))
)]
pub(crate) async fn compose(
    agent: Agent<WriteTickets>,
    desk: (Extension<MailDomain>, Extension<Bucket>),
    once: Idempotency,
    Json(mut new): Json<NewMail>,
) -> Result<Answer, Problem> {
    is_enabled(&agent)?;
    let (Extension(domain), Extension(bucket)) = desk;
    let domain = domain.name()?;
    let ticket = new.draft.take().map(|draft| files::ticket_of(&agent, &draft)).transpose()?;
    let files = std::mem::take(&mut new.attachments);
    let mut draft = draft(new, &agent, domain).await?;
    // Last, since nothing takes back what it keeps.
    if let Some((_, content)) = draft.message.as_mut().filter(|_| !files.is_empty()) {
        let ticket =
            ticket.ok_or_else(|| Problem::invalid("draft", "Files are named with the draft that they were uploaded for."))?;
        content.files = attachments::named(&bucket, agent.desk.project(), ticket, &files, content.rich.as_ref()).await?;
    }
    let answer = |Posted { ticket, .. }: &Posted| {
        Answer::new(StatusCode::CREATED, &Composed { id: ticket.id, ticket_number: ticket.number })
    };
    let kept = |posted: &Posted| answer(posted).encode();
    let posted = match ticket {
        Some(ticket) => agent.desk.create_once(ticket, draft, once.receipt(&kept)).await?.ok_or(ALREADY_SENT)?,
        None => agent.desk.create(draft, once.receipt(&kept)).await?,
    };
    Ok(answer(&posted))
}

/// The ticket that a mail begins, without its files.
async fn draft(new: NewMail, agent: &Agent<WriteTickets>, domain: &str) -> Result<Draft, Problem> {
    let NewMail {
        recipient_email,
        recipient_distinct_id,
        email_subject,
        email_config_id,
        message,
        rich_content,
        tags,
        cc,
        bcc,
        attachments: _,
        draft: _,
    } = new;
    let recipient = recipient(&recipient_email)?;
    let distinct_id = recipient_distinct_id.map_or_else(|| Ok(recipient.clone()), |id| distinct_id(&id))?;
    let subject = bounded("email_subject", email_subject.unwrap_or_default().trim(), LONGEST_SUBJECT)?;
    let subject = Line::new(&subject).map_err(|error| Problem::invalid("email_subject", error.to_string()))?;
    let content = Content::from_agent(&message, rich_content).map_err(Problem::content)?;
    let (mut cc, bcc) = (input::addresses("cc", &cc)?, input::addresses("bcc", &bcc)?);
    cc.retain(|address| *address != recipient);
    let mailbox = agent.desk.mailbox_to_write_from().await?;
    let traits = Object::from_iter([("email".to_owned(), Value::from(recipient.as_str()))]);
    let route = MailRoute {
        address: from(&mailbox, email_config_id)?.shown(domain),
        subject: cut(subject.as_str(), SUBJECT).trim_end().to_owned(),
        from: recipient,
        reply_to: None,
        cc,
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
        mail: Some(Box::new(OpenedByMail { route, mailed: None, related: None, bcc })),
    })
}

fn recipient(given: &str) -> Result<String, Problem> {
    let address = Address::read(given).filter(Address::is_sendable);
    address.map(|address| address.to_string()).ok_or_else(|| Problem::invalid("recipient_email", "Must be an e-mail address."))
}

fn distinct_id(given: &str) -> Result<String, Problem> {
    not_blank("recipient_distinct_id", given)?;
    bounded("recipient_distinct_id", given, DISTINCT_ID)
}

/// The address that a mail is from: the one that it names, or the project's default.
fn from(mailbox: &Mailbox, named: Option<Uuid>) -> Result<&MailAddress, Problem> {
    let refused = |detail: &str| Problem::invalid("email_config_id", detail);
    match named {
        Some(id) => mailbox.address(id).map_err(|_| refused("The project has no such address.")),
        None => mailbox.senders().next().ok_or_else(|| refused("The project has no address that mail can be sent from.")),
    }
}
