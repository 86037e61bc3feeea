//! One ticket: seen, changed, deleted.

use axum::{
    Json as Body,
    http::{Method, StatusCode},
};
use lambdesk_domain::{
    Command, Timestamp,
    patch::Patch,
    sla::Deadline,
    tags::TagsMode,
    ticket::{Priority, Status},
    traits::Object,
};
use lambdesk_http::{
    Agent, Json, Problem, assignee,
    auth::{ReadTickets, WriteTickets},
    body::{not_null, nullable},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    body::TicketBody,
    input::{self, OnTicket},
    person::People,
};

/// Gets a ticket and marks it as read by the team. Looking changes no status, and a mark that fails does not fail the
/// look (decision 12). HEAD looks at nothing: it marks nothing.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_retrieve",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    responses((status = 200, body = TicketBody))
)]
pub(crate) async fn retrieve(on: OnTicket<ReadTickets>, method: Method) -> Result<Body<TicketBody>, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(Problem::NotFound("Not found."))?;
    let people = People::of(&agent, [ticket.distinct_id.as_str()]);
    if method == Method::HEAD {
        return Ok(Body(TicketBody::new(&ticket, &agent.directory, &people.await, agent.desk.now())));
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
    Ok(Body(TicketBody::new(&ticket, &agent.directory, &people, agent.desk.now())))
}

/// A change of a ticket. What is absent stays; read-only and unknown keys are ignored (decision 46).
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TicketChange {
    #[serde(default, deserialize_with = "not_null")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "input::priority")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Object>)]
    assignee: Option<Option<Value>>,
    /// All traits: in PATCH each of them is proven by being set, in PUT those that differ from what the ticket shows.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Option<Object>)]
    anonymous_traits: Option<Object>,
    #[serde(default, deserialize_with = "not_null")]
    ai_resolved: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    escalation_reason: Option<Option<String>>,
    /// The deadline; null clears one that was set, but in PUT not while its clock is paused. What the ticket shows now, to the
    /// millisecond, changes nothing.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla_due_at: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "not_null")]
    tags: Option<Vec<String>>,
}

/// Changes a ticket: all of the fields that are given, or none.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_update",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    request_body = TicketChange,
    responses((status = 200, body = TicketBody))
)]
pub(crate) async fn update(on: OnTicket<WriteTickets>, Json(change): Json<TicketChange>) -> Result<Body<TicketBody>, Problem> {
    write(on, change, Sender::Means).await
}

/// What is meant by fields that are as the ticket shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// Each of them is meant.
    Means,
    /// They were read, and are sent back.
    SendsBack,
}

async fn write(on: OnTicket<WriteTickets>, change: TicketChange, sender: Sender) -> Result<Body<TicketBody>, Problem> {
    let OnTicket { agent, id } = on;
    let patch = patch(change, sender, &agent)?;
    let (posted, _) = agent.desk.change(id, &agent.actor(), Command::Update(Box::new(patch)), None).await?;
    let people = People::of(&agent, [posted.ticket.distinct_id.as_str()]).await;
    Ok(Body(TicketBody::new(&posted.ticket, &agent.directory, &people, agent.desk.now())))
}

/// The same as PATCH: what is absent stays. A client that sends back all that it was shown changes nothing: so null as
/// `sla_due_at` clears none while its clock is paused.
#[utoipa::path(
    put, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_replace",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    request_body = TicketChange,
    responses((status = 200, body = TicketBody))
)]
pub(crate) async fn replace(on: OnTicket<WriteTickets>, Json(change): Json<TicketChange>) -> Result<Body<TicketBody>, Problem> {
    write(on, change, Sender::SendsBack).await
}

/// The change in the domain's types.
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
    } = change;
    let assignee = assignee.map(|value| assignee::given(&value.unwrap_or_default(), &agent.directory)).transpose()?;
    let (assignee, names_outsider) = assignee.unzip();
    let null = if sender == Sender::SendsBack { Deadline::Shown(None) } else { Deadline::Clear };
    let reason = |reason: Option<String>| {
        reason.map(|reason| input::bounded("escalation_reason", &reason, input::ESCALATION_REASON)).transpose()
    };
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
        tags: tags.map(|tags| input::tags(&tags)).transpose()?.map(|tags| (tags, TagsMode::Set)),
    })
}

/// Deletes a ticket with all that belongs to it; its number is never used again (decision 10).
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/tickets/{id}", tag = "tickets", operation_id = "tickets_delete",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnTicket<WriteTickets>) -> Result<StatusCode, Problem> {
    let OnTicket { agent, id } = on;
    if agent.desk.delete(id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::NotFound("Not found.")) }
}
