//! The customers' side: what the unmodified posthog-js widget needs from a server (contract/widget.md).
//!
//! Every answer is 200 or an error: the SDK reads no other success. Every path answers any origin, preflights included;
//! what protects a ticket is the visitor's session id or a proof of identity, never a cookie.

mod assets;
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
    edge::{Public, confined, edge},
};
use tower_http::cors::{Any, CorsLayer, ExposeHeaders};
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
        .nest_service("/static", assets.layer(middleware::map_response(public)));
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .expose_headers(ExposeHeaders::any())
        .max_age(std::time::Duration::from_hours(24));
    let open = edge(routes, Surface::Widget).layer(cors).layer(middleware::from_fn(allow_headers));
    open.layer(middleware::map_response(confined))
}

/// The SDK's own files are anyone's; that there is no such file may change.
async fn public(mut response: Response) -> Response {
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        response.extensions_mut().insert(Public);
    }
    response
}

/// What every preflight allows. The browser keeps its answer for a path, whichever method it asked about.
const HEADERS: &str = "content-type,x-conversations-token,idempotency-key,x-request-id";

/// Answers a preflight with the headers that the SDK sends, and those that the page's `request_headers` add to them: nothing
/// here trusts a header that a page could not also send from a server of its own.
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
