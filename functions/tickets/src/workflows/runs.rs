//! The runs of a workflow.

use axum::{Json, extract::RawQuery};
use lambdesk_domain::{
    TicketId, Timestamp,
    permission::{Permission, ReadTickets, ReadWorkflows},
    workflow::{RunOutcome, StepLog, StepResult},
};
use lambdesk_http::{
    Problem,
    cursor::Seal,
    paging::{Links, LogWindow, Page},
};
use lambdesk_store::RunRecord;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::input::{NOT_FOUND, OnWorkflow};

/// A run of a workflow, kept for 30 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RunBody {
    id: Uuid,
    /// The event's `uuid`.
    event_id: Uuid,
    event: &'static str,
    #[schema(value_type = Option<Uuid>)]
    ticket_id: Option<TicketId>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    started_at: Timestamp,
    /// Null while the run is under way.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    finished_at: Option<Timestamp>,
    /// Null while the run is under way.
    outcome: Option<RunOutcome>,
    steps: Vec<StepLog>,
}

impl RunBody {
    /// The JSON of a run, without the changes for callers who may not read tickets.
    fn new(run: RunRecord, may_read_tickets: bool) -> Self {
        let id = run.id();
        let RunRecord { event_id, event, ticket, started_at, ended, mut steps, .. } = run;
        let (finished_at, outcome) = ended.unzip();
        if !may_read_tickets {
            steps.iter_mut().for_each(hide_changes);
        }
        Self { id, event_id, event: event.name(), ticket_id: ticket, started_at, finished_at, outcome, steps }
    }
}

/// Removes what a step changed on the ticket: tags may be a customer's own words.
fn hide_changes(step: &mut StepLog) {
    if step.result == StepResult::Done {
        step.detail = None;
    }
}

/// Lists the runs of a workflow, those for the latest events first. Only a key with `ticket:read` sees what a run changed; for
/// others the `detail` of a step with the result `done` is null.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/workflows/{id}/runs", tag = "workflows",
    operation_id = "workflow_runs_list",
    params(
        ("project_id" = u32, Path),
        ("id" = uuid::Uuid, Path),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
    ),
    responses((status = 200, body = Page<RunBody>))
)]
pub(crate) async fn runs(
    on: OnWorkflow<ReadWorkflows>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Json<Page<RunBody>>, Problem> {
    let OnWorkflow { agent, id } = on;
    let asked = LogWindow::from_query(&query.unwrap_or_default(), 50, 200, Seal::new(&agent.directory.project, "runs", &id))?;
    let (workflow, log) = tokio::try_join!(agent.desk.workflow(id), agent.desk.runs(id, asked.stretch()))?;
    workflow.ok_or(NOT_FOUND)?;
    let (skipped, next) = (log.skipped, log.next.clone());
    let shows_tickets = ReadTickets::granted_by(&agent.scopes);
    Ok(Json(asked.page(log.placed(|run| RunBody::new(run, shows_tickets)), skipped, None, next, &links)))
}
