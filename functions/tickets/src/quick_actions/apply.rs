//! Applying a quick action to a ticket: its reply with the variables filled in, and its changes, in one write.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    Command,
    command::{FromAgent, ReplyAndChange},
    delivery::Copies,
    expected::Expected,
    folding::is_blank,
    message::Content,
    patch::Patch,
    permission::WriteTickets,
    quick_action::{QuickAction, TicketChanges},
    saved::ShortId,
    tags::TagsMode,
    variables::Variables,
};
use lambdesk_http::{Agent, Answer, Context, Idempotency, Json, Problem, input::id_of_path};
use lambdesk_runtime::crypto;
use lambdesk_store::{Directory, Posted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{body::TicketActions, seen};
use crate::{
    body::{MessageBody, TicketBody},
    input::OnTicket,
    messages::{self, NewerMessage, SeenUntil},
    person::People,
    saved::NOT_FOUND,
};

/// The quick action in a path that also names a ticket.
pub(crate) struct ActionOfPath(ShortId);

impl FromRequestParts<Context> for ActionOfPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        id_of_path(parts, context, "short_id").await.map(Self)
    }
}

/// How to apply a quick action.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Application {
    /// The reply in place of the quick action's own; it may have variables too.
    message: Option<String>,
    /// As in a reply.
    #[schema(value_type = Option<String>)]
    seen_until: Option<SeenUntil>,
    /// As in a reply.
    #[serde(default)]
    force: bool,
    /// Only tells what would be sent and changed.
    #[serde(default)]
    dry_run: bool,
}

/// What a quick action comes to on a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppliedQuickAction {
    /// The message that was sent; null in a dry run, and for a quick action without a reply.
    message: Option<MessageBody>,
    /// The ticket as it is.
    ticket: TicketBody,
    /// The reply with its variables filled in; null for a quick action without one.
    text: Option<String>,
    /// The same text with formatting, as a `TipTap` document.
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    /// What is changed of the ticket.
    changes: TicketActions,
    /// The variables that stand for nothing on this ticket. Only a dry run may have some.
    unset: Vec<String>,
}

/// Applies a quick action: sends its reply and changes the ticket in the same write, or does neither. Variables are
/// `{{customer.name}}`, `{{customer.email}}`, `{{agent.name}}` and `{{ticket.number}}`, each with what stands in their place where
/// they are empty, such as `{{customer.name|there}}`. If one stands for nothing, nothing is sent: 400 `unset_variables`. Tags are
/// added.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/{id}/quick_actions/{short_id}/apply", tag = "quick actions",
    operation_id = "quick_actions_apply",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("short_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body = Application,
    responses(
        (status = 201, body = AppliedQuickAction, description = "A reply was sent"),
        (status = 200, body = AppliedQuickAction, description = "A dry run, a retry, or a quick action without a reply"),
        (status = 409, body = NewerMessage, description = "Someone else has written (`newer_message`), or a request with this Idempotency-Key is being carried out."),
    )
)]
pub(crate) async fn apply(
    on: OnTicket<WriteTickets>,
    action: ActionOfPath,
    once: Idempotency,
    Json(asked): Json<Application>,
) -> Result<Answer, Problem> {
    let (OnTicket { agent, id }, ActionOfPath(short_id)) = (on, action);
    let shelf = agent.desk.quick_actions();
    let (ticket, action) = tokio::try_join!(agent.desk.ticket(id), shelf.get(short_id))?;
    let (ticket, action) = ticket.zip(action).ok_or(NOT_FOUND)?;
    seen(&action, &agent)?;
    let people = People::of(&agent, [ticket.distinct_id.as_str()]).await;
    let Application { message, seen_until, force, dry_run } = asked;
    let prepared = Prepared::new(&action, message.as_deref(), Variables { ticket: &ticket, agent: agent.user.display_name() });
    let now = agent.desk.now();
    let body = |posted: &Posted| AppliedQuickAction {
        message: MessageBody::posted(posted, agent.desk.project()),
        ticket: TicketBody::new(&posted.ticket, &agent.directory, &people, now.max(posted.ticket.updated_at)),
        text: prepared.text.clone(),
        rich_content: prepared.rich.clone(),
        changes: TicketActions::new(&action.changes, &agent.directory),
        unset: prepared.unset.clone(),
    };
    if dry_run {
        return Ok(Answer::ok(&body(&Posted { ticket, message: None, delivery: None })));
    }
    if let [first, ..] = prepared.unset.as_slice() {
        let detail = format!("The variable {first} stands for nothing on this ticket.");
        return Err(Problem::Invalid { attr: Some("message".to_owned()), code: "unset_variables", detail });
    }
    let changes = patch(&action.changes, &agent.directory);
    let Some(text) = &prepared.text else {
        let kept = |posted: &Posted| Answer::ok(&body(posted)).encode();
        let command = Command::Update(Box::new(changes));
        let expected = Expected::default();
        let posted = agent.desk.change_expecting(ticket, &agent.actor(), command, &expected, once.receipt(&kept)).await?;
        return Ok(Answer::ok(&body(&posted)));
    };
    messages::is_enabled(&agent)?;
    let content = Content::from_agent(text, prepared.rich.clone()).map_err(Problem::content)?;
    let reply = ReplyAndChange {
        reply: from_agent(&agent, content, once.is_keyed()),
        seen_until: seen_until.filter(|_| !force).map(SeenUntil::at),
        changes: Some(changes),
    };
    let kept = |posted: &Posted| Answer::created(&body(posted)).encode();
    match Box::pin(agent.desk.reply(id, &agent.actor(), reply, &Expected::default(), once.receipt(&kept))).await {
        Ok((posted, replayed)) => Ok(Answer::new(if replayed { StatusCode::OK } else { StatusCode::CREATED }, &body(&posted))),
        Err(error) => Err(messages::not_sent(&agent, id, error).await),
    }
}

/// A reply with its variables filled in.
struct Prepared {
    text: Option<String>,
    rich: Option<Value>,
    unset: Vec<String>,
}

impl Prepared {
    /// `message` stands in place of the quick action's own reply, which is then left out with its formatting.
    fn new(action: &QuickAction, message: Option<&str>, variables: Variables<'_>) -> Self {
        let mut rich = if message.is_none() { action.rich_content.clone() } else { None };
        let filled = variables.fill(message.unwrap_or(&action.content));
        // A variable whose parts are formatted differently can't be filled in there: the plain text is sent.
        let of_rich = rich.as_mut().map(|rich| variables.fill_rich(rich));
        let rich = rich.filter(|_| of_rich == Some(filled.variables));
        Self { text: (!is_blank(&filled.text)).then_some(filled.text), rich, unset: filled.unset }
    }
}

fn patch(changes: &TicketChanges, directory: &Directory) -> Patch {
    let TicketChanges { status, priority, tags, assignee } = changes.clone();
    Patch {
        status,
        priority: priority.map(Some),
        assignee: assignee.map(Some),
        names_outsider: assignee.is_some_and(|assignee| !directory.has(assignee)),
        tags: (!tags.is_empty()).then_some((tags, TagsMode::Add)),
        ..Patch::default()
    }
}

fn from_agent(agent: &Agent<WriteTickets>, content: Content, keyed: bool) -> FromAgent {
    FromAgent {
        fingerprint: messages::fingerprint(agent, &content, false),
        content,
        private: false,
        keyed,
        mailed: None,
        copies: Copies::NONE,
        entropy: crypto::entropy(),
    }
}
