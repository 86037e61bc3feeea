//! Folds and purges: what changes of a project's tickets mean for other items of the table.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lambdesk_bucket::Bucket;
use lambdesk_domain::{ProjectId, person::Sighting};
use lambdesk_store::{ProjectRecords, TicketChange, Upkeep};

use crate::purge::purge;

/// How many projects of a batch are handled at a time.
const PROJECTS: usize = 8;

/// A batch's records of one project.
pub(crate) struct ProjectBatch {
    /// The index of the first of these records in the batch.
    first: Option<usize>,
    /// For each change of a ticket in `records`, the index of its record.
    places: Vec<usize>,
    records: ProjectRecords,
}

impl ProjectBatch {
    pub(crate) const fn of(project: ProjectId) -> Self {
        Self { first: None, places: Vec::new(), records: ProjectRecords::of(project) }
    }

    pub(crate) fn take_ticket(&mut self, place: usize, change: TicketChange) {
        self.first.get_or_insert(place);
        self.places.push(place);
        self.records.changes.push(change);
    }

    pub(crate) fn take_sighting(&mut self, place: usize, sighting: Sighting) {
        self.first.get_or_insert(place);
        self.records.sightings.push(sighting);
    }
}

/// Folds and purges for every project of a batch. Returns the indexes of the records that failed.
pub(crate) async fn follow(upkeep: &Upkeep, files: Option<&Bucket>, projects: BTreeMap<ProjectId, ProjectBatch>) -> Vec<usize> {
    let outcomes = projects.into_values().map(|batch| fold_and_purge(upkeep, files, batch));
    stream::iter(outcomes).buffer_unordered(PROJECTS).filter_map(std::future::ready).collect().await
}

/// Folds and purges for one project's records. Returns the index of the first record that failed. A fold does not say which
/// record it failed at: after a failed fold nothing is purged, and the project's first record counts as the failed one.
async fn fold_and_purge(upkeep: &Upkeep, files: Option<&Bucket>, batch: ProjectBatch) -> Option<usize> {
    let ProjectBatch { first, places, records } = batch;
    let project = records.project;
    let failures = upkeep.fold(&records).await;
    for (fold, error) in &failures {
        tracing::error!(project.id = %project, fold, %error, "records could not be folded");
    }
    if !failures.is_empty() {
        return first;
    }
    let mut failed = None;
    for (place, removed) in places.into_iter().zip(&records.changes).filter(|(_, change)| change.after.is_none()) {
        if let Err(error) = purge(upkeep, files, removed).await {
            tracing::error!(project.id = %project, ticket.id = %removed.ticket, %error, "a deleted ticket could not be purged");
            failed = failed.or(Some(place));
        }
    }
    failed
}
