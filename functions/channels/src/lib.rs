//! Settings of channels: `/api/projects/{project_id}/conversations/email/…`. A project's addresses are its administrators', and
//! what arrived is its agents' to see.

mod addresses;
mod again;
mod forwarded;
mod inbound;
mod keys;
mod outside;
mod ses;
mod test_mail;

use axum::{Extension, Router};
use lambdesk_http::{Context, Surface, api::Api, edge::edge, routes};

pub use lambdesk_http::mail_domain::MailDomain;
pub use outside::{HandOver, to_lambda};
pub use ses::MailService;

/// The handlers, as a router or as their description.
pub fn api<A: Api>() -> A {
    A::empty()
        .routes(routes!(addresses::list, addresses::add))
        .routes(routes!(addresses::update, addresses::remove))
        .routes(routes!(addresses::set_default))
        .routes(routes!(forwarded::verify))
        .routes(routes!(test_mail::send))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::end_previous))
        .routes(routes!(inbound::list))
        .routes(routes!(again::release))
        .routes(routes!(again::replay))
}

/// The function's router, on a desk whose addresses are of this domain.
pub fn routes(context: Context, domain: MailDomain, hand_over: HandOver, ses: MailService) -> Router {
    let routes = api::<Router<Context>>().layer(Extension(domain)).layer(Extension(hand_over)).layer(Extension(ses));
    edge(routes.with_state(context), Surface::Agents)
}
