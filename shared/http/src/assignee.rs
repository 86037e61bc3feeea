//! Assignees in the JSON of requests and answers (docs/decisions.md, 23).

use lambdesk_domain::{Refusal, RoleId, UserId, assignee::Assignee};
use lambdesk_store::Directory;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::Problem;

/// The user or role that is responsible for a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssigneeBody {
    /// An integer for a user, a UUID for a role.
    #[schema(schema_with = crate::schema::number_or_text)]
    id: Value,
    /// `user` or `role`.
    r#type: &'static str,
    /// The user; null for a role, or if the user has left.
    user: Option<UserName>,
    /// The role; null for a user, or if the role was removed.
    role: Option<RoleName>,
    /// Present, and true, for a former member or a role that was removed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    former: bool,
}

/// The user or role who is to be responsible, as a request names them. What an answer shows may be sent back. [`parse`] reads it.
#[derive(Debug, ToSchema)]
pub struct AssigneeInput {
    /// An integer for a user, a UUID for a role.
    #[schema(required = false)]
    pub id: Value,
    /// `user` or `role`.
    #[schema(required = false)]
    pub r#type: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct UserName {
    email: String,
    first_name: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct RoleName {
    name: String,
}

impl AssigneeBody {
    /// The JSON of an assignee, with names from the project's directory.
    pub fn new(assignee: Assignee, directory: &Directory) -> Self {
        match assignee {
            Assignee::User(id) => {
                let user = directory.member(id).cloned();
                let user = user.map(|member| UserName { email: member.email, first_name: member.first_name });
                Self { id: Value::from(id.0), r#type: "user", former: user.is_none(), user, role: None }
            }
            Assignee::Role(id) => {
                let role = directory.role(id).map(|role| RoleName { name: role.name.clone() });
                Self { id: Value::from(id.to_string()), r#type: "role", user: None, former: role.is_none(), role }
            }
        }
    }
}

/// Reads an assignee, or `None` from null. A malformed one is 400, and so is one who is not of this project.
pub fn read(value: &Value, directory: &Directory) -> Result<Option<Assignee>, Problem> {
    match parse(value)? {
        Some(assignee) if !directory.has(assignee) => Err(Refusal::Outsider(assignee).into()),
        assignee => Ok(assignee),
    }
}

/// Reads an assignee as [`parse`] does, and whether the assignee is not of this project. That is no error where the ticket has
/// this assignee already.
pub fn given(value: &Value, directory: &Directory) -> Result<(Option<Assignee>, bool), Problem> {
    let assignee = parse(value)?;
    Ok((assignee, assignee.is_some_and(|assignee| !directory.has(assignee))))
}

/// Reads null, or an object with `type` and `id`: an integer for a `user`, a UUID for a `role`. Anything else is 400.
pub fn parse(value: &Value) -> Result<Option<Assignee>, Problem> {
    let wrong = |detail: &str| Problem::invalid("assignee", detail);
    if value.is_null() {
        return Ok(None);
    }
    let object = value.as_object().ok_or_else(|| wrong("must be an object"))?;
    let (Some(kind), Some(id)) = (object.get("type"), object.get("id")) else {
        return Err(wrong("must have 'type' and 'id'"));
    };
    Ok(Some(match kind.as_str() {
        Some("user") => {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| wrong("user id must be an integer"))?;
            Assignee::User(UserId(id))
        }
        Some("role") => {
            let id = id.as_str().and_then(|id| id.parse().ok()).map(RoleId);
            let id = id.ok_or_else(|| wrong("role id must be a valid UUID"))?;
            Assignee::Role(id)
        }
        _ => return Err(wrong("type must be 'user' or 'role'")),
    }))
}
