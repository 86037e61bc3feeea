//! The way out.

use axum::{
    Json,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use lambdesk_http::{
    Context, Problem,
    session::{Cookie, check_own},
};
use serde_json::json;

/// Ends the session of the request, and has the browser forget its cookie. It is no error if the session has ended before.
/// `redirect` is where the browser goes to sign out at the identity provider too; null if there is nothing to do there.
pub(crate) async fn sign_out(State(context): State<Context>, request: Request) -> Result<Response, Problem> {
    check_own(request.headers())?;
    let cookie = Cookie::of_session(request.extensions());
    if let Some(token) = cookie.value(request.headers()) {
        context.sign_ins().end(token).await?;
    }
    let mut response = Json(json!({"redirect": null})).into_response();
    if let Some(forget) = cookie.forget() {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    Ok(response)
}
