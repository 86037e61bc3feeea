//! The table's stream, handed to `relay` in the same batches and under the same promises as Lambda's (design.md
//! section 7): in order, at least once, a batch again from the first record that failed, and a record that keeps failing
//! set aside, so that it can't hold up the others for ever.

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

/// The most records of a batch: Lambda's default.
const BATCH: usize = 100;
/// How long to wait for records when there are none.
const IDLE: Duration = Duration::from_millis(25);
/// How often one record is tried before it is set aside.
const TRIES: u32 = 10;
/// The first and the longest pause between tries; it doubles in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));
/// How many records are handled between two removals of old ones.
const PRUNE_EACH: usize = 500;
/// How far the records that are left are counted.
const COUNTED: usize = 1000;

/// The poller at work. Dropping it ends the work as [`Poller::stop`] does, without waiting.
pub struct Poller {
    source: Arc<Source>,
    ledger: Arc<Ledger>,
    relay: Relay,
    stop: watch::Sender<bool>,
    /// How far the worker is; closed once it has ended.
    handled: watch::Receiver<Sequence>,
}

impl Poller {
    /// Follows the stream of `table`, which must exist, from where the last poller with the same `data` directory ended.
    /// Without a directory it starts at the beginning and forgets how far it came.
    pub fn start(database: Database, table: &str, relay: Relay, data: Option<PathBuf>) -> io::Result<Self> {
        let source = Arc::new(Source::new(database, table)?);
        let (ledger, position) = Ledger::open(data)?;
        // A position beyond the end is another database's: this one starts at its beginning.
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

    /// Waits until everything that was written before the call is handled (or set aside); false if that takes longer than
    /// `timeout`.
    pub async fn drained(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let Ok(last) = self.last().await else { return false };
        let mut handled = self.handled.clone();
        let reached = handled.wait_for(|position| *position >= last);
        matches!(tokio::time::timeout_at(deadline.into(), reached).await, Ok(Ok(_)))
    }

    /// The place of the last record that was written.
    pub(crate) async fn last(&self) -> io::Result<Sequence> {
        let source = Arc::clone(&self.source);
        blocking(move || source.last()).await
    }

    /// Whether everything up to `place` is handled (or set aside).
    pub(crate) fn has_handled(&self, place: Sequence) -> bool {
        *self.handled.borrow() >= place
    }

    /// How many records are left to handle; a thousand may be more.
    pub async fn left(&self) -> io::Result<usize> {
        let (source, from) = (Arc::clone(&self.source), *self.handled.borrow());
        blocking(move || source.records_after(from, COUNTED)).await.map(|records| records.len())
    }

    /// What was set aside, oldest first, by this poller and those before it on the same directory.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.ledger.dead_letters()
    }

    /// Hands what was set aside to the relay once more, which takes records late and in any order; how many it could
    /// handle. One that fails again, or is in the stream no more, stays where it is.
    pub async fn redrive(&self) -> io::Result<usize> {
        let mut redriven = 0;
        for letter in self.dead_letters() {
            let Some(number) = Sequence::of_public(&letter.sequence_number) else { continue };
            let source = Arc::clone(&self.source);
            let Some(record) = blocking(move || source.record(number)).await? else { continue };
            let mut event = Event::default();
            event.records = vec![record];
            // Boxed: what is handled goes deep, and this is called from deep down already.
            if Box::pin(self.relay.handle(event)).await.batch_item_failures.is_empty() {
                self.ledger.forget(&letter)?;
                redriven += 1;
            }
        }
        Ok(redriven)
    }

    /// Ends the work after the batch under way, and waits for that.
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
    /// The last record that is done with.
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

    /// Handles the next batch; answers with how long to wait before the one after it.
    async fn next(&mut self) -> io::Result<Option<Duration>> {
        // What failed is tried by itself, as Lambda bisects a batch: only a record that fails alone is at fault.
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

/// The database is a file behind a lock: its calls take a thread of their own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
