//! The secret that signs a project's reply addresses. It is never shown.

use axum::{Extension, http::StatusCode};
use lambdesk_domain::permission::WriteProjects;
use lambdesk_http::{Agent, Answer, Idempotency, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{MailDomain, addresses::problem};

/// What may be told of the secrets.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct MailKeys {
    /// Whether answers to mails that the secret before signed still find their tickets by their address.
    has_previous: bool,
}

/// Makes a new secret for the addresses that mails are answered to. The one before stays valid for mails that are answered later,
/// until it is ended, or until the next rotation.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/rotate_key", tag = "email", operation_id = "email_key_rotate",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = MailKeys))
)]
pub(crate) async fn rotate(
    agent: Agent<WriteProjects>,
    Extension(domain): Extension<MailDomain>,
    once: Idempotency,
) -> Result<Answer, Problem> {
    domain.name()?;
    agent.confirm().await?;
    let answer = |mailbox: &lambdesk_domain::mail::Mailbox| Answer::ok(&MailKeys { has_previous: mailbox.has_previous_key() });
    let kept = |rotated: &_| answer(rotated).encode();
    let rotated = agent.desk.rotate_mail_key(&agent.by(), once.receipt(&kept)).await.map_err(problem)?;
    Ok(answer(&rotated))
}

/// Ends the secret before the present one, if it is still valid. Answers to mails that it signed find their tickets by their ids
/// only, which some mail programs leave out.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/delete_previous_key", tag = "email",
    operation_id = "email_previous_key_delete",
    params(("project_id" = u32, Path)),
    responses((status = 204))
)]
pub(crate) async fn end_previous(
    agent: Agent<WriteProjects>,
    Extension(domain): Extension<MailDomain>,
) -> Result<StatusCode, Problem> {
    domain.name()?;
    agent.confirm().await?;
    agent.desk.end_previous_mail_key(&agent.by()).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
