//! Takes what the unmodified posthog-js sends beside the chat: events, exceptions and recordings (docs/capture.md).
//!
//! Strangers call it, with the project's public token as their only credential. So everything has a bound: the body, what unfolds
//! from it, its events, a session, a project's day. What is taken lies in a table of its own, and nothing of the desk follows from
//! it.
//!
//! The SDK reads no answer but 200, tries again after a 5xx and after nothing else, and stops for a minute where an answer says
//! `quota_limited`.

mod answer;
mod body;
mod days;
mod events;
mod page;
mod recording;

use std::sync::Arc;

use axum::{Router, extract::FromRef, routing::any};
use lambdesk_domain::capture::walls;
use lambdesk_http::{Context, Problem, Surface, browsers::open, edge::edge_taking};

use crate::days::Days;

/// What the handlers share.
#[derive(Clone)]
struct Taking {
    context: Context,
    days: Arc<Days>,
}

impl FromRef<Taking> for Context {
    fn from_ref(taking: &Taking) -> Self {
        taking.context.clone()
    }
}

/// The function's router.
pub fn routes(context: Context) -> Router {
    let taking = Taking { context, days: Arc::default() };
    let of_events = Router::new().route("/i/v0/e", any(events::take)).route("/e", any(events::take));
    let of_recordings = Router::new().route("/s", any(recording::take));
    let of_events = edge_taking(walls::EVENTS_BODY, Problem::TooMuch, of_events.with_state(taking.clone()), Surface::Widget);
    let of_recordings = edge_taking(walls::RECORDING_BODY, Problem::TooMuch, of_recordings.with_state(taking), Surface::Widget);
    open(of_events.merge(of_recordings))
}
