//! What a workflow would do (docs/decisions.md, 42). The answer shows what is in the ticket, directly or by the branches that
//! are taken. So the caller also needs the scope to read tickets.

use axum::Json as Body;
use lambdesk_domain::{
    Ticket,
    events::EventName,
    permission::TryWorkflows,
    traits::Object,
    workflow::{self, DryRun, Occurrence, Workflow},
};
use lambdesk_http::{Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{NOT_FOUND, OnWorkflow};
use crate::input::TicketRef;

/// The ticket and the event to try a workflow on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct Trial {
    /// UUID, or ticket number.
    #[schema(value_type = String)]
    ticket_id: TicketRef,
    /// The event to try; by default the workflow's own event, with the ticket's present values.
    event: Option<EventInput>,
}

/// An event to try.
#[derive(Debug, Clone, Deserialize, ToSchema)]
struct EventInput {
    /// Its name, such as `$conversation_ticket_created`.
    event: String,
    /// The ticket's distinct id if absent.
    distinct_id: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    properties: Object,
}

/// Says which filters and branches would match, and what would change. It changes nothing.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/workflows/{id}/dry_run", tag = "workflows",
    operation_id = "workflows_dry_run",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    request_body = Trial,
    responses((status = 200, body = DryRun))
)]
pub(crate) async fn dry_run(on: OnWorkflow<TryWorkflows>, Json(trial): Json<Trial>) -> Result<Body<DryRun>, Problem> {
    let OnWorkflow { agent, id } = on;
    let Trial { ticket_id, event } = trial;
    let workflow = agent.desk.workflow(id).await?.ok_or(NOT_FOUND)?;
    let ticket = ticket_id.find(&agent.desk).await?.ok_or(NOT_FOUND)?;
    let occurrence = occurrence(event, &workflow, &ticket)?;
    let has = |assignee| agent.directory.has(assignee);
    Ok(Body(workflow::dry_run(
        &workflow.definition,
        &occurrence,
        &ticket,
        has,
        agent.desk.now(),
        &agent.directory.project.rules(),
    )))
}

fn occurrence(event: Option<EventInput>, workflow: &Workflow, ticket: &Ticket) -> Result<Occurrence, Problem> {
    let Some(EventInput { event, distinct_id, mut properties }) = event else {
        return Ok(workflow::present(workflow.definition.trigger.event, ticket));
    };
    let name = EventName::parse(&event).ok_or_else(|| Problem::invalid("event.event", "Is not an event of this desk."))?;
    properties.entry("ticket_id").or_insert_with(|| ticket.id.to_string().into());
    Ok(Occurrence { name, distinct_id: distinct_id.unwrap_or_else(|| ticket.distinct_id.clone()), properties })
}
