//! The list of a project's source maps.

use axum::Json;
use lambdesk_domain::permission::ReadProjects;
use lambdesk_http::{
    Agent, Problem,
    paging::{Listing, Page},
};

use crate::body::SourceMapBody;

/// Lists the source maps of a project, the newest first.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/source_maps", tag = "source_maps", operation_id = "source_maps_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<SourceMapBody>))
)]
pub(crate) async fn list(agent: Agent<ReadProjects>, listing: Listing) -> Result<Json<Page<SourceMapBody>>, Problem> {
    let maps = agent.desk.source_maps().await?;
    Ok(Json(listing.page(&maps, SourceMapBody::new)))
}
