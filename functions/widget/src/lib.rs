//! The customers' side: what the unmodified posthog-js widget needs from a server (contract/widget.md).
//!
//! Every answer is 200 or an error: the SDK reads no other success. Every path answers any origin, preflights included;
//! what protects a ticket is the visitor's session id or a proof of identity, never a cookie.

mod assets;
mod body;
mod boot;
mod messages;
mod satisfaction;
mod send;
mod throttle;
mod tickets;
mod visitor;

use axum::Router;
use lambdesk_http::{Context, Surface, edge::edge};
use tower_http::cors::{AllowHeaders, Any, CorsLayer, ExposeHeaders};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use assets::redirecting;

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
}

/// The function as a service; `assets` answers below `/static/`.
pub fn routes(context: Context, assets: Router) -> Router {
    let elsewhere = axum::routing::any(async || body::NOT_FOUND);
    let routes = Router::from(api())
        .merge(boot::quiet())
        .route("/api/conversations/v1/widget", elsewhere.clone())
        .route("/api/conversations/v1/widget/{*rest}", elsewhere)
        .with_state(context)
        .nest_service("/static", assets);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([axum::http::Method::GET, axum::http::Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::any())
        .max_age(std::time::Duration::from_hours(24));
    edge(routes, Surface::Widget).layer(cors)
}
