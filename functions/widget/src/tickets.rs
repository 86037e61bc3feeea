//! A customer's own tickets.

use axum::{
    Json,
    extract::{Query, RawQuery},
};
use lambdesk_domain::ticket::Status;
use lambdesk_http::{Problem, body::query_value, paging::Window};
use lambdesk_store::TICKETS;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    body::VisibleTicket,
    throttle::Lane,
    visitor::{Identification, Widget},
};

/// A page of a customer's tickets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Tickets {
    count: usize,
    /// Newest first. Tickets that the visitor proved to be theirs come before the others.
    results: Vec<VisibleTicket>,
}

/// Lists the newest 500 tickets of the visitor.
///
/// A visitor who proved who they are gets the tickets that are proven to be theirs first, and then the newest 20 that were only
/// written under their distinct id. With a `status`, `count` is the number found among the tickets that one request reads.
#[utoipa::path(
    get, path = "/api/conversations/v1/widget/tickets", tag = "widget", operation_id = "widget_tickets_list",
    params(
        ("status" = Option<Status>, Query),
        ("limit" = Option<usize>, Query, description = "1 to 500, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 500"),
        ("widget_session_id" = Option<uuid::Uuid>, Query),
        ("identity_distinct_id" = Option<String>, Query),
        ("identity_hash" = Option<String>, Query),
    ),
    responses((status = 200, body = Tickets))
)]
pub(crate) async fn tickets(widget: Widget, who: Query<Identification>, query: RawQuery) -> Result<Json<Tickets>, Problem> {
    let desk = widget.visitor(&who).map_err(|problem| widget.nobody(Lane::Poll, problem))?;
    let admitted = widget.admit(Lane::Poll, &desk)?;
    let query = query.0.unwrap_or_default();
    let Window { limit, offset } = Window::within(&query, 100, TICKETS, TICKETS)?;
    let status = query_value(&query, "status").filter(|word| !word.is_empty());
    let status = status.map(|word| Status::parse(&word).ok_or_else(|| Problem::invalid("status", "Is not a status.")));
    let status = status.transpose()?;
    let found = desk.tickets(status, offset, limit).await?;
    if found.count > 0 {
        widget.holds_a_ticket(desk.visitor());
    } else if status.is_none() {
        admitted.known()?;
    }
    let life = widget.project.rules().life;
    let results = found.tickets.into_iter().map(|head| VisibleTicket::new(head.into_ticket(), life)).collect();
    Ok(Json(Tickets { count: found.count, results }))
}
