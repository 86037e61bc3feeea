//! A short mail that shows whether mail leaves from an address.

use axum::{Extension, extract::State};
use lambdesk_domain::{TicketId, limit::TEST_MAILS, mail::MailAddress, mail::Mailbox, permission::WriteProjects};
use lambdesk_http::{Agent, Answer, Context, Idempotency, Problem};
use lambdesk_mail::{
    address::Address,
    compose::{Line, Outgoing, Party, Ready},
    token::{MailKey, Purpose, mark, own_id, token},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    MailDomain,
    addresses::{OnAddress, problem},
    ses::MailService,
};

/// A test mail that SES has taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TestMail {
    /// The address that it is from.
    from: String,
    /// Where it went: the caller's own address.
    to: String,
}

/// Sends a short mail from the address to the caller's own, and says where it went. SES has taken it then; whether it arrives is for
/// the caller to see. If SES does not answer, that is 503, and the mail may have left all the same. A user can ask for six a minute.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/addresses/{id}/send_test", tag = "email",
    operation_id = "email_addresses_send_test",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = TestMail),
        (
            status = 409,
            description = "`not_verified`: the address's domain does not let the desk send yet. `mail_refused`: SES does not take the mail, \
                and `detail` says why."
        ),
        (status = 429, description = "The user has asked for six within a minute."),
    )
)]
pub(crate) async fn send(
    on: OnAddress,
    State(context): State<Context>,
    desk: (Extension<MailDomain>, Extension<MailService>),
    once: Idempotency,
) -> Result<Answer, Problem> {
    let (OnAddress { agent, id }, (Extension(domain), Extension(ses))) = (on, desk);
    let domain = domain.name()?;
    let mailbox = agent.desk.mail_addresses().await?;
    let address = mailbox.address(id).map_err(|error| problem(error.into()))?;
    if address.forwards.as_ref().is_some_and(|forwards| !forwards.verified) {
        return Err(NOT_VERIFIED);
    }
    let mail = TestMail { from: address.shown(domain), to: agent.user.email.clone() };
    let ready = compose(&mail, &agent, &mailbox, address, domain)?;
    agent.confirm().await?;
    admit(&context, &agent).await?;
    ses.send(&mail.from, &ready).await?;
    let answer = |mail: &TestMail| Answer::ok(mail);
    let kept = |mail: &_| answer(mail).encode();
    if let Err(error) = agent.desk.keep_answer(once.receipt(&kept), &mail).await {
        // The mail has left. Whoever repeats the call gets another one.
        tracing::warn!(project.id = %agent.desk.project(), %error, "the answer about a test mail could not be kept");
    }
    Ok(answer(&mail))
}

const NOT_VERIFIED: Problem =
    Problem::Conflict { code: "not_verified", detail: "The domain of this address does not let the desk send yet." };

/// Counts one more test mail of the user.
async fn admit(context: &Context, agent: &Agent<WriteProjects>) -> Result<(), Problem> {
    let counts = context.count_calls(&format!("test-mail:{}", agent.user.id), &[TEST_MAILS], 1).await?;
    let (calls, now) = (counts.first().copied().unwrap_or_default(), context.now());
    TEST_MAILS.admit_counted(calls, now).map_err(|retry_after| Problem::Limited { retry_after })
}

/// The mail. An answer to it is on no ticket, and so opens one.
fn compose(
    mail: &TestMail,
    agent: &Agent<WriteProjects>,
    mailbox: &Mailbox,
    address: &MailAddress,
    domain: &str,
) -> Result<Ready, Problem> {
    let project = &agent.directory.project;
    let no_key = || Problem::Internal { cause: "a project with addresses has no key for its mail".to_owned() };
    let key = MailKey::new(*mailbox.keys.first().ok_or_else(no_key)?);
    let token = token(&key, Purpose::Reply, project.id, TicketId(agent.desk.new_id()));
    let written_at = agent.desk.now();
    let outgoing = Outgoing {
        from: Party {
            name: Some(Line::of(address.from_name.as_deref().unwrap_or(&project.name))),
            address: sendable(&mail.from)?,
        },
        to: Party { name: None, address: sendable(&mail.to)? },
        cc: Vec::new(),
        bcc: Vec::new(),
        reply_to: None,
        subject: Line::of(&format!("Test mail from {}", mail.from)),
        id: own_id(written_at, &token, domain),
        written_at,
        before: Vec::new(),
        text: words(&mail.from, &project.name, agent.user.display_name()),
        rich: None,
        files: Vec::new(),
        is_automatic: true,
        mark: mark(&key, project.id),
    };
    outgoing.compose().map_err(|error| Problem::refused(error.to_string()))
}

fn sendable(address: &str) -> Result<Address, Problem> {
    let read = Address::read(address).filter(Address::is_sendable);
    read.ok_or_else(|| Problem::refused(format!("Mail can't be sent to or from {address}.")))
}

fn words(address: &str, project: &str, who: &str) -> String {
    format!(
        "This is a test. {who} asked for it in the settings of {project}.\n\nIt has reached you, so mail leaves from {address}. Answer to it \
         to see whether mail arrives there too: your answer opens a ticket."
    )
}
