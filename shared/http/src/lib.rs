//! What every HTTP function shares: the edge around each request, authentication and permissions, one table of errors, request
//! bodies, paging, rate limits and idempotency keys.

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
    /// The rate limits that this process counts in memory.
    pub limits: Arc<limits::Limits>,
    /// The anonymous widget sessions that are known to hold a ticket.
    pub holders: Arc<limits::Known>,
    /// The metrics that alarms watch.
    pub metrics: Arc<metrics::Metrics>,
}

impl Context {
    /// A context on a table, with empty limits, and with metrics that are only logged.
    pub fn new(store: Store) -> Self {
        Self { store, limits: Arc::default(), holders: Arc::default(), metrics: Arc::default() }
    }
}
