//! The way in: to the identity provider.

use axum::{
    extract::{RawQuery, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use lambdesk_http::{Context, body::query_value, public_url::LinkBase, session::Cookie};

use crate::{
    Gate,
    next::next,
    refusal::{Refusal, SEALED},
};

/// How long a browser keeps the cookie of an attempt, in seconds.
const KEPT: i64 = 600;

/// Where the provider sends the browser back to.
pub(crate) fn callback(origin: &LinkBase) -> String {
    format!("{}/auth/callback", origin.0)
}

/// Sends the browser to the provider. `next` says where in the inbox it goes afterwards.
pub(crate) async fn begin(
    State((context, gate)): State<(Context, Gate)>,
    origin: LinkBase,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refusal> {
    let provider = gate.provider.as_deref().ok_or(Refusal::NotSetUp)?;
    let asked = query_value(query.as_deref().unwrap_or_default(), "next");
    let begun = provider.begin(&callback(&origin), next(asked.as_deref())).await?;
    let value = context.sign_ins().begin(&begun.attempt).await?;
    let mut response = (StatusCode::SEE_OTHER, SEALED, [(header::LOCATION, begun.url)]).into_response();
    if let Some(cookie) = Cookie::of_sign_in(request.extensions()).set(&value, KEPT) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
