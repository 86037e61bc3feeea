//! Rows of the activity log: `kind`, `actor` and `who`, and `changes` as JSON. The sort key has the time.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, activity::Activity};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

/// A row of a ticket's log as the store reads it (docs/decisions.md, 52).
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedActivity {
    /// The id of the row.
    pub id: Uuid,
    /// `updated` or `assigned`.
    pub activity: String,
    /// `user`, `customer`, `workflow` or `system`.
    pub actor_kind: String,
    /// The id of the user or the workflow.
    pub actor_id: Option<String>,
    /// `[{field, before, after}]`.
    pub changes: Value,
    /// When the change was made.
    pub created_at: Timestamp,
}

pub(crate) fn write(project: ProjectId, ticket: TicketId, at: Timestamp, order: usize, id: Uuid, row: &Activity) -> Item {
    let changes: Vec<Value> =
        row.changes.iter().map(|c| json!({"field": c.field, "before": c.before, "after": c.after})).collect();
    Writer::new(&keys::activity(project, ticket, at, order))
        .text("id", id.to_string())
        .text("kind", row.kind.name())
        .text("actor", row.actor.stamp().kind())
        .opt_text("who", row.actor.stamp().id())
        .text("changes", Value::Array(changes).to_string())
        .done()
}

pub(crate) fn read(item: &Item) -> Result<LoggedActivity, StoreError> {
    let row = Reader(item);
    let micros = row.sort_key()?.split('#').nth(1).and_then(|micros| micros.parse().ok());
    Ok(LoggedActivity {
        id: row.parsed("id", |id| id.parse().ok())?,
        activity: row.text("kind")?.to_owned(),
        actor_kind: row.text("actor")?.to_owned(),
        actor_id: row.opt_text("who")?.map(str::to_owned),
        changes: row.opt_json("changes")?.ok_or_else(|| row.corrupt("changes"))?,
        created_at: micros.and_then(Timestamp::from_micros).ok_or_else(|| row.corrupt(keys::SK))?,
    })
}
