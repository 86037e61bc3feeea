//! Follows the table's stream, which is the desk's outbox: what was committed has a record, and nothing else has. From the
//! records of tickets it folds the totals and removes what a deleted ticket leaves behind (design.md sections 3 and 5).
//!
//! Lambda delivers records at least once, and tries a batch again from the first record that is reported as failed. All
//! that is done here may be done again: a failure keeps no other project's records from their effect, and a record that is
//! reported although only one behind it failed does no harm.

use std::collections::BTreeMap;

use aws_lambda_events::{
    event::dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use futures_util::{StreamExt, stream};
use lambdesk_domain::ProjectId;
use lambdesk_store::{Store, StoreError, TicketChange};

/// How many projects of a batch are worked on at a time.
const PROJECTS: usize = 8;

/// The changes of one project in a batch, each with the place of its record.
type Changes = (Vec<usize>, Vec<TicketChange>);

/// Handles a batch of records. The answer names the first record that failed, if any did.
pub async fn handle(store: &Store, event: Event) -> DynamoDbEventResponse {
    let mut numbers = Vec::with_capacity(event.records.len());
    let mut projects: BTreeMap<ProjectId, Changes> = BTreeMap::new();
    let mut failed = Vec::new();
    for (place, record) in event.records.into_iter().enumerate() {
        numbers.push(record.change.sequence_number.clone().unwrap_or_default());
        match change_of(record) {
            Ok(None) => {}
            Ok(Some(change)) => {
                let (places, changes) = projects.entry(change.project).or_default();
                places.push(place);
                changes.push(change);
            }
            Err(error) => {
                tracing::error!(stream.sequence_number = numbers[place], %error, "a record can't be read");
                failed.push(place);
            }
        }
    }
    let outcomes = projects.into_iter().map(|(project, changes)| relay(store, project, changes));
    failed.extend(stream::iter(outcomes).buffer_unordered(PROJECTS).filter_map(std::future::ready).collect::<Vec<_>>().await);
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.extend(failed.into_iter().min().map(|first| {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(numbers.swap_remove(first));
        failure
    }));
    response
}

fn change_of(record: EventRecord) -> Result<Option<TicketChange>, StoreError> {
    let record = record.change;
    TicketChange::of(&record.keys, record.old_image, record.new_image)
}

/// Folds and purges what one project's records ask for; the place of the first record that failed.
async fn relay(store: &Store, project: ProjectId, (places, changes): Changes) -> Option<usize> {
    let first = places.first().copied();
    if let Err(error) = store.fold(project, &changes).await {
        tracing::error!(project.id = %project, %error, "totals could not be folded");
        return first;
    }
    let desk = store.desk(project);
    let mut failed = None;
    for (place, removed) in places.into_iter().zip(&changes).filter(|(_, change)| change.after.is_none()) {
        if let Err(error) = desk.purge(removed.ticket).await {
            tracing::error!(project.id = %project, ticket.id = %removed.ticket, %error, "a deleted ticket could not be purged");
            failed = failed.or(Some(place));
        }
    }
    failed
}
