//! A queue with the promises of SQS: a message is delivered at least once, again when whoever took it does not delete it
//! in time, and set aside when that happens too often. In no order, mostly the oldest first.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rusqlite::{Transaction, params};
use serde::Serialize;
use tokio::sync::Notify;
use uuid::Uuid;

use super::file::File;

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
    place: i64,
    receive_count: u32,
}

/// A message that was received too often.
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
}

impl Queue {
    pub(super) fn new(name: &str, settings: Settings, file: Arc<File>) -> Self {
        Self { name: name.into(), settings, file, arrived: Arc::new(Notify::new()) }
    }

    /// Its name in the template.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a message that is there after `delay`.
    pub async fn send(&self, body: String, delay: Duration) -> io::Result<()> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| put(transaction, &queue, &body, delay)).await?;
        self.wake();
        Ok(())
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
        const DELETE: &str = "DELETE FROM messages WHERE place = ?1 AND receive_count = ?2 AND taken = 1";
        let Handle { place, receive_count } = handle;
        let delete =
            move |transaction: &Transaction<'_>| transaction.prepare_cached(DELETE)?.execute([place, receive_count.into()]);
        self.file.transaction(delete).await.map(drop)
    }

    /// Gives a message back, to be received anew after `delay`.
    pub async fn retry_later(&self, handle: Handle, delay: Duration) -> io::Result<()> {
        const RETURN: &str =
            "UPDATE messages SET taken = 0, visible_at = ?3 WHERE place = ?1 AND receive_count = ?2 AND taken = 1";
        let Handle { place, receive_count } = handle;
        let at = now() + millis(delay);
        let give_back =
            move |transaction: &Transaction<'_>| transaction.prepare_cached(RETURN)?.execute([place, receive_count.into(), at]);
        self.file.transaction(give_back).await?;
        self.wake();
        Ok(())
    }

    /// Whether nothing is to be received, now or later.
    pub async fn is_empty(&self) -> io::Result<bool> {
        const ANY: &str = "SELECT NOT EXISTS (SELECT 1 FROM messages WHERE queue = ?1 AND dead = 0)";
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| transaction.prepare_cached(ANY)?.query_row([&*queue], |row| row.get(0))).await
    }

    /// What was received too often, oldest first.
    pub async fn dead_letters(&self) -> io::Result<Vec<DeadLetter>> {
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| dead_letters(transaction, &queue)).await
    }

    /// Gives every dead letter another chance.
    pub async fn redrive(&self) -> io::Result<()> {
        const REDRIVE: &str =
            "UPDATE messages SET dead = 0, receive_count = 0, taken = 0, visible_at = 0 WHERE queue = ?1 AND dead = 1";
        let queue = Arc::clone(&self.name);
        self.file.transaction(move |transaction| transaction.execute(REDRIVE, [&*queue])).await?;
        self.wake();
        Ok(())
    }

    /// Lets one who waits look again.
    pub(super) fn wake(&self) {
        self.arrived.notify_one();
    }

    /// The messages that are there, and when the next one will be.
    async fn take(&self, most: usize) -> io::Result<(Vec<Message>, Option<i64>)> {
        let (queue, settings) = (Arc::clone(&self.name), self.settings);
        let take = move |transaction: &Transaction<'_>| {
            let now = now();
            let dead = set_aside(transaction, &queue, now, settings.max_receive_count)?;
            let until = now + millis(settings.visibility_timeout);
            let messages = take(transaction, &queue, now, until, most)?;
            Ok((dead, messages, next_at(transaction, &queue)?))
        };
        let (dead, messages, next_at) = self.file.transaction(take).await?;
        for id in dead {
            tracing::error!(queue = &*self.name, message.id = id, "a message was received too often");
        }
        Ok((messages, next_at))
    }
}

/// Adds a message to a queue, there after `delay`.
pub(super) fn put(transaction: &Transaction<'_>, queue: &str, body: &str, delay: Duration) -> rusqlite::Result<()> {
    const PUT: &str = "INSERT INTO messages (queue, id, body, visible_at) VALUES (?1, ?2, ?3, ?4)";
    let (id, at) = (Uuid::new_v4().to_string(), now() + millis(delay));
    transaction.prepare_cached(PUT)?.execute(params![queue, id, body, at]).map(drop)
}

fn take(transaction: &Transaction<'_>, queue: &str, now: i64, until: i64, most: usize) -> rusqlite::Result<Vec<Message>> {
    const TAKE: &str = "
        UPDATE messages SET taken = 1, receive_count = receive_count + 1, visible_at = ?3 WHERE place IN (
            SELECT place FROM messages WHERE queue = ?1 AND dead = 0 AND visible_at <= ?2 ORDER BY visible_at, place LIMIT ?4)
        RETURNING place, receive_count, id, body";
    let mut statement = transaction.prepare_cached(TAKE)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let taken = statement.query_map(params![queue, now, until, most], |row| {
        let handle = Handle { place: row.get(0)?, receive_count: row.get(1)? };
        Ok(Message { handle, id: row.get(2)?, body: row.get(3)?, receive_count: handle.receive_count })
    })?;
    let mut messages = taken.collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.handle.place);
    Ok(messages)
}

/// As SQS does it: when a message would be received once too often.
fn set_aside(transaction: &Transaction<'_>, queue: &str, now: i64, most: u32) -> rusqlite::Result<Vec<String>> {
    const SET_ASIDE: &str = "
        UPDATE messages SET dead = 1 WHERE queue = ?1 AND dead = 0 AND visible_at <= ?2 AND receive_count >= ?3 RETURNING id";
    transaction.prepare_cached(SET_ASIDE)?.query_map(params![queue, now, most], |row| row.get(0))?.collect()
}

fn next_at(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<Option<i64>> {
    const NEXT: &str = "SELECT min(visible_at) FROM messages WHERE queue = ?1 AND dead = 0";
    transaction.prepare_cached(NEXT)?.query_row([queue], |row| row.get(0))
}

fn dead_letters(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<Vec<DeadLetter>> {
    const DEAD: &str = "SELECT queue, id, body, receive_count FROM messages WHERE queue = ?1 AND dead = 1 ORDER BY place";
    let mut statement = transaction.prepare_cached(DEAD)?;
    let dead = statement.query_map([queue], |row| {
        Ok(DeadLetter { queue: row.get(0)?, id: row.get(1)?, body: row.get(2)?, receive_count: row.get(3)? })
    })?;
    dead.collect()
}

/// Milliseconds since 1970: what is delayed stays so over a restart.
fn now() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}
