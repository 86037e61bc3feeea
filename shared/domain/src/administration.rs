//! The rules of administration: who may be added, changed or removed, and how much of everything there may be.
//!
//! Each rule is a pure function of the project as it is, or of what a user has. The store runs it again after each lost race,
//! so two administrators at once can't break it. A rule refuses with a [`Denial`].

pub mod keys;
pub mod members;
pub mod roles;

mod given;
mod hand_over;
mod most;

pub use given::{FIRST_NAME, NAME, is_email};
pub use most::{MOST_BYTES, Most};

use crate::{assignee::Assignee, ids::UserId};

/// Why administration is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The project has no such member.
    #[error("The project has no such member.")]
    NoSuchMember,
    /// The project has no such role.
    #[error("The project has no such role.")]
    NoSuchRole,
    /// There are as many of these as there may be.
    #[error("{} can have at most {} {}.", .0.owner(), .0.count(), .0.name())]
    TooMany(Most),
    /// A project's things of this kind are too large together.
    #[error("A project's {} can have at most {MOST_BYTES} bytes together.", .0.name())]
    TooLarge(Most),
    /// The user to be added is a member already.
    #[error("Is a member of this project already.")]
    MemberAlready,
    /// Without this member nobody could administer the project again.
    #[error("A project keeps an administrator, and this is the last one.")]
    LastAdmin,
    /// Another role has the name, compared without case and spelling.
    #[error("Another role has this name.")]
    RoleNameTaken,
    /// A role can have only members of its project.
    #[error("User {0} is not a member of this project.")]
    RoleOfOutsider(UserId),
    /// The tickets of a removed member or role can't be handed to that same member or role.
    #[error("This is who is removed.")]
    HandToRemoved,
    /// Tickets can't be handed to anyone outside the project.
    #[error("{}", match .0 {
        Assignee::User(_) => "The user is not a member of this project.",
        Assignee::Role(_) => "The role does not belong to this project.",
    })]
    HandToOutsider(Assignee),
    /// A key can't be made for a user who shares no project with the caller.
    #[error("Is not a member of your projects.")]
    KeyForStranger,
    /// The caller's key may not do this.
    #[error("{}", .0.text())]
    Key(BeyondKey),
}

/// What a personal API key may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeyondKey {
    /// Create a project: the key is limited to certain projects and would not reach it.
    CreateProject,
    /// Make a key for another user without `project:write`.
    MakeForOthers,
    /// Make a key for a user who is in projects that this key does not reach.
    MakeForMoreProjects,
    /// Make a key for a user who is in projects that the caller does not administer.
    MakeForUnadministered,
    /// Give scopes that the key lacks.
    GiveScopes,
    /// Make another key after so many holders.
    MakeForMoreHolders,
    /// End a key that may do more, or is another user's.
    EndKey,
}

impl BeyondKey {
    /// What the key may not do, in a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::CreateProject => "This API key is held to certain projects.",
            Self::MakeForOthers => "Only an administrator, by a key with project:write, can make keys for others.",
            Self::MakeForMoreProjects => "This user is a member of projects that this API key does not reach.",
            Self::MakeForUnadministered => "Only an administrator of all projects of this user can make keys for them.",
            Self::GiveScopes => "This API key can't give scopes that it lacks.",
            Self::MakeForMoreHolders => "This API key has come through too many hands to make others.",
            Self::EndKey => "This API key can't end keys that may do more, or are someone else's.",
        }
    }
}

impl From<BeyondKey> for Denial {
    fn from(beyond: BeyondKey) -> Self {
        Self::Key(beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RoleId;

    #[test]
    fn a_refusal_says_what_a_key_may_not_do() {
        for (beyond, text) in [
            (BeyondKey::CreateProject, "This API key is held to certain projects."),
            (BeyondKey::MakeForOthers, "Only an administrator, by a key with project:write, can make keys for others."),
            (BeyondKey::MakeForMoreProjects, "This user is a member of projects that this API key does not reach."),
            (BeyondKey::MakeForUnadministered, "Only an administrator of all projects of this user can make keys for them."),
            (BeyondKey::GiveScopes, "This API key can't give scopes that it lacks."),
            (BeyondKey::MakeForMoreHolders, "This API key has come through too many hands to make others."),
            (BeyondKey::EndKey, "This API key can't end keys that may do more, or are someone else's."),
        ] {
            assert_eq!(Denial::from(beyond).to_string(), text);
        }
    }

    #[test]
    fn a_refusal_says_whether_a_user_or_a_role_is_an_outsider() {
        let text = |to| Denial::HandToOutsider(to).to_string();
        assert_eq!(text(Assignee::User(UserId(9))), "The user is not a member of this project.");
        assert_eq!(text(Assignee::Role(RoleId(uuid::Uuid::nil()))), "The role does not belong to this project.");
    }
}
