//! Removing a source map.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::permission::WriteProjects;
use lambdesk_http::{Agent, Authenticated, Context, Problem, input::id_of_path};
use uuid::Uuid;

/// An administrator of the project, and the source map in the path. The map is not looked up yet.
pub(crate) struct OnMap {
    agent: Agent<WriteProjects>,
    id: Uuid,
}

impl Authenticated for OnMap {
    type Permission = WriteProjects;
}

impl FromRequestParts<Context> for OnMap {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "id").await? })
    }
}

/// Removes a source map. Frames that it resolved are shown as they were sent.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/source_maps/{id}", tag = "source_maps", operation_id = "source_maps_delete",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnMap) -> Result<StatusCode, Problem> {
    let OnMap { agent, id } = on;
    if agent.desk.delete_source_map(&agent.by(), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::NotFound("Not found."))
    }
}
