//! `/static/…`: the SDK's own files.

use axum::{
    Router,
    http::Uri,
    response::{IntoResponse, Redirect, Response},
};
use lambdesk_http::Problem;

/// Sends every path on to `base`, or finds nothing if there is none: a function is no file server.
pub fn redirecting(base: Option<String>) -> Router {
    Router::new().fallback(move |uri: Uri| {
        let base = base.clone();
        async move { redirect(base.as_deref(), &uri) }
    })
}

fn redirect(base: Option<&str>, uri: &Uri) -> Response {
    let Some(base) = base else { return Problem::NotFound("Not found.").into_response() };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::temporary(&format!("{}{path}", base.trim_end_matches('/'))).into_response()
}
