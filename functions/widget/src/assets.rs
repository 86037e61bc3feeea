//! `/static/…`: the SDK's own files.

use axum::{
    Router,
    http::Uri,
    response::{IntoResponse, Redirect, Response},
};
use lambdesk_http::Problem;

/// Redirects every path to `base`, or answers 404 if there is none. A function does not serve files itself.
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
