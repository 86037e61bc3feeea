//! What every HTTP function shares: the edge around a request, who asks and what they may, one table of errors, bodies,
//! paging, limits and idempotency.

pub mod address;
pub mod answer;
pub mod assignee;
pub mod auth;
pub mod body;
pub mod channel;
pub mod cursor;
pub mod document;
pub mod edge;
pub mod idempotency;
pub mod input;
pub mod limits;
pub mod metrics;
pub mod origin;
pub mod paging;
pub mod problem;
pub mod run;
pub mod surface;
pub mod wording;

use std::sync::Arc;

use lambdesk_store::Store;

pub use answer::Answer;
pub use auth::{Agent, Caller};
pub use body::Json;
pub use idempotency::Idempotency;
pub use problem::Problem;
pub use surface::Surface;

/// What a function's handlers share, for as long as the process is warm.
#[derive(Clone)]
pub struct Context {
    /// The table.
    pub store: Store,
    /// The limits counted in memory.
    pub limits: Arc<limits::Limits>,
    /// The anonymous sessions that have shown to hold a ticket.
    pub holders: Arc<limits::Known>,
    /// Where figures for alarms go.
    pub metrics: Arc<metrics::Metrics>,
}

impl Context {
    /// A context on a table.
    pub fn new(store: Store) -> Self {
        Self { store, limits: Arc::default(), holders: Arc::default(), metrics: Arc::default() }
    }
}
