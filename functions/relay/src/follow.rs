//! Folds and purges: what changes of a project's tickets mean for other items of the table.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lambdesk_domain::{ProjectId, person::Sighting};
use lambdesk_store::{News, TicketChange, Upkeep};

/// How many projects of a batch are handled at a time.
const PROJECTS: usize = 8;

/// The records of one project in a batch.
pub(crate) struct Changes {
    /// The index of the first of these records in the batch.
    first: Option<usize>,
    /// For each change of a ticket in `news`, the index of its record.
    places: Vec<usize>,
    news: News,
}

impl Changes {
    pub(crate) const fn of(project: ProjectId) -> Self {
        Self { first: None, places: Vec::new(), news: News::of(project) }
    }

    pub(crate) fn take_ticket(&mut self, place: usize, change: TicketChange) {
        self.first.get_or_insert(place);
        self.places.push(place);
        self.news.changes.push(change);
    }

    pub(crate) fn take_told(&mut self, place: usize, told: Sighting) {
        self.first.get_or_insert(place);
        self.news.told.push(told);
    }
}

/// Folds and purges for every project of a batch. Returns the indexes of the records that failed.
pub(crate) async fn follow(upkeep: &Upkeep, projects: BTreeMap<ProjectId, Changes>) -> Vec<usize> {
    let outcomes = projects.into_values().map(|changes| relay(upkeep, changes));
    stream::iter(outcomes).buffer_unordered(PROJECTS).filter_map(std::future::ready).collect().await
}

/// Folds and purges for one project's records. Returns the index of the first record that failed. A fold does not say which
/// record it failed at: after a failed fold nothing is purged, and the project's first record counts as the failed one.
async fn relay(upkeep: &Upkeep, changes: Changes) -> Option<usize> {
    let Changes { first, places, news } = changes;
    let project = news.project;
    let failures = upkeep.fold(&news).await;
    for (fold, error) in &failures {
        tracing::error!(project.id = %project, fold, %error, "records could not be folded");
    }
    if !failures.is_empty() {
        return first;
    }
    let mut failed = None;
    for (place, removed) in places.into_iter().zip(&news.changes).filter(|(_, change)| change.after.is_none()) {
        if let Err(error) = upkeep.purge(project, removed.ticket, removed.before.as_ref()).await {
            tracing::error!(project.id = %project, ticket.id = %removed.ticket, %error, "a deleted ticket could not be purged");
            failed = failed.or(Some(place));
        }
    }
    failed
}
