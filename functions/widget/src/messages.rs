//! A customer reads messages, and marks them as read.

use axum::{
    Json as Body,
    extract::{FromRequestParts, Query, RawQuery},
    http::request::Parts,
};
use lambdesk_domain::{Message, TicketId, Timestamp, ticket::Status};
use lambdesk_http::{
    Context, Json, Problem,
    auth::path_param,
    body::query_value,
    paging::{FURTHEST, Window, fitting},
    public_url::LinkBase,
};
use lambdesk_store::VisitorThread;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    body::{NO_TICKET, VisibleMessage, problem},
    files::Linking,
    satisfaction::Asking,
    throttle::Lane,
    visitor::{Identification, Widget},
};

/// The ticket in the path. An id that is no UUID is 404.
pub(crate) struct TicketPath(TicketId);

impl FromRequestParts<Context> for TicketPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let given = path_param(parts, context, "ticket_id").await;
        given.and_then(|id| id.parse().ok()).map(Self).ok_or(NO_TICKET)
    }
}

/// The answer to a poll.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Thread {
    #[schema(value_type = uuid::Uuid)]
    ticket_id: TicketId,
    ticket_status: Status,
    /// Oldest first.
    messages: Vec<VisibleMessage>,
    has_more: bool,
    unread_count: u32,
}

/// Lists the messages of a ticket whose `created_at` is strictly later than `after`, at microsecond precision.
#[utoipa::path(
    get, path = "/api/conversations/v1/widget/messages/{ticket_id}", tag = "widget", operation_id = "widget_messages_list",
    params(
        ("ticket_id" = uuid::Uuid, Path),
        ("after" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "The `created_at` of the last message known"),
        ("limit" = Option<usize>, Query, description = "1 to 500, 500 by default"),
        ("widget_session_id" = Option<uuid::Uuid>, Query),
        ("identity_distinct_id" = Option<String>, Query),
        ("identity_hash" = Option<String>, Query),
    ),
    responses((status = 200, body = Thread))
)]
pub(crate) async fn messages(
    widget: Widget,
    ticket: TicketPath,
    who: Query<Identification>,
    query: RawQuery,
    LinkBase(link_base): LinkBase,
) -> Result<Body<Thread>, Problem> {
    let desk = widget.visitor(&who).map_err(|problem| widget.nobody(Lane::Poll, problem))?;
    // In a flood a new session needs no check here: the poll itself shows whether the session holds the ticket, and is refused
    // if not.
    let _ = widget.admit(Lane::Poll, &desk)?;
    let query = query.0.unwrap_or_default();
    let Window { limit, .. } = Window::within(&query, 500, 500, FURTHEST)?;
    let after = query_value(&query, "after").filter(|after| !after.is_empty());
    let after = after.map(|after| after.parse::<Timestamp>().map_err(|error| Problem::invalid("after", error.to_string())));
    let thread = desk.messages(ticket.0, after.transpose()?, limit).await.map_err(problem)?;
    widget.holds_a_ticket(desk.visitor());
    let VisitorThread { tickets, messages, has_more } = thread;
    let now = widget.context.now();
    let show = |(place, message): &(usize, Message)| {
        let ticket = tickets.get(*place)?.ticket();
        let asking = Asking { project: &widget.project, ticket, link_base: &link_base, now };
        let linking = Linking { project: &widget.project, ticket: ticket.id, link_base: &link_base };
        Some(asking.show(linking.show(VisibleMessage::new(message, ticket), message), message))
    };
    let last = tickets.last().ok_or(NO_TICKET)?;
    let mut shown: Vec<_> = messages.iter().filter_map(show).collect();
    let fit = fitting(&shown);
    let has_more = has_more || fit < shown.len();
    shown.truncate(fit);
    Ok(Body(Thread {
        // The customer may have written on in a follow-up ticket. The answer still names the ticket that was asked for.
        ticket_id: ticket.0,
        ticket_status: widget.project.rules().life.status_for_customer(last.ticket()),
        messages: shown,
        has_more,
        unread_count: tickets.iter().map(|head| head.ticket().thread.unread_customer_count).sum(),
    }))
}

/// The answer to marking a ticket as read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MarkedRead {
    success: bool,
    unread_count: u32,
}

/// Marks a ticket as read by the customer. Marking it again changes nothing.
#[utoipa::path(
    post, path = "/api/conversations/v1/widget/messages/{ticket_id}/read", tag = "widget", operation_id = "widget_messages_read",
    params(("ticket_id" = uuid::Uuid, Path)),
    request_body = Identification,
    responses((status = 200, body = MarkedRead))
)]
pub(crate) async fn read(widget: Widget, ticket: TicketPath, who: Json<Identification>) -> Result<Body<MarkedRead>, Problem> {
    let desk = widget.visitor(&who.0).map_err(|problem| widget.nobody(Lane::Write, problem))?;
    let _ = widget.admit(Lane::Write, &desk)?;
    let ticket = desk.mark_read(ticket.0).await.map_err(problem)?;
    widget.holds_a_ticket(desk.visitor());
    Ok(Body(MarkedRead { success: true, unread_count: ticket.thread.unread_customer_count }))
}
