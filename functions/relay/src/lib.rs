//! Follows the table's stream, which is the desk's outbox: every committed write has a record there, and nothing else has. From
//! the records the relay
//!
//! - publishes events, and the facts that someone listens for,
//! - folds totals and tags,
//! - indexes the words that customers are found by,
//! - records the persons that customers proved to be,
//! - purges what a deleted ticket leaves behind.
//!
//! Lambda delivers records at least once, and retries a batch from the first record that is reported as failed. So everything
//! here is idempotent: an event or a fact has the same id each time, a fold counts once, a purge finds nothing left. A record
//! that can't be read or published does not stop the effects of the others. A fold that fails ends its project's part of the
//! batch, which comes again from the project's first record on. A record that comes again although its own work was done does
//! no harm.

mod bus;
mod entry;
mod follow;
mod purge;

use std::collections::BTreeMap;

use aws_lambda_events::{
    event::dynamodb::{Event, EventRecord},
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use lambdesk_bucket::Bucket;
use lambdesk_domain::{
    ProjectId, events,
    facts::{self, Fact, Kinds, UnknownKind},
};
use lambdesk_store::{DeliveryChange, NewMessage, StoreError, TicketChange, Upkeep, sighting_in_profile};

pub use bus::Bus;

use crate::{
    entry::{Publication, What},
    follow::ProjectBatch,
};

/// The function that follows the table's stream.
#[derive(Clone)]
pub struct Relay {
    /// The work that follows from each change.
    pub upkeep: Upkeep,
    /// The bus that events and facts are published to; `None` publishes nothing.
    pub bus: Option<Bus>,
    /// The kinds of facts that are published.
    pub facts: Kinds,
    /// The files of tickets; `None` if there are none.
    pub files: Option<Bucket>,
}

/// The work that a batch of records asks for, each part with the index of its record.
#[derive(Default)]
struct Batch {
    numbers: Vec<String>,
    projects: BTreeMap<ProjectId, ProjectBatch>,
    publications: Vec<Publication>,
    failed: Vec<usize>,
}

impl Batch {
    /// Reads the records. Of facts it takes those of these kinds.
    fn read(records: Vec<EventRecord>, facts: &Kinds) -> Self {
        let mut batch = Self::default();
        for (place, record) in records.into_iter().enumerate() {
            let number = record.change.sequence_number.clone().unwrap_or_default();
            if let Err(error) = batch.take(place, record, facts) {
                tracing::error!(stream.sequence_number = number, %error, "a record can't be read");
                batch.failed.push(place);
            }
            batch.numbers.push(number);
        }
        batch
    }

    fn take(&mut self, place: usize, record: EventRecord, facts: &Kinds) -> Result<(), StoreError> {
        let record = record.change;
        if let Some(NewMessage { project, message, about }) =
            NewMessage::of(&record.keys, &record.old_image, record.new_image.clone())?
        {
            let fact = facts::of_message(about.ticket, &message).filter(|fact| facts.has(fact.kind));
            self.publish(place, project, events::of_message(&message, &about), fact);
        }
        if let Some((project, sighting)) = sighting_in_profile(&record.keys, &record.new_image)? {
            self.batch_of(project).take_sighting(place, sighting);
        }
        if let Some(DeliveryChange { project, before, after }) =
            DeliveryChange::of(&record.keys, &record.old_image, &record.new_image)?
        {
            let fact = facts::of_delivery(before.as_ref(), &after).filter(|fact| facts.has(fact.kind));
            self.publish(place, project, None, fact);
        }
        let Some(change) = TicketChange::of(&record.keys, record.old_image, record.new_image)? else { return Ok(()) };
        let project = change.project;
        if !change.mended {
            let (before, after) = (change.before.as_ref(), change.after.as_ref());
            let told = [facts::of_ticket(before, after), facts::of_session(before, after)].into_iter().flatten();
            self.publish(place, project, events::of_ticket(before, after), told.filter(|fact| facts.has(fact.kind)));
        }
        self.batch_of(project).take_ticket(place, change);
        Ok(())
    }

    fn batch_of(&mut self, project: ProjectId) -> &mut ProjectBatch {
        self.projects.entry(project).or_insert_with(|| ProjectBatch::of(project))
    }

    fn publish(
        &mut self,
        place: usize,
        project: ProjectId,
        events: impl IntoIterator<Item = events::Event>,
        facts: impl IntoIterator<Item = Fact>,
    ) {
        let all = events.into_iter().map(What::Event).chain(facts.into_iter().map(What::Fact));
        self.publications.extend(all.map(|what| Publication { place, project, what }));
    }
}

/// The environment's variable `FACTS` lists a kind of fact that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("FACTS: {0}")]
pub struct BadFacts(#[from] UnknownKind);

/// The kinds of facts to publish from the environment: `FACTS` is a comma-separated list, which may be empty or missing.
pub fn facts_from_env() -> Result<Kinds, BadFacts> {
    Ok(std::env::var("FACTS").unwrap_or_default().parse::<Kinds>()?)
}

impl Relay {
    /// Handles a batch of records. The answer names the first record that failed, if any did.
    pub async fn handle(&self, event: Event) -> DynamoDbEventResponse {
        let Batch { mut numbers, projects, publications, mut failed } = Batch::read(event.records, &self.facts);
        let publish = async {
            match &self.bus {
                Some(bus) => bus.publish(&self.upkeep, publications).await,
                None => Vec::new(),
            }
        };
        let (unpublished, unfolded) = tokio::join!(publish, follow::follow(&self.upkeep, self.files.as_ref(), projects));
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
