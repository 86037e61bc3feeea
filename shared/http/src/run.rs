//! Starting a function, on Lambda or in the local stack.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{Uri, uri::PathAndQuery},
};
use lambdesk_runtime::logging::log_as_json;
use lambdesk_store::Store;
use tower::ServiceExt;

use crate::{Context, metrics::Metrics, public_url::PublicUrl};

/// Runs `routes` as a Lambda function behind an HTTP API. It reads the environment once, and opens the connection to the table
/// during the start, when Lambda still gives the function a full core. Links begin with `PUBLIC_URL`; if that is empty or
/// absent, they begin with API Gateway's own address. Fails if a variable is missing or wrong.
pub async fn on_lambda(routes: impl FnOnce(Context) -> Router) -> Result<(), lambda_http::Error> {
    log_as_json();
    let store = Store::from_env()?;
    store.warm_up().await;
    let metrics = Arc::new(Metrics::written_by(|line| println!("{line}")));
    serve(routes(Context { metrics, ..Context::new(store) })).await
}

/// Runs `routes` that need no table as a Lambda function behind an HTTP API. Fails if a variable is wrong.
pub async fn without_a_table(routes: Router) -> Result<(), lambda_http::Error> {
    log_as_json();
    serve(routes).await
}

async fn serve(routes: Router) -> Result<(), lambda_http::Error> {
    let public = std::env::var("PUBLIC_URL").ok().filter(|url| !url.is_empty());
    let public = public.map(|url| url.parse::<PublicUrl>().map_err(|error| format!("PUBLIC_URL {error}"))).transpose()?;
    let service = routes.into_service().map_request(move |request: lambda_http::Request| {
        let mut request = trim_slash(request.map(axum::body::Body::new));
        if let Some(public) = public.clone() {
            request.extensions_mut().insert(public);
        }
        request
    });
    lambda_http::run(service).await
}

/// Removes slashes at the end of the path. A path is the same with and without them (docs/decisions.md, 26), and routes are
/// written without.
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
