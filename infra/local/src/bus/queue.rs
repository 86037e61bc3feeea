//! A queue with the guarantees of SQS. A message is delivered at least once, and again if its receiver does not delete it in
//! time. A message that is received too often becomes a dead letter. There is no order, but mostly the oldest comes first.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::Transaction;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    file::File,
    messages::{self, now},
    queued::{DeadLetter, Depth, Handle, Message},
};

/// The first and the longest pause before a failed message is received again; the pause doubles in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// The settings of a queue in the template. The defaults are SQS's, except the receive count, for which SQS has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a received message is hidden from other receivers.
    pub visibility_timeout: Duration,
    /// How often a message is received before it becomes a dead letter.
    pub max_receive_count: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { visibility_timeout: Duration::from_secs(30), max_receive_count: 5 }
    }
}

/// A queue of the template.
#[derive(Clone)]
pub struct Queue {
    name: Arc<str>,
    settings: Settings,
    file: Arc<File>,
    /// Notified when a message may be visible earlier than a waiting receiver expects.
    arrived: Arc<Notify>,
}

impl Queue {
    pub(super) fn new(name: &str, settings: Settings, file: Arc<File>) -> Self {
        Self { name: name.into(), settings, file, arrived: Arc::new(Notify::new()) }
    }

    /// The queue's resource name in the template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a message that becomes visible after `delay`, and returns its id.
    pub async fn send(&self, body: String, delay: Duration) -> io::Result<Uuid> {
        let queue = Arc::clone(&self.name);
        let id = self.file.transaction(move |transaction| messages::put(transaction, &queue, &body, delay)).await?;
        self.wake();
        Ok(id)
    }

    /// Adds a message to the dead letters, and returns its id.
    pub async fn send_aside(&self, body: String) -> io::Result<Uuid> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| messages::put_aside(transaction, &queue, &body)).await
    }

    /// Receives up to `most` messages, and waits up to `wait` for the first one. If the caller drops the future, messages may
    /// already have been taken; they are received again after the visibility timeout.
    pub async fn receive(&self, most: usize, wait: Duration) -> io::Result<Vec<Message>> {
        let deadline = Instant::now() + wait;
        loop {
            let (messages, next_at) = self.take(most).await?;
            if !messages.is_empty() {
                // There may be more messages, for another waiting receiver.
                self.wake();
                return Ok(messages);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(messages);
            }
            let until_next = next_at.map(|at| Duration::from_millis(at.saturating_sub(now()).max(1).unsigned_abs()));
            let pause = until_next.map_or(left, |until| until.min(left));
            let _ = tokio::time::timeout(pause, self.arrived.notified()).await;
        }
    }

    /// Deletes a message that was handled.
    pub async fn delete(&self, handle: Handle) -> io::Result<()> {
        self.file.transaction(move |transaction| messages::delete(transaction, handle)).await
    }

    /// Gives a message back, so that it is received again after `delay`.
    pub async fn retry_later(&self, handle: Handle, delay: Duration) -> io::Result<()> {
        self.file.transaction(move |transaction| messages::give_back(transaction, handle, delay)).await?;
        self.wake();
        Ok(())
    }

    /// Deletes the messages that were handled, and gives back those that failed, to be received again after a growing pause. On
    /// AWS that pause is the visibility timeout, which must also cover a function that never answers. Here a failure is known
    /// at once, and nobody who tries something out should wait for minutes.
    pub async fn settle(&self, done: Vec<Handle>, failed: Vec<Handle>) -> io::Result<()> {
        let most = self.settings.max_receive_count;
        let settle = move |transaction: &Transaction<'_>| {
            done.into_iter().try_for_each(|handle| messages::delete(transaction, handle))?;
            failed.into_iter().try_for_each(|handle| messages::give_back(transaction, handle, pause(handle, most)))
        };
        self.file.transaction(settle).await?;
        self.wake();
        Ok(())
    }

    /// How many messages the queue has, visible now or later.
    pub async fn depth(&self) -> io::Result<Depth> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| messages::depth(transaction, &queue)).await
    }

    /// The dead letters, oldest first.
    pub async fn dead_letters(&self) -> io::Result<Vec<DeadLetter>> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| messages::dead_letters(transaction, &queue)).await
    }

    /// Moves every dead letter back into the queue, and returns how many there were.
    pub async fn redrive(&self) -> io::Result<usize> {
        let queue = Arc::clone(&self.name);
        let redriven = self.file.transaction(move |transaction| messages::redrive(transaction, &queue)).await?;
        self.wake();
        Ok(redriven)
    }

    /// Wakes one waiting receiver, which then looks again.
    pub(super) fn wake(&self) {
        self.arrived.notify_one();
    }

    /// Takes the messages that are visible now. Also returns when the next one becomes visible.
    async fn take(&self, most: usize) -> io::Result<(Vec<Message>, Option<i64>)> {
        let (queue, settings) = (Arc::clone(&self.name), self.settings);
        let take = move |transaction: &Transaction<'_>| {
            let dead = messages::set_aside(transaction, &queue, settings.max_receive_count)?;
            let taken = messages::take(transaction, &queue, settings.visibility_timeout, most)?;
            Ok((dead, taken, messages::next_at(transaction, &queue)?))
        };
        let (dead, messages, next_at) = self.file.transaction(take).await?;
        for id in dead {
            tracing::error!(queue = &*self.name, message.id = id, "a message was received too often");
        }
        Ok((messages, next_at))
    }
}

/// How long a failed message is hidden. It is zero if the message is to become a dead letter.
fn pause(failed: Handle, most: u32) -> Duration {
    if failed.receive_count >= most {
        return Duration::ZERO;
    }
    PAUSE.1.min(PAUSE.0.saturating_mul(2_u32.saturating_pow(failed.receive_count.saturating_sub(1))))
}
