//! The audit log of a project's administration: who changed what, with which key, from which address. It holds no secrets: it
//! only records that a secret was made, shown or ended.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::{
    assignee::Assignee,
    capture::source_map::MapName,
    identity::Subject,
    ids::{ProjectId, UserId},
    mail::{MailAddress, Mailbox, Received},
    project::{Member, PersonalKey, Project, Role},
    quick_action::{QuickAction, QuickActionVisibility},
    scope::Scope,
    view::{SavedView, ViewVisibility},
    words::words,
    workflow::Workflow,
};

/// The most bytes, as JSON, of a value that is logged. Of a larger value only its size is logged.
const VALUE: usize = 8_000;

words! {
    /// What was done, as `<object>.<verb>`.
    AuditAction {
        /// A project was created.
        ProjectCreated = "project.created",
        /// The name or settings of a project changed.
        ProjectUpdated = "project.updated",
        /// The SLA policies changed.
        PoliciesUpdated = "sla_policies.updated",
        /// A new secret was made; the one before became the backup.
        SecretRotated = "secret_api_token.rotated",
        /// The secret was shown to someone.
        SecretRevealed = "secret_api_token.revealed",
        /// The backup of the secret was deleted.
        BackupDeleted = "secret_api_token_backup.deleted",
        /// A new widget token was made; the one before ended.
        WidgetTokenRotated = "widget_public_token.rotated",
        /// A key was made that reaches the project.
        KeyCreated = "personal_api_key.created",
        /// Such a key was deleted.
        KeyDeleted = "personal_api_key.deleted",
        /// A member was added.
        MemberAdded = "member.added",
        /// The access of a member changed.
        MemberUpdated = "member.updated",
        /// A member was removed.
        MemberRemoved = "member.removed",
        /// A member signed in for the first time, and is known by that identity from then on.
        IdentityBound = "identity.bound",
        /// Somebody with a member's address, but another identity, tried to sign in.
        IdentityRefused = "identity.refused",
        /// A member's identity was removed; the next sign-in binds another.
        IdentityUnbound = "identity.unbound",
        /// A role was created.
        RoleCreated = "role.created",
        /// The name or members of a role changed.
        RoleUpdated = "role.updated",
        /// A role was deleted.
        RoleDeleted = "role.deleted",
        /// A workflow was created.
        WorkflowCreated = "workflow.created",
        /// A workflow changed: its name, whether it is enabled, or what it does.
        WorkflowUpdated = "workflow.updated",
        /// A workflow was deleted.
        WorkflowDeleted = "workflow.deleted",
        /// A quick action of the team was created, or a personal one became the team's.
        QuickActionCreated = "quick_action.created",
        /// A quick action of the team changed.
        QuickActionUpdated = "quick_action.updated",
        /// A quick action of the team was deleted, or became personal.
        QuickActionDeleted = "quick_action.deleted",
        /// A shared view was created, or a private one became shared.
        ViewCreated = "view.created",
        /// A shared view changed.
        ViewUpdated = "view.updated",
        /// A shared view was deleted, or became private.
        ViewDeleted = "view.deleted",
        /// An address for mail was added.
        AddressAdded = "email_address.added",
        /// An address for mail became the default.
        AddressDefault = "email_address.default",
        /// An address for mail was removed.
        AddressRemoved = "email_address.removed",
        /// A source map was uploaded, perhaps in the place of an earlier one.
        SourceMapUploaded = "source_map.uploaded",
        /// A source map was deleted.
        SourceMapDeleted = "source_map.deleted",
        /// An address for mail has another name, or may be sent from since then.
        AddressUpdated = "email_address.updated",
        /// A new secret was made that signs what mails are answered to; the one before is still valid.
        MailKeyRotated = "email_key.rotated",
        /// The secret before that one ended.
        MailKeyEnded = "email_key_previous.deleted",
        /// Somebody let in a mail that was held.
        MailReleased = "email_inbound.released",
    }
}

impl AuditAction {
    /// The kind of object that it was done to.
    pub fn object(self) -> &'static str {
        self.name().split_once('.').map_or("", |(object, _)| object)
    }
}

/// Who did something: a user with a key, or the desk itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    /// The user and the name they had then; `None` is the desk itself.
    pub user: Option<(UserId, String)>,
    /// The id and label of the key that they used.
    pub key: Option<(uuid::Uuid, String)>,
    /// The address that the request came from.
    pub address: String,
}

impl By {
    /// The desk itself: no user, no key and no address.
    pub fn the_desk() -> Self {
        Self::default()
    }
}

/// An entry of the audit log; the store adds who did it and when.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// What was done, as a word of the log.
    pub action: AuditAction,
    /// The id of the object that it was done to.
    pub id: String,
    /// The name of that object.
    pub name: String,
    /// The fields that differ.
    pub changes: Vec<AuditChange>,
}

/// A field's value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditChange {
    /// The field's name in JSON; dots lead into objects.
    pub field: String,
    /// The value before the change; null if there was none.
    pub before: Value,
    /// The value after the change; null if there is none.
    pub after: Value,
}

type Fields = Vec<(String, Value)>;

impl AuditEntry {
    fn new(action: AuditAction, id: &dyn Display, name: &str) -> Self {
        Self { action, id: id.to_string(), name: name.to_owned(), changes: Vec::new() }
    }

    fn changed(mut self, before: Fields, after: Fields) -> Self {
        self.changes = changes(before, after);
        self
    }

    /// The entry for an object that was created, changed or deleted, from its fields before and after. `None` if nothing
    /// differs.
    fn of(
        [created, updated, deleted]: [AuditAction; 3],
        (id, name): (&dyn Display, &str),
        before: Option<Fields>,
        after: Option<Fields>,
    ) -> Option<Self> {
        let action = match (&before, &after) {
            (None, None) => return None,
            (None, Some(_)) => created,
            (Some(_), Some(_)) => updated,
            (Some(_), None) => deleted,
        };
        let entry = Self::new(action, id, name).changed(before.unwrap_or_default(), after.unwrap_or_default());
        (action != updated || !entry.changes.is_empty()).then_some(entry)
    }
}

fn changes(before: Fields, mut after: Fields) -> Vec<AuditChange> {
    let mut take = |field: &str| {
        let at = after.iter().position(|(name, _)| name == field);
        at.map_or(Value::Null, |at| after.swap_remove(at).1)
    };
    let mut changes: Vec<_> = before
        .into_iter()
        .map(|(field, before)| {
            let after = take(&field);
            AuditChange { field, before, after }
        })
        .collect();
    after.sort_by(|(one, _), (other, _)| one.cmp(other));
    changes.extend(after.into_iter().map(|(field, after)| AuditChange { field, before: Value::Null, after }));
    changes.retain(|change| change.before != change.after);
    for change in &mut changes {
        change.before = short(std::mem::take(&mut change.before));
        change.after = short(std::mem::take(&mut change.after));
    }
    changes
}

fn short(value: Value) -> Value {
    let bytes = value.to_string().len();
    if bytes > VALUE { json!({"bytes": bytes}) } else { value }
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Fields {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The entry for a project that was created.
pub fn project_created(project: &Project) -> AuditEntry {
    AuditEntry::new(AuditAction::ProjectCreated, &project.id, &project.name)
}

/// The entry for showing the secret.
pub fn secret_revealed(project: &Project) -> AuditEntry {
    AuditEntry::new(AuditAction::SecretRevealed, &project.id, &project.name)
}

/// The entries for a project that changed: one for each action that it amounts to.
pub fn project_changed(before: &Project, after: &Project) -> Vec<AuditEntry> {
    let entry = |action| AuditEntry::new(action, &after.id, &after.name);
    let settings = |project: &Project| {
        let mut list = fields([("name", json!(project.name)), ("conversations_enabled", json!(project.conversations_enabled))]);
        let set = project.settings.as_object().iter();
        list.extend(set.map(|(key, value)| (format!("conversations_settings.{key}"), value.clone())));
        list
    };
    let policies = |project: &Project| project.policies.to_json().into_iter().collect::<Fields>();
    let mut entries = vec![
        entry(AuditAction::ProjectUpdated).changed(settings(before), settings(after)),
        entry(AuditAction::PoliciesUpdated).changed(policies(before), policies(after)),
    ];
    entries.retain(|entry| !entry.changes.is_empty());
    if before.secret_api_token != after.secret_api_token {
        entries.push(entry(AuditAction::SecretRotated));
    } else if before.secret_api_token_backup.is_some() && after.secret_api_token_backup.is_none() {
        entries.push(entry(AuditAction::BackupDeleted));
    }
    if before.widget_public_token != after.widget_public_token {
        entries.push(entry(AuditAction::WidgetTokenRotated));
    }
    entries
}

fn rights(member: &Member) -> Fields {
    fields([("access", json!(member.rights.access))])
}

/// The entry for a member who was added or changed; `None` if nothing differs.
pub fn member(before: Option<&Member>, after: &Member) -> Option<AuditEntry> {
    let actions = [AuditAction::MemberAdded, AuditAction::MemberUpdated, AuditAction::MemberRemoved];
    AuditEntry::of(actions, (&after.id, after.display_name()), before.map(rights), Some(rights(after)))
}

/// The entry for a member who was removed, with the keys that ended by that, and who takes over their tickets.
pub fn member_removed(member: &Member, ended: &[&PersonalKey], to: Option<Assignee>) -> AuditEntry {
    let mut before = rights(member);
    if !ended.is_empty() {
        before.extend(fields([("personal_api_keys", json!(ended.iter().map(|key| &key.label).collect::<Vec<_>>()))]));
    }
    let entry = AuditEntry::new(AuditAction::MemberRemoved, &member.id, member.display_name());
    entry.changed(before, hand_to(to))
}

fn hand_to(to: Option<Assignee>) -> Fields {
    to.map(|to| ("hand_to".to_owned(), json!(to.to_string()))).into_iter().collect()
}

fn identity(subject: &Subject) -> Fields {
    fields([("issuer", json!(subject.issuer)), ("subject", json!(subject.subject))])
}

/// The entry for a user who was bound to a subject.
pub fn identity_bound(user: UserId, email: &str, subject: &Subject) -> AuditEntry {
    AuditEntry::new(AuditAction::IdentityBound, &user, email).changed(Vec::new(), identity(subject))
}

/// The entry for a subject that was refused, because the user of its address is bound to another.
pub fn identity_refused(user: UserId, email: &str, subject: &Subject) -> AuditEntry {
    AuditEntry::new(AuditAction::IdentityRefused, &user, email).changed(Vec::new(), identity(subject))
}

/// The entry for a user who was unbound from a subject.
pub fn identity_unbound(user: UserId, email: &str, subject: &Subject) -> AuditEntry {
    AuditEntry::new(AuditAction::IdentityUnbound, &user, email).changed(identity(subject), Vec::new())
}

/// The entry for a role that was created, changed or deleted; `to` takes over its tickets. `None` if nothing differs.
pub fn role(before: Option<&Role>, after: Option<&Role>, to: Option<Assignee>) -> Option<AuditEntry> {
    let of = |role: &Role| fields([("name", json!(role.name)), ("members", json!(role.members))]);
    let named = after.or(before)?;
    let actions = [AuditAction::RoleCreated, AuditAction::RoleUpdated, AuditAction::RoleDeleted];
    let mut entry = AuditEntry::of(actions, (&named.id, &named.name), before.map(of), after.map(of))?;
    entry.changes.extend(changes(Vec::new(), hand_to(to)));
    Some(entry)
}

/// The entry for a key that was made, or deleted unless `is_new`.
pub fn key(key: &PersonalKey, is_new: bool) -> AuditEntry {
    let scopes: Vec<_> = key.scopes.iter().map(Scope::name).collect();
    let of = fields([("user", json!(key.user)), ("scopes", json!(scopes))]);
    if is_new {
        AuditEntry::new(AuditAction::KeyCreated, &key.id, &key.label).changed(Vec::new(), of)
    } else {
        AuditEntry::new(AuditAction::KeyDeleted, &key.id, &key.label).changed(of, Vec::new())
    }
}

/// The entry for a workflow that was created, changed or deleted; `None` if nothing differs.
pub fn workflow(before: Option<&Workflow>, after: Option<&Workflow>) -> Option<AuditEntry> {
    let of = |workflow: &Workflow| {
        let mut list = fields([("name", json!(workflow.name)), ("enabled", json!(workflow.enabled))]);
        list.extend(workflow.definition.to_json());
        list
    };
    let named = after.or(before)?;
    let actions = [AuditAction::WorkflowCreated, AuditAction::WorkflowUpdated, AuditAction::WorkflowDeleted];
    AuditEntry::of(actions, (&named.id, &named.name), before.map(of), after.map(of))
}

/// The entry for a quick action as the team sees it. Sharing one counts as creating it, and making it personal as deleting it.
/// `None` if the team sees no difference.
pub fn quick_action(before: Option<&QuickAction>, after: Option<&QuickAction>) -> Option<AuditEntry> {
    let of = |action: &QuickAction| {
        let changes = &action.changes;
        fields([
            ("name", json!(action.name)),
            ("description", json!(action.description)),
            ("content", json!(action.content)),
            ("rich_content", json!(action.rich_content)),
            ("status", json!(changes.status)),
            ("priority", json!(changes.priority)),
            ("tags", json!(changes.tags)),
            ("assignee", json!(changes.assignee.map(|assignee| assignee.to_string()))),
        ])
    };
    let shared = |action: &&QuickAction| action.visibility == QuickActionVisibility::Team;
    let named = after.or(before)?;
    let actions = [AuditAction::QuickActionCreated, AuditAction::QuickActionUpdated, AuditAction::QuickActionDeleted];
    let name: (&dyn Display, _) = (&named.metadata.short_id, named.name.as_str());
    AuditEntry::of(actions, name, before.filter(shared).map(of), after.filter(shared).map(of))
}

/// The entry for a view as others see it. Sharing one counts as creating it, and making it private as deleting it. `None` if
/// others see no difference.
pub fn view(before: Option<&SavedView>, after: Option<&SavedView>) -> Option<AuditEntry> {
    let of = |view: &SavedView| fields([("name", json!(view.name)), ("filters", json!(view.filters))]);
    let shared = |view: &&SavedView| view.visibility == ViewVisibility::Shared;
    let named = after.or(before)?;
    let name: (&dyn Display, _) = (&named.metadata.short_id, named.name.as_str());
    let actions = [AuditAction::ViewCreated, AuditAction::ViewUpdated, AuditAction::ViewDeleted];
    AuditEntry::of(actions, name, before.filter(shared).map(of), after.filter(shared).map(of))
}

/// The entry for an address that was added, removed or changed, or became the default; `None` if nothing of that differs.
pub fn address(before: &Mailbox, after: &Mailbox, address: &MailAddress) -> Option<AuditEntry> {
    let of = |mailbox: &Mailbox| {
        let address = mailbox.address(address.id).ok()?;
        let verified = address.forwards.as_ref().is_none_or(|forwards| forwards.verified);
        Some(fields([("from_name", json!(address.from_name)), ("verified", json!(verified))]))
    };
    let is_default = |mailbox: &Mailbox| mailbox.addresses.first().is_some_and(|first| first.id == address.id);
    let name = address.forwards.as_ref().map_or(&address.local, |forwards| &forwards.address);
    let entry = |action| AuditEntry::new(action, &address.id, name);
    match (of(before), of(after)) {
        (None, None) => None,
        (None, Some(_)) => Some(entry(AuditAction::AddressAdded)),
        (Some(_), None) => Some(entry(AuditAction::AddressRemoved)),
        (Some(known), Some(told)) if known != told => Some(entry(AuditAction::AddressUpdated).changed(known, told)),
        (Some(_), Some(_)) => (!is_default(before) && is_default(after)).then(|| entry(AuditAction::AddressDefault)),
    }
}

/// The entry for the secret of a project's mail, which was replaced, or whose forerunner ended.
pub fn mail_key(project: ProjectId, is_new: bool) -> AuditEntry {
    AuditEntry::new(if is_new { AuditAction::MailKeyRotated } else { AuditAction::MailKeyEnded }, &project, "")
}

/// The entry for a mail that was held, and that somebody lets in.
pub fn released(mail: &Received) -> AuditEntry {
    AuditEntry::new(AuditAction::MailReleased, &mail.id, &mail.subject)
}

/// The entry for a source map that was uploaded, or deleted if there is none `after`. Both are bytes as they were sent, unzipped.
pub fn source_map(name: &MapName, before: Option<u64>, after: Option<u64>) -> AuditEntry {
    let size = |size: Option<u64>| size.map(|size| ("size".to_owned(), json!(size))).into_iter().collect::<Fields>();
    let action = if after.is_some() { AuditAction::SourceMapUploaded } else { AuditAction::SourceMapDeleted };
    AuditEntry::new(action, &name.id(), name.as_str()).changed(size(before), size(after))
}

#[cfg(test)]
mod tests;
