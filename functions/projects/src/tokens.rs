//! The tokens of a project: replacing them, and ending the old ones (docs/decisions.md, 37).
//!
//! If two rotations happen at once, both are carried out, one after the other. Each caller gets the secret that it made. The
//! later secret is valid, with the earlier one as its backup.

use axum::Json as Body;
use lambdesk_domain::{permission::WriteProjects, project::Project};
use lambdesk_http::{Agent, Answer, Idempotency, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// The secret that is valid from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewSecret {
    secret_api_token: String,
}

/// The public widget token that is valid from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewWidgetToken {
    widget_public_token: String,
}

/// Makes a new secret. The old one stays valid as the backup until the backup is deleted, or until the next rotation.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/rotate_secret_token", tag = "projects", operation_id = "secret_token_rotate",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = NewSecret))
)]
pub(crate) async fn rotate_secret(agent: Agent<WriteProjects>, once: Idempotency) -> Result<Answer, Problem> {
    agent.confirm().await?;
    let answer = |project: &Project| Answer::ok(&NewSecret { secret_api_token: project.secret_api_token.clone() });
    let project = agent.desk.rotate_secret(&agent.by(), once.receipt(&|project| answer(project).encode())).await?;
    Ok(answer(&project))
}

/// Ends the backup of the secret, if there is one.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/delete_secret_token_backup", tag = "projects", operation_id = "secret_token_backup_delete",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 204))
)]
pub(crate) async fn delete_secret_backup(agent: Agent<WriteProjects>, once: Idempotency) -> Result<Answer, Problem> {
    agent.desk.delete_secret_backup(&agent.by(), once.receipt(&|_| Answer::no_content().encode())).await?;
    Ok(Answer::no_content())
}

/// The secret that is valid now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Revealed {
    secret_api_token: String,
}

/// Shows the secret, and records who was shown it.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/secret_api_token/reveal", tag = "projects", operation_id = "secret_token_reveal",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = Revealed))
)]
pub(crate) async fn reveal_secret(agent: Agent<WriteProjects>) -> Result<Body<Revealed>, Problem> {
    agent.confirm().await?;
    Ok(Body(Revealed { secret_api_token: agent.desk.secret_revealed(&agent.by()).await? }))
}

/// Makes a new public widget token. The old one ends: widgets get the new one when their page is loaded next.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/rotate_widget_token", tag = "projects", operation_id = "widget_token_rotate",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = NewWidgetToken))
)]
pub(crate) async fn rotate_widget(agent: Agent<WriteProjects>, once: Idempotency) -> Result<Answer, Problem> {
    agent.confirm().await?;
    let answer = |project: &Project| Answer::ok(&NewWidgetToken { widget_public_token: project.widget_public_token.clone() });
    let project = agent.desk.rotate_widget_token(&agent.by(), once.receipt(&|project| answer(project).encode())).await?;
    Ok(answer(&project))
}
