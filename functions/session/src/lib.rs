//! The way of agents in and out: `/auth/…`, which browsers call and programs don't.
//!
//! A session is a credential like a personal API key. Its token is in a cookie that no page can read, and the table knows only
//! the token's hash. Who an agent is, an identity provider says, by `OpenID` Connect.

mod begin;
mod callback;
mod fetch;
mod next;
mod provider;
mod refusal;
mod sign_out;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use lambdesk_http::{Context, Surface, edge::edge, session::SignIn};

pub use fetch::{Failed, fetch};
pub use provider::{BadIssuer, Provider, Registration};

/// How agents come in.
#[derive(Clone, Default)]
pub struct Gate {
    /// How they sign in.
    pub sign_in: SignIn,
    /// Who says who they are; `None` if nobody does.
    pub provider: Option<Arc<Provider>>,
}

/// The function's router.
pub fn routes(context: Context, gate: Gate) -> Router {
    let routes = Router::new()
        .route("/auth/sign-in", get(begin::begin))
        .route("/auth/callback", get(callback::callback))
        .route("/auth/sign-out", post(sign_out::sign_out));
    edge(routes.with_state((context, gate)), Surface::Agents)
}
