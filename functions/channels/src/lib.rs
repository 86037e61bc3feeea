//! Settings of channels: `/api/projects/{project_id}/conversations/email/…`. A project's addresses are its administrators', and
//! what arrived is its agents' to see.

mod addresses;
mod inbound;

use axum::{Extension, Router};
use lambdesk_http::{Context, Surface, edge::edge, routes};
use utoipa_axum::router::OpenApiRouter;

pub use lambdesk_http::mail_domain::MailDomain;

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::remove))
        .routes(routes!(addresses::set_default))
        .routes(routes!(inbound::list))
}

/// The function's router, on a desk whose addresses are of this domain.
pub fn routes(context: Context, domain: MailDomain) -> Router {
    edge(Router::from(api()).layer(Extension(domain)).with_state(context), Surface::Agents)
}
