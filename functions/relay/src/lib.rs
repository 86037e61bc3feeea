//! Follows the table's stream, which is the desk's outbox: every committed write has a record there, and nothing else has. From
//! the records the relay
//!
//! - publishes events,
//! - folds totals and tags,
//! - indexes the words that customers are found by,
//! - records the persons that customers proved to be,
//! - purges what a deleted ticket leaves behind.
//!
//! Lambda delivers records at least once, and retries a batch from the first record that is reported as failed. So everything
//! here is idempotent: an event has the same id each time, a fold counts once, a purge finds nothing left. A record that fails
//! does not stop the effects of the others. A record that is reported although only a later one failed does no harm.

mod bus;
mod follow;

use std::collections::BTreeMap;

use aws_lambda_events::{
    event::dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use lambdesk_domain::{ProjectId, events};
use lambdesk_store::{NewMessage, Store, StoreError, TicketChange, told_in_profile};

pub use bus::Bus;

use crate::{bus::Told, follow::Changes};

/// The function that follows the table's stream.
#[derive(Clone)]
pub struct Relay {
    /// The table.
    pub store: Store,
    /// The bus that events are published to; `None` publishes nothing.
    pub bus: Option<Bus>,
}

/// The work that a batch of records asks for, each part with the index of its record.
#[derive(Default)]
struct Batch {
    numbers: Vec<String>,
    changes: BTreeMap<ProjectId, Changes>,
    told: Vec<Told>,
    failed: Vec<usize>,
}

impl Batch {
    fn read(records: Vec<EventRecord>) -> Self {
        let mut batch = Self::default();
        for (place, record) in records.into_iter().enumerate() {
            let number = record.change.sequence_number.clone().unwrap_or_default();
            if let Err(error) = batch.take(place, record) {
                tracing::error!(stream.sequence_number = number, %error, "a record can't be read");
                batch.failed.push(place);
            }
            batch.numbers.push(number);
        }
        batch
    }

    fn take(&mut self, place: usize, record: EventRecord) -> Result<(), StoreError> {
        let record = record.change;
        if let Some(NewMessage { project, message, about }) =
            NewMessage::of(&record.keys, &record.old_image, record.new_image.clone())?
        {
            self.told.extend(events::of_message(&message, &about).map(|event| Told { place, project, event }));
        }
        if let Some((project, sighting)) = told_in_profile(&record.keys, &record.new_image)? {
            self.changes.entry(project).or_default().take_told(place, sighting);
        }
        let Some(change) = TicketChange::of(&record.keys, record.old_image, record.new_image)? else { return Ok(()) };
        let project = change.project;
        if !change.mended {
            let events = events::of_ticket(change.before.as_ref(), change.after.as_ref());
            self.told.extend(events.into_iter().map(|event| Told { place, project, event }));
        }
        self.changes.entry(project).or_default().take_ticket(place, change);
        Ok(())
    }
}

impl Relay {
    /// Handles a batch of records. The answer names the first record that failed, if any did.
    pub async fn handle(&self, event: Event) -> DynamoDbEventResponse {
        let Batch { mut numbers, changes, told, mut failed } = Batch::read(event.records);
        let publish = async {
            match &self.bus {
                Some(bus) => bus.publish(&self.store, told).await,
                None => Vec::new(),
            }
        };
        let (unpublished, unfolded) = tokio::join!(publish, follow::follow(&self.store, changes));
        failed.extend(unpublished.into_iter().chain(unfolded));
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures.extend(failed.into_iter().min().map(|first| {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(numbers.swap_remove(first));
            failure
        }));
        response
    }
}
