//! EventBridge: events are published in batches, and each entry that fails is retried by itself.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_eventbridge::{
    Client,
    primitives::DateTime,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use lambdesk_domain::{ProjectId, actor::Stamp, events::Event};
use lambdesk_runtime::connect::{Access, MissingVariable, required};
use lambdesk_store::Store;
use serde_json::json;

/// The source of every event.
const SOURCE: &str = "lambdesk";
/// The most entries of one call.
const MOST: usize = 10;
/// The most bytes of one call, with room for what EventBridge counts beside the text.
const BYTES: usize = 250 * 1024;
/// How long failed entries are retried before their records are reported as failed. Lambda retries a record ten times or more
/// before it goes to the dead-letter queue, so a minute without EventBridge only delays events.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first and the longest pause between retries; pauses double in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// An event, with the index of the record it came from.
pub(crate) struct Told {
    pub(crate) place: usize,
    pub(crate) project: ProjectId,
    pub(crate) event: Event,
}

/// An entry as it is sent, with the index of the record its event came from.
struct Entry {
    place: usize,
    size: usize,
    request: PutEventsRequestEntry,
}

/// Why EventBridge did not take an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Untaken {
    /// A failure that may pass: the entry is retried.
    Trouble,
    /// The entry itself is wrong: retrying does not help.
    Refused,
}

impl Untaken {
    fn of(result: &PutEventsResultEntry) -> Option<Self> {
        let code = result.error_code()?;
        let passes = ["InternalFailure", "InternalException", "ThrottlingException"].contains(&code);
        if !passes {
            tracing::error!(event.error_code = code, "an event is refused");
        }
        Some(if passes { Self::Trouble } else { Self::Refused })
    }
}

/// The desk's event bus.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus `name`; `endpoint` replaces the region's own.
    pub fn new(access: &Access, name: impl Into<String>, endpoint: Option<String>) -> Self {
        Self { client: Client::new(&access.aws_config(endpoint)), name: name.into() }
    }

    /// The bus from the environment: `EVENT_BUS_NAME` is its name, and `AWS_ENDPOINT_URL_EVENTBRIDGE` replaces the region's
    /// endpoint. Fails if `EVENT_BUS_NAME` is not set.
    pub fn from_env(access: &Access) -> Result<Self, MissingVariable> {
        Ok(Self::new(access, required("EVENT_BUS_NAME")?, std::env::var("AWS_ENDPOINT_URL_EVENTBRIDGE").ok()))
    }

    /// Publishes all events, and returns the indexes of the records whose events could not be published.
    pub(crate) async fn publish(&self, store: &Store, told: Vec<Told>) -> Vec<usize> {
        let emails = emails(store, &told).await;
        let mut entries: Vec<_> = told.into_iter().map(|told| self.entry(told, &emails)).collect();
        let (started, mut pause) = (Instant::now(), PAUSE.0);
        let mut failed = Vec::new();
        loop {
            let mut untaken = Vec::new();
            for batch in batches(entries) {
                untaken.extend(self.put(batch).await);
            }
            let (again, refused): (Vec<_>, Vec<_>) = untaken.into_iter().partition(|(_, why)| *why == Untaken::Trouble);
            failed.extend(refused.into_iter().map(|(entry, _)| entry.place));
            entries = again.into_iter().map(|(entry, _)| entry).collect();
            if entries.is_empty() || started.elapsed() + pause > PATIENCE {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = PAUSE.1.min(pause * 2);
        }
        failed.extend(entries.into_iter().map(|entry| entry.place));
        if !failed.is_empty() {
            tracing::error!(events.left = failed.len(), "events could not be published");
        }
        failed
    }

    /// Sends one batch, and returns the entries that were not taken, each with the reason.
    async fn put(&self, batch: Vec<Entry>) -> Vec<(Entry, Untaken)> {
        let requests = batch.iter().map(|entry| entry.request.clone()).collect();
        match self.client.put_events().set_entries(Some(requests)).send().await {
            Ok(output) => {
                let results = output.entries();
                let untaken = |place: usize| results.get(place).map_or(Some(Untaken::Trouble), Untaken::of);
                (0..).zip(batch).filter_map(|(place, entry)| Some((entry, untaken(place)?))).collect()
            }
            Err(error) => {
                tracing::warn!(error = %aws_sdk_eventbridge::error::DisplayErrorContext(&error), "a batch of events was not taken");
                batch.into_iter().map(|entry| (entry, Untaken::Trouble)).collect()
            }
        }
    }

    fn entry(&self, told: Told, emails: &HashMap<(ProjectId, u32), String>) -> Entry {
        let Told { place, project, event } = told;
        let Event { id, name, mut distinct_id, actor, at, mut properties } = event;
        if let Some(actor) = actor {
            let email = if let Stamp::User(user) = actor { emails.get(&(project, user.0)) } else { None };
            properties.insert("actor_email".to_owned(), json!(email));
            if let Some(email) = email {
                distinct_id.clone_from(email);
            }
        }
        let detail = json!({
            "event": name.name(), "uuid": id, "project_id": project, "distinct_id": distinct_id, "timestamp": at,
            "properties": properties,
        })
        .to_string();
        let size = detail.len() + SOURCE.len() + name.name().len() + 64;
        let request = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(name.name())
            .time(DateTime::from_nanos(i128::from(at.micros()) * 1000).unwrap_or(DateTime::from_secs(at.seconds())))
            .detail(detail)
            .build();
        Entry { place, size, request }
    }
}

/// The entries in batches, in order, each within the limits of one call.
fn batches(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut batches: Vec<Vec<Entry>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        bytes += entry.size;
        if let Some(batch) = batches.last_mut().filter(|batch| batch.len() < MOST && bytes <= BYTES) {
            batch.push(entry);
        } else {
            bytes = entry.size;
            batches.push(vec![entry]);
        }
    }
    batches
}

/// The e-mail addresses of the users who acted. One that can't be looked up is left out: a late event is worse than an event
/// without it.
async fn emails(store: &Store, told: &[Told]) -> HashMap<(ProjectId, u32), String> {
    let mut emails = HashMap::new();
    for Told { project, event, .. } in told {
        let Some(Stamp::User(user)) = event.actor else { continue };
        if emails.contains_key(&(*project, user.0)) {
            continue;
        }
        if let Ok(Some(directory)) = store.directory(*project).await
            && let Some(member) = directory.member(user)
        {
            emails.insert((*project, user.0), member.email.clone());
        }
    }
    emails
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(sizes: &[usize]) -> Vec<usize> {
        let entry =
            |(place, size): (usize, &usize)| Entry { place, size: *size, request: PutEventsRequestEntry::builder().build() };
        let entries = sizes.iter().enumerate().map(entry).collect();
        let batches = batches(entries);
        assert!(batches.iter().flatten().map(|entry| entry.place).eq(0..sizes.len()), "all, in order");
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_has_ten_entries_and_a_quarter_megabyte_at_most() {
        assert_eq!(sized(&[100; 25]), [10, 10, 5]);
        assert_eq!(sized(&[100 * 1024; 5]), [2, 2, 1]);
        assert_eq!(sized(&[BYTES + 1, 1, 1]), [1, 2], "one that is too large goes alone, for EventBridge to refuse");
        assert_eq!(sized(&[]), [0; 0]);
    }
}
