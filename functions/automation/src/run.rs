//! What an event sets off.

use lambdesk_store::StoreError;

use crate::{Automation, Trigger};

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// All that was to be done for it is done.
    Done,
    /// The project's workflows have used up what they may do for now.
    Later {
        /// In how many seconds to try again.
        secs: u32,
    },
}

/// Why an event could not be carried out. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Automation {
    /// Does what the project's workflows ask for when this happens. May be called more than once for the same event.
    pub async fn carry_out(&self, trigger: &Trigger) -> Result<Carried, Failure> {
        let project = self.store.project(trigger.project).await?;
        tracing::debug!(
            project.id = %trigger.project, project.exists = project.is_some(), event.id = %trigger.id,
            event.name = trigger.event.name(), event.waited = trigger.waited, "an event arrived"
        );
        Ok(Carried::Done)
    }
}
