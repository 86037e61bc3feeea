//! The handle of the function that runs workflows.

use lambdesk_domain::{ProjectId, Timestamp, permission::Running, workflow::Party};

use crate::{
    Desk, Store,
    error::StoreError,
    handles::windows::{ALL_ACTIONS, OF_STRANGERS, Share},
};

const ACTIONS_OF_STRANGERS: [Share; 2] = [ALL_ACTIONS, OF_STRANGERS];

/// The handle of the function that runs workflows.
///
/// It gives each project's desk, as runs may use it:
///
/// ```
/// # use lambdesk_domain::{ProjectId, permission::Running};
/// # use lambdesk_store::{Desk, Runs};
/// fn desk(runs: &Runs, project: ProjectId) -> Desk<Running> {
///     runs.desk(project)
/// }
/// ```
///
/// It admits nobody:
///
/// ```compile_fail,E0599
/// # use lambdesk_store::{Principal, Runs, StoreError};
/// async fn enter(runs: &Runs, token: &str) -> Result<Option<Principal>, StoreError> {
///     runs.enter(token).await
/// }
/// ```
#[derive(Clone)]
pub struct Runs {
    store: Store,
}

impl Store {
    /// The handle of the function that runs workflows.
    pub fn runs(&self) -> Runs {
        Runs { store: self.clone() }
    }
}

impl Runs {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// A project, as the runs of its workflows may reach it.
    pub fn desk(&self, project: ProjectId) -> Desk<Running> {
        Desk::new(self.store.room(project))
    }
}

impl Desk<Running> {
    /// Counts one action of a run of this project against what runs may do, or says how many seconds to wait until one fits.
    pub async fn admit_action(&self, party: Party) -> Result<Result<(), u32>, StoreError> {
        let shares = match party {
            Party::Known => &ACTIONS_OF_STRANGERS[..1],
            Party::Stranger => &ACTIONS_OF_STRANGERS,
        };
        self.store.admit(&self.runs_window(), shares).await
    }

    /// For how many seconds it is known that no run of this project may do anything, whoever set it off.
    pub fn without_actions(&self) -> Option<u32> {
        self.store.used_up(&self.runs_window(), &[ALL_ACTIONS], self.now())
    }

    fn runs_window(&self) -> String {
        format!("runs:{}", self.project)
    }
}
