//! The messages of a ticket: listing them, replying, and private notes.

use axum::{Json as Body, extract::RawQuery, http::StatusCode};
use lambdesk_domain::{
    Command, Timestamp,
    command::FromAgent,
    message::Content,
    permission::{ReadTickets, WriteTickets},
};
use lambdesk_http::{
    Answer, Idempotency, Json, Problem,
    body::{not_null, nullable},
    cursor::Seal,
    paging::{Links, LogWindow, Page},
};
use lambdesk_runtime::crypto;
use lambdesk_store::{Posted, Thread};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    body::MessageBody,
    input::{NoteId, OnTicket},
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
    let Thread { ticket, entries, skipped, next } = thread.ok_or(Problem::NotFound("Not found."))?;
    let count = u64::from(ticket.thread.message_count) + u64::from(ticket.thread.note_count);
    let place = |at: Timestamp| at.micros().to_string();
    let rows = entries.iter().map(|message| (MessageBody::new(message, &ticket), place(message.created_at))).collect();
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
}

/// Replies to the customer, or adds a private note. Without an `Idempotency-Key`, the same message by the same agent within two
/// minutes is a retry: it gets the first message, with 200. A reply does not change the status.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/{id}/reply", tag = "messages", operation_id = "reply_create",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body = NewMessage,
    responses((status = 201, body = MessageBody), (status = 200, body = MessageBody, description = "A retry; the first message"))
)]
pub(crate) async fn reply(on: OnTicket<WriteTickets>, once: Idempotency, Json(new): Json<NewMessage>) -> Result<Answer, Problem> {
    let OnTicket { agent, id } = on;
    if !agent.directory.project.conversations_enabled {
        return Err(Problem::refused("Conversations are disabled for this project."));
    }
    let NewMessage { message, is_private: private, rich_content } = new;
    let content = Content::from_agent(&message, rich_content).map_err(Problem::content)?;
    let rich = content.rich.as_ref().map(Value::to_string).unwrap_or_default();
    let said: [&[u8]; 4] = [&agent.user.id.0.to_be_bytes(), &[u8::from(private)], content.text.as_bytes(), rich.as_bytes()];
    let (fingerprint, keyed) = (crypto::fingerprint(&said), once.is_keyed());
    let command = Command::Reply(FromAgent { content, private, fingerprint, keyed, entropy: crypto::entropy() });
    let receipt = once.receipt(&|posted| answer(StatusCode::CREATED, posted).encode());
    let (posted, replayed) = agent.desk.change(id, &agent.actor(), command, receipt).await?;
    Ok(answer(if replayed { StatusCode::OK } else { StatusCode::CREATED }, &posted))
}

fn answer(status: StatusCode, posted: &Posted) -> Answer {
    Answer::new(status, &posted.message.as_ref().map(|message| MessageBody::new(message, &posted.ticket)))
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
    params(("project_id" = u32, Path), ("id" = String, Path), ("message_id" = uuid::Uuid, Path)),
    request_body = NoteChange,
    responses((status = 200, body = MessageBody))
)]
pub(crate) async fn edit_note(
    on: OnTicket<WriteTickets>,
    note: NoteId,
    Json(change): Json<NoteChange>,
) -> Result<Body<MessageBody>, Problem> {
    let (OnTicket { agent, id }, NoteId(note)) = (on, note);
    let before = agent.desk.note(id, note).await?.ok_or(Problem::NotFound("Not found."))?;
    let text = change.message.unwrap_or_else(|| before.content.text.clone());
    let rich = change.rich_content.unwrap_or_else(|| before.content.rich.clone());
    let content = Content::from_agent(&text, rich).map_err(Problem::content)?;
    let edit = |note| Command::EditNote { note, content: content.clone() };
    let posted = agent.desk.change_note(id, note, &agent.actor(), &edit).await?;
    let message = posted.message.as_ref().unwrap_or(&before);
    Ok(Body(MessageBody::new(message, &posted.ticket)))
}

/// Removes a private note that the caller wrote.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/tickets/{id}/notes/{message_id}", tag = "messages", operation_id = "notes_delete",
    params(("project_id" = u32, Path), ("id" = String, Path), ("message_id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete_note(on: OnTicket<WriteTickets>, note: NoteId) -> Result<StatusCode, Problem> {
    let (OnTicket { agent, id }, NoteId(note)) = (on, note);
    agent.desk.change_note(id, note, &agent.actor(), &|note| Command::DeleteNote { note }).await?;
    Ok(StatusCode::NO_CONTENT)
}
