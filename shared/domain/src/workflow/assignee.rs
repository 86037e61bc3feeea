//! How a workflow's definition refers to an assignee.

use serde_json::{Value, json};

use super::place::{Invalid, Place};
use crate::{
    assignee::Assignee,
    ids::{RoleId, UserId},
    patch::Patch,
};

/// The most characters of a role's name.
const LONGEST_NAME: usize = 400;

/// An assignee as a definition refers to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssigneeRef {
    /// A user, by id.
    User(UserId),
    /// A role, by id.
    Role(RoleId),
    /// A role by its name, as in the reference workflows, which are written before the project's roles have ids. A saved
    /// definition holds ids: see [`Definition::resolve_roles`](super::Definition::resolve_roles).
    RoleNamed(String),
}

impl AssigneeRef {
    /// Reads null (nobody), `{type, id}`, or `{type: "role", name}`. It also accepts the keys `user` and `role`: the API shows
    /// them beside an assignee, and a copy of one may come back with them (docs/decisions.md, 23).
    pub(super) fn read(value: &Value, place: &Place) -> Result<Option<Self>, Invalid> {
        if value.is_null() {
            return Ok(None);
        }
        let object = place.object(value, &["type", "id", "name", "user", "role"])?;
        let (kind, at) = place.required(object, "type")?;
        let assignee = match (kind.as_str(), object.get("name")) {
            (Some("user"), None) => {
                let (id, at) = place.required(object, "id")?;
                let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
                Self::User(UserId(id.ok_or_else(|| at.refuse("A user's id must be an integer."))?))
            }
            (Some("role"), None) => {
                let (id, at) = place.required(object, "id")?;
                let id = id.as_str().and_then(|id| id.parse().ok());
                Self::Role(id.ok_or_else(|| at.refuse("A role's id must be a UUID."))?)
            }
            (Some("role"), Some(name)) if !object.contains_key("id") => {
                Self::RoleNamed(place.key("name").text(name, LONGEST_NAME)?.to_owned())
            }
            (Some("user" | "role"), Some(_)) => {
                return Err(place.key("name").refuse("Only a role can be given by its name, and then without an id."));
            }
            _ => return Err(at.refuse("Must be user or role.")),
        };
        Ok(Some(assignee))
    }

    /// The JSON that a definition has for it.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::User(id) => json!({"type": "user", "id": id}),
            Self::Role(id) => json!({"type": "role", "id": id}),
            Self::RoleNamed(name) => json!({"type": "role", "name": name}),
        }
    }

    /// The assignee; `None` for a name that was not resolved to an id.
    pub const fn known(&self) -> Option<Assignee> {
        match self {
            Self::User(id) => Some(Assignee::User(*id)),
            Self::Role(id) => Some(Assignee::Role(*id)),
            Self::RoleNamed(_) => None,
        }
    }
}

/// Why a ticket can't be assigned as `patch` asks; `None` if it can. The user or role may have left the project since the
/// workflow was saved, which fails the run (docs/decisions.md, 43). `has` says who belongs to the project.
pub fn no_assignee(patch: &Patch, has: impl Fn(Assignee) -> bool) -> Option<&'static str> {
    match patch.assignee.flatten()? {
        assignee if has(assignee) => None,
        Assignee::User(_) => Some("The user is not a member of this project any more."),
        Assignee::Role(_) => Some("The role does not belong to this project any more."),
    }
}
