//! The log of what the bus received: the last 10,000 events, for `/_local/events` and tests.

use lambdesk_domain::ProjectId;
use rusqlite::{Transaction, params};
use serde_json::Value;

/// How many events are kept. The file then stops growing, because `SQLite` reuses the space of deleted events.
const KEPT: i64 = 10_000;

/// Adds an event, and deletes the one that is beyond [`KEPT`].
pub(super) fn append(transaction: &Transaction<'_>, event: &Value) -> rusqlite::Result<()> {
    let project = event["detail"]["project_id"].as_i64();
    transaction
        .prepare_cached("INSERT INTO events (project, event) VALUES (?1, ?2)")?
        .execute(params![project, event.to_string()])?;
    let last = transaction.last_insert_rowid();
    transaction.prepare_cached("DELETE FROM events WHERE place <= ?1")?.execute([last - KEPT])?;
    Ok(())
}

/// The events of a project as JSON texts, oldest first.
pub(super) fn of_project(transaction: &Transaction<'_>, project: ProjectId) -> rusqlite::Result<Vec<String>> {
    let mut found = transaction.prepare_cached("SELECT event FROM events WHERE project = ?1 ORDER BY place")?;
    found.query_map([project.0], |row| row.get(0))?.collect()
}
