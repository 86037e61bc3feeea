//! Projects, their members and roles.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    folding::is_blank,
    ids::{ProjectId, RoleId, UserId},
    policies::Policies,
    rules::Rules,
    scope::{Access, Scopes},
    settings::Settings,
    time::Timestamp,
};

/// The most members of a project: all are read with it, for every agent's request.
pub const MOST_MEMBERS: usize = 1_000;
/// The most roles of a project, for the same reason.
pub const MOST_ROLES: usize = 200;
/// The most keys of a user.
pub const MOST_KEYS: usize = 50;
/// The most projects of a user who makes another one.
pub const MOST_PROJECTS: usize = 100;
/// Through how many hands a key may have come: each is asked for with every use.
pub const MOST_HOLDERS: usize = 16;

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
    /// Of which version of the folding its words, tags and keys of indexes are ([`crate::folding::VERSION`]); 0 from before
    /// there was one.
    pub folding: u32,
    /// Counts the writes; each requires the number it read.
    pub version: u64,
}

impl Project {
    /// What its tickets follow.
    pub fn rules(&self) -> Rules {
        Rules { policies: self.policies.clone(), life: self.settings.life(), zone: self.settings.zone(), gone: None }
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
    /// What customers see, unless there is nothing to see.
    pub first_name: String,
    /// What they may do, and by which keys.
    pub standing: Standing,
}

/// What a member may do in a project, and by which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What they may do at the most.
    pub access: Access,
    /// When they left the project, if they came back since. What they held at that time reaches it no more.
    pub left_before: Option<Timestamp>,
}

impl Standing {
    /// That of a member who never left.
    pub const fn new(access: Access) -> Self {
        Self { access, left_before: None }
    }
}

/// A project that someone reaches, and what they may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Which.
    pub project: ProjectId,
    /// What they may do.
    pub standing: Standing,
}

impl Member {
    /// First name, else e-mail, as the team reads it. What customers read,
    /// [`Author::name_for_customer`](crate::message::Author::name_for_customer) says.
    pub fn display_name(&self) -> &str {
        display_name(&self.first_name, &self.email)
    }
}

/// First name, else e-mail: what the team calls a user.
pub fn display_name<'a>(first_name: &'a str, email: &'a str) -> &'a str {
    if is_blank(first_name) { email } else { first_name }
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
    /// Everyone who may know its value or that of a key it goes back to: its user and its maker, and whoever held the key that
    /// it was made with. What they may do bounds what it may do.
    pub holders: Holders,
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

/// Users, each with the time since which they may know a key.
pub type Holders = BTreeMap<UserId, Timestamp>;

impl PersonalKey {
    /// The holders of a key that `maker` makes for `user` without another one.
    pub fn first_holders(user: UserId, maker: UserId, now: Timestamp) -> Holders {
        Holders::from([(user, now), (maker, now)])
    }

    /// The holders of a key that is made for `user` with this one: whoever held this one since they did, so that a key which
    /// ends takes along all that was ever made with it.
    pub fn holders_of_next(&self, user: UserId, now: Timestamp) -> Holders {
        let mut holders = self.holders.clone();
        holders.entry(user).or_insert(now);
        holders
    }

    /// Whether the key is held to other projects than this one.
    pub fn reaches(&self, project: ProjectId) -> bool {
        self.projects.as_ref().is_none_or(|projects| projects.contains(&project))
    }

    /// Whether it was ended, and only says so: it is held to no project.
    pub fn has_ended(&self) -> bool {
        self.projects.as_ref().is_some_and(Vec::is_empty)
    }

    /// What the key may do at the most in a project whose members have the standings that `of` tells; `None` where one of its
    /// holders is no member, or has left since they held it.
    pub fn access(&self, of: impl Fn(UserId) -> Option<Standing>) -> Option<Access> {
        let access = |(user, since): (&UserId, &Timestamp)| {
            let Standing { access, left_before } = of(*user)?;
            left_before.is_none_or(|left| left < *since).then_some(access)
        };
        self.holders.iter().map(access).collect::<Option<Vec<_>>>()?.into_iter().min()
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

    fn at(second: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(second)
    }

    fn key(projects: Option<&[u32]>) -> PersonalKey {
        PersonalKey {
            id: uuid::Uuid::nil(),
            user: UserId(1),
            maker: UserId(1),
            holders: PersonalKey::first_holders(UserId(1), UserId(1), at(0)),
            label: String::new(),
            scopes: Scopes::all(),
            projects: projects.map(|ids| ids.iter().copied().map(ProjectId).collect()),
            created_at: at(0),
        }
    }

    #[test]
    fn a_held_key_has_no_part_in_keys_that_reach_further() {
        assert!(key(None).reaches_all_of(&key(None)) && key(None).reaches_all_of(&key(Some(&[1]))));
        assert!(key(Some(&[1, 2])).reaches_all_of(&key(Some(&[2]))));
        assert!(!key(Some(&[1])).reaches_all_of(&key(Some(&[1, 2]))) && !key(Some(&[1])).reaches_all_of(&key(None)));
    }

    /// User 3 makes a key for user 2 at second 10; with it one is made for user 2 at second 20, and with that for user 4 at 30.
    #[test]
    fn a_key_does_what_all_its_holders_may_now() {
        let holders = PersonalKey::first_holders(UserId(2), UserId(3), at(10));
        let first = PersonalKey { user: UserId(2), maker: UserId(3), holders, created_at: at(10), ..key(None) };
        let second = PersonalKey { maker: UserId(2), holders: first.holders_of_next(UserId(2), at(20)), ..first.clone() };
        let holders = second.holders_of_next(UserId(4), at(30));
        let third = PersonalKey { user: UserId(4), maker: UserId(2), holders, created_at: at(30), ..first.clone() };
        let (admin, agent) = (Standing::new(Access::Admin), Standing::new(Access::Agent));
        let back = |second| Standing { left_before: Some(at(second)), ..admin };
        let keys = [first, second, third];
        let of = |user: u32, standing: Option<Standing>| {
            let standing_of = |id| if id == UserId(user) { standing } else { Some(admin) };
            keys.each_ref().map(|key| key.access(standing_of))
        };
        assert_eq!(of(3, Some(admin)), [Some(Access::Admin); 3]);
        assert_eq!(of(3, Some(agent)), [Some(Access::Agent); 3]);
        assert_eq!(of(4, Some(agent)), [Some(Access::Admin), Some(Access::Admin), Some(Access::Agent)]);
        assert_eq!(of(3, None), [None; 3], "whoever has left made nothing that lives");
        assert_eq!(of(3, Some(back(25))), [None; 3], "nor what was made with it since");
        assert_eq!(of(2, Some(back(10))), [None; 3]);
        assert_eq!(of(3, Some(back(9))), [Some(Access::Admin); 3]);
        assert_eq!(of(4, Some(back(30))), [Some(Access::Admin), Some(Access::Admin), None]);
    }
}
