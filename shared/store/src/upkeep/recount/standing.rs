//! How far the count of a project is, for whoever waits for its end.

use lambdesk_domain::{ProjectId, Timestamp};

use super::{ARRIVES, State};
use crate::{Upkeep, error::StoreError};

/// How far a count is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The figures are as the last count found them to be right.
    Right,
    /// The figures have moved since, or nobody has counted them yet.
    Moved,
    /// The second count begins no earlier: the stream may still bring what the first one saw.
    WaitsUntil(Timestamp),
}

impl Upkeep {
    /// How far the count of a project is.
    pub async fn recount_standing(&self, project: ProjectId) -> Result<Standing, StoreError> {
        let State { verified, walk, .. } = self.recount_state(project).await?;
        if let Some(first) = walk.and_then(|walk| walk.first).and_then(|first| Timestamp::from_micros(first.ended_at)) {
            return Ok(Standing::WaitsUntil(first.plus_seconds(ARRIVES)));
        }
        let right = verified.is_some() && verified == Some(self.present(project, true).await?.digest);
        Ok(if right { Standing::Right } else { Standing::Moved })
    }

    /// Lets the next run count a project, also if the last count found its figures right, or if the project rests. A count
    /// that is under way goes on.
    pub async fn recount_anew(&self, project: ProjectId) -> Result<(), StoreError> {
        let state = self.recount_state(project).await?;
        self.save_recount(project, &State { verified: None, rests_until: None, ..state }).await
    }
}
