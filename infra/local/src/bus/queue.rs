//! A queue with the promises of SQS: a message is delivered at least once, again when whoever took it does not delete it
//! in time, and set aside when that happens too often. In no order, mostly the oldest first.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    file::File,
    messages::{self, now},
};

/// The first and the longest pause before a message that failed is received anew; it doubles in between.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// What the template sets; the defaults are SQS's, but for the count, which has none there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a message that was received stays away from others.
    pub visibility_timeout: Duration,
    /// How often a message is received before it is set aside.
    pub max_receive_count: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { visibility_timeout: Duration::from_secs(30), max_receive_count: 5 }
    }
}

/// A queue of the template, by its resource's name.
#[derive(Clone)]
pub struct Queue {
    name: Arc<str>,
    settings: Settings,
    file: Arc<File>,
    /// Something may be there to receive earlier than thought.
    arrived: Arc<Notify>,
}

/// A message that was received, and is to be deleted when it is done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it is, until it is received anew.
    pub handle: Handle,
    /// Its id, the same each time it is received.
    pub id: String,
    /// The event, as JSON.
    pub body: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
}

/// One receipt of a message. Once the message is received anew, the handle is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    pub(super) place: i64,
    pub(super) receive_count: u32,
}

/// How many messages a queue has, but for those that were set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// To be received, being handled, or to be tried again.
    pub queue: u64,
    /// Sent to be there later: what waits for the limit on workflows.
    pub waiting: u64,
}

/// A message that was received too often, or that a function set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The queue it was in.
    pub queue: String,
    /// The message's id.
    pub id: String,
    /// The event, as JSON.
    pub body: String,
    /// How often it was received.
    pub receive_count: u32,
    /// Why, if a function set it aside that could say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a function that sets a message aside says in it.
#[derive(Default, Deserialize)]
pub(super) struct Mark {
    #[serde(default)]
    pub(super) failures: u32,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

impl Mark {
    pub(super) fn read(body: &str) -> Self {
        #[derive(Deserialize)]
        struct Marked {
            lambdesk: Mark,
        }
        serde_json::from_str::<Marked>(body).map(|marked| marked.lambdesk).unwrap_or_default()
    }
}

impl Queue {
    pub(super) fn new(name: &str, settings: Settings, file: Arc<File>) -> Self {
        Self { name: name.into(), settings, file, arrived: Arc::new(Notify::new()) }
    }

    /// Its name in the template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a message that is there after `delay`; its id.
    pub async fn send(&self, body: String, delay: Duration) -> io::Result<Uuid> {
        let queue = Arc::clone(&self.name);
        let id = self.file.transaction(move |transaction| messages::put(transaction, &queue, &body, delay)).await?;
        self.wake();
        Ok(id)
    }

    /// Adds a message to those that were set aside; its id.
    pub async fn send_aside(&self, body: String) -> io::Result<Uuid> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| messages::put_aside(transaction, &queue, &body)).await
    }

    /// Takes up to `most` messages, and waits up to `wait` for the first. Whoever gives up waiting may have taken some:
    /// they come again after the visibility timeout.
    pub async fn receive(&self, most: usize, wait: Duration) -> io::Result<Vec<Message>> {
        let deadline = Instant::now() + wait;
        loop {
            let (messages, next_at) = self.take(most).await?;
            if !messages.is_empty() {
                // There may be more, for another who waits.
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

    /// Removes a message that is done with.
    pub async fn delete(&self, handle: Handle) -> io::Result<()> {
        self.file.transaction(move |transaction| messages::delete(transaction, handle)).await
    }

    /// Gives a message back, to be received anew after `delay`.
    pub async fn retry_later(&self, handle: Handle, delay: Duration) -> io::Result<()> {
        self.file.transaction(move |transaction| messages::give_back(transaction, handle, delay)).await?;
        self.wake();
        Ok(())
    }

    /// Removes what is done with, and gives back what failed, to be received anew after a pause that grows. On AWS that
    /// pause is the visibility timeout, which also has to cover a function that never answers; here it is known at once
    /// that one failed, and whoever tries something out need not wait for minutes.
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

    /// How many messages are to be received, now or later.
    pub async fn depth(&self) -> io::Result<Depth> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| messages::depth(transaction, &queue)).await
    }

    /// What was received too often, oldest first.
    pub async fn dead_letters(&self) -> io::Result<Vec<DeadLetter>> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| messages::dead_letters(transaction, &queue)).await
    }

    /// Gives every dead letter another chance; how many there were.
    pub async fn redrive(&self) -> io::Result<usize> {
        let queue = Arc::clone(&self.name);
        let redriven = self.file.transaction(move |transaction| messages::redrive(transaction, &queue)).await?;
        self.wake();
        Ok(redriven)
    }

    /// Lets one who waits look again.
    pub(super) fn wake(&self) {
        self.arrived.notify_one();
    }

    /// The messages that are there, and when the next one will be.
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

/// How long a message that failed stays away; not at all if it is to be set aside.
fn pause(failed: Handle, most: u32) -> Duration {
    if failed.receive_count >= most {
        return Duration::ZERO;
    }
    PAUSE.1.min(PAUSE.0.saturating_mul(2_u32.saturating_pow(failed.receive_count.saturating_sub(1))))
}
