//! How much each project has sent today. A process counts by itself, and once a minute adds its count to the table, which tells
//! what all processes have taken.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use lambdesk_domain::{
    ProjectId, Timestamp,
    capture::quota::{self, Amount, DayTally},
};
use lambdesk_store::{Capture, StoreError};

/// The tallies of the projects that this process has heard of.
#[derive(Default)]
pub(crate) struct Days(Mutex<HashMap<ProjectId, DayTally>>);

impl Days {
    /// Whether a project may send nothing more today. A project that this process has not heard of today is asked about first.
    pub(crate) async fn is_full(&self, project: ProjectId, capture: &Capture, now: Timestamp) -> Result<bool, StoreError> {
        if let Some(tally) = self.known(project, now) {
            return Ok(tally.is_full());
        }
        let day = quota::day(now);
        let sum = capture.add_to_day(day, Amount::default()).await?;
        Ok(self.with(project, now, |tally| {
            tally.told(day, sum);
            tally.is_full()
        }))
    }

    /// Counts what was taken. That a count could not be added to the table is logged, and refuses nobody.
    pub(crate) async fn count(&self, project: ProjectId, capture: &Capture, amount: Amount, now: Timestamp) {
        let Some((day, pending)) = self.with(project, now, |tally| tally.take(amount, now)) else { return };
        match capture.add_to_day(day, pending).await {
            Ok(sum) => self.with(project, now, |tally| tally.told(day, sum)),
            Err(error) => tracing::warn!(project.id = %project, %error, "what a project sent could not be counted"),
        }
    }

    fn known(&self, project: ProjectId, now: Timestamp) -> Option<DayTally> {
        let tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.get(&project).copied().filter(|tally| tally.at(now) == *tally)
    }

    fn with<T>(&self, project: ProjectId, now: Timestamp, change: impl FnOnce(&mut DayTally) -> T) -> T {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.entry(project).or_insert_with(|| DayTally::new(now));
        *tally = tally.at(now);
        change(tally)
    }
}
