//! Signing in on a local desk without being asked who one is: whoever sits at this machine is its first agent.
//!
//! This route is never deployed. Other machines can't reach the desk, but pages of other hosts can have a browser on this
//! machine call it. So the caller must be on this machine, must have called it by this machine's own name, which a page of
//! another host can't (not even one whose name leads here), and must send a header that only the desk's own page can set.

use std::net::SocketAddr;

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::post,
};
use lambdesk_domain::{UserId, session};
use lambdesk_http::{
    Context, Problem,
    address::client_address,
    session::{Cookie, require_same_origin},
};
use lambdesk_store::Device;
use serde_json::json;

/// The first agent of a local desk.
const FIRST: UserId = UserId(1);
/// The most letters that are kept of what a browser calls itself.
const AGENT: usize = 300;

/// The route, on a desk that listens on this port.
pub(crate) fn routes(context: Context, port: u16) -> Router {
    Router::new().route("/auth/local", post(async move |state, request| sign_in(state, port, request).await)).with_state(context)
}

async fn sign_in(State(context): State<Context>, port: u16, request: Request) -> Result<Response, Problem> {
    require_same_origin(request.headers())?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    if !peer.is_some_and(|peer| peer.is_loopback()) || !names_this_machine(request.headers(), port) {
        return Err(Problem::Forbidden("Only a browser on this machine is signed in without being asked."));
    }
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let device = Device { agent: agent.chars().take(AGENT).collect(), address: client_address(request.extensions()) };
    let opened = context.sign_ins().open(FIRST, device).await?;
    let mut response = Json(json!({"expires_at": opened.session.expires_at()})).into_response();
    if let Some(cookie) = Cookie::of_session(request.extensions()).set(&opened.token, session::LONGEST) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whether the request names this machine and the desk's port, in its only `Host`.
fn names_this_machine(headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host == format!("{name}:{port}").as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_names_are_let_in() {
        let named = |host: &str| names_this_machine(&HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]), 8000);
        assert!(named("127.0.0.1:8000") && named("localhost:8000") && named("[::1]:8000"));
        for other in [
            "127.0.0.1",
            "localhost",
            "localhost:80",
            "localhost:80000",
            "evil.example:8000",
            "localhost.evil.example:8000",
            "127.0.0.1.nip.io:8000",
            "localhost:8000@evil.example",
            "127.0.0.2:8000",
        ] {
            assert!(!named(other), "{other}");
        }
        assert!(!names_this_machine(&HeaderMap::new(), 8000));
    }
}
