//! Totals, tags, words, people and purges: what a project's changes of tickets ask of the table.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lambdesk_domain::{ProjectId, person::Sighting};
use lambdesk_store::{Store, StoreError, TicketChange};

/// How many projects of a batch are worked on at a time.
const PROJECTS: usize = 8;

/// What the records of one project in a batch say.
#[derive(Default)]
pub(crate) struct Changes {
    /// The place of the first of the records.
    first: Option<usize>,
    /// Changes of tickets, each with the place of its record.
    places: Vec<usize>,
    tickets: Vec<TicketChange>,
    /// What profiles that lie apart from their tickets tell of customers.
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

/// Folds and purges for every project of a batch; the places of records that failed.
pub(crate) async fn follow(store: &Store, projects: BTreeMap<ProjectId, Changes>) -> Vec<usize> {
    let outcomes = projects.into_iter().map(|(project, changes)| relay(store, project, changes));
    stream::iter(outcomes).buffer_unordered(PROJECTS).filter_map(std::future::ready).collect().await
}

/// Folds and purges what one project's records ask for; the place of the first record that failed.
async fn relay(store: &Store, project: ProjectId, changes: Changes) -> Option<usize> {
    let Changes { first, places, tickets: changes, told: sightings } = changes;
    // Side by side, and each to its end: one that fails keeps none of the others from its effect.
    let followed = tokio::join!(
        told(project, "totals could not be folded", store.fold(project, &changes)),
        told(project, "tags could not be counted", store.fold_tags(project, &changes)),
        told(project, "words of customers could not be indexed", store.index_words(project, &changes)),
        told(project, "who customers are could not be noted", store.fold_persons(project, &changes, &sightings)),
    );
    if followed != (true, true, true, true) {
        return first;
    }
    let desk = store.desk(project);
    let mut failed = None;
    for (place, removed) in places.into_iter().zip(&changes).filter(|(_, change)| change.after.is_none()) {
        let purged = match &removed.before {
            Some(before) => desk.drop_timer_of(before).await,
            // Nobody could read it; its timer finds that it is gone.
            None => Ok(()),
        };
        if let Err(error) = purged.and(desk.purge(removed.ticket).await) {
            tracing::error!(project.id = %project, ticket.id = %removed.ticket, %error, "a deleted ticket could not be purged");
            failed = failed.or(Some(place));
        }
    }
    failed
}

/// Whether something was done; what kept it from being done is in the log.
async fn told(project: ProjectId, failure: &'static str, work: impl Future<Output = Result<(), StoreError>>) -> bool {
    let done = work.await;
    if let Err(error) = &done {
        tracing::error!(project.id = %project, %error, failure);
    }
    done.is_ok()
}
