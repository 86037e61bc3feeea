//! The ticket API of workflows and other machines: `/api/conversations/external/ticket/{uuid}`, by the project's secret
//! (contract/agent-api.md section 6). What it changes publishes no event (decision 18).

mod change;
mod ticket;

use axum::Router;
use lambdesk_http::{Context, Problem, Surface, edge::edge};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(ticket::retrieve, ticket::update))
}

/// The function as a service.
pub fn routes(context: Context) -> Router {
    let elsewhere = axum::routing::any(async || Problem::NotFound("Not found."));
    let routes = Router::from(api())
        .route("/api/conversations/external", elsewhere.clone())
        .route("/api/conversations/external/{*rest}", elsewhere);
    edge(routes.with_state(context), Surface::External)
}
