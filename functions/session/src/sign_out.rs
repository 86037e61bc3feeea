//! The way out.

use axum::{
    Json,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use lambdesk_http::{
    Context, Problem,
    public_url::LinkBase,
    session::{Cookie, SignIn, require_same_origin},
};
use serde_json::json;

use crate::Gate;

/// Ends the session of the request, and has the browser forget its cookie. It is no error if the session has ended before.
/// `redirect` is where the browser goes to sign out at the identity provider too; null if there is nothing to do there.
pub(crate) async fn sign_out(
    State((context, gate)): State<(Context, Gate)>,
    origin: LinkBase,
    request: Request,
) -> Result<Response, Problem> {
    require_same_origin(request.headers())?;
    let cookie = Cookie::of_session(request.extensions());
    if let Some(token) = cookie.value(request.headers()) {
        context.sign_ins().end(token).await?;
    }
    let redirect = match gate.provider.as_deref() {
        Some(provider) => provider.sign_out(&format!("{}/inbox", origin.0), gate.sign_in == SignIn::Cognito).await,
        None => None,
    };
    let mut response = Json(json!({"redirect": redirect})).into_response();
    if let Some(forget) = cookie.forget() {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    Ok(response)
}
