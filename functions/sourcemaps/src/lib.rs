//! Source maps of a project: `/api/projects/{project_id}/source_maps/…`. With them agents see where an exception lies in the
//! project's own sources (docs/capture.md).
//!
//! A map is the one thing that people upload whole, and reading it takes time and memory. So it has a function of its own, which
//! of the desk reads who calls, and writes nothing but maps and, in the audit log, who uploaded or deleted them.

mod body;
mod delete;
mod list;
mod upload;

use axum::Router;
use lambdesk_domain::capture::walls;
use lambdesk_http::{Context, Problem, Surface, api::Api, edge::edge_taking, routes};

/// The handlers, as a router or as their description.
pub fn api<A: Api>() -> A {
    A::empty().routes(routes!(list::list, upload::upload)).routes(routes!(delete::delete))
}

/// The function's router.
pub fn routes(context: Context) -> Router {
    let beyond = Problem::MapTooLarge(upload::TOO_LARGE.to_owned());
    edge_taking(walls::MAP_BODY, beyond, api::<Router<Context>>().with_state(context), Surface::Agents)
}
