//! Who may make and end which personal API key, and who may create a project with one.
//!
//! A key can't give scopes or projects that it lacks (docs/decisions.md, 47). A key that is made with another key inherits its
//! holders, and may do no more than each of them may ([`PersonalKey::access`]).
//!
//! Agents make keys only for themselves. An administrator may make a key for another user, knows its value, and can act as that
//! user with it. So that key is limited to the projects that both shared when it was made.

use super::{BeyondKey, Denial};
use crate::{
    ids::{ProjectId, UserId},
    project::{Holders, Membership, PersonalKey},
    scope::{Access, Scope, Scopes},
    time::Timestamp,
};

/// The most holders of a key. Every use of the key reads the membership of each.
const MOST_HOLDERS: usize = 16;

/// A key in use, and what it may do now.
#[derive(Debug, Clone)]
pub struct KeyInUse<'a> {
    /// The key that the request came with.
    pub key: &'a PersonalKey,
    /// The scopes that it has in at least one of its projects.
    pub scopes: Scopes,
    /// The projects that it reaches, each with the most that it may do there.
    pub reach: &'a [(ProjectId, Access)],
}

impl KeyInUse<'_> {
    /// Refuses to create a project with a key that is limited to certain projects: it would not reach the new one.
    pub const fn may_create_project(&self) -> Result<(), Denial> {
        if self.key.projects.is_some() { Err(Denial::Key(BeyondKey::CreateProject)) } else { Ok(()) }
    }

    /// Refuses to make keys for others without `project:write`.
    pub fn may_make_for_others(&self) -> Result<(), Denial> {
        if self.scopes.allow(Scope::ProjectWrite) { Ok(()) } else { Err(BeyondKey::MakeForOthers.into()) }
    }

    /// The projects of another user, whose memberships are `theirs`, if this key administers all of them.
    pub fn shared_with(&self, theirs: &[Membership]) -> Result<Vec<ProjectId>, Denial> {
        let mine = |membership: &Membership| self.reach.iter().find(|(project, _)| *project == membership.project);
        let shared: Vec<_> = theirs.iter().filter_map(mine).collect();
        if shared.is_empty() {
            return Err(Denial::KeyForStranger);
        }
        if shared.len() < theirs.len() {
            return Err(BeyondKey::MakeForMoreProjects.into());
        }
        if shared.iter().any(|(_, access)| *access != Access::Admin) {
            return Err(BeyondKey::MakeForUnadministered.into());
        }
        Ok(shared.into_iter().map(|(project, _)| *project).collect())
    }

    /// Refuses to give scopes that this key lacks.
    pub fn may_give(&self, scopes: &Scopes) -> Result<(), Denial> {
        if self.scopes.cover(scopes) { Ok(()) } else { Err(BeyondKey::GiveScopes.into()) }
    }

    /// The holders of a key that is made for `user` with this key, unless they are too many.
    pub fn holders_of_next(&self, user: UserId, now: Timestamp) -> Result<Holders, Denial> {
        let holders = self.key.holders_of_next(user, now);
        if holders.len() > MOST_HOLDERS { Err(BeyondKey::MakeForMoreHolders.into()) } else { Ok(holders) }
    }

    /// Refuses to end `other` if it may do more or is another user's, unless this key has `project:write`.
    pub fn may_end(&self, other: &PersonalKey) -> Result<(), Denial> {
        let is_own = other.user == self.key.user && self.key.scopes.cover(&other.scopes);
        if is_own || self.scopes.allow(Scope::ProjectWrite) { Ok(()) } else { Err(BeyondKey::EndKey.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Rights;

    fn key(user: u32, scopes: &[Scope]) -> PersonalKey {
        PersonalKey {
            id: uuid::Uuid::nil(),
            user: UserId(user),
            maker: UserId(user),
            holders: PersonalKey::first_holders(UserId(user), UserId(user), Timestamp::EPOCH),
            label: String::new(),
            scopes: scopes.iter().copied().collect(),
            projects: None,
            created_at: Timestamp::EPOCH,
        }
    }

    fn in_use<'a>(key: &'a PersonalKey, reach: &'a [(ProjectId, Access)]) -> KeyInUse<'a> {
        KeyInUse { key, scopes: key.scopes.clone(), reach }
    }

    #[test]
    fn a_key_for_another_is_limited_to_what_both_reach() {
        let ids = |ids: &[u32]| ids.iter().copied().map(ProjectId).collect::<Vec<_>>();
        let shared = |access, reach: &[u32], theirs: &[u32]| {
            let reach: Vec<_> = ids(reach).into_iter().map(|project| (project, access)).collect();
            let rights = Rights::new(Access::Agent);
            let theirs: Vec<_> = ids(theirs).into_iter().map(|project| Membership { project, rights }).collect();
            in_use(&key(1, &[Scope::ProjectWrite]), &reach).shared_with(&theirs)
        };
        assert_eq!(shared(Access::Admin, &[1, 2], &[2]), Ok(ids(&[2])));
        assert_eq!(shared(Access::Admin, &[1, 2], &[1, 2]), Ok(ids(&[1, 2])));
        assert_eq!(shared(Access::Admin, &[1, 2], &[2, 3]), Err(BeyondKey::MakeForMoreProjects.into()));
        assert_eq!(shared(Access::Admin, &[3], &[1]), Err(Denial::KeyForStranger));
        assert_eq!(shared(Access::Admin, &[1], &[]), Err(Denial::KeyForStranger));
        assert_eq!(shared(Access::Agent, &[1], &[1]), Err(BeyondKey::MakeForUnadministered.into()));
    }

    #[test]
    fn a_key_gives_and_ends_no_more_than_it_may_do() {
        let (reader, writer) = (key(1, &[Scope::TicketRead]), key(1, &[Scope::TicketWrite]));
        let administrator = key(1, &[Scope::ProjectWrite]);
        assert_eq!(in_use(&writer, &[]).may_give(&reader.scopes), Ok(()));
        assert_eq!(in_use(&reader, &[]).may_give(&writer.scopes), Err(BeyondKey::GiveScopes.into()));
        assert_eq!(in_use(&writer, &[]).may_end(&reader), Ok(()));
        assert_eq!(in_use(&reader, &[]).may_end(&writer), Err(BeyondKey::EndKey.into()));
        let of_another = key(2, &[Scope::TicketRead]);
        assert_eq!(in_use(&writer, &[]).may_end(&of_another), Err(BeyondKey::EndKey.into()));
        assert_eq!(in_use(&administrator, &[]).may_end(&of_another), Ok(()));
        assert_eq!(in_use(&writer, &[]).may_make_for_others(), Err(BeyondKey::MakeForOthers.into()));
        assert_eq!(in_use(&administrator, &[]).may_make_for_others(), Ok(()));
    }

    #[test]
    fn a_limited_key_creates_no_project() {
        let limited = PersonalKey { projects: Some(vec![ProjectId(1)]), ..key(1, &[]) };
        assert_eq!(in_use(&limited, &[]).may_create_project(), Err(BeyondKey::CreateProject.into()));
        assert_eq!(in_use(&key(1, &[]), &[]).may_create_project(), Ok(()));
    }

    #[test]
    fn a_key_comes_through_sixteen_hands() {
        let held_by =
            |count| PersonalKey { holders: (1..=count).map(|user| (UserId(user), Timestamp::EPOCH)).collect(), ..key(1, &[]) };
        let next = |count, user| in_use(&held_by(count), &[]).holders_of_next(UserId(user), Timestamp::EPOCH);
        assert_eq!(next(15, 99).map(|holders| holders.len()), Ok(16));
        assert_eq!(next(16, 16).map(|holders| holders.len()), Ok(16), "who holds it already is no other hand");
        assert_eq!(next(16, 99), Err(BeyondKey::MakeForMoreHolders.into()));
    }
}
