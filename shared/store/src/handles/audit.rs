//! The record of administration. A row is written in the transaction of the change that it records, and kept for 400 days.

use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    audit::{self, AuditAction, AuditEntry, By},
    ids,
    permission::{ReadsProjects, WritesProjects},
};
use lambdesk_runtime::crypto::entropy;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Desk,
    error::StoreError,
    handles::log::{Log, Stretch},
    room::Room,
    transport::{
        item::{Item, Reader, Writer},
        keys,
        write::{Guard, Write},
    },
};

/// How long a row is kept, in seconds: 400 days.
const KEPT: i64 = 400 * 24 * 3600;
/// How long it is remembered that a key was shown the secret on a day, in seconds.
const SHOWN_KEPT: i64 = 2 * DAY;
const DAY: i64 = 24 * 3600;
/// How many rows a filtered page looks at.
const LOOKED_AT: usize = 500;

/// A row as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// The row's id.
    pub id: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it, by which key, from which address.
    pub by: By,
    /// What was done.
    pub action: AuditAction,
    /// The id of the thing that was changed.
    pub target_id: String,
    /// The name of that thing at that time.
    pub target_name: String,
    /// What changed: `[{field, before, after}]`.
    pub changes: Value,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditFilter {
    /// Only rows by this user; `Some(None)` for rows by the desk itself.
    pub actor: Option<Option<UserId>>,
    /// Only rows of this action.
    pub action: Option<AuditAction>,
}

impl AuditFilter {
    fn admits(&self, row: &AuditRow) -> bool {
        let user = row.by.user.as_ref().map(|(id, _)| *id);
        self.actor.is_none_or(|actor| actor == user) && self.action.is_none_or(|action| action == row.action)
    }

    const fn admits_all(&self) -> bool {
        self.actor.is_none() && self.action.is_none()
    }
}

/// The row of an entry.
pub(crate) fn write(project: ProjectId, by: &By, entry: &AuditEntry, now: Timestamp) -> Write {
    let AuditEntry { action, id: target, name, changes } = entry;
    let By { user, key, address } = by;
    let id = ids::timed(now, entropy());
    let changes: Vec<_> =
        changes.iter().map(|change| json!({"field": change.field, "before": change.before, "after": change.after})).collect();
    let row = Writer::new(&keys::audit(project, now, id))
        .text("id", id.to_string())
        .time("at", now)
        .opt_number("user", user.as_ref().map(|(id, _)| id))
        .opt_text("user_name", user.as_ref().map(|(_, name)| name.as_str()))
        .opt_text("key", key.as_ref().map(|(id, _)| id.to_string()))
        .opt_text("key_label", key.as_ref().map(|(_, label)| label.as_str()))
        .text("address", address)
        .text("action", action.name())
        .text("target", target)
        .text("target_name", name)
        .text("changes", Value::Array(changes).to_string())
        .number("expires_at", now.plus_seconds(KEPT).seconds());
    Write::put(row.done())
}

fn read(item: &Item) -> Result<AuditRow, StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    let user = row.opt_number("user")?.map(|id| Ok::<_, StoreError>((UserId(id), text("user_name")?))).transpose()?;
    let key = row.opt_parsed("key", |id| id.parse().ok())?;
    let key = key.map(|id| Ok::<_, StoreError>((id, text("key_label")?))).transpose()?;
    Ok(AuditRow {
        id: row.parsed("id", |id| id.parse().ok())?,
        at: row.time("at")?,
        by: By { user, key, address: text("address")? },
        action: row.parsed("action", AuditAction::parse)?,
        target_id: text("target")?,
        target_name: text("target_name")?,
        changes: row.opt_json("changes")?.ok_or_else(|| row.corrupt("changes"))?,
    })
}

impl Room {
    /// The rows of these entries, for the transaction of the change that they record.
    pub(crate) fn audited(&self, by: &By, entries: impl IntoIterator<Item = AuditEntry>) -> Vec<Write> {
        let now = self.store.now();
        entries.into_iter().map(|entry| write(self.project, by, &entry, now)).collect()
    }
}

impl<P: WritesProjects> Desk<P> {
    /// The record of administration.
    pub async fn audit(&self, filter: AuditFilter, stretch: Stretch<'_>) -> Result<Log<AuditRow>, StoreError> {
        let partition = keys::audits(self.project);
        if filter.admits_all() {
            return self.store.log(partition, "", keys::LAST, stretch, read).await;
        }
        let Stretch { after, skip, limit } = stretch;
        let all = Stretch { after, skip: 0, limit: LOOKED_AT };
        let mut log = self.store.log(partition, "", keys::LAST, all, read).await?;
        log.retain(|row| filter.admits(row));
        Ok(log.part(skip, limit))
    }

    /// Records that someone was shown the secret.
    pub async fn secret_revealed(&self, by: &By) -> Result<String, StoreError> {
        let project = self.current_project().await?;
        let writes = self.audited(by, [audit::secret_revealed(&project)]);
        self.store.commit(writes).await.map_err(|rejection| rejection.into_error("the audit"))?;
        Ok(project.secret_api_token)
    }
}

impl<P: ReadsProjects> Desk<P> {
    /// Records that a key was shown the secret, once a day. If the record can't be written, the secret is shown all the same.
    pub async fn secret_shown(&self, by: &By, name: &str) {
        self.note_shown(by, name).await;
    }
}

impl Room {
    /// Records that a key was shown the secret, once a day. A failure is logged and not returned.
    pub(crate) async fn note_shown(&self, by: &By, name: &str) {
        if let Err(error) = self.record_shown(by, name).await {
            tracing::warn!(project.id = %self.project, %error, "that a key was shown the secret was not recorded");
        }
    }

    async fn record_shown(&self, by: &By, name: &str) -> Result<(), StoreError> {
        let Some((key, _)) = by.key else { return Ok(()) };
        let now = self.store.now();
        let marker = keys::shown(self.project, now.seconds() / DAY, key);
        if self.store.get_eventually(&marker).await?.is_some() {
            return Ok(());
        }
        let marker = Writer::new(&marker).number("expires_at", now.plus_seconds(SHOWN_KEPT).seconds()).done();
        let entry = AuditEntry {
            action: AuditAction::SecretRevealed,
            id: self.project.to_string(),
            name: name.to_owned(),
            changes: Vec::new(),
        };
        let writes = vec![Write::put(marker).if_absent().guarding(Guard::Once), write(self.project, by, &entry, now)];
        match self.store.commit(writes).await {
            Ok(()) => Ok(()),
            Err(rejection) if rejection.met(Guard::Once).is_some() => Ok(()),
            Err(rejection) => Err(rejection.into_error("the audit")),
        }
    }
}
