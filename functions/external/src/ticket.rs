//! One ticket that a machine reads and changes.

use std::sync::Arc;

use axum::{
    Json as Body,
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use lambdesk_domain::{
    Actor, Command, Ticket, TicketId, Timestamp,
    limit::EXTERNAL,
    permission::Machine,
    tags::Tags,
    ticket::{Channel, ChannelDetail, Priority, Status},
    traits::text,
};
use lambdesk_http::{
    Context, Json, Problem,
    assignee::AssigneeBody,
    auth::{bearer, path_param},
    channel::ChannelFields,
    edge::recognised,
    limits::CallerKind,
};
use lambdesk_store::{ChangeError, Desk, Directory, Principal};
use serde::Serialize;

use utoipa::ToSchema;

use crate::change::TicketChange;

/// The header that names the calling workflow; the activity log then names it too.
const WORKFLOW: &str = "x-posthog-hog-flow-id";

const NO_TICKET: Problem = Problem::NotFound("Ticket not found");

/// A machine that holds a project's secret, and the ticket in the path. The call has been counted. A missing or unknown secret
/// is 401, as is that of a project with conversations disabled; a call beyond the limit is 429, and an unknown ticket 404.
pub(crate) struct Call {
    desk: Desk<Machine>,
    directory: Arc<Directory>,
    ticket: Ticket,
    now: Timestamp,
}

impl FromRequestParts<Context> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        const INVALID: Problem = Problem::Unauthenticated("Invalid API key");
        let token = bearer(parts).ok_or(Problem::Unauthenticated("Missing or invalid Authorization header"))?;
        let Some(Principal::Secret(holder)) = context.enter(token).await? else { return Err(INVALID) };
        let directory = holder.directory().await?.ok_or(INVALID)?;
        if !directory.project.conversations_enabled {
            return Err(INVALID);
        }
        recognised(&parts.extensions);
        let desk = holder.desk();
        let who = format!("external:{}", desk.project());
        let limited = |retry_after| Problem::Limited { retry_after };
        let now = context.now();
        EXTERNAL
            .into_iter()
            .try_for_each(|limit| context.limits.admit(CallerKind::Project, &who, limit, now))
            .map_err(limited)?;

        let given = path_param(parts, context, "id").await;
        let id = given.and_then(|id| id.parse::<TicketId>().ok()).ok_or(NO_TICKET)?;
        let (ticket, counted) = tokio::join!(desk.ticket(id), context.count_calls(&who, &EXTERNAL, 1));
        match counted {
            Ok(counts) => {
                for (limit, counts) in EXTERNAL.into_iter().zip(counts) {
                    context.limits.observe(CallerKind::Project, &who, limit, now, counts);
                    limit.admit_counted(counts, now).map_err(limited)?;
                }
            }
            Err(error) => tracing::warn!(%error, "an external call could not be counted"),
        }
        Ok(Self { desk, directory, ticket: ticket?.ok_or(NO_TICKET)?, now })
    }
}

/// A ticket as workflows see it. It has `number` and `sla` where the agents' API has `ticket_number` and `sla_due_at`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExternalTicket {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    number: u64,
    status: Status,
    priority: Option<Priority>,
    channel_source: Channel,
    channel_detail: Option<ChannelDetail>,
    distinct_id: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Timestamp,
    message_count: u32,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_message_at: Option<Timestamp>,
    last_message_text: Option<String>,
    unread_team_count: u32,
    unread_customer_count: u32,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla: Option<Timestamp>,
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Timestamp>,
    assignee: Option<AssigneeBody>,
    /// The page where the conversation started.
    url: Option<String>,
    #[schema(value_type = Vec<String>)]
    tags: Tags,
    #[serde(flatten)]
    channel_fields: ChannelFields,
}

impl ExternalTicket {
    fn new(ticket: Ticket, directory: &Directory) -> Self {
        let url = text(&ticket.session_context, "current_url").map(str::to_owned);
        Self {
            id: ticket.id,
            number: ticket.number,
            status: ticket.fields.status,
            priority: ticket.fields.priority,
            channel_source: ticket.origin.channel(),
            channel_detail: ticket.origin.detail(),
            distinct_id: ticket.distinct_id,
            created_at: ticket.created_at,
            updated_at: ticket.updated_at,
            message_count: ticket.thread.message_count,
            last_message_at: ticket.thread.last_message_at,
            last_message_text: ticket.thread.last_message_text,
            unread_team_count: ticket.thread.unread_team_count,
            unread_customer_count: ticket.thread.unread_customer_count,
            sla: ticket.sla_due_at,
            snoozed_until: ticket.fields.snoozed_until,
            assignee: ticket.fields.assignee.map(|assignee| AssigneeBody::new(assignee, directory)),
            url,
            tags: ticket.fields.tags,
            channel_fields: ChannelFields::of(ticket.route.as_deref()),
        }
    }
}

/// Gets a ticket. It marks nothing as read.
#[utoipa::path(
    get, path = "/api/conversations/external/ticket/{id}", tag = "external", operation_id = "external_tickets_retrieve",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ExternalTicket))
)]
pub(crate) async fn retrieve(call: Call) -> Body<ExternalTicket> {
    let Call { directory, ticket, .. } = call;
    Body(ExternalTicket::new(ticket, &directory))
}

/// The answer to a change that was carried out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Done {
    ok: bool,
}

/// Changes a ticket: either all given fields are written, or none. A body without fields changes nothing.
#[utoipa::path(
    patch, path = "/api/conversations/external/ticket/{id}", tag = "external", operation_id = "external_tickets_update",
    params(("id" = uuid::Uuid, Path), ("X-PostHog-Hog-Flow-Id" = Option<uuid::Uuid>, Header)),
    request_body = TicketChange,
    responses((status = 200, body = Done))
)]
pub(crate) async fn update(call: Call, headers: HeaderMap, change: Json<TicketChange>) -> Result<Body<Done>, Problem> {
    let Call { desk, directory, ticket, now } = call;
    let patch = change.0.check(&directory, now)?;
    let workflow = headers.get(WORKFLOW).and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let command = Command::Update(Box::new(patch));
    match desk.change_read(ticket, &Actor::Workflow(workflow), command, None).await {
        Ok(_) => Ok(Body(Done { ok: true })),
        Err(ChangeError::NotFound) => Err(NO_TICKET),
        Err(error) => Err(error.into()),
    }
}
