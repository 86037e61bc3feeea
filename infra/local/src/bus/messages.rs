//! The SQL of the queues. Each call is part of a transaction.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Row, Transaction, params};
use uuid::Uuid;

use super::queued::{DeadLetter, Depth, Handle, Mark, Message};

/// Adds a message that becomes visible after `delay`, and returns its id.
pub(super) fn put(transaction: &Transaction<'_>, queue: &str, body: &str, delay: Duration) -> rusqlite::Result<Uuid> {
    const PUT: &str = "INSERT INTO messages (queue, id, body, visible_at) VALUES (?1, ?2, ?3, ?4)";
    let (id, at) = (Uuid::new_v4(), now() + millis(delay));
    transaction.prepare_cached(PUT)?.execute(params![queue, id.to_string(), body, at])?;
    Ok(id)
}

/// Adds a dead letter that a function sent. Its receive count is the number of failures that the message itself states.
pub(super) fn put_aside(transaction: &Transaction<'_>, queue: &str, body: &str) -> rusqlite::Result<Uuid> {
    const PUT: &str = "INSERT INTO messages (queue, id, body, visible_at, receive_count, dead) VALUES (?1, ?2, ?3, ?4, ?5, 1)";
    let (id, failures) = (Uuid::new_v4(), Mark::read(body).failures);
    transaction.prepare_cached(PUT)?.execute(params![queue, id.to_string(), body, now(), failures])?;
    Ok(id)
}

/// Takes up to `most` messages. Nobody else receives them until `away` has passed.
pub(super) fn take(transaction: &Transaction<'_>, queue: &str, away: Duration, most: usize) -> rusqlite::Result<Vec<Message>> {
    const TAKE: &str = "
        UPDATE messages SET taken = 1, receive_count = receive_count + 1, visible_at = ?3 WHERE place IN (
            SELECT place FROM messages WHERE queue = ?1 AND dead = 0 AND visible_at <= ?2 ORDER BY visible_at, place LIMIT ?4)
        RETURNING place, receive_count, id, body";
    let mut statement = transaction.prepare_cached(TAKE)?;
    let (now, most) = (now(), i64::try_from(most).unwrap_or(i64::MAX));
    let taken = statement.query_map(params![queue, now, now + millis(away), most], |row| {
        let handle = Handle { place: row.get(0)?, receive_count: row.get(1)? };
        Ok(Message { handle, id: row.get(2)?, body: row.get(3)?, receive_count: handle.receive_count })
    })?;
    let mut messages = taken.collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| message.handle.place);
    Ok(messages)
}

/// Deletes a message, unless it was received again since.
pub(super) fn delete(transaction: &Transaction<'_>, handle: Handle) -> rusqlite::Result<()> {
    const DELETE: &str = "DELETE FROM messages WHERE place = ?1 AND receive_count = ?2 AND taken = 1";
    let Handle { place, receive_count } = handle;
    transaction.prepare_cached(DELETE)?.execute([place, receive_count.into()]).map(drop)
}

/// Makes a message visible again after `delay`, unless it was received again since.
pub(super) fn give_back(transaction: &Transaction<'_>, handle: Handle, delay: Duration) -> rusqlite::Result<()> {
    const GIVE_BACK: &str =
        "UPDATE messages SET taken = 0, visible_at = ?3 WHERE place = ?1 AND receive_count = ?2 AND taken = 1";
    let Handle { place, receive_count } = handle;
    transaction.prepare_cached(GIVE_BACK)?.execute([place, receive_count.into(), now() + millis(delay)]).map(drop)
}

/// Makes dead letters of the visible messages that have been received `most` times, as SQS does, and returns their ids.
pub(super) fn set_aside(transaction: &Transaction<'_>, queue: &str, most: u32) -> rusqlite::Result<Vec<String>> {
    const SET_ASIDE: &str = "
        UPDATE messages SET dead = 1 WHERE queue = ?1 AND dead = 0 AND visible_at <= ?2 AND receive_count >= ?3 RETURNING id";
    transaction.prepare_cached(SET_ASIDE)?.query_map(params![queue, now(), most], |row| row.get(0))?.collect()
}

/// When the next message becomes visible, in milliseconds since 1970; `None` if the queue is empty.
pub(super) fn next_at(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<Option<i64>> {
    const NEXT: &str = "SELECT min(visible_at) FROM messages WHERE queue = ?1 AND dead = 0";
    transaction.prepare_cached(NEXT)?.query_row([queue], |row| row.get(0))
}

/// How many messages the queue has, without dead letters.
pub(super) fn depth(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<Depth> {
    const COUNT: &str = "
        SELECT count(*) FILTER (WHERE NOT later), count(*) FILTER (WHERE later) FROM (
            SELECT taken = 0 AND receive_count = 0 AND visible_at > ?2 AS later FROM messages WHERE queue = ?1 AND dead = 0)";
    let read = |row: &Row<'_>| Ok(Depth { queue: row.get(0)?, waiting: row.get(1)? });
    transaction.prepare_cached(COUNT)?.query_row(params![queue, now()], read)
}

/// The dead letters, oldest first.
pub(super) fn dead_letters(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<Vec<DeadLetter>> {
    const DEAD: &str = "SELECT queue, id, body, receive_count FROM messages WHERE queue = ?1 AND dead = 1 ORDER BY place";
    let mut statement = transaction.prepare_cached(DEAD)?;
    let dead = statement.query_map([queue], |row| {
        let body: String = row.get(2)?;
        let reason = Mark::read(&body).reason;
        Ok(DeadLetter { queue: row.get(0)?, id: row.get(1)?, body, receive_count: row.get(3)?, reason })
    })?;
    dead.collect()
}

/// Moves every dead letter back into the queue, and returns how many there were.
pub(super) fn redrive(transaction: &Transaction<'_>, queue: &str) -> rusqlite::Result<usize> {
    const REDRIVE: &str =
        "UPDATE messages SET dead = 0, receive_count = 0, taken = 0, visible_at = 0 WHERE queue = ?1 AND dead = 1";
    transaction.prepare_cached(REDRIVE)?.execute([queue])
}

/// Milliseconds since 1970. This is wall-clock time, so that delays hold across a restart.
pub(super) fn now() -> i64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}
