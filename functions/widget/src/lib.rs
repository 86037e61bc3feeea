//! The customers' API: the endpoints that the unmodified posthog-js widget calls (docs/compatibility.md).
//!
//! Every answer is 200 or an error, because the SDK reads no other success. Every path accepts calls from any origin,
//! preflights included. A ticket is protected by the visitor's session id or a proof of identity, never by a cookie.

mod body;
mod boot;
mod claims;
mod files;
mod messages;
mod restore;
mod satisfaction;
mod send;
mod throttle;
mod tickets;
mod visitor;

use axum::{Extension, Router};
use lambdesk_bucket::Bucket;
use lambdesk_http::{Context, Surface, api::Api, browsers::open, edge::edge, public_routes};

/// The handlers, as a router or as their description.
pub fn api<A: Api>() -> A {
    A::empty()
        .routes(public_routes!(boot::config_js))
        .routes(public_routes!(boot::config))
        .routes(public_routes!(send::send))
        .routes(public_routes!(messages::messages))
        .routes(public_routes!(messages::read))
        .routes(public_routes!(tickets::tickets))
        .routes(public_routes!(restore::request))
        .routes(public_routes!(restore::restore))
        .routes(public_routes!(satisfaction::tap, satisfaction::answer))
        .routes(public_routes!(files::file))
}

/// The function's router, with the bucket of files.
pub fn routes(context: Context, files: Bucket) -> Router {
    let elsewhere = axum::routing::any(async || body::NOT_FOUND);
    let routes = api::<Router<Context>>()
        .merge(boot::quiet())
        .route("/api/conversations/v1/widget", elsewhere.clone())
        .route("/api/conversations/v1/widget/{*rest}", elsewhere)
        .layer(Extension(files))
        .with_state(context);
    open(edge(routes, Surface::Widget))
}
