//! The customers' API: the endpoints that the unmodified posthog-js widget calls (docs/compatibility.md).
//!
//! Every answer is 200 or an error, because the SDK reads no other success. Every path accepts calls from any origin,
//! preflights included. A ticket is protected by the visitor's session id or a proof of identity, never by a cookie.

mod body;
mod boot;
mod claims;
mod messages;
mod satisfaction;
mod send;
mod throttle;
mod tickets;
mod visitor;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::Response,
};
use lambdesk_http::{
    Context, Surface,
    edge::{confined, edge},
};
use tower_http::cors::{Any, CorsLayer, ExposeHeaders};
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
}

/// The function's router.
pub fn routes(context: Context) -> Router {
    let elsewhere = axum::routing::any(async || body::NOT_FOUND);
    let routes = Router::from(api())
        .merge(boot::quiet())
        .route("/api/conversations/v1/widget", elsewhere.clone())
        .route("/api/conversations/v1/widget/{*rest}", elsewhere)
        .with_state(context);
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .expose_headers(ExposeHeaders::any())
        .max_age(std::time::Duration::from_hours(24));
    let open = edge(routes, Surface::Widget).layer(cors).layer(middleware::from_fn(allow_headers));
    open.layer(middleware::map_response(confined))
}

/// The request headers that every preflight allows. The browser keeps a preflight's answer for a path, whichever method it
/// asked about.
const HEADERS: &str = "content-type,x-conversations-token,idempotency-key,x-request-id";

/// Answers a preflight with the headers that the SDK sends, and with any others that it asked for: the page can add headers by
/// the SDK's option `request_headers`. Allowing any header is safe, because nothing here trusts a header that a page could not
/// also send from its own server.
async fn allow_headers(request: Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS {
        return next.run(request).await;
    }
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|asked| asked.to_str().ok());
    let others =
        asked.unwrap_or_default().split(',').map(str::trim).filter(|header| HEADERS.split(',').all(|known| known != *header));
    let allowed = HeaderValue::from_str(&HEADERS.split(',').chain(others).collect::<Vec<_>>().join(","));
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed.unwrap_or(HeaderValue::from_static(HEADERS)));
    response
}
