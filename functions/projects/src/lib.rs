//! Project administration: `/api/projects/…` and `/api/personal_api_keys/…` (contract/local.md), and the contract of all
//! functions at `/api/openapi.json`.
//!
//! Administrators see the table as it is, not what a warm function remembers of it. What must hold between several items
//! (a project keeps a member, no two roles share a name) is decided in a closure that the store runs again for each lost
//! race.

mod audit;
mod document;
mod input;
mod keys;
mod members;
mod project;
mod roles;
mod tokens;

use axum::Router;
use lambdesk_http::{Context, Surface, edge::edge};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(project::list, project::create))
        .routes(routes!(project::retrieve, project::update))
        .routes(routes!(tokens::rotate_secret))
        .routes(routes!(tokens::reveal_secret))
        .routes(routes!(tokens::delete_secret_backup))
        .routes(routes!(audit::list))
        .routes(routes!(tokens::rotate_widget))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::update, members::remove))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::update, roles::delete))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::delete))
        .routes(routes!(document::openapi))
}

/// The function as a service.
pub fn routes(context: Context) -> Router {
    edge(Router::from(api()).with_state(context), Surface::Agents)
}
