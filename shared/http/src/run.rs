//! Starting a function, on Lambda or in the local stack.

use axum::{
    Router,
    extract::Request,
    http::{Uri, uri::PathAndQuery},
};
use lambdesk_store::{Store, logging::log_as_json};
use tower::ServiceExt;

use crate::Context;

/// Runs `routes` as a Lambda function behind an HTTP API. Reads the environment once, and opens the connection to the
/// table while the start still has a full core.
pub async fn on_lambda(routes: impl FnOnce(Context) -> Router) -> Result<(), lambda_http::Error> {
    log_as_json();
    let store = Store::from_env()?;
    store.warm_up().await;
    let service = routes(Context::new(store))
        .into_service()
        .map_request(|request: lambda_http::Request| trim_slash(request.map(axum::body::Body::new)));
    lambda_http::run(service).await
}

/// With and without trailing slash are the same path (decision 26): routes are written without.
pub fn trim_slash(mut request: Request) -> Request {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() {
        return request;
    }
    let path_and_query = match request.uri().query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    if let Ok(path_and_query) = path_and_query.parse::<PathAndQuery>() {
        parts.path_and_query = Some(path_and_query);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
