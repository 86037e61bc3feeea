//! Marking a ticket as unread.

use axum::http::StatusCode;
use lambdesk_domain::{Command, permission::WriteTickets};
use lambdesk_http::{Answer, Idempotency, Problem};
use lambdesk_store::Posted;

use crate::{body::TicketBody, input::OnTicket, person::People};

/// Marks a ticket as unread by the team: `unread_team_count` becomes 1, or stays if there is more that is unread. The ticket keeps
/// its place in lists, the customer sees nothing of it, and no workflow runs.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/{id}/unread", tag = "tickets", operation_id = "tickets_unread",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses((status = 200, body = TicketBody))
)]
pub(crate) async fn mark(on: OnTicket<WriteTickets>, once: Idempotency) -> Result<Answer, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(Problem::NotFound("Not found."))?;
    let people = People::of(&agent, [ticket.distinct_id.as_str()]).await;
    let now = agent.desk.now();
    let answer = |posted: &Posted| Answer::new(StatusCode::OK, &TicketBody::new(&posted.ticket, &agent.directory, &people, now));
    let kept = |posted: &Posted| answer(posted).encode();
    let (posted, _) = agent.desk.change_read(ticket, &agent.actor(), Command::UnreadByTeam, once.receipt(&kept)).await?;
    Ok(answer(&posted))
}
