//! What else a ticket's customer has asked (seeds/inbox.txt, "Previous tickets panel").

use axum::{Json, extract::RawQuery};
use lambdesk_http::{
    Problem,
    auth::ReadTickets,
    paging::{Links, Page, Walk},
};

use crate::{body::TicketBody, input::OnTicket, person::People};

/// Lists the other tickets of the same person, who is known by their distinct id, the newest first. It marks nothing as read.
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
    let walk = Walk::from_query(&query.unwrap_or_default(), 20, 50)?;
    let after = walk.at.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Problem::invalid("cursor", "Is not a cursor of this list."))?;
    let ticket = agent.desk.ticket(id).await?.ok_or(Problem::NotFound("Not found."))?;
    let previous = agent.desk.previous(&ticket, after, walk.window.offset, walk.window.limit).await?;
    let now = agent.desk.now();
    let people = People::of_tickets(&agent, &previous.rows).await;
    let tickets = previous.rows.iter().map(|ticket| TicketBody::new(ticket, &agent.directory, &people, now)).collect();
    Ok(Json(walk.page(tickets, previous.skipped, None, previous.next, &links)))
}
