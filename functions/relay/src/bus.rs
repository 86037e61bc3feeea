//! EventBridge: events and facts are published in batches, and each entry that fails is retried by itself.

use std::time::{Duration, Instant};

use aws_sdk_eventbridge::{Client, types::PutEventsResultEntry};
use lambdesk_runtime::{
    causes::causes,
    connect::{Access, BadEnvironment, endpoint, required},
};
use lambdesk_store::Upkeep;

use crate::entry::{Entry, Publication, emails};

/// The most entries of one call.
const MOST: usize = 10;
/// The most bytes of one call, with room for what EventBridge counts beside the text.
const BYTES: usize = 250 * 1024;
/// How long failed entries are retried before their records are reported as failed. Lambda retries a record 20 times, within
/// an hour, before it goes to the dead-letter queue; the local desk tries it ten times. So a minute without EventBridge only
/// delays events.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first and the longest pause between retries; pauses double in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

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
    pub fn from_env(access: &Access) -> Result<Self, BadEnvironment> {
        Ok(Self::new(access, required("EVENT_BUS_NAME")?, endpoint("AWS_ENDPOINT_URL_EVENTBRIDGE")?))
    }

    /// Publishes everything, and returns the indexes of the records of which something could not be published.
    pub(crate) async fn publish(&self, upkeep: &Upkeep, publications: Vec<Publication>) -> Vec<usize> {
        let emails = emails(upkeep, &publications).await;
        let mut entries: Vec<_> = publications.into_iter().map(|it| Entry::new(it, &self.name, &emails)).collect();
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
                tracing::warn!(error = causes(&error), "a batch of events was not taken");
                batch.into_iter().map(|entry| (entry, Untaken::Trouble)).collect()
            }
        }
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

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::types::PutEventsRequestEntry;

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
