//! Workflows as people write them and look at what they did: `/api/projects/{project_id}/conversations/workflows/…`
//! (contract/workflows.md). What runs them is `functions/automation`.

mod body;
mod dry_run;
mod gallery;
mod input;
mod runs;
mod workflow;

use axum::Router;
use lambdesk_http::{Context, Surface, edge::edge};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(workflow::list, workflow::create))
        .routes(routes!(workflow::retrieve, workflow::update, workflow::replace, workflow::delete))
        .routes(routes!(runs::runs))
        .routes(routes!(dry_run::dry_run))
        .routes(routes!(gallery::list))
        .routes(routes!(gallery::create))
}

/// The function as a service.
pub fn routes(context: Context) -> Router {
    edge(Router::from(api()).with_state(context), Surface::Agents)
}
