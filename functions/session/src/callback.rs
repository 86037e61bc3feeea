//! The way back from the identity provider. Nothing of the request is believed before its state is that of an attempt which this
//! browser began, and the session is always a new one.

use axum::{
    extract::{RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use lambdesk_domain::{identity::Identified, limit::Limit, session};
use lambdesk_http::{
    Context,
    address::{client_address, counted_address},
    body::query_value,
    limits::CallerKind,
    public_url::LinkBase,
    session::Cookie,
};
use lambdesk_store::{Attempt, Device};

use crate::{
    Gate,
    begin::callback as redirect,
    provider::Provider,
    refusal::{Refusal, SEALED},
};

/// How many sign-ins from an address may fail in a minute.
const FAILURES: Limit = Limit::per_minute(10);
/// The most letters that are kept of what a browser calls itself.
const AGENT: usize = 300;

/// Signs in whom the provider vouches for, if they are a member, and goes on to where the sign-in was begun for.
pub(crate) async fn callback(
    State((context, gate)): State<(Context, Gate)>,
    origin: LinkBase,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let provider = gate.provider.as_deref().ok_or(Refusal::NotSetUp)?;
    let (address, now) = (format!("sign-in:{}", counted_address(&parts.extensions)), context.now());
    context.limits.room(CallerKind::Address, &address, FAILURES, now).map_err(Refusal::TooMany)?;
    let signed_in = sign_in(&context, provider, &origin, query.as_deref().unwrap_or_default(), &parts).await;
    if signed_in.as_ref().is_err_and(Refusal::counts) {
        let _ = context.limits.tally(CallerKind::Address, &address, FAILURES, now);
    }
    signed_in
}

async fn sign_in(
    context: &Context,
    provider: &Provider,
    origin: &LinkBase,
    query: &str,
    parts: &Parts,
) -> Result<Response, Refusal> {
    let attempt = attempt(context, query, parts).await?;
    provider.check_issuer(query_value(query, "iss").as_deref()).await?;
    let Some(code) = query_value(query, "code") else { return Err(Refusal::ProviderRefused) };
    let vouched = provider.redeem(&code, &attempt, &redirect(origin), context.now()).await?;
    let address = client_address(&parts.extensions);
    let user = match context.sign_ins().identify(&vouched, &address).await? {
        Identified::Member(user) => user,
        Identified::Nobody => return Err(Refusal::Nobody(vouched.email)),
        Identified::OtherSubject(_) => return Err(Refusal::OtherSubject(vouched.email)),
    };
    let opened = context.sign_ins().open(user, Device { agent: agent(&parts.headers), address }).await?;
    let place = format!("{}{}", origin.0, attempt.next);
    let mut response = (StatusCode::SEE_OTHER, SEALED, [(header::LOCATION, place)]).into_response();
    let kept = Cookie::of_session(&parts.extensions).set(&opened.token, session::LONGEST);
    for cookie in [kept, Cookie::of_sign_in(&parts.extensions).forget()].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The attempt that this browser began with this state. From here on it is used.
async fn attempt(context: &Context, query: &str, parts: &Parts) -> Result<Attempt, Refusal> {
    let cookie = Cookie::of_sign_in(&parts.extensions).value(&parts.headers).ok_or(Refusal::NoAttempt)?;
    let state = query_value(query, "state").ok_or(Refusal::NoAttempt)?;
    context.sign_ins().take(cookie, &state).await?.ok_or(Refusal::NoAttempt)
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    agent.chars().take(AGENT).collect()
}
