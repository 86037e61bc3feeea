//! The way of agents in and out: `/auth/…`, which browsers call and programs don't.
//!
//! A session is a credential like a personal API key. Its token is in a cookie that no page can read, and the table knows only
//! the token's hash.

mod sign_out;

use axum::{Router, routing::post};
use lambdesk_http::{Context, Surface, edge::edge};

/// The function's router.
pub fn routes(context: Context) -> Router {
    let routes = Router::new().route("/auth/sign-out", post(sign_out::sign_out));
    edge(routes.with_state(context), Surface::Agents)
}
