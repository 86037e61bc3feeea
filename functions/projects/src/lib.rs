//! Project administration: `/api/projects/…` and `/api/personal_api_keys/…`, and the description of all APIs at
//! `/api/openapi.json`.
//!
//! Administrators read the table itself, not what a warm function remembers of it. Some rules concern several items: a project
//! keeps an administrator, and no two roles share a name. `administration` of the domain decides those, in a closure that the store
//! runs again after each lost race.

mod audit;
mod document;
mod input;
mod keys;
mod members;
mod project;
mod roles;
mod tokens;

use axum::Router;
use lambdesk_http::{Context, Surface, edge::edge, routes};
use utoipa_axum::router::OpenApiRouter;

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
        .routes(utoipa_axum::routes!(document::openapi))
}

/// The function's router.
pub fn routes(context: Context) -> Router {
    edge(Router::from(api()).with_state(context), Surface::Agents)
}
