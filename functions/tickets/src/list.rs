//! The list of tickets, and the number of unread messages.

mod count;
mod cursor;
mod filter;
mod pages;
mod view;

use axum::{
    Json,
    extract::RawQuery,
    http::{HeaderMap, HeaderName, HeaderValue},
};
use lambdesk_domain::{
    Timestamp,
    permission::ReadTickets,
    query::{Key, Order},
};
use lambdesk_http::{
    Agent, Problem,
    body::query_value,
    edge::DEBUG,
    paging::{Links, Page, Window, fitting},
};
use lambdesk_store::{Direction, ListPage, ListQuery};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{body::TicketBody, person::People};

use count::Count;
use cursor::{Binding, Cursor};
use filter::Selection;
pub(crate) use filter::{Given, of_query};
use pages::{Around, Pages};
pub(crate) use view::{of_view, parameters};

/// How the list was read: the plan, the number of tickets examined, and the number returned. Sent to requests that ask for
/// debug headers.
const PLAN: HeaderName = HeaderName::from_static("x-lambdesk-plan");

/// Lists the tickets that match all filters, the latest change first unless `order_by` says otherwise. Listing marks nothing as
/// read.
///
/// A page that would examine too much ends early, with a `next` that goes on. `count` is exact for filters by status, priority,
/// channel and assignee, and for other filters where counting is cheap. Otherwise `count_is_exact` is present and false.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets", tag = "tickets", operation_id = "tickets_list",
    params(
        ("project_id" = u32, Path),
        Selection,
        ("view" = Option<String>, Query, description = "Short id of a saved view, whose filters and order apply where no other parameter says otherwise"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next` or `previous`"),
        ("persons" = Option<bool>, Query, description = "`false` leaves out who customers are, for callers who know: `person` is null then"),
    ),
    responses((status = 200, body = Page<TicketBody>))
)]
pub(crate) async fn list(
    agent: Agent<ReadTickets>,
    links: Links,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<(HeaderMap, Json<Page<TicketBody>>), Problem> {
    let query = query.unwrap_or_default();
    let window = Window::from_query(&query, 100, 1000)?;
    let now = agent.desk.now();
    let given = Given { query: of_query(&query), view: of_view(&agent, &query).await? };
    let (mut filter, order) = given.filter(agent.user.id, now)?;
    let binding = Binding::new(&agent.directory.project, &given.written());
    let cursor = query_value(&query, "cursor").filter(|cursor| !cursor.is_empty());
    let cursor = cursor.map(|cursor| binding.read(&cursor)).transpose()?;
    let (direction, from) = cursor.map_or((Direction::Onward, None), |Cursor { direction, at, .. }| (direction, Some(at)));

    let counted = Count::of(&filter, cursor.as_ref());
    let until = cursor.map_or_else(|| walks_until(order, agent.desk.now()), |cursor| cursor.until);
    filter.updated.to = [filter.updated.to, until].into_iter().flatten().min();
    let (skip, limit) = (window.offset, window.limit);
    let persons = wants_persons(&query)? && agent.directory.has_persons;
    let count = counted.by_walking();
    let asked = ListQuery { filter: &filter, order, from, direction, skip, limit, count, persons };
    let (listed, totals) = tokio::join!(agent.desk.list(asked), counted.read(&agent.desk, &filter));
    let mut listed = listed?;
    let count = counted.settle(totals?, &listed, from.is_none());

    let debug = headers.contains_key(DEBUG).then(|| plan(&listed)).flatten();
    let headers = debug.map(|plan| (PLAN, plan)).into_iter().collect();
    let people = if persons { People::of_tickets(&agent, &listed.tickets).await } else { People::default() };
    let mut results: Vec<_> =
        listed.tickets.iter().map(|ticket| TicketBody::new(ticket, &agent.directory, &people, now)).collect();
    results.truncate(fitting(&results));
    listed.end_at(results.len(), order);
    if direction == Direction::Back {
        results.reverse();
    }
    let pages = Pages { links: &links, binding: &binding, direction, from, window, count, order, until };
    let Around { next, previous } = pages.around(&listed);
    Ok((headers, Json(Page { count: count.number, count_is_exact: (!count.exact).then_some(false), next, previous, results })))
}

/// Whether the caller asks who the customers are, as they do unless they say otherwise.
fn wants_persons(query: &str) -> Result<bool, Problem> {
    match query_value(query, "persons").as_deref() {
        None | Some("" | "true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(Problem::invalid("persons", "Must be true or false.")),
    }
}

/// Where the pages end: in ascending order of `updated_at`, at the changes made before the first page was read. A ticket that
/// was shown and then changes moves to the end of the list, and would be shown again there (docs/decisions.md, 32).
fn walks_until(order: Order, now: Timestamp) -> Option<Timestamp> {
    (order.key == Key::Updated && !order.descending).then_some(now)
}

fn plan(listed: &ListPage) -> Option<HeaderValue> {
    let ListPage { plan, examined, tickets, .. } = listed;
    HeaderValue::from_str(&format!("plan={plan} examined={examined} returned={}", tickets.len())).ok()
}

/// How many messages the team has not read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UnreadCount {
    count: u64,
}

/// Counts the unread messages of all tickets that are not resolved. It reads one total, which follows a change within a second
/// or two.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/unread_count", tag = "tickets", operation_id = "tickets_unread_count",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = UnreadCount))
)]
pub(crate) async fn unread_count(agent: Agent<ReadTickets>) -> Result<Json<UnreadCount>, Problem> {
    Ok(Json(UnreadCount { count: unread(&agent).await? }))
}

/// The number of unread messages; none where conversations are disabled.
pub(crate) async fn unread(agent: &Agent<ReadTickets>) -> Result<u64, Problem> {
    if agent.directory.project.conversations_enabled { Ok(agent.desk.totals().await?.unread()) } else { Ok(0) }
}
