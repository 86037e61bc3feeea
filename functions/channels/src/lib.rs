//! Settings of channels: `/api/projects/{project_id}/conversations/email/…`. A project's addresses are its administrators', and
//! what arrived is its agents' to see.

mod addresses;
mod again;
mod forwarded;
mod inbound;
mod keys;
mod outside;

use axum::{Extension, Router};
use lambdesk_http::{Context, Surface, edge::edge, routes};
use utoipa_axum::router::OpenApiRouter;

pub use lambdesk_http::mail_domain::MailDomain;
pub use outside::{HandOver, Identities, to_lambda};

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::update, addresses::remove))
        .routes(routes!(addresses::set_default))
        .routes(routes!(forwarded::verify))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::end_previous))
        .routes(routes!(inbound::list))
        .routes(routes!(again::release))
        .routes(routes!(again::replay))
}

/// The function's router, on a desk whose addresses are of this domain.
pub fn routes(context: Context, domain: MailDomain, hand_over: HandOver, identities: Identities) -> Router {
    let routes = Router::from(api()).layer(Extension(domain)).layer(Extension(hand_over)).layer(Extension(identities));
    edge(routes.with_state(context), Surface::Agents)
}
