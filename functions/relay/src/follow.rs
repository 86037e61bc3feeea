//! Totals, tags, words, persons and purges: what changes of a project's tickets mean for other items of the table.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lambdesk_domain::{ProjectId, person::Sighting};
use lambdesk_store::{StoreError, TicketChange, Upkeep};

/// How many projects of a batch are handled at a time.
const PROJECTS: usize = 8;

/// The changes in one project's records of a batch.
#[derive(Default)]
pub(crate) struct Changes {
    /// The index of the first of these records in the batch.
    first: Option<usize>,
    /// For each change in `tickets`, the index of its record.
    places: Vec<usize>,
    tickets: Vec<TicketChange>,
    /// What profiles in items of their own say about customers.
    told: Vec<Sighting>,
}

impl Changes {
    pub(crate) fn take_ticket(&mut self, place: usize, change: TicketChange) {
        self.first.get_or_insert(place);
        self.places.push(place);
        self.tickets.push(change);
    }

    pub(crate) fn take_told(&mut self, place: usize, told: Sighting) {
        self.first.get_or_insert(place);
        self.told.push(told);
    }
}

/// Folds and purges for every project of a batch. Returns the indexes of the records that failed.
pub(crate) async fn follow(upkeep: &Upkeep, projects: BTreeMap<ProjectId, Changes>) -> Vec<usize> {
    let outcomes = projects.into_iter().map(|(project, changes)| relay(upkeep, project, changes));
    stream::iter(outcomes).buffer_unordered(PROJECTS).filter_map(std::future::ready).collect().await
}

/// Folds and purges for one project's records. Returns the index of the first record that failed.
async fn relay(upkeep: &Upkeep, project: ProjectId, changes: Changes) -> Option<usize> {
    let Changes { first, places, tickets: changes, told: sightings } = changes;
    // All four run at the same time and to their end, so that one that fails does not stop the others.
    let followed = tokio::join!(
        told(project, "totals could not be folded", upkeep.fold(project, &changes)),
        told(project, "tags could not be counted", upkeep.fold_tags(project, &changes)),
        told(project, "words of customers could not be indexed", upkeep.index_words(project, &changes)),
        told(project, "who customers are could not be noted", upkeep.fold_persons(project, &changes, &sightings)),
    );
    if followed != (true, true, true, true) {
        return first;
    }
    let mut failed = None;
    for (place, removed) in places.into_iter().zip(&changes).filter(|(_, change)| change.after.is_none()) {
        if let Err(error) = upkeep.purge(project, removed.ticket, removed.before.as_ref()).await {
            tracing::error!(project.id = %project, ticket.id = %removed.ticket, %error, "a deleted ticket could not be purged");
            failed = failed.or(Some(place));
        }
    }
    failed
}

/// Whether `work` succeeded. If not, the error is logged.
async fn told(project: ProjectId, failure: &'static str, work: impl Future<Output = Result<(), StoreError>>) -> bool {
    let done = work.await;
    if let Err(error) = &done {
        tracing::error!(project.id = %project, %error, failure);
    }
    done.is_ok()
}
