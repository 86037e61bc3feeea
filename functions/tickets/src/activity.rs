//! The activity log of a ticket: who changed what.

use axum::{Json, extract::RawQuery};
use lambdesk_domain::{Timestamp, permission::ReadTickets};
use lambdesk_http::{
    LoggedChange, Problem,
    cursor::Seal,
    paging::{Links, LogWindow, Page},
};
use lambdesk_store::LoggedActivity;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::input::OnTicket;

/// One row of a ticket's activity log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ActivityBody {
    id: uuid::Uuid,
    /// `updated` or `assigned`.
    activity: String,
    actor: ActorBody,
    #[schema(value_type = Vec<LoggedChange>)]
    changes: Value,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct ActorBody {
    /// `user`, `customer`, `workflow` or `system`.
    r#type: String,
    /// An integer for a user, a UUID for a workflow.
    #[schema(schema_with = lambdesk_http::schema::number_or_text_or_null)]
    id: Value,
}

impl ActivityBody {
    fn new(row: LoggedActivity) -> Self {
        let LoggedActivity { id, activity, actor_kind, actor_id, changes, created_at } = row;
        let number = actor_id.as_ref().and_then(|id| id.parse::<u32>().ok());
        let actor_id = number.map_or_else(|| actor_id.map_or(Value::Null, Value::from), Value::from);
        Self { id, activity, actor: ActorBody { r#type: actor_kind, id: actor_id }, changes, created_at }
    }
}

/// Lists the changes of a ticket, newest first.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/activity", tag = "tickets", operation_id = "activity_list",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
    ),
    responses((status = 200, body = Page<ActivityBody>))
)]
pub(crate) async fn activity(
    on: OnTicket<ReadTickets>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Json<Page<ActivityBody>>, Problem> {
    let OnTicket { agent, id } = on;
    let asked = LogWindow::from_query(&query.unwrap_or_default(), 50, 200, Seal::new(&agent.directory.project, "activity", &id))?;
    let log = agent.desk.activity(id, asked.stretch());
    let (ticket, log) = tokio::try_join!(agent.desk.ticket(id), log)?;
    ticket.ok_or(Problem::NotFound("Not found."))?;
    let (skipped, next) = (log.skipped, log.next.clone());
    Ok(Json(asked.page(log.placed(ActivityBody::new), skipped, None, next, &links)))
}
