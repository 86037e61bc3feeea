//! What every HTTP function shares: the edge around each request, authentication and permissions, one table of errors, request
//! bodies, paging, rate limits and idempotency keys.

pub mod address;
pub mod answer;
pub mod api;
pub mod assignee;
pub mod auth;
pub mod body;
pub mod browsers;
pub mod channel;
pub mod cursor;
pub mod document;
pub mod edge;
mod free_form;
pub mod idempotency;
pub mod input;
pub mod limits;
mod logged;
pub mod mail_domain;
pub mod metrics;
pub mod paging;
pub mod precondition;
pub mod problem;
pub mod public_url;
pub mod run;
pub mod schema;
pub mod scopes;
pub mod session;
pub mod surface;
mod wording;

use std::sync::Arc;

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    limit::{Calls, Limit},
    project::Project,
};
use lambdesk_store::{Principal, RatingDesk, SignIns, Store, StoreError};

pub use answer::Answer;
pub use auth::{Agent, Authenticated, Caller};
pub use body::Json;
pub use idempotency::Idempotency;
pub use logged::LoggedChange;
pub use precondition::{IfMatch, Tagged};
pub use problem::Problem;
pub use surface::Surface;

/// What a function's handlers share, for as long as the process is warm.
///
/// A handler reaches the table through what its caller entered with, never through the store:
///
/// ```
/// # use lambdesk_http::Context;
/// # use lambdesk_store::{Principal, StoreError};
/// async fn enter(context: &Context, token: &str) -> Result<Option<Principal>, StoreError> {
///     context.enter(token).await
/// }
/// ```
///
/// ```compile_fail,E0616
/// # use lambdesk_http::Context;
/// # use lambdesk_store::Store;
/// fn store(context: &Context) -> &Store {
///     &context.store
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    /// The table. Private, so that a handler has what its caller entered with, and nothing beside it.
    store: Store,
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

    /// The same context on another store: the local desk gives each function one with the function's own role.
    #[must_use]
    pub fn on(&self, store: Store) -> Self {
        Self { store, ..self.clone() }
    }

    /// Who holds this token ([`Store::enter`]).
    pub async fn enter(&self, token: &str) -> Result<Option<Principal>, StoreError> {
        self.store.enter(token).await
    }

    /// The handle of whoever follows a signed link ([`Store::enter_by_link`]).
    pub async fn enter_by_link(
        &self,
        project: ProjectId,
        ticket: TicketId,
        signed: impl FnOnce(&Project) -> bool,
    ) -> Result<Option<RatingDesk>, StoreError> {
        self.store.enter_by_link(project, ticket, signed).await
    }

    /// The handle of whoever signs users in ([`Store::sign_ins`]).
    pub fn sign_ins(&self) -> SignIns {
        self.store.sign_ins()
    }

    /// Counts calls of `who` in the table ([`Store::count_calls`]).
    pub async fn count_calls(&self, who: &str, limits: &[Limit], calls: u32) -> Result<Vec<Calls>, StoreError> {
        self.store.count_calls(who, limits, calls).await
    }

    /// The time by the desk's clock, which tests move.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }
}
