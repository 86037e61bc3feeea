//! The inbox, and how much of it is unread.

use axum::{Json, extract::RawQuery};
use lambdesk_domain::{Ticket, ticket::Status, totals::Filter};
use lambdesk_http::{
    Agent, Problem,
    auth::ReadTickets,
    body::query_value,
    paging::{Links, Page, Window},
};
use lambdesk_store::{Direction, Listed, Position};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{body::TicketBody, cursor::Binding};

/// The most tickets one request examines; a page beyond comes back short, with a `next` that goes on. So does one whose
/// tickets are many bytes ([`Desk::list`](lambdesk_store::Desk::list)).
const EXAMINED: usize = 1000;

/// Lists tickets, the latest change first. Listing marks nothing as read.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets", tag = "tickets", operation_id = "tickets_list",
    params(
        ("project_id" = u32, Path),
        ("status" = Option<String>, Query, description = "Comma list of statuses; words that are none are ignored"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next` or `previous`"),
    ),
    responses((status = 200, body = Page<TicketBody>))
)]
pub(crate) async fn list(
    agent: Agent<ReadTickets>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Json<Page<TicketBody>>, Problem> {
    let query = query.unwrap_or_default();
    let window = Window::from_query(&query, 100, 1000)?;
    let statuses = statuses(&query);
    let binding = Binding { project: &agent.directory.project, statuses: &statuses };
    let cursor = query_value(&query, "cursor").filter(|cursor| !cursor.is_empty());
    let cursor = cursor.map(|cursor| binding.read(&cursor)).transpose()?;
    let (direction, from) = cursor.map_or((Direction::Older, None), |(direction, at)| (direction, Some(at)));

    let reach = (window.offset + window.limit).min(EXAMINED);
    let listed = agent.desk.list(&statuses, from, direction, reach);
    let (listed, totals) = tokio::join!(listed, agent.desk.totals());
    let listed = listed?;

    let total = count(&listed, from, totals?.count(Filter { statuses: Some(&statuses), ..Filter::default() }));
    let page = Pages { links: &links, binding: &binding, direction, from, window }.around(listed);
    let results = page.tickets.iter().map(|ticket| TicketBody::new(ticket, &agent.directory)).collect();
    Ok(Json(Page { count: total, count_is_exact: None, next: page.next, previous: page.previous, results }))
}

/// Words that are no status are ignored; if none is left, so is the filter (decision 8).
fn statuses(query: &str) -> Vec<Status> {
    let given = query_value(query, "status").unwrap_or_default();
    let wanted: Vec<_> = given.split(',').filter_map(|word| Status::parse(word.trim())).collect();
    let all = Status::ALL.iter().copied();
    if wanted.is_empty() { all.collect() } else { all.filter(|status| wanted.contains(status)).collect() }
}

/// A walk from the start that has reached the end has counted by itself; else the totals know, which follow a change
/// within a moment, but never know fewer than were just seen.
fn count(listed: &Listed, from: Option<Position>, totals: u64) -> u64 {
    let seen = listed.tickets.len() as u64;
    match (from, listed.more) {
        (None, false) => seen,
        (_, more) => totals.max(seen + u64::from(more)),
    }
}

/// What decides the links beside a page.
struct Pages<'a> {
    links: &'a Links,
    binding: &'a Binding<'a>,
    direction: Direction,
    from: Option<Position>,
    window: Window,
}

struct Around {
    tickets: Vec<Ticket>,
    next: Option<String>,
    previous: Option<String>,
}

impl Pages<'_> {
    fn around(&self, listed: Listed) -> Around {
        let Listed { mut tickets, more } = listed;
        let last_seen = tickets.last().map(Position::of);
        // What is left to skip once the read budget is used up goes on in the next request.
        let unskipped = if more { self.window.offset.saturating_sub(tickets.len()) } else { 0 };
        tickets.drain(..self.window.offset.min(tickets.len()));
        let came_from = self.from.is_some() || self.window.offset > 0;
        let (older, newer) = match self.direction {
            Direction::Older => (more, came_from),
            Direction::Newer => {
                tickets.reverse();
                (true, more)
            }
        };
        let (first, last) = match (tickets.first(), tickets.last()) {
            (Some(first), Some(last)) => (Some(Position::of(first)), Some(Position::of(last))),
            _ => (last_seen.or(self.from), last_seen.or(self.from)),
        };
        let next = last.filter(|_| older).map(|at| self.link(Direction::Older, at, unskipped));
        let previous = first.filter(|_| newer).map(|at| self.link(Direction::Newer, at, 0));
        Around { tickets, next, previous }
    }

    fn link(&self, direction: Direction, at: Position, offset: usize) -> String {
        let offset = (offset > 0).then(|| offset.to_string());
        self.links.with(&[("offset", offset), ("cursor", Some(self.binding.write(direction, at)))])
    }
}

/// How many messages the team has not seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UnreadCount {
    count: u64,
}

/// Counts the unread messages of all tickets that are not resolved: one read of the folded total (decision 11).
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/unread_count", tag = "tickets", operation_id = "tickets_unread_count",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = UnreadCount))
)]
pub(crate) async fn unread_count(agent: Agent<ReadTickets>) -> Result<Json<UnreadCount>, Problem> {
    if !agent.directory.project.conversations_enabled {
        return Ok(Json(UnreadCount { count: 0 }));
    }
    Ok(Json(UnreadCount { count: agent.desk.totals().await?.unread() }))
}
