//! Filing a ticket over REST.

use axum::http::StatusCode;
use lambdesk_domain::{
    create::Draft,
    message::{Author, Content},
    permission::WriteTickets,
    tags::Tags,
    text::DISTINCT_ID,
    ticket::{Channel, Fields, Origin, Priority, Status},
    traits::{self, Object},
};
use lambdesk_http::{
    Agent, Answer, Idempotency, Json, Problem,
    assignee::{self, AssigneeInput},
    body::{not_null, nullable},
    input::not_blank,
};
use lambdesk_store::Posted;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{body::TicketBody, input, person::People};

/// Who is the author of a new ticket's first message.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum AuthorType {
    /// The customer, for whom the ticket is filed.
    #[default]
    Customer,
    /// The agent.
    Support,
}

/// A new ticket. Unknown keys are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewTicket {
    #[serde(default, deserialize_with = "not_null")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "input::priority")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    #[schema(value_type = Option<Object>)]
    anonymous_traits: Option<Object>,
    ai_resolved: Option<bool>,
    escalation_reason: Option<String>,
    /// The customer; a new distinct id if absent.
    distinct_id: Option<String>,
    /// The first message.
    message: Option<String>,
    #[serde(default)]
    author_type: AuthorType,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeInput>)]
    assignee: Option<Option<Value>>,
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "not_null")]
    channel_source: Option<Channel>,
}

/// Files a ticket, with its first message if there is one. The ticket gets the project's next number.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets", tag = "tickets", operation_id = "tickets_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewTicket,
    responses((status = 201, body = TicketBody))
)]
pub(crate) async fn create(agent: Agent<WriteTickets>, once: Idempotency, Json(new): Json<NewTicket>) -> Result<Answer, Problem> {
    let draft = draft(new, &agent)?;
    // Read before the ticket is written, because the answer is stored in the same transaction as the ticket.
    let people = People::of(&agent, [draft.distinct_id.as_str()]).await;
    let directory = agent.directory.clone();
    let answer = move |posted: &Posted| {
        Answer::new(StatusCode::CREATED, &TicketBody::new(&posted.ticket, &directory, &people, posted.ticket.created_at))
    };
    let posted = agent.desk.create(draft, once.receipt(&|posted| answer(posted).encode())).await?;
    Ok(answer(&posted))
}

fn draft(new: NewTicket, agent: &Agent<WriteTickets>) -> Result<Draft, Problem> {
    let NewTicket {
        status,
        priority,
        anonymous_traits,
        ai_resolved,
        escalation_reason,
        distinct_id,
        message,
        author_type,
        assignee,
        tags,
        channel_source,
    } = new;
    let distinct_id = match distinct_id {
        Some(id) => {
            not_blank("distinct_id", &id)?;
            input::bounded("distinct_id", &id, DISTINCT_ID)?
        }
        None => agent.desk.new_id().to_string(),
    };
    let reason = escalation_reason.map(|reason| input::bounded("escalation_reason", &reason, input::ESCALATION_REASON));
    let written = |text: String| match author_type {
        AuthorType::Customer => Content::from_customer(&text).map(|content| (Author::Customer, content)),
        AuthorType::Support => {
            let author = Author::Support { user: Some(agent.user.id), name: agent.user.display_name().to_owned() };
            Content::from_agent(&text, None).map(|content| (author, content))
        }
    };
    let anonymous_traits = anonymous_traits.map_or(Ok(Object::new()), input::traits)?;
    Ok(Draft {
        origin: Origin::filed(channel_source.unwrap_or(Channel::Api)),
        distinct_id,
        identity_verified: None,
        fields: Fields {
            status: status.unwrap_or_default(),
            priority: priority.flatten(),
            assignee: assignee.flatten().map_or(Ok(None), |value| assignee::read(&value, &agent.directory))?,
            tags: tags.map_or(Ok(Tags::default()), |tags| input::tags(&tags))?,
            proven_traits: traits::all_of(&anonymous_traits),
            anonymous_traits,
            ai_resolved: ai_resolved.unwrap_or(false),
            escalation_reason: reason.transpose()?,
            ..Fields::default()
        },
        session_id: None,
        session_context: Object::new(),
        message: message.map(written).transpose().map_err(Problem::content)?,
        follows_up: None,
        mail: None,
    })
}
