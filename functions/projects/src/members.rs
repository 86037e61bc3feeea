//! The members of a project.

use axum::{
    Json as Body,
    extract::{FromRequestParts, RawQuery},
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    UserId,
    assignee::Assignee,
    permission::{ReadProjects, WriteProjects},
    project::{MOST_MEMBERS, Member},
    scope::Access,
};
use lambdesk_http::{Agent, Answer, Context, Idempotency, Json, Problem, body::not_null, paging::Page};
use lambdesk_store::Directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{self, Listing, NOT_FOUND, id_of_path};

/// A member of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MemberBody {
    #[schema(value_type = u32)]
    id: UserId,
    email: String,
    /// The name that customers see, unless it is empty.
    first_name: String,
    /// An administrator has all scopes. An agent has at most `ticket:write`, `workflow:read` and `project:read`.
    access: Access,
}

impl MemberBody {
    fn new(member: &Member) -> Self {
        let Member { id, email, first_name, standing } = member.clone();
        Self { id, email, first_name, access: standing.access }
    }
}

/// An administrator of the project, and the user in the path. The user is not looked up yet.
pub(crate) struct OnMember {
    agent: Agent<WriteProjects>,
    id: UserId,
}

impl FromRequestParts<Context> for OnMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "id").await? })
    }
}

/// Lists the members of a project.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/members", tag = "members", operation_id = "members_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<MemberBody>))
)]
pub(crate) async fn list(agent: Agent<ReadProjects>, listing: Listing) -> Result<Body<Page<MemberBody>>, Problem> {
    let directory = agent.desk.fresh_directory().await?;
    Ok(Body(listing.page(&directory.members, MemberBody::new)))
}

/// A new member.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewMember {
    /// An e-mail address that the desk already knows belongs to the same user.
    email: String,
    /// Up to 150 characters.
    first_name: Option<String>,
    /// `agent` if absent.
    #[serde(default, deserialize_with = "not_null")]
    access: Option<Access>,
}

/// Adds a member. The answer is the same whether or not the address is known from another project.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/members", tag = "members", operation_id = "members_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewMember,
    responses((status = 201, body = MemberBody))
)]
pub(crate) async fn add(agent: Agent<WriteProjects>, once: Idempotency, Json(new): Json<NewMember>) -> Result<Answer, Problem> {
    let email = input::email(&new.email)?.to_owned();
    let first_name = input::first_name(new.first_name.as_deref())?;
    agent.confirm().await?;
    let answer = |member: &Member| Answer::created(&MemberBody::new(member));
    let new = lambdesk_store::NewMember { email, first_name, access: new.access.unwrap_or(Access::Agent) };
    let member = agent.desk.add_member(&agent.by(), &new, addable, once.receipt(&|member| answer(member).encode())).await?;
    Ok(answer(&member))
}

fn addable(directory: &Directory, id: UserId) -> Result<(), Problem> {
    if directory.member(id).is_some() {
        return Err(Problem::invalid("email", "Is a member of this project already."));
    }
    if directory.members.len() >= MOST_MEMBERS {
        return Err(Problem::refused(format!("A project can have at most {MOST_MEMBERS} members.")));
    }
    Ok(())
}

/// A change of a member. Fields that are absent stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MemberChange {
    #[serde(default, deserialize_with = "not_null")]
    access: Option<Access>,
}

/// Changes the access of a member. It also changes what their keys may do, and the keys that were made with those. The last
/// administrator can't be made an agent: nobody could administer the project again.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/members/{id}", tag = "members", operation_id = "members_update",
    params(("project_id" = u32, Path), ("id" = u32, Path)),
    request_body = MemberChange,
    responses((status = 200, body = MemberBody), (status = 409, description = "`last_admin`: a project keeps an administrator."))
)]
pub(crate) async fn update(on: OnMember, Json(change): Json<MemberChange>) -> Result<Body<MemberBody>, Problem> {
    let OnMember { agent, id } = on;
    let MemberChange { access } = change;
    agent.confirm().await?;
    let Some(access) = access else {
        let directory = agent.desk.fresh_directory().await?;
        return Ok(Body(MemberBody::new(directory.member(id).ok_or(NOT_FOUND)?)));
    };
    let allow = |directory: &Directory| {
        if access != Access::Admin {
            dispensable(id, directory)?;
        }
        directory.member(id).cloned().ok_or(NOT_FOUND)
    };
    Ok(Body(MemberBody::new(&agent.desk.set_access(&agent.by(), id, access, allow).await?)))
}

/// Removes a member from the project and from its roles. Keys that they held or made never reach the project again, even if
/// they come back. If this was their last project, their keys end. Their tickets that are not resolved become unassigned, or go
/// to `hand_to`: the first hundred at once, the rest with the next ticks of the clock. The last administrator can't be removed.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/members/{id}", tag = "members", operation_id = "members_delete",
    params(
        ("project_id" = u32, Path),
        ("id" = u32, Path),
        ("hand_to" = Option<String>, Query, description = "Whose the tickets become: `user:7` or `role:<uuid>`"),
    ),
    responses((status = 204), (status = 409, description = "`last_admin`: a project keeps an administrator."))
)]
pub(crate) async fn remove(on: OnMember, RawQuery(query): RawQuery) -> Result<StatusCode, Problem> {
    let OnMember { agent, id } = on;
    let to = input::hand_to(query.as_deref())?;
    agent.confirm().await?;
    let allow = |directory: &Directory| {
        dispensable(id, directory)?;
        input::takes_over(to, Assignee::User(id), directory)
    };
    agent.desk.delete_member(&agent.by(), id, to, allow).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses to remove or lower a user who is no member, with 404, and the last administrator, with 409.
fn dispensable(id: UserId, directory: &Directory) -> Result<(), Problem> {
    let is_admin = |member: &Member| member.standing.access == Access::Admin;
    let member = directory.member(id).ok_or(NOT_FOUND)?;
    if is_admin(member) && directory.members.iter().filter(|member| is_admin(member)).count() == 1 {
        return Err(Problem::Conflict {
            code: "last_admin",
            detail: "A project keeps an administrator, and this is the last one.",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        ProjectId, Timestamp,
        project::{Project, Standing},
        settings::Settings,
    };

    use super::*;

    fn directory(members: usize, admins: u32) -> Directory {
        let member = |id: u32| {
            let access = if id < admins { Access::Admin } else { Access::Agent };
            let standing = Standing::new(access);
            Member { id: UserId(id), email: format!("{id}@example.com"), first_name: String::new(), standing }
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
                created_at: Timestamp::EPOCH,
                folding: 0,
                version: 1,
            },
            members: (0..).map(member).take(members).collect(),
            roles: Vec::new(),
            has_persons: false,
        }
    }

    #[test]
    fn a_project_has_room_for_a_thousand_members() {
        let newcomer = UserId(2_000);
        assert!(addable(&directory(999, 1), newcomer).is_ok());
        let full = addable(&directory(1_000, 1), newcomer).unwrap_err();
        assert!(full.to_string().contains("1000 members"), "{full}");
        assert!(
            matches!(addable(&directory(1, 1), UserId(0)), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "email")
        );
    }

    #[test]
    fn whoever_is_the_last_administrator_stays() {
        let last = |id, admins| dispensable(UserId(id), &directory(3, admins));
        assert!(matches!(last(0, 1), Err(Problem::Conflict { code: "last_admin", .. })));
        assert!(last(1, 1).is_ok() && last(0, 2).is_ok());
        assert!(matches!(last(7, 2), Err(Problem::NotFound(_))));
    }
}
