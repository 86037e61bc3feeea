//! The members of a project.

use axum::{
    Json as Body,
    extract::{FromRequestParts, RawQuery},
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    UserId, administration,
    permission::{ReadProjects, WriteProjects},
    project::Member,
    scope::Access,
};
use lambdesk_http::{Agent, Answer, Authenticated, Context, Idempotency, Json, Problem, body::not_null, paging::Page};
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
        let Member { id, email, first_name, rights } = member.clone();
        Self { id, email, first_name, access: rights.access }
    }
}

/// An administrator of the project, and the user in the path. The user is not looked up yet.
pub(crate) struct OnMember {
    agent: Agent<WriteProjects>,
    id: UserId,
}

impl Authenticated for OnMember {
    type Permission = WriteProjects;
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
    let allow = |directory: &Directory, id| administration::members::may_add(id, directory).map_err(Problem::from);
    let member = agent.desk.add_member(&agent.by(), &new, allow, once.receipt(&|member| answer(member).encode())).await?;
    Ok(answer(&member))
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
    let decide = |directory: &Directory| administration::members::with_access(id, access, directory).map_err(Problem::from);
    Ok(Body(MemberBody::new(&agent.desk.set_access(&agent.by(), decide).await?)))
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
    let allow = |directory: &Directory| administration::members::may_remove(id, to, directory).map_err(Problem::from);
    agent.desk.delete_member(&agent.by(), id, to, allow).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the identity that a member signs in by, and ends their sessions: whoever signs in next with the member's verified
/// address is the member from then on. Only an administrator of all the member's projects may do this.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/members/{id}/identity", tag = "members", operation_id = "members_identity_delete",
    params(("project_id" = u32, Path), ("id" = u32, Path)),
    responses((status = 204))
)]
pub(crate) async fn unbind(on: OnMember) -> Result<StatusCode, Problem> {
    let OnMember { agent, id } = on;
    agent.desk.unbind(&agent.by(), &agent.key, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
