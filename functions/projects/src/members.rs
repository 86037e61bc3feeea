//! Who is in a project.

use axum::{
    Json as Body,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{UserId, project::Member};
use lambdesk_http::{
    Agent, Answer, Context, Idempotency, Json, Problem,
    auth::{ReadProjects, WriteProjects},
    paging::Page,
};
use lambdesk_store::Directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::{self, Listing, NOT_FOUND, id_of_path},
    keys,
};

/// A member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MemberBody {
    #[schema(value_type = u32)]
    id: UserId,
    email: String,
    /// What customers see, unless it is empty.
    first_name: String,
}

impl MemberBody {
    fn new(member: &Member) -> Self {
        let Member { id, email, first_name } = member.clone();
        Self { id, email, first_name }
    }
}

/// The user that the path names, in a project that the caller may change.
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
    /// An address that the desk knows stays the same user.
    email: String,
    /// Up to 150 characters.
    first_name: Option<String>,
}

/// Adds a member.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/members", tag = "members", operation_id = "members_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewMember,
    responses((status = 201, body = MemberBody))
)]
pub(crate) async fn add(
    agent: Agent<WriteProjects>,
    State(context): State<Context>,
    once: Idempotency,
    Json(new): Json<NewMember>,
) -> Result<Answer, Problem> {
    let email = input::email(&new.email)?.to_owned();
    let first_name = input::first_name(new.first_name.as_deref())?;
    // As it is, not as it is remembered: whoever has left must not leave another behind.
    keys::still_there(&agent.key, &context.store).await?;
    agent.desk.fresh_directory().await?.member(agent.user.id).ok_or(NOT_FOUND)?;
    let answer = |member: &Member| Answer::created(&MemberBody::new(member));
    let new = lambdesk_store::NewMember { email, first_name };
    let added = agent.desk.add_member(&new, once.receipt(&|member| answer(member).encode())).await?;
    let member = added.ok_or_else(|| Problem::invalid("email", "Is a member of this project already."))?;
    Ok(answer(&member))
}

/// Removes a member, also from roles; their keys reach the project no more. Tickets stay assigned to them, without a
/// name. The last member stays: without one, nobody could reach the project again.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/members/{id}", tag = "members", operation_id = "members_delete",
    params(("project_id" = u32, Path), ("id" = u32, Path)),
    responses((status = 204), (status = 400, description = "The last member of a project can't be removed."))
)]
pub(crate) async fn remove(on: OnMember) -> Result<StatusCode, Problem> {
    let OnMember { agent, id } = on;
    agent.desk.delete_member(id, |directory| removable(id, directory)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn removable(id: UserId, directory: &Directory) -> Result<(), Problem> {
    directory.member(id).ok_or(NOT_FOUND)?;
    match directory.members.len() {
        ..=1 => Err(Problem::refused("The last member of a project can't be removed.")),
        _ => Ok(()),
    }
}
