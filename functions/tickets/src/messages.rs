//! The messages of a ticket: listing them, replying, and private notes.

use axum::{Extension, Json as Body, extract::RawQuery, http::StatusCode};
use lambdesk_bucket::Bucket;
use lambdesk_domain::{
    Command, MessageId, ProjectId, TicketId, Timestamp,
    command::{FromAgent, ReplyAndChange},
    delivery::Copies,
    ids::Fingerprint,
    message::Content,
    permission::{ReadTickets, WriteTickets},
};
use lambdesk_http::{
    Agent, Answer, Idempotency, IfMatch, Json, Problem,
    body::{not_null, nullable},
    cursor::Seal,
    paging::{Links, LogWindow, Page},
    precondition::etag_at,
    problem::{ErrorType, NEWER, Overtaken},
};
use lambdesk_runtime::crypto;
use lambdesk_store::{Newer, NotSent, Posted, Resent, ThreadPage};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    attachments,
    body::{MessageBody, TicketBody},
    changes::Changes,
    expect::{self, ChangedMeanwhile, Expectations},
    input::{self, MessageOfPath, OnTicket},
    person::People,
};

/// Lists a ticket's messages and private notes, oldest first.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/messages", tag = "messages", operation_id = "messages_list",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
    ),
    responses((status = 200, body = Page<MessageBody>))
)]
pub(crate) async fn messages(
    on: OnTicket<ReadTickets>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Body<Page<MessageBody>>, Problem> {
    let OnTicket { agent, id } = on;
    let seal = Seal::new(&agent.directory.project, "messages", &id);
    let asked = LogWindow::from_query(&query.unwrap_or_default(), 50, 200, seal)?;
    let after = asked.place(|at| at.parse().ok().and_then(Timestamp::from_micros))?;
    let thread = Box::pin(agent.desk.thread(id, after, asked.window.offset, asked.window.limit)).await?;
    let ThreadPage { ticket, entries, deliveries, skipped, next } = thread.ok_or(Problem::NotFound("Not found."))?;
    let count = u64::from(ticket.thread.message_count) + u64::from(ticket.thread.note_count);
    let place = |at: Timestamp| at.micros().to_string();
    let places = entries.iter().map(|message| place(message.created_at));
    let rows = MessageBody::all(&entries, &deliveries, &ticket, agent.desk.project()).zip(places).collect();
    Ok(Body(asked.page(rows, skipped, Some(count), next.map(place), &links)))
}

/// A reply to the customer, or a note to the team.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewMessage {
    /// 1 to 50,000 characters.
    message: String,
    /// Whether it is a private note, which the customer never sees.
    #[serde(default)]
    is_private: bool,
    /// The same text with formatting, as a `TipTap` document.
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    /// `id` or `created_at` of the newest public message that the sender saw. If someone else has written since, nothing is sent:
    /// 409 `newer_message`.
    #[schema(value_type = Option<String>)]
    seen_until: Option<SeenUntil>,
    /// Sends it even so.
    #[serde(default)]
    force: bool,
    /// What is changed in the same write.
    changes: Option<Changes>,
    /// Who else gets it, on a ticket by mail: up to 20 addresses, beside those who take part. A mail goes to at most 50 in all. A note
    /// goes to nobody.
    #[serde(default)]
    cc: Vec<String>,
    /// Who gets it without the others seeing that: up to 20 addresses.
    #[serde(default)]
    bcc: Vec<String>,
    /// The ids of files that were uploaded for it: at most 20, of 25 MB together. A picture whose id is in `rich_content` is shown
    /// there.
    #[serde(default)]
    attachments: Vec<Uuid>,
}

/// The newest message that the sender of a reply saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenUntil(Timestamp);

impl SeenUntil {
    pub(crate) const fn at(self) -> Timestamp {
        self.0
    }
}

// Not derived, so that the error is in this API's words, whichever of the two was meant.
impl<'de> Deserialize<'de> for SeenUntil {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let of_id = text.parse().ok().and_then(MessageId::created_at);
        let at = of_id.or_else(|| text.parse().ok());
        at.map(Self).ok_or_else(|| D::Error::custom("Must be the id of a message, or its created_at."))
    }
}

/// Replies to the customer, or adds a private note. Without an `Idempotency-Key`, the same message by the same agent within two
/// minutes is a retry: it gets the first message, with 200. A reply changes the status only by `changes`, which are written
/// together with the message or not at all. The events of both carry the ticket as it is then.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/{id}/reply", tag = "messages", operation_id = "reply_create",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("Idempotency-Key" = Option<String>, Header),
        ("If-Match" = Option<String>, Header),
    ),
    request_body = NewMessage,
    responses(
        (status = 201, body = MessageBody),
        (status = 200, body = MessageBody, description = "A retry; the first message"),
        (status = 409, body = NewerMessage, description = "Someone else has written (`newer_message`), or a request with this Idempotency-Key is being carried out."),
        (status = 412, body = ChangedMeanwhile, description = "The ticket was changed meanwhile."),
    )
)]
pub(crate) async fn reply(
    on: OnTicket<WriteTickets>,
    once: Idempotency,
    beside: (IfMatch, Extension<Bucket>),
    Json(new): Json<NewMessage>,
) -> Result<Answer, Problem> {
    let (OnTicket { agent, id }, (tag, Extension(bucket))) = (on, beside);
    is_enabled(&agent)?;
    let project = agent.desk.project();
    let NewMessage { message, is_private: private, rich_content, seen_until, force, changes, cc, bcc, attachments } = new;
    let content = Content::from_agent(&message, rich_content).map_err(Problem::content)?;
    let content = if attachments.is_empty() {
        content
    } else {
        agent.desk.ticket(id).await?.ok_or(Problem::NotFound("Not found."))?;
        let files = attachments::named(&bucket, project, id, &attachments, content.rich.as_ref()).await?;
        content.with(files)
    };
    let (fingerprint, keyed) = (fingerprint(&agent, &content, private), once.is_keyed());
    let copies = Copies { cc: input::addresses("cc", &cc)?, bcc: input::addresses("bcc", &bcc)? };
    if private && !copies.is_empty() {
        let named = if copies.cc.is_empty() { "bcc" } else { "cc" };
        return Err(Problem::invalid(named, "A private note goes to nobody."));
    }
    let reply = ReplyAndChange {
        reply: FromAgent { content, private, fingerprint, keyed, mailed: None, copies, entropy: crypto::entropy() },
        seen_until: seen_until.filter(|_| !force).map(SeenUntil::at),
        changes: changes.map(|changes| changes.patch("changes", &agent.directory)).transpose()?,
    };
    let expected = Expectations::default().with(&tag)?;
    let kept = |posted: &Posted| answer(StatusCode::CREATED, posted, project).encode();
    let receipt = once.receipt(&kept);
    match Box::pin(agent.desk.reply(id, &agent.actor(), reply, &expected, receipt)).await {
        Ok((posted, replayed)) => Ok(answer(if replayed { StatusCode::OK } else { StatusCode::CREATED }, &posted, project)),
        Err(error) => Err(not_sent(&agent, id, error).await),
    }
}

/// Refuses a reply in a project whose conversations are disabled.
pub(crate) fn is_enabled<P>(agent: &Agent<P>) -> Result<(), Problem> {
    let enabled = agent.directory.project.conversations_enabled;
    if enabled { Ok(()) } else { Err(Problem::refused("Conversations are disabled for this project.")) }
}

/// What tells a retry of a message: who says what to whom.
pub(crate) fn fingerprint<P>(agent: &Agent<P>, content: &Content, private: bool) -> Fingerprint {
    let rich = content.rich.as_ref().map(Value::to_string).unwrap_or_default();
    let (user, private) = (agent.user.id.0.to_be_bytes(), [u8::from(private)]);
    let mut said: Vec<&[u8]> = vec![&user, &private, content.text.as_bytes(), rich.as_bytes()];
    said.extend(content.files.iter().map(|file| file.id.as_bytes().as_slice()));
    crypto::fingerprint(&said)
}

fn answer(status: StatusCode, posted: &Posted, project: ProjectId) -> Answer {
    Answer::new(status, &MessageBody::posted(posted, project))
}

/// What someone else wrote before a reply, which was not sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct NewerMessage {
    r#type: ErrorType,
    /// `newer_message`, or `request_in_progress`.
    code: &'static str,
    detail: &'static str,
    #[schema(required)]
    attr: Option<String>,
    /// With `newer_message`: the last public messages since `seen_until`, 10 at most, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    newer: Option<Vec<MessageBody>>,
    /// With `newer_message`: the ticket as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<TicketBody>,
}

/// The problem of a reply that was not written.
pub(crate) async fn not_sent(agent: &Agent<WriteTickets>, id: TicketId, error: NotSent) -> Problem {
    let newer = match error {
        NotSent::Newer(newer) => newer,
        NotSent::Change(error) => return expect::refused(agent, id, error).await,
    };
    let Newer { ticket, messages } = &*newer;
    let people = People::of(agent, [ticket.distinct_id.as_str()]).await;
    let body = NewerMessage {
        r#type: ErrorType::InvalidRequest,
        code: NEWER,
        detail: "Someone else has written meanwhile, and nothing was sent.",
        attr: None,
        newer: Some(messages.iter().map(|message| MessageBody::new(message, ticket, agent.desk.project())).collect()),
        ticket: Some(TicketBody::new(ticket, &agent.directory, &people, agent.desk.now())),
    };
    Problem::Overtaken(Box::new(Overtaken {
        status: StatusCode::CONFLICT,
        code: NEWER,
        detail: body.detail.to_owned(),
        etag: Some(etag_at(ticket.updated_at)),
        body: Some(json!(body)),
    }))
}

/// Sends a message once more by mail, to those whom it did not reach. A message that reached everybody, or is under way, is 400.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/{id}/messages/{message_id}/resend", tag = "messages",
    operation_id = "messages_resend",
    params(("project_id" = u32, Path), ("id" = String, Path), ("message_id" = uuid::Uuid, Path)),
    responses((status = 202), (status = 400, description = "It reached everybody, or is under way; or the project is switched off."))
)]
pub(crate) async fn resend(on: OnTicket<WriteTickets>, message: MessageOfPath) -> Result<StatusCode, Problem> {
    let (OnTicket { agent, id }, MessageOfPath(message)) = (on, message);
    is_enabled(&agent)?;
    match agent.desk.resend(id, message).await? {
        Resent::Queued => Ok(StatusCode::ACCEPTED),
        Resent::NothingToSend => Err(Problem::refused("This message reached everybody, or is under way.")),
        Resent::NotFound => Err(Problem::NotFound("Not found.")),
    }
}

/// A change of a note.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NoteChange {
    #[serde(default, deserialize_with = "not_null")]
    message: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Option<Value>>,
}

/// Changes a private note that the caller wrote.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/tickets/{id}/notes/{message_id}", tag = "messages", operation_id = "notes_update",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path),
        ("message_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body = NoteChange,
    responses((status = 200, body = MessageBody))
)]
pub(crate) async fn edit_note(
    on: OnTicket<WriteTickets>,
    note: MessageOfPath,
    once: Idempotency,
    Json(change): Json<NoteChange>,
) -> Result<Answer, Problem> {
    let (OnTicket { agent, id }, MessageOfPath(note)) = (on, note);
    let before = agent.desk.note(id, note).await?.ok_or(Problem::NotFound("Not found."))?;
    let text = change.message.unwrap_or_else(|| before.content.text.clone());
    let rich = change.rich_content.unwrap_or_else(|| before.content.rich.clone());
    let content = Content::from_agent(&text, rich).map_err(Problem::content)?.with(before.content.files.clone());
    let edit = |note| Command::EditNote { note, content: content.clone() };
    let project = agent.desk.project();
    let shown = |posted: &Posted| MessageBody::new(posted.message.as_ref().unwrap_or(&before), &posted.ticket, project);
    let answer = |posted: &Posted| Answer::ok(&shown(posted));
    let kept = |posted: &Posted| answer(posted).encode();
    let posted = agent.desk.change_note(id, note, &agent.actor(), &edit, once.receipt(&kept)).await?;
    Ok(answer(&posted))
}

/// Removes a private note that the caller wrote.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/tickets/{id}/notes/{message_id}", tag = "messages", operation_id = "notes_delete",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path),
        ("message_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses((status = 204))
)]
pub(crate) async fn delete_note(on: OnTicket<WriteTickets>, note: MessageOfPath, once: Idempotency) -> Result<Answer, Problem> {
    let (OnTicket { agent, id }, MessageOfPath(note)) = (on, note);
    let kept = |_: &Posted| Answer::no_content().encode();
    agent.desk.change_note(id, note, &agent.actor(), &|note| Command::DeleteNote { note }, once.receipt(&kept)).await?;
    Ok(Answer::no_content())
}
