//! Roles: groups of members that tickets can be assigned to.

use axum::{
    Json as Body,
    extract::{FromRequestParts, RawQuery},
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    RoleId, UserId,
    assignee::Assignee,
    folding::for_conditions,
    permission::{ReadProjects, WriteProjects},
    project::{MOST_ROLES, Role},
};
use lambdesk_http::{Agent, Answer, Context, Idempotency, Json, Problem, body::not_null, paging::Page};
use lambdesk_store::Directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{self, Listing, NOT_FOUND, id_of_path};

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
    Ok(Body(listing.page(&directory.roles, |role| RoleBody::new(&of_the_project(role.clone(), &directory)))))
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
    let decide = |directory: &Directory| {
        if directory.roles.len() >= MOST_ROLES {
            return Err(Problem::refused(format!("A project can have at most {MOST_ROLES} roles.")));
        }
        named_alone(role.clone(), directory)
    };
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

/// Renames a role, or replaces its members.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/roles/{id}", tag = "roles", operation_id = "roles_update",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    request_body = RoleChange,
    responses((status = 200, body = RoleBody))
)]
pub(crate) async fn update(on: OnRole, Json(change): Json<RoleChange>) -> Result<Body<RoleBody>, Problem> {
    let OnRole { agent, id } = on;
    let role = agent.desk.write_role(&agent.by(), |directory| changed(id, &change, directory), None).await?;
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
    let allow = |directory: &Directory| {
        directory.role(id).ok_or(NOT_FOUND)?;
        input::takes_over(to, Assignee::Role(id), directory)
    };
    agent.desk.delete_role(&agent.by(), id, to, allow).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The most members in a list, repeats included.
const MOST_MEMBERS: usize = 1000;

fn changed(id: RoleId, change: &RoleChange, directory: &Directory) -> Result<Role, Problem> {
    let RoleChange { name, members } = change;
    let mut role = of_the_project(directory.role(id).cloned().ok_or(NOT_FOUND)?, directory);
    if let Some(name) = name {
        role.name = input::name("name", name)?;
    }
    if let Some(members) = members {
        // The length is checked first, because each id is looked for among the project's members.
        if members.len() > MOST_MEMBERS {
            return Err(Problem::invalid("members", format!("Ensure this field has no more than {MOST_MEMBERS} elements.")));
        }
        role.members = members.iter().copied().map(UserId).collect();
        role.members.sort_unstable();
        role.members.dedup();
    }
    if let Some(outsider) = role.members.iter().find(|id| directory.member(**id).is_none()) {
        return Err(Problem::invalid("members", format!("User {outsider} is not a member of this project.")));
    }
    named_alone(role, directory)
}

/// The role without members who have left the project.
fn of_the_project(mut role: Role, directory: &Directory) -> Role {
    role.members.retain(|id| directory.member(*id).is_some());
    role
}

/// The role, if no other role has its name, compared without case and spelling. Otherwise it is 400.
fn named_alone(role: Role, directory: &Directory) -> Result<Role, Problem> {
    let name = for_conditions(&role.name);
    match directory.roles.iter().find(|other| other.id != role.id && for_conditions(&other.name) == name) {
        Some(_) => Err(Problem::invalid("name", "Another role has this name.")),
        None => Ok(role),
    }
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        ProjectId, Timestamp,
        project::{Member, Project, Standing},
        scope::Access,
        settings::Settings,
    };

    use uuid::Uuid;

    use super::*;

    const SALES: RoleId = RoleId(Uuid::from_u128(1));

    fn directory() -> Directory {
        let standing = Standing::new(Access::Agent);
        let member = |id| Member { id: UserId(id), email: format!("{id}@example.com"), first_name: String::new(), standing };
        let role = |id, name: &str, members: &[u32]| {
            let members = members.iter().copied().map(UserId).collect();
            Role { id: RoleId(Uuid::from_u128(id)), name: name.to_owned(), members }
        };
        Directory {
            project: Project {
                id: ProjectId(1),
                name: "Demo".to_owned(),
                conversations_enabled: true,
                settings: Settings::default(),
                policies: std::sync::Arc::default(),
                api_token: String::new(),
                widget_public_token: String::new(),
                secret_api_token: String::new(),
                secret_api_token_backup: None,
                cursor_key: String::new(),
                created_at: Timestamp::from_micros(0).unwrap(),
                folding: 1,
                version: 1,
            },
            members: vec![member(1), member(2)],
            // User 9 has left.
            roles: vec![role(1, "Sales", &[1, 9]), role(2, "Büro", &[])],
            has_persons: false,
        }
    }

    fn change(name: Option<&str>, members: Option<&[u32]>) -> Result<Role, Problem> {
        changed(SALES, &RoleChange { name: name.map(str::to_owned), members: members.map(<[_]>::to_vec) }, &directory())
    }

    fn refused(result: Result<Role, Problem>) -> String {
        match result {
            Err(Problem::Invalid { attr: Some(attr), .. }) => attr,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_replaces_what_it_names_and_drops_who_left() {
        assert_eq!(change(None, None).unwrap().members, [UserId(1)]);
        assert_eq!(change(None, Some(&[2, 1, 2])).unwrap().members, [UserId(1), UserId(2)]);
        assert_eq!(change(None, Some(&[])).unwrap().members, []);
        assert_eq!(change(Some(" SALES "), None).unwrap().name, "SALES", "its own name in another case");
    }

    #[test]
    fn outsiders_and_names_in_use_are_refused() {
        assert_eq!(refused(change(None, Some(&[1, 9]))), "members");
        assert_eq!(
            (refused(change(Some("bÜRO"), None)), refused(change(Some("bu\u{308}ro"), None))),
            ("name".into(), "name".into())
        );
        assert_eq!(refused(change(Some(" "), None)), "name");
        let unknown = changed(RoleId(Uuid::nil()), &RoleChange { name: None, members: None }, &directory());
        assert!(matches!(unknown, Err(Problem::NotFound(_))));
    }
}
