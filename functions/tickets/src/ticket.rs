//! One ticket: reading, changing and deleting it.

use axum::{Json as Body, http::Method};
use lambdesk_domain::{
    Command, Ticket, Timestamp,
    patch::{Others, Patch},
    permission::{ReadTickets, WriteTickets},
    sla::Deadline,
    tags::TagsMode,
    ticket::{Priority, Status},
    traits::Object,
};
use lambdesk_http::{
    Agent, Answer, Idempotency, IfMatch, Json, Problem, Tagged,
    assignee::{self, AssigneeInput},
    body::{not_null, nullable},
    precondition::etag_at,
};
use lambdesk_store::Posted;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    body::TicketBody,
    expect::{self, ChangedMeanwhile, Expectations},
    input::{self, OnTicket},
    person::People,
};

const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// Gets a ticket, and marks it as read by the team. Reading does not change the status, and succeeds even if marking fails.
/// HEAD marks nothing.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_retrieve",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    responses((status = 200, body = TicketBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn retrieve(on: OnTicket<ReadTickets>, method: Method) -> Result<Tagged<Body<TicketBody>>, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(NOT_FOUND)?;
    let people = People::of(&agent, [ticket.distinct_id.as_str()]);
    let shown = |ticket: &Ticket, people: &People| {
        Tagged(etag_at(ticket.updated_at), Body(TicketBody::new(ticket, &agent.directory, people, agent.desk.now())))
    };
    if method == Method::HEAD {
        return Ok(shown(&ticket, &people.await));
    }
    let actor = agent.actor();
    let (people, marked) = tokio::join!(people, agent.desk.mark_read(ticket.clone(), &actor));
    let ticket = match marked {
        Ok(ticket) => ticket,
        Err(error) => {
            tracing::warn!(%error, "a ticket could not be marked as read");
            ticket
        }
    };
    Ok(shown(&ticket, &people))
}

/// A change of a ticket. Fields that are absent stay as they are. Read-only and unknown keys are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TicketChange {
    #[serde(default, deserialize_with = "not_null")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "input::priority")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeInput>)]
    assignee: Option<Option<Value>>,
    /// All traits of the customer. In PATCH each of them becomes proven by being set; in PUT only those that differ from what
    /// the ticket shows.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Option<Object>)]
    anonymous_traits: Option<Object>,
    #[serde(default, deserialize_with = "not_null")]
    ai_resolved: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    escalation_reason: Option<Option<String>>,
    /// The deadline. Null clears it, but in PUT not while its clock is paused. Sending the deadline that the ticket shows, to
    /// the millisecond, changes nothing.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla_due_at: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "not_null")]
    tags: Option<Vec<String>>,
    /// Who else takes part in a ticket by mail: up to 20 addresses, which replace the present ones.
    #[serde(default, deserialize_with = "not_null")]
    cc_participants: Option<Vec<String>>,
    /// What must be so for the change to be made; otherwise nothing is changed, with 412.
    #[serde(default)]
    expect: Expectations,
}

/// Changes a ticket: either all given fields are written, or none.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_update",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("Idempotency-Key" = Option<String>, Header),
        ("If-Match" = Option<String>, Header),
    ),
    request_body = TicketChange,
    responses(
        (status = 200, body = TicketBody, headers(("ETag" = String, description = "What `If-Match` takes."))),
        (status = 412, body = ChangedMeanwhile, description = "The ticket was changed meanwhile."),
    )
)]
pub(crate) async fn update(
    on: OnTicket<WriteTickets>,
    once: Idempotency,
    tag: IfMatch,
    Json(change): Json<TicketChange>,
) -> Result<Tagged<Answer>, Problem> {
    write(on, &once, &tag, change, Sender::Means).await
}

/// How to read a field that equals what the ticket shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// PATCH: the caller wants this value.
    Means,
    /// PUT: the caller may only send back what was read.
    SendsBack,
}

async fn write(
    on: OnTicket<WriteTickets>,
    once: &Idempotency,
    tag: &IfMatch,
    mut change: TicketChange,
    sender: Sender,
) -> Result<Tagged<Answer>, Problem> {
    let OnTicket { agent, id } = on;
    let expected = std::mem::take(&mut change.expect).with(tag)?;
    let command = Command::Update(Box::new(patch(change, sender, &agent)?));
    let ticket = agent.desk.ticket(id).await?.ok_or(NOT_FOUND)?;
    // Read before the ticket is written, because the answer is stored in the same transaction as the change.
    let people = People::of(&agent, [ticket.distinct_id.as_str()]).await;
    let now = agent.desk.now();
    let answer = |posted: &Posted| {
        let Posted { ticket, .. } = posted;
        Answer::ok(&TicketBody::new(ticket, &agent.directory, &people, now.max(ticket.updated_at)))
    };
    let kept = |posted: &Posted| answer(posted).encode();
    match agent.desk.change_expecting(ticket, &agent.actor(), command, &expected, once.receipt(&kept)).await {
        Ok(posted) => Ok(Tagged(etag_at(posted.ticket.updated_at), answer(&posted))),
        Err(error) => Err(expect::refused(&agent, id, error).await),
    }
}

/// The same as PATCH: fields that are absent stay as they are. A client that sends back everything it has read changes nothing.
/// So null as `sla_due_at` does not clear a deadline whose clock is paused.
#[utoipa::path(
    put, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_replace",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("Idempotency-Key" = Option<String>, Header),
        ("If-Match" = Option<String>, Header),
    ),
    request_body = TicketChange,
    responses(
        (status = 200, body = TicketBody, headers(("ETag" = String, description = "What `If-Match` takes."))),
        (status = 412, body = ChangedMeanwhile, description = "The ticket was changed meanwhile."),
    )
)]
pub(crate) async fn replace(
    on: OnTicket<WriteTickets>,
    once: Idempotency,
    tag: IfMatch,
    Json(change): Json<TicketChange>,
) -> Result<Tagged<Answer>, Problem> {
    write(on, &once, &tag, change, Sender::SendsBack).await
}

/// The change in the domain's types. A field that breaks a rule is 400.
fn patch(change: TicketChange, sender: Sender, agent: &Agent<WriteTickets>) -> Result<Patch, Problem> {
    let TicketChange {
        status,
        priority,
        assignee,
        anonymous_traits,
        ai_resolved,
        escalation_reason,
        sla_due_at,
        snoozed_until,
        tags,
        cc_participants,
        expect: _,
    } = change;
    let assignee = assignee.map(|value| assignee::given(&value.unwrap_or_default(), &agent.directory)).transpose()?;
    let (assignee, names_outsider) = assignee.unzip();
    let null = if sender == Sender::SendsBack { Deadline::Shown(None) } else { Deadline::Clear };
    let reason = |reason: Option<String>| {
        reason.map(|reason| input::bounded("escalation_reason", &reason, input::ESCALATION_REASON)).transpose()
    };
    let participants = cc_participants.map(|given| input::addresses("cc_participants", &given)).transpose()?;
    Ok(Patch {
        status,
        priority,
        assignee,
        names_outsider: names_outsider.unwrap_or(false),
        anonymous_traits: anonymous_traits.map(input::traits).transpose()?,
        traits_as_shown: sender == Sender::SendsBack,
        ai_resolved,
        escalation_reason: escalation_reason.map(reason).transpose()?,
        deadline: sla_due_at.map(|due| due.map_or(null, |due| Deadline::Shown(Some(due)))),
        snoozed_until,
        cc_participants: participants.map(|given| Box::new(Others(given))),
        tags: tags.map(|tags| input::tags(&tags)).transpose()?.map(|tags| (tags, TagsMode::Set)),
    })
}

/// Deletes a ticket with everything that belongs to it. Its number is never used again.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_delete",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("Idempotency-Key" = Option<String>, Header),
        ("If-Match" = Option<String>, Header),
    ),
    responses(
        (status = 204),
        (status = 412, body = ChangedMeanwhile, description = "The ticket was changed meanwhile."),
    )
)]
pub(crate) async fn delete(on: OnTicket<WriteTickets>, once: Idempotency, tag: IfMatch) -> Result<Answer, Problem> {
    let OnTicket { agent, id } = on;
    let expected = Expectations::default().with(&tag)?;
    match agent.desk.delete(id, &expected, once.receipt(&|()| Answer::no_content().encode())).await {
        Ok(()) => Ok(Answer::no_content()),
        Err(error) => Err(expect::refused(&agent, id, error).await),
    }
}
