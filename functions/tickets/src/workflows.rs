//! Workflows, and the runs that they had: `/api/projects/{project_id}/conversations/workflows/…`. `functions/automation` runs
//! them.

mod body;
mod dry_run;
mod gallery;
mod input;
mod runs;
mod workflow;

use lambdesk_http::{Context, routes};
use utoipa_axum::router::OpenApiRouter;

/// The routes with their documentation.
pub(crate) fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(workflow::list, workflow::create))
        .routes(routes!(workflow::retrieve, workflow::update, workflow::replace, workflow::delete))
        .routes(routes!(runs::runs))
        .routes(routes!(dry_run::dry_run))
        .routes(routes!(gallery::list))
        .routes(routes!(gallery::create))
}
