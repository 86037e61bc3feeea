//! A project with everyone in it.

use crate::{
    assignee::Assignee,
    ids::{RoleId, UserId},
    project::{Member, PersonalKey, Project, Role},
    scope::Access,
};

/// A project with everyone in it: what an agent's request is checked against, and what assignees are named from.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    /// The project itself, with its settings and policies.
    pub project: Project,
    /// Everyone who is a member now, in the order in which they are listed.
    pub members: Vec<Member>,
    /// The project's roles, with their members.
    pub roles: Vec<Role>,
    /// Whether any of its customers ever proved who they are.
    pub has_persons: bool,
    /// Whether it has an address, so that mail can leave.
    pub has_mail: bool,
}

impl Directory {
    /// The member with this id; `None` if the project has none.
    pub fn member(&self, id: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The role with this id; `None` if the project has none.
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// What a key may do here at the most; `None` if it does not reach this project.
    pub fn access_of(&self, key: &PersonalKey) -> Option<Access> {
        let rights = |id| self.member(id).map(|member| member.rights);
        key.access(rights).filter(|_| key.reaches(self.project.id))
    }

    /// Whether `assignee` is of this project.
    pub fn has(&self, assignee: Assignee) -> bool {
        match assignee {
            Assignee::User(id) => self.member(id).is_some(),
            Assignee::Role(id) => self.role(id).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::ProjectId,
        scope::Scopes,
        testing::{self, at, member},
    };

    /// Project 1 with an agent, user 1, and an administrator, user 2.
    fn directory() -> Directory {
        let members = [member(1, Access::Agent), member(2, Access::Admin)].into();
        let role = Role { id: RoleId(Uuid::from_u128(5)), name: "Sales".to_owned(), members: Vec::new() };
        Directory { members, roles: vec![role], ..testing::directory() }
    }

    fn key(user: u32, projects: Option<&[u32]>) -> PersonalKey {
        PersonalKey {
            id: Uuid::nil(),
            user: UserId(user),
            maker: UserId(user),
            holders: PersonalKey::first_holders(UserId(user), UserId(user), at(0)),
            label: String::new(),
            scopes: Scopes::all(),
            projects: projects.map(|ids| ids.iter().copied().map(ProjectId).collect()),
            created_at: at(0),
        }
    }

    #[test]
    fn a_key_may_do_what_its_user_may_in_a_project_that_it_reaches() {
        let access = |user, projects| directory().access_of(&key(user, projects));
        assert_eq!((access(1, None), access(2, Some(&[3, 1][..]))), (Some(Access::Agent), Some(Access::Admin)));
        assert_eq!((access(2, Some(&[3])), access(2, Some(&[])), access(9, None)), (None, None, None));
    }

    #[test]
    fn an_assignee_is_of_the_project_as_a_member_or_a_role() {
        let role = |id| Assignee::Role(RoleId(Uuid::from_u128(id)));
        let has = |assignee| directory().has(assignee);
        assert_eq!((has(Assignee::User(UserId(2))), has(role(5))), (true, true));
        assert_eq!((has(Assignee::User(UserId(5))), has(role(2))), (false, false));
    }
}
