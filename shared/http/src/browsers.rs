//! Routes that the browsers of a customer's site call, from any origin.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::Response,
};
use tower_http::cors::{Any, CorsLayer, ExposeHeaders};

use crate::edge::confined;

/// Lets pages of any origin call `routes`, which have their edge already.
pub fn open(routes: Router) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .expose_headers(ExposeHeaders::any())
        .max_age(Duration::from_hours(24));
    routes.layer(cors).layer(middleware::from_fn(allow_headers)).layer(middleware::map_response(confined))
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
