//! Projects, their members, roles and keys.

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

/// One team's desk: its settings, its policies and its secrets.
#[derive(Clone, PartialEq)]
pub struct Project {
    /// The number in the paths of the API.
    pub id: ProjectId,
    /// What people call it: 1 to 200 characters.
    pub name: String,
    /// Whether the desk is on. While it is off, the widget is refused, agents can't reply and nothing counts as unread.
    pub conversations_enabled: bool,
    /// How the widget looks and behaves, and how tickets live.
    pub settings: Settings,
    /// The SLA policies, shared by all copies of the project in memory.
    pub policies: Arc<Policies>,
    /// The public project token, for `posthog.init`.
    pub api_token: String,
    /// The public token in the header of every widget call.
    pub widget_public_token: String,
    /// The secret: the bearer token of the external ticket API, and the key that proves customers' identities. It is kept
    /// readable, because checking an HMAC takes the key itself and not a hash of it.
    pub secret_api_token: String,
    /// The secret before the last rotation, until an administrator deletes it.
    pub secret_api_token_backup: Option<String>,
    /// Signs the cursors of this project. It never leaves the desk.
    pub cursor_key: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The version of the folding by which the project's words, tags and index keys are stored ([`crate::folding::VERSION`]); 0
    /// from before there was a version.
    pub folding: u32,
    /// The number of writes so far. Each write requires the number that it read, so no write is lost.
    pub version: u64,
}

impl Project {
    /// The rules that the project's tickets follow.
    pub fn rules(&self) -> Rules {
        Rules { policies: self.policies.clone(), life: self.settings.life(), zone: self.settings.zone(), gone: None }
    }
}

/// Leaves out the secrets, so that printing a project does not reveal them.
impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A user as a member of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user, who may be a member of other projects too.
    pub id: UserId,
    /// Their e-mail address, by which a member is added.
    pub email: String,
    /// The name that customers see; may be blank.
    pub first_name: String,
    /// What they may do here, and with which keys.
    pub rights: Rights,
}

/// What a member may do in a project, and with which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// The most that they may do.
    pub access: Access,
    /// When they left the project, if they were added again since. A key or session that they held at that time does not reach
    /// the project any more (docs/decisions.md, 67).
    pub left_before: Option<Timestamp>,
}

impl Rights {
    /// The rights of a member who never left.
    pub const fn new(access: Access) -> Self {
        Self { access, left_before: None }
    }
}

/// A project that a user belongs to, and what they may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The project that the access is to.
    pub project: ProjectId,
    /// What they may do.
    pub rights: Rights,
}

impl Member {
    /// The first name, else the e-mail, as the team reads it. For what customers read see
    /// [`Author::name_for_customer`](crate::message::Author::name_for_customer).
    pub fn display_name(&self) -> &str {
        display_name(&self.first_name, &self.email)
    }
}

/// The first name, or the e-mail if the first name shows nothing: what the team calls a user.
pub fn display_name<'a>(first_name: &'a str, email: &'a str) -> &'a str {
    if is_blank(first_name) { email } else { first_name }
}

/// A group of members that tickets can be assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The id that assignees name it by.
    pub id: RoleId,
    /// What people call it: 1 to 200 characters.
    pub name: String,
    /// Its members, in order of id.
    pub members: Vec<UserId>,
}

/// A personal API key, without its value: the value is shown once, and only its hash is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalKey {
    /// Its id, by which it is listed and deleted.
    pub id: uuid::Uuid,
    /// The user whom the key acts as.
    pub user: UserId,
    /// Who made it, and so may know its value: the user, or another member.
    pub maker: UserId,
    /// Everyone who may know its value, or that of a key that it was made with: its user, its maker, and all holders of that
    /// other key. The key may do no more than each of them may (docs/decisions.md, 56).
    pub holders: Holders,
    /// What it is for, as its maker wrote it.
    pub label: String,
    /// What it may do, within what its holders may do.
    pub scopes: Scopes,
    /// The projects that it is limited to. A key for another user is limited to the projects that its maker and its user shared
    /// when it was made. A key for oneself takes over the limits of the key that it was made with. `None`: it reaches all
    /// projects of its user.
    pub projects: Option<Vec<ProjectId>>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Users, each with the time since which they may know a key.
pub type Holders = BTreeMap<UserId, Timestamp>;

impl PersonalKey {
    /// The holders of a key that `maker` makes for `user` without using another key.
    pub fn first_holders(user: UserId, maker: UserId, now: Timestamp) -> Holders {
        Holders::from([(user, now), (maker, now)])
    }

    /// The holders of a key that is made for `user` with this key. They include all holders of this key, with their times. So
    /// if this key ends because a holder leaves, every key that was ever made with it ends as well.
    pub fn holders_of_next(&self, user: UserId, now: Timestamp) -> Holders {
        let mut holders = self.holders.clone();
        holders.entry(user).or_insert(now);
        holders
    }

    /// Whether the key reaches this project.
    pub fn reaches(&self, project: ProjectId) -> bool {
        self.projects.as_ref().is_none_or(|projects| projects.contains(&project))
    }

    /// Whether the key has ended: its record is kept, but it is limited to no project at all.
    pub fn has_ended(&self) -> bool {
        self.projects.as_ref().is_some_and(Vec::is_empty)
    }

    /// The most that the key may do in a project; `of` gives a user's rights there. `None` if one of its holders is not a
    /// member, or has left since they may have known the key.
    pub fn access(&self, of: impl Fn(UserId) -> Option<Rights>) -> Option<Access> {
        let access = |(user, since): (&UserId, &Timestamp)| {
            let Rights { access, left_before } = of(*user)?;
            left_before.is_none_or(|left| left < *since).then_some(access)
        };
        self.holders.iter().map(access).collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// Whether `other` reaches no project that this key does not reach. The maker of a key that is limited to some projects may
    /// know its value. Such a key must not show or end its user's keys to other projects.
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
    use crate::testing::{member, project};

    fn at(second: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(second)
    }

    #[test]
    fn who_has_no_name_is_called_by_their_address() {
        assert_eq!(display_name("Ada", "ada@example.com"), "Ada");
        assert_eq!(display_name(" \u{200b}", "ada@example.com"), "ada@example.com");
        let ada = Member { first_name: "Ada".to_owned(), ..member(1, Access::Agent) };
        assert_eq!((ada.display_name(), member(1, Access::Agent).display_name()), ("Ada", "1@example.com"));
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

    /// User 3 makes a key for user 2 at second 10. With that key, one is made for user 2 at second 20; with that one, one for
    /// user 4 at second 30.
    #[test]
    fn a_key_does_what_all_its_holders_may_now() {
        let holders = PersonalKey::first_holders(UserId(2), UserId(3), at(10));
        let first = PersonalKey { user: UserId(2), maker: UserId(3), holders, created_at: at(10), ..key(None) };
        let second = PersonalKey { maker: UserId(2), holders: first.holders_of_next(UserId(2), at(20)), ..first.clone() };
        let holders = second.holders_of_next(UserId(4), at(30));
        let third = PersonalKey { user: UserId(4), maker: UserId(2), holders, created_at: at(30), ..first.clone() };
        let (admin, agent) = (Rights::new(Access::Admin), Rights::new(Access::Agent));
        let back = |second| Rights { left_before: Some(at(second)), ..admin };
        let keys = [first, second, third];
        let of = |user: u32, rights: Option<Rights>| {
            let rights_of = |id| if id == UserId(user) { rights } else { Some(admin) };
            keys.each_ref().map(|key| key.access(rights_of))
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

    #[test]
    fn a_key_has_ended_once_it_is_limited_to_no_project() {
        assert_eq!([key(None), key(Some(&[1])), key(Some(&[]))].map(|key| key.has_ended()), [false, false, true]);
    }

    #[test]
    fn a_printed_project_shows_no_secret() {
        let secret = || "phs_secret".to_owned();
        let project = Project { secret_api_token: secret(), cursor_key: secret(), api_token: secret(), ..project() };
        assert_eq!(format!("{project:?}"), "Project { id: ProjectId(1), name: \"Demo\", .. }");
    }

    #[test]
    fn tickets_follow_the_settings_and_policies_of_their_project() {
        let settings = serde_json::json!({"timezone": "Europe/London", "reopen_within_days": 14});
        let policies = Arc::new(Policies { paused_by: Some(Vec::new()), ..Policies::default() });
        let settings = Settings::from_stored(crate::testing::object(settings));
        let rules = Project { settings, policies: policies.clone(), ..project() }.rules();
        assert_eq!((rules.zone.name(), rules.life.reopen_days, rules.gone), ("Europe/London", Some(14), None));
        assert_eq!(rules.policies, policies);
    }
}
