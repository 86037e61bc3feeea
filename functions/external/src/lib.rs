//! The ticket API for workflows and other machines: `/api/conversations/external/ticket/{uuid}`, called with the project's
//! secret (docs/compatibility.md). Its changes publish no event (docs/decisions.md, 18).

mod change;
mod ticket;

use axum::Router;
use lambdesk_http::{Context, Problem, Surface, api::Api, edge::edge, public_routes};

/// The handlers, as a router or as their description.
pub fn api<A: Api>() -> A {
    A::empty().routes(public_routes!(ticket::retrieve, ticket::update))
}

/// The function's router.
pub fn routes(context: Context) -> Router {
    let elsewhere = axum::routing::any(async || Problem::NotFound("Not found."));
    let routes = api::<Router<Context>>()
        .route("/api/conversations/external", elsewhere.clone())
        .route("/api/conversations/external/{*rest}", elsewhere);
    edge(routes.with_state(context), Surface::External)
}
