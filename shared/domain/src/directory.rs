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
