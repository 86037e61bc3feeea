//! Who is responsible for a ticket: one user or one role, or nobody.

use std::{fmt, str::FromStr};

use crate::ids::{RoleId, UserId};

/// The one assignee a ticket may have. Its text form, `user:1` or `role:<uuid>`, is what list filters and index keys use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignee {
    /// A member of the project.
    User(UserId),
    /// A role of the project; the role itself, not its members.
    Role(RoleId),
}

impl fmt::Display for Assignee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Role(id) => write!(f, "role:{id}"),
        }
    }
}

/// The text names neither `user:<integer>` nor `role:<uuid>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be user:<id> or role:<uuid>")]
pub struct NotAnAssignee;

impl FromStr for Assignee {
    type Err = NotAnAssignee;

    fn from_str(text: &str) -> Result<Self, NotAnAssignee> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| NotAnAssignee),
            Some(("role", id)) => id.parse().map(Self::Role).map_err(|_| NotAnAssignee),
            _ => Err(NotAnAssignee),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_assignee_is_a_user_by_number_or_a_role_by_uuid() {
        let role = Assignee::Role(RoleId(Uuid::from_u128(9)));
        for (text, assignee) in [("user:7", Assignee::User(UserId(7))), ("role:00000000-0000-0000-0000-000000000009", role)] {
            assert_eq!((text.parse(), assignee.to_string()), (Ok(assignee), text.to_owned()));
        }
        for text in ["", "7", "user", "user:", "user:ada", "user:-1", "role:7", "team:7", "USER:7", "user:7:8"] {
            assert_eq!(text.parse::<Assignee>(), Err(NotAnAssignee), "{text}");
        }
    }
}
