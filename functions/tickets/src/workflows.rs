//! Workflows, and the runs that they had: `/api/projects/{project_id}/conversations/workflows/…`. `functions/automation` runs
//! them.

mod body;
mod dry_run;
mod gallery;
mod input;
mod runs;
mod workflow;

use lambdesk_http::{api::Api, routes};

/// The handlers, as a router or as their description.
pub(crate) fn api<A: Api>() -> A {
    A::empty()
        .routes(routes!(workflow::list, workflow::create))
        .routes(routes!(workflow::retrieve, workflow::update, workflow::replace, workflow::delete))
        .routes(routes!(runs::runs))
        .routes(routes!(dry_run::dry_run))
        .routes(routes!(gallery::list))
        .routes(routes!(gallery::create))
}
