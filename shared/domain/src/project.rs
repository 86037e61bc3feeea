//! Projects, their members and roles.

use std::sync::Arc;

use crate::{
    ids::{ProjectId, RoleId, UserId},
    policies::Policies,
    rules::Rules,
    scope::Scopes,
    settings::Settings,
    time::Timestamp,
};

/// One team's desk.
#[derive(Clone, PartialEq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Whether there is a desk at all: off, the widget is refused, agents can't reply and nothing counts as unread.
    pub conversations_enabled: bool,
    /// How the widget looks and behaves.
    pub settings: Settings,
    /// What it promises its customers, and by when.
    pub policies: Arc<Policies>,
    /// Public: for `posthog.init`.
    pub api_token: String,
    /// Public: the header of every widget call.
    pub widget_public_token: String,
    /// Secret: the external API's bearer, and the key that proves customers' identities. It is kept readable because
    /// an HMAC can't be checked by a hash of its key.
    pub secret_api_token: String,
    /// The secret before the last rotation, until it is deleted.
    pub secret_api_token_backup: Option<String>,
    /// Signs the cursors of this project; never leaves the desk.
    pub cursor_key: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Of which version of the folding its words, tags and keys of indexes are ([`crate::folding::VERSION`]); 0 from before there was one.
    pub folding: u32,
    /// Counts the writes; each requires the number it read.
    pub version: u64,
}

impl Project {
    /// What its tickets follow.
    pub fn rules(&self) -> Rules {
        Rules { policies: self.policies.clone(), life: self.settings.life(), zone: self.settings.zone() }
    }
}

/// Whoever prints a project must not print its secrets.
impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A user as a project knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// What customers see, unless it is empty.
    pub first_name: String,
}

impl Member {
    /// First name, else e-mail.
    pub fn display_name(&self) -> &str {
        if self.first_name.is_empty() { &self.email } else { &self.first_name }
    }
}

/// A group of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// Who is in it, in order of id.
    pub members: Vec<UserId>,
}

/// A personal API key, without its value: that is shown once, and only its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalKey {
    /// Its id, to list and delete it by.
    pub id: uuid::Uuid,
    /// Whose it is.
    pub user: UserId,
    /// Who made it, and so may know its value: the user, or another member.
    pub maker: UserId,
    /// What it is for.
    pub label: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The projects it is held to: those its maker and its user shared when someone else made it; `None` for a key of
    /// one's own, which reaches all of its user's projects.
    pub projects: Option<Vec<ProjectId>>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl PersonalKey {
    /// Whether the key is held to other projects than this one.
    pub fn reaches(&self, project: ProjectId) -> bool {
        self.projects.as_ref().is_none_or(|projects| projects.contains(&project))
    }

    /// Whether `other` reaches no project that this key does not. A key held to some projects may be known to whoever
    /// made it, so it must not show or end its user's keys to others.
    pub fn reaches_all_of(&self, other: &Self) -> bool {
        match (&self.projects, &other.projects) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(projects)) => projects.iter().all(|project| self.reaches(*project)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(projects: Option<&[u32]>) -> PersonalKey {
        PersonalKey {
            id: uuid::Uuid::nil(),
            user: UserId(1),
            maker: UserId(1),
            label: String::new(),
            scopes: Scopes::all(),
            projects: projects.map(|ids| ids.iter().copied().map(ProjectId).collect()),
            created_at: Timestamp::from_micros(0).unwrap(),
        }
    }

    #[test]
    fn a_held_key_has_no_part_in_keys_that_reach_further() {
        assert!(key(None).reaches_all_of(&key(None)) && key(None).reaches_all_of(&key(Some(&[1]))));
        assert!(key(Some(&[1, 2])).reaches_all_of(&key(Some(&[2]))));
        assert!(!key(Some(&[1])).reaches_all_of(&key(Some(&[1, 2]))) && !key(Some(&[1])).reaches_all_of(&key(None)));
    }
}
