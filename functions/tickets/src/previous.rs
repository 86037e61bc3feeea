//! The other tickets of a ticket's customer.

use axum::{Json, extract::RawQuery};
use lambdesk_domain::{Ticket, permission::ReadTickets};
use lambdesk_http::{
    Problem,
    cursor::Seal,
    paging::{Links, LogWindow, Page},
};

use crate::{body::TicketBody, input::OnTicket, person::People};

/// Lists the other tickets with the same distinct id, the newest first. It marks nothing as read.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/previous", tag = "tickets",
    operation_id = "tickets_previous_list",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("limit" = Option<usize>, Query, description = "1 to 50, 20 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
    ),
    responses((status = 200, body = Page<TicketBody>))
)]
pub(crate) async fn previous(
    on: OnTicket<ReadTickets>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Json<Page<TicketBody>>, Problem> {
    let OnTicket { agent, id } = on;
    let asked = LogWindow::from_query(&query.unwrap_or_default(), 20, 50, Seal::new(&agent.directory.project, "previous", &id))?;
    let after = asked.place(|at| at.parse().ok())?;
    let ticket = agent.desk.ticket(id).await?.ok_or(Problem::NotFound("Not found."))?;
    let previous = agent.desk.previous(&ticket, after, asked.window.offset, asked.window.limit).await?;
    let now = agent.desk.now();
    // All the tickets are of one customer.
    let people = People::of(&agent, [ticket.distinct_id.as_str()]).await;
    let (skipped, next) = (previous.skipped, previous.next.clone());
    let tickets = previous.placed(|ticket: Ticket| TicketBody::new(&ticket, &agent.directory, &people, now));
    Ok(Json(asked.page(tickets, skipped, None, next, &links)))
}
