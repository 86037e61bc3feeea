//! Roles: groups of members that tickets can be assigned to.

use axum::{
    Json as Body,
    extract::{FromRequestParts, RawQuery},
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    RoleId, UserId,
    administration::roles,
    permission::{ReadProjects, WriteProjects},
    project::Role,
};
use lambdesk_http::{Agent, Answer, Authenticated, Context, Idempotency, Json, Problem, body::not_null, paging::Page};
use lambdesk_store::Directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{self, Listing, id_of_path};

/// A role of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RoleBody {
    #[schema(value_type = Uuid)]
    id: RoleId,
    name: String,
    /// Ids of members of the project.
    #[schema(value_type = Vec<u32>)]
    members: Vec<UserId>,
}

impl RoleBody {
    fn new(role: &Role) -> Self {
        let Role { id, name, members } = role.clone();
        Self { id, name, members }
    }
}

/// An administrator of the project, and the role in the path. The role is not looked up yet.
pub(crate) struct OnRole {
    agent: Agent<WriteProjects>,
    id: RoleId,
}

impl Authenticated for OnRole {
    type Permission = WriteProjects;
}

impl FromRequestParts<Context> for OnRole {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "id").await? })
    }
}

/// Lists the roles of a project, by name.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/roles", tag = "roles", operation_id = "roles_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<RoleBody>))
)]
pub(crate) async fn list(agent: Agent<ReadProjects>, listing: Listing) -> Result<Body<Page<RoleBody>>, Problem> {
    let directory = agent.desk.fresh_directory().await?;
    let shown = |role: &Role| RoleBody::new(&roles::without_former_members(role.clone(), &directory));
    Ok(Body(listing.page(&directory.roles, shown)))
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewRole {
    /// 1 to 200 characters. No other role may have the same name.
    name: String,
}

/// Adds a role, without members.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/roles", tag = "roles", operation_id = "roles_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewRole,
    responses((status = 201, body = RoleBody))
)]
pub(crate) async fn create(agent: Agent<WriteProjects>, once: Idempotency, Json(new): Json<NewRole>) -> Result<Answer, Problem> {
    let role = Role { id: RoleId(agent.desk.new_id()), name: input::name("name", &new.name)?, members: Vec::new() };
    let answer = |role: &Role| Answer::created(&RoleBody::new(role));
    let decide = |directory: &Directory| roles::new(role.clone(), directory).map_err(Problem::from);
    let role = agent.desk.write_role(&agent.by(), decide, once.receipt(&|role| answer(role).encode())).await?;
    Ok(answer(&role))
}

/// A change of a role. Fields that are absent stay as they are.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct RoleChange {
    /// 1 to 200 characters. No other role may have the same name.
    #[serde(default, deserialize_with = "not_null")]
    name: Option<String>,
    /// Ids of members of the project. They replace the earlier members.
    #[serde(default, deserialize_with = "not_null")]
    members: Option<Vec<u32>>,
}

/// The most members in a list, repeats included. Each id is looked for among the project's members.
const MOST_MEMBERS: usize = 1000;

impl RoleChange {
    /// The name and the members, where they are given.
    fn read(&self) -> Result<(Option<String>, Option<Vec<UserId>>), Problem> {
        let Self { name, members } = self;
        let name = name.as_deref().map(|name| input::name("name", name)).transpose()?;
        if members.as_ref().is_some_and(|members| members.len() > MOST_MEMBERS) {
            return Err(Problem::invalid("members", format!("Ensure this field has no more than {MOST_MEMBERS} elements.")));
        }
        Ok((name, members.as_ref().map(|members| members.iter().copied().map(UserId).collect())))
    }
}

/// Renames a role, or replaces its members.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/roles/{id}", tag = "roles", operation_id = "roles_update",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    request_body = RoleChange,
    responses((status = 200, body = RoleBody))
)]
pub(crate) async fn update(on: OnRole, Json(change): Json<RoleChange>) -> Result<Body<RoleBody>, Problem> {
    let OnRole { agent, id } = on;
    let decide = |directory: &Directory| {
        // An unknown role is told before a flaw of the change.
        let before = roles::existing(id, directory)?;
        let (name, members) = change.read()?;
        Ok::<_, Problem>(roles::changed(before, name, members, directory)?)
    };
    let role = agent.desk.write_role(&agent.by(), decide, None).await?;
    Ok(Body(RoleBody::new(&role)))
}

/// Removes a role. Its tickets that are not resolved become unassigned, or go to `hand_to`: the first hundred at once, the rest
/// with the next ticks of the clock.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/roles/{id}", tag = "roles", operation_id = "roles_delete",
    params(
        ("project_id" = u32, Path),
        ("id" = uuid::Uuid, Path),
        ("hand_to" = Option<String>, Query, description = "Whose the tickets become: `user:7` or `role:<uuid>`"),
    ),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnRole, RawQuery(query): RawQuery) -> Result<StatusCode, Problem> {
    let OnRole { agent, id } = on;
    let to = input::hand_to(query.as_deref())?;
    let allow = |directory: &Directory| roles::may_remove(id, to, directory).map_err(Problem::from);
    agent.desk.delete_role(&agent.by(), id, to, allow).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: Option<&str>, members: Option<Vec<u32>>) -> String {
        match (RoleChange { name: name.map(str::to_owned), members }).read() {
            Err(Problem::Invalid { attr: Some(attr), .. }) => attr,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_is_read_with_its_bounds() {
        let read = RoleChange { name: Some(" Sales ".to_owned()), members: Some(vec![7; MOST_MEMBERS]) }.read().unwrap();
        assert_eq!(read, (Some("Sales".to_owned()), Some(vec![UserId(7); MOST_MEMBERS])));
        assert_eq!(refused(Some(" "), None), "name");
        assert_eq!(refused(None, Some(vec![7; MOST_MEMBERS + 1])), "members");
    }
}
