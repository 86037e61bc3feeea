//! The customers' API: the endpoints that the unmodified posthog-js widget calls (docs/compatibility.md).
//!
//! Every answer is 200 or an error, because the SDK reads no other success. Every path accepts calls from any origin,
//! preflights included. A ticket is protected by the visitor's session id or a proof of identity, never by a cookie.

mod body;
mod boot;
mod claims;
mod files;
mod messages;
mod satisfaction;
mod send;
mod throttle;
mod tickets;
mod visitor;

use axum::{Extension, Router};
use lambdesk_bucket::Bucket;
use lambdesk_http::{Context, Surface, browsers::open, edge::edge};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes with their documentation.
pub fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(boot::config_js))
        .routes(routes!(boot::config))
        .routes(routes!(send::send))
        .routes(routes!(messages::messages))
        .routes(routes!(messages::read))
        .routes(routes!(tickets::tickets))
        .routes(routes!(satisfaction::tap, satisfaction::answer))
        .routes(routes!(files::file))
}

/// The function's router, with the bucket of files.
pub fn routes(context: Context, files: Bucket) -> Router {
    let elsewhere = axum::routing::any(async || body::NOT_FOUND);
    let routes = Router::from(api())
        .merge(boot::quiet())
        .route("/api/conversations/v1/widget", elsewhere.clone())
        .route("/api/conversations/v1/widget/{*rest}", elsewhere)
        .layer(Extension(files))
        .with_state(context);
    open(edge(routes, Surface::Widget))
}
