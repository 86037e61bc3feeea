//! Mails of which nothing became, taken in once more.

use std::{fmt, str::FromStr};

use axum::{
    Extension,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    Timestamp,
    mail::{MailState, Received},
    permission::{Permission, WriteProjects, WriteTickets},
};
use lambdesk_http::{Agent, Authenticated, Context, Problem, input::id_of_path};
use serde_json::json;

use crate::{
    MailDomain,
    outside::{HandOver, away},
};

const NOT_FOUND: Problem = Problem::NotFound("Not found.");
/// How many digits the time of an id has.
const DIGITS: usize = 16;

/// The id of a mail that arrived: when it did, and the receiving service's id of it. A project's mails lie by both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InboundId {
    pub(crate) at: Timestamp,
    pub(crate) ses_id: String,
}

impl fmt::Display for InboundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGITS$}-{}", self.at.micros(), self.ses_id)
    }
}

impl FromStr for InboundId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (digits, ses_id) = text.split_once('-').ok_or(())?;
        let is_plain =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if digits.len() != DIGITS || !is_plain(ses_id) || ses_id.len() > 200 {
            return Err(());
        }
        let at = digits.parse().ok().and_then(Timestamp::from_micros).ok_or(())?;
        Ok(Self { at, ses_id: ses_id.to_owned() })
    }
}

/// Whoever may have a mail taken in once more, and the mail in the path.
pub(crate) struct OnMail<P> {
    agent: Agent<P>,
    id: InboundId,
}

impl<P: Permission> Authenticated for OnMail<P> {
    type Permission = P;
}

impl<P: Permission> FromRequestParts<Context> for OnMail<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "id").await? })
    }
}

/// Lets in a mail that is held: as spam, as mail to many, or as one of too many. It becomes a ticket, or a message of its ticket, in
/// a moment, and once however often this is called. A mail that is not held is 409.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/inbound/{id}/release", tag = "email",
    operation_id = "email_inbound_release",
    params(("project_id" = u32, Path), ("id" = String, Path)),
    responses((status = 202), (status = 409, description = "`not_held`: the mail is not held, or not any more."))
)]
pub(crate) async fn release(
    on: OnMail<WriteProjects>,
    Extension(domain): Extension<MailDomain>,
    Extension(hand_over): Extension<HandOver>,
) -> Result<StatusCode, Problem> {
    let OnMail { agent, id } = on;
    domain.name()?;
    let mail = agent.desk.held(id.at, &id.ses_id).await?.ok_or(NOT_FOUND)?;
    if mail.state != MailState::Held {
        return Err(Problem::Conflict { code: "not_held", detail: "This mail is not held." });
    }
    agent.confirm().await?;
    agent.desk.record_release(&agent.by(), &mail).await?;
    take_in(&hand_over, agent.desk.project(), &mail, true).await
}

/// Takes a mail in once more of which nothing became, by the same rules: they, or what was missing, may have changed since. A mail
/// that has a ticket is 409, and so is one with a virus.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/inbound/{id}/replay", tag = "email",
    operation_id = "email_inbound_replay",
    params(("project_id" = u32, Path), ("id" = String, Path)),
    responses((status = 202), (status = 409, description = "`not_open`: something became of the mail, or never may."))
)]
pub(crate) async fn replay(
    on: OnMail<WriteTickets>,
    Extension(domain): Extension<MailDomain>,
    Extension(hand_over): Extension<HandOver>,
) -> Result<StatusCode, Problem> {
    let OnMail { agent, id } = on;
    domain.name()?;
    let mail = agent.desk.arrived(id.at, &id.ses_id).await?.ok_or(NOT_FOUND)?;
    if !mail.state.may_come_again() {
        return Err(Problem::Conflict { code: "not_open", detail: "This mail is done with." });
    }
    take_in(&hand_over, agent.desk.project(), &mail, false).await
}

async fn take_in(
    hand_over: &HandOver,
    project: lambdesk_domain::ProjectId,
    mail: &Received,
    is_let_in: bool,
) -> Result<StatusCode, Problem> {
    let again = json!({"project_id": project, "at": mail.at, "id": mail.id, "is_let_in": is_let_in});
    hand_over(json!({"again": again})).await.map_err(|error| away(error.to_string()))?;
    Ok(StatusCode::ACCEPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_when_and_which() {
        let id = InboundId { at: Timestamp::EPOCH.plus_seconds(1), ses_id: "abc-1".to_owned() };
        assert_eq!((id.to_string().as_str(), id.to_string().parse()), ("0000000001000000-abc-1", Ok(id.clone())));
        for bad in ["", "abc", "1-abc", "0000000001000000-", "0000000001000000-a#b", "000000000100000x-abc"] {
            assert_eq!(bad.parse::<InboundId>(), Err(()), "{bad}");
        }
    }
}
