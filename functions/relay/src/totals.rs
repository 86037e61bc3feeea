//! Totals and purges: what a project's changes of tickets ask of the table.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lambdesk_domain::ProjectId;
use lambdesk_store::{Store, TicketChange};

/// How many projects of a batch are worked on at a time.
const PROJECTS: usize = 8;

/// The changes of one project in a batch, each with the place of its record.
type Changes = (Vec<usize>, Vec<TicketChange>);

/// Folds and purges for every project of a batch; the places of records that failed.
pub(crate) async fn follow(store: &Store, projects: BTreeMap<ProjectId, Changes>) -> Vec<usize> {
    let outcomes = projects.into_iter().map(|(project, changes)| relay(store, project, changes));
    stream::iter(outcomes).buffer_unordered(PROJECTS).filter_map(std::future::ready).collect().await
}

/// Folds and purges what one project's records ask for; the place of the first record that failed.
async fn relay(store: &Store, project: ProjectId, (places, changes): Changes) -> Option<usize> {
    let first = places.first().copied();
    if let Err(error) = store.fold(project, &changes).await {
        tracing::error!(project.id = %project, %error, "totals could not be folded");
        return first;
    }
    if let Err(error) = store.fold_tags(project, &changes).await {
        tracing::error!(project.id = %project, %error, "tags could not be counted");
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
