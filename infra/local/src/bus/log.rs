//! The log of what the bus received, for `/_local/events` and tests, and of what rules of people's own delivered, for
//! `/_local/deliveries`: the last 10,000 of each.

use lambdesk_domain::ProjectId;
use rusqlite::{Transaction, params};
use serde_json::Value;

/// How many events and deliveries are kept. The file then stops growing, because `SQLite` reuses the space of deleted events.
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

/// The events of a project from one source as JSON texts, oldest first.
pub(super) fn of_project(transaction: &Transaction<'_>, project: ProjectId, source: &str) -> rusqlite::Result<Vec<String>> {
    const OF_PROJECT: &str = "
        SELECT event FROM events WHERE project = ?1 AND json_extract(event, '$.source') = ?2 ORDER BY place";
    transaction.prepare_cached(OF_PROJECT)?.query_map(params![project.0, source], |row| row.get(0))?.collect()
}

/// Adds what a rule of people's own delivered to a target, and deletes the delivery that is beyond [`KEPT`].
pub(super) fn deliver(transaction: &Transaction<'_>, rule: &str, target: &str, event: &Value) -> rusqlite::Result<()> {
    transaction.prepare_cached("INSERT INTO deliveries (rule, target, event) VALUES (?1, ?2, ?3)")?.execute(params![
        rule,
        target,
        event.to_string()
    ])?;
    let last = transaction.last_insert_rowid();
    transaction.prepare_cached("DELETE FROM deliveries WHERE place <= ?1")?.execute([last - KEPT])?;
    Ok(())
}

/// Rule, target and event of each delivery, oldest first.
pub(super) fn deliveries(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(String, String, String)>> {
    let mut found = transaction.prepare_cached("SELECT rule, target, event FROM deliveries ORDER BY place")?;
    found.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
