//! What the desk does by itself, without a request: folds of the stream, timers, and walks along the tickets.

pub(crate) mod deliveries;
pub(crate) mod fold;
pub(crate) mod folds;
pub(crate) mod hand_over;
pub(crate) mod load;
pub(crate) mod persons;
pub(crate) mod purge;
pub(crate) mod recount;
pub(crate) mod renewal;
pub(crate) mod rollout;
pub(crate) mod stream;
pub(crate) mod tags;
pub(crate) mod timers;
pub(crate) mod totals;
pub(crate) mod words;
pub(crate) mod zones;

use std::sync::Arc;

use lambdesk_domain::{ProjectId, Timestamp};

use crate::{Directory, Store, error::StoreError};

/// The handle of what the desk does by itself. The relay and the clock hold it, and each module here adds its part.
///
/// It removes what a deleted ticket leaves behind:
///
/// ```
/// # use lambdesk_domain::{ProjectId, TicketId};
/// # use lambdesk_store::{StoreError, Upkeep};
/// async fn follow(upkeep: &Upkeep, project: ProjectId, id: TicketId) -> Result<(), StoreError> {
///     let first = upkeep.left_behind(project, id).await?;
///     upkeep.remove(first).await
/// }
/// ```
///
/// It admits nobody:
///
/// ```compile_fail,E0599
/// # use lambdesk_store::{Principal, StoreError, Upkeep};
/// async fn follow(upkeep: &Upkeep, token: &str) -> Result<Option<Principal>, StoreError> {
///     upkeep.enter(token).await
/// }
/// ```
#[derive(Clone)]
pub struct Upkeep {
    store: Store,
}

impl Store {
    /// The handle of what the desk does by itself.
    pub fn upkeep(&self) -> Upkeep {
        Upkeep { store: self.clone() }
    }
}

impl Upkeep {
    /// The present time by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// A project with its members and roles, remembered for up to a minute.
    pub async fn directory(&self, id: ProjectId) -> Result<Option<Arc<Directory>>, StoreError> {
        self.store.directory(id).await
    }
}
