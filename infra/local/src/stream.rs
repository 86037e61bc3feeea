//! The table's stream, handed to `relay` in batches as large as Lambda's, in order, and at least once. A failed batch is
//! retried from the first record that failed. A record that fails ten times becomes a dead letter, so that it cannot block the
//! others for ever. Its age does not matter here; on AWS a record is retried 20 times, within an hour.

mod ledger;
mod source;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use dynoxide::Database;
use lambdesk_relay::Relay;
use tokio::sync::watch;

pub use ledger::DeadLetter;
pub(crate) use source::Sequence;
pub use source::prepare;

use ledger::Ledger;
use source::Source;

/// The most records in a batch: Lambda's default.
const BATCH: usize = 100;
/// The pause when there are no records.
const IDLE: Duration = Duration::from_millis(25);
/// How often one record is tried before it becomes a dead letter.
const TRIES: u32 = 10;
/// The first and the longest pause between two tries; the pause doubles in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// How many records are handled before old ones are removed again.
const PRUNE_EACH: usize = 500;
/// The largest number of records that [`Poller::left`] counts.
const COUNTED: usize = 1000;

/// A running poller. Dropping it stops it as [`Poller::stop`] does, without waiting.
pub struct Poller {
    source: Arc<Source>,
    ledger: Arc<Ledger>,
    relay: Relay,
    stop: watch::Sender<bool>,
    /// The last record that the worker has handled. The channel closes once the worker has ended.
    handled: watch::Receiver<Sequence>,
}

impl Poller {
    /// Follows the stream of `table`, which must exist, from where the last poller on the same `data` directory stopped.
    /// Without a directory, the poller starts at the beginning of the stream and does not store its position.
    pub fn start(database: Database, table: &str, relay: Relay, data: Option<PathBuf>) -> io::Result<Self> {
        let source = Arc::new(Source::new(database, table)?);
        let (ledger, position) = Ledger::open(data)?;
        // A position beyond the end belongs to another database, so the poller starts at the beginning of this one.
        let position = if position > source.last()? { Sequence::default() } else { position };
        let (stop, stopped) = watch::channel(false);
        let (progress, handled) = watch::channel(position);
        let ledger = Arc::new(ledger);
        let worker = Worker {
            source: Arc::clone(&source),
            ledger: Arc::clone(&ledger),
            relay: relay.clone(),
            progress,
            stopped,
            tries: 0,
            unpruned: 0,
        };
        tokio::spawn(worker.run());
        Ok(Self { source, ledger, relay, stop, handled })
    }

    /// Waits until every record that was written before the call is handled or a dead letter. Returns false if that takes
    /// longer than `timeout`.
    pub async fn drained(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let Ok(last) = self.last().await else { return false };
        let mut handled = self.handled.clone();
        let reached = handled.wait_for(|position| *position >= last);
        matches!(tokio::time::timeout_at(deadline.into(), reached).await, Ok(Ok(_)))
    }

    /// The position of the last record that was written.
    pub(crate) async fn last(&self) -> io::Result<Sequence> {
        let source = Arc::clone(&self.source);
        blocking(move || source.last()).await
    }

    /// Whether every record up to `place` is handled or a dead letter.
    pub(crate) fn has_handled(&self, place: Sequence) -> bool {
        *self.handled.borrow() >= place
    }

    /// How many records are left to handle, counted up to 1,000.
    pub async fn left(&self) -> io::Result<usize> {
        let (source, from) = (Arc::clone(&self.source), *self.handled.borrow());
        blocking(move || source.records_after(from, COUNTED)).await.map(|records| records.len())
    }

    /// The dead letters of this poller and of those before it on the same directory, oldest first.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.ledger.dead_letters()
    }

    /// Hands each dead letter to the relay once more, and returns how many it handled. The relay accepts records late and in
    /// any order. A letter stays if its record fails again or is no longer in the stream.
    pub async fn redrive(&self) -> io::Result<usize> {
        let mut redriven = 0;
        for letter in self.dead_letters() {
            let Some(number) = Sequence::of_public(&letter.sequence_number) else { continue };
            let source = Arc::clone(&self.source);
            let Some(record) = blocking(move || source.record(number)).await? else { continue };
            let mut event = Event::default();
            event.records = vec![record];
            // Boxed, because handling a record needs much stack, and the caller is deep in the stack already.
            if Box::pin(self.relay.handle(event)).await.batch_item_failures.is_empty() {
                self.ledger.forget(&letter)?;
                redriven += 1;
            }
        }
        Ok(redriven)
    }

    /// Stops after the batch in flight, and waits for that.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let mut handled = self.handled.clone();
        while handled.changed().await.is_ok() {}
    }
}

struct Worker {
    source: Arc<Source>,
    ledger: Arc<Ledger>,
    relay: Relay,
    /// The last record that is handled or a dead letter.
    progress: watch::Sender<Sequence>,
    stopped: watch::Receiver<bool>,
    /// How often the next record has failed.
    tries: u32,
    /// How many records were handled since old ones were removed.
    unpruned: usize,
}

impl Worker {
    async fn run(mut self) {
        // An error means that the poller was dropped.
        while !*self.stopped.borrow() && self.stopped.has_changed().is_ok() {
            let pause = match self.next().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "the stream can't be read");
                    Some(PAUSE.1)
                }
            };
            if let Some(pause) = pause {
                let _ = tokio::time::timeout(pause, self.stopped.changed()).await;
            }
        }
    }

    /// Handles the next batch. Returns how long to wait before the batch after it.
    async fn next(&mut self) -> io::Result<Option<Duration>> {
        // A record that failed is retried alone, as Lambda bisects a batch: only a record that fails alone is at fault.
        let most = if self.tries == 0 { BATCH } else { 1 };
        let (source, from) = (Arc::clone(&self.source), *self.progress.borrow());
        let records = blocking(move || source.records_after(from, most)).await?;
        let Some((last, _)) = records.last() else { return Ok(Some(IDLE)) };
        let (last, count) = (*last, records.len());
        let mut event = Event::default();
        event.records = records.iter().map(|(_, record)| record.clone()).collect();
        let response = self.relay.handle(event).await;
        let failed = response.batch_item_failures.first().map(|failure| {
            let number = failure.item_identifier.as_deref().and_then(Sequence::of_public);
            records.iter().position(|(of, _)| Some(*of) == number).unwrap_or(0)
        });
        let Some(failed) = failed else {
            self.tries = 0;
            return self.done_up_to(last, count).await.map(|()| None);
        };
        if let Some((before, _)) = failed.checked_sub(1).map(|before| &records[before]) {
            self.done_up_to(*before, failed).await?;
        }
        self.tries = if failed == 0 { self.tries + 1 } else { 1 };
        let (number, record) = &records[failed];
        self.failed(*number, record).await
    }

    async fn failed(&mut self, number: Sequence, record: &EventRecord) -> io::Result<Option<Duration>> {
        if self.tries < TRIES {
            return Ok(Some(PAUSE.1.min(PAUSE.0 * 2_u32.saturating_pow(self.tries - 1))));
        }
        self.ledger.set_aside(DeadLetter::of(record))?;
        self.tries = 0;
        self.done_up_to(number, 1).await.map(|()| None)
    }

    async fn done_up_to(&mut self, position: Sequence, count: usize) -> io::Result<()> {
        self.ledger.remember(position)?;
        self.progress.send_replace(position);
        self.unpruned += count;
        if self.unpruned >= PRUNE_EACH {
            self.unpruned = 0;
            let source = Arc::clone(&self.source);
            blocking(move || source.prune(position)).await?;
        }
        Ok(())
    }
}

/// Runs `work` on a blocking thread, because the database is a file behind a lock.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
