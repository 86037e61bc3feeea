//! What the customer saw: events, errors and recordings of the browser sessions behind a ticket. None of it is verified.

mod body;
mod originals;
mod recording;
mod state;

use axum::{
    Json,
    extract::{Path, RawQuery},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use lambdesk_domain::{Ticket, capture::SessionId, permission::ReadTickets};
use lambdesk_http::{Problem, body::query_value};
use lambdesk_store::{Gone, Recording, SeenOfTicket};
use serde::Deserialize;

use crate::input::OnTicket;
use body::ContextBody;
use recording::RecordingBody;

const NOT_FOUND: Problem = Problem::NotFound("Not found.");

fn problem(gone: Gone) -> Problem {
    match gone {
        Gone::NotFound => NOT_FOUND,
        Gone::Store(error) => error.into(),
    }
}

/// Shows what the customer's browser sent around the time when the ticket was opened: events from five minutes before to five
/// minutes after, and the errors of the whole session. Nothing of it is verified: whoever has the project's public token and knows
/// the session's id can send it. The first call five minutes after the ticket's creation or later has the ticket keep what it
/// shows. It marks nothing as read.
///
/// Frames have their `original` where the project has uploaded a source map of their script: of at most 50 frames, the first of
/// the latest errors, and by at most 3 maps.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/context", tag = "tickets", operation_id = "tickets_context",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    responses((status = 200, body = ContextBody))
)]
pub(crate) async fn context(on: OnTicket<ReadTickets>) -> Result<Json<ContextBody>, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(NOT_FOUND)?;
    let seen: SeenOfTicket = Box::pin(agent.desk.seen(&ticket)).await?;
    let originals = Box::pin(originals::originals(&agent.desk, &seen.seen)).await;
    let kept = agent.directory.project.settings.capture();
    Ok(Json(ContextBody::new(&ticket, seen, originals, kept, agent.desk.now())))
}

/// The session that a query names, or else the one in which the ticket was opened. `None` if there is none.
fn session_of(query: Option<&str>, ticket: &Ticket) -> Result<Option<SessionId>, Problem> {
    let given = query.and_then(|query| query_value(query, "session"));
    match given.as_deref().filter(|given| !given.is_empty()) {
        Some(given) => given.parse().map(Some).map_err(|_| NOT_FOUND),
        None => Ok(ticket.first_session()),
    }
}

/// Shows which parts there are of the recording of a browser session: the one that is named, which must be among the `sessions` of
/// the ticket's context, or else the one in which the ticket was opened. It marks nothing as read.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/recording", tag = "tickets",
    operation_id = "tickets_recording",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("session" = Option<String>, Query, description = "A session of the ticket"),
    ),
    responses((status = 200, body = RecordingBody))
)]
pub(crate) async fn recording(on: OnTicket<ReadTickets>, RawQuery(query): RawQuery) -> Result<Json<RecordingBody>, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(NOT_FOUND)?;
    let kept = agent.directory.project.settings.capture();
    let now = agent.desk.now();
    let Some(session) = session_of(query.as_deref(), &ticket)? else {
        return Ok(Json(RecordingBody::new(&ticket, None, Recording::default(), kept, now)));
    };
    let recording = agent.desk.recording(&ticket, &session).await.map_err(problem)?;
    Ok(Json(RecordingBody::new(&ticket, Some(session), recording, kept, now)))
}

/// The part in the path.
#[derive(Deserialize)]
pub(crate) struct ChunkPath {
    chunk: String,
}

/// Returns a part of a recording: the recorder's events as the browser sent them, as a JSON array. It is always encoded as gzip. It
/// marks nothing as read.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/recording/{chunk}", tag = "tickets",
    operation_id = "tickets_recording_chunk",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("chunk" = String, Path, description = "The id of a part"),
        ("session" = Option<String>, Query, description = "A session of the ticket"),
    ),
    responses((status = 200, body = Vec<Object>))
)]
pub(crate) async fn chunk(
    on: OnTicket<ReadTickets>,
    Path(ChunkPath { chunk }): Path<ChunkPath>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(NOT_FOUND)?;
    let session = session_of(query.as_deref(), &ticket)?.ok_or(NOT_FOUND)?;
    let zipped = agent.desk.recorded(&ticket, &session, &chunk).await.map_err(problem)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_ENCODING, HeaderValue::from_static("gzip")),
    ];
    Ok((headers, zipped).into_response())
}
