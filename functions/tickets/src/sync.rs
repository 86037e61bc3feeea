//! What is new since a page last asked: the one call that a page makes again and again (docs/lists.md).

use axum::Json as Body;
use lambdesk_domain::{Ticket, TicketId, Timestamp, UserId, permission::ReadTickets};
use lambdesk_http::{Agent, Json, Problem, cursor::Seal, paging::fitting};
use lambdesk_store::{Known, Looking, Viewer, Watched};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    body::{MessageBody, TicketBody},
    input::GivenId,
    list::{Given, of_query, of_view, unread},
    person::People,
};

/// The most changed tickets of one answer.
const MOST: usize = 200;
/// The most new messages and notes of the open ticket in one answer.
const MESSAGES: usize = 50;
/// For how many seconds before its cursor an answer looks for changes: the indexes follow a change late, and each change must
/// show once at least.
const OVERLAP: i64 = 10;
/// After how many seconds a page that is looked at asks again.
const POLL_AFTER: u32 = 5;
/// Which build of the desk answers.
const BUILD: &str = match option_env!("LAMBDESK_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

/// What a page has, and wants to know.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SyncInput {
    /// The `cursor` of the answer before. Without one, nothing has changed yet.
    since: Option<String>,
    /// The filter of the list that the page shows, as the query of `GET …/tickets/` has it.
    filter: Option<String>,
    /// The ticket that is open.
    open: Option<OpenTicket>,
    /// What the agent looks at. Absent while nobody looks at the page.
    state: Option<PageState>,
}

/// What an agent looks at.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PageState {
    /// The ticket; null if the agent looks elsewhere.
    #[schema(value_type = Option<uuid::Uuid>)]
    viewing: Option<GivenId>,
    /// Whether the agent is writing an answer to it.
    #[serde(default)]
    replying: bool,
}

/// What a page has of the ticket that is open.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OpenTicket {
    #[schema(value_type = uuid::Uuid)]
    id: GivenId,
    /// `open.version` of the answer before; absent the first time.
    version: Option<u64>,
    /// `created_at` of the newest message or note that the page has. Without it no messages come.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    last_entry_at: Option<Timestamp>,
}

/// What is new.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SyncBody {
    /// `since` of the next request.
    cursor: String,
    /// The tickets that have changed, the latest change first. A change of the last seconds may come again.
    tickets: Vec<ChangedTicket>,
    /// Whether more has changed than came. The page then reads its list anew.
    more: bool,
    /// The number of messages that the team has not read, in tickets that are not resolved.
    unread_count: u64,
    /// The ticket that is open; null if none is, or if it was deleted.
    open: Option<OpenBody>,
    /// Which other agents are looking at which tickets, as of the last 20 seconds.
    viewers: Vec<ViewerBody>,
    /// After how many seconds to ask again, while the page is looked at.
    poll_after_seconds: u32,
    /// Another word than before says that the desk was deployed anew.
    build: &'static str,
}

/// A ticket that has changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedTicket {
    ticket: TicketBody,
    /// Whether `filter` holds for it.
    matches: bool,
}

/// What is new of the ticket that is open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenBody {
    /// `open.version` of the next request. It moves with each change, also where only the read state or a note is other.
    version: u64,
    /// The ticket; null if it is the version that the page has.
    ticket: Option<TicketBody>,
    /// The messages and notes behind the newest one that the page has, oldest first.
    messages: Vec<MessageBody>,
    /// Whether there are more behind them; the next request brings them.
    more: bool,
}

/// An agent who is looking at a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewerBody {
    #[schema(value_type = uuid::Uuid)]
    ticket_id: TicketId,
    #[schema(value_type = u32)]
    user_id: UserId,
    /// The agent's first name or e-mail.
    name: String,
    /// Whether the agent is writing an answer.
    replying: bool,
}

/// A row of the answer, to measure it.
#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Message(&'a MessageBody),
    Ticket(&'a ChangedTicket),
}

/// Tells what has changed since the last request: tickets, and whether each is in the list that the page shows; the number of
/// unread messages; new messages of the open ticket. Nothing is marked as read. With nothing new it costs 4 read units.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/sync", tag = "inbox", operation_id = "inbox_sync",
    params(("project_id" = u32, Path)),
    request_body = SyncInput,
    responses((status = 200, body = SyncBody))
)]
pub(crate) async fn sync(agent: Agent<ReadTickets>, Json(asked): Json<SyncInput>) -> Result<Body<SyncBody>, Problem> {
    let SyncInput { since, filter, open, state } = asked;
    let now = agent.desk.now();
    let seal = Seal::new(&agent.directory.project, "sync", &agent.user.id);
    let since = since.map(|cursor| read_cursor(&seal, &cursor)).transpose()?;
    let (query, first) = (filter.unwrap_or_default(), since.is_none());
    let (news, viewers) = tokio::join!(
        async { tokio::try_join!(changed(&agent, since), watched(&agent, open), unread(&agent)) },
        exchange_presence(&agent, state)
    );
    let (changed, open, unread_count) = news?;
    let (tickets, mut more) = changed;
    // A saved view costs a read, and is needed only where a ticket is held against it.
    let view = if first || !tickets.is_empty() { of_view(&agent, &query).await? } else { Vec::new() };
    let (filter, _) = Given { query: of_query(&query), view }.filter(agent.user.id, now)?;

    let opened = open.as_ref().and_then(|open| open.ticket.as_ref());
    let customers = tickets.iter().chain(opened).map(|ticket| ticket.distinct_id.as_str());
    let people = People::of(&agent, customers).await;
    let body = |ticket: &Ticket| TicketBody::new(ticket, &agent.directory, &people, now);
    let matched = |ticket: &Ticket| ChangedTicket { ticket: body(ticket), matches: filter.admits(ticket, now) };
    let mut tickets: Vec<_> = tickets.iter().map(matched).collect();
    let project = agent.desk.project();
    let mut open = open.map(|Watched { version, ticket, entries, deliveries, more }| OpenBody {
        version,
        messages: ticket.iter().flat_map(|ticket| MessageBody::all(&entries, &deliveries, ticket, project)).collect(),
        ticket: ticket.as_ref().map(body),
        more,
    });
    more |= cut(&mut tickets, open.as_mut());
    Ok(Body(SyncBody {
        cursor: seal.write(&now.micros().to_string()),
        tickets,
        more,
        unread_count,
        open,
        viewers,
        poll_after_seconds: POLL_AFTER,
        build: BUILD,
    }))
}

fn read_cursor(seal: &Seal<'_>, cursor: &str) -> Result<Timestamp, Problem> {
    let read = seal.read(cursor, |at| at.parse().ok().and_then(Timestamp::from_micros));
    read.map_err(|_| Problem::invalid("since", "Is not a cursor of this call."))
}

async fn changed(agent: &Agent<ReadTickets>, since: Option<Timestamp>) -> Result<(Vec<Ticket>, bool), Problem> {
    let Some(since) = since else { return Ok((Vec::new(), false)) };
    Ok(agent.desk.changed_since(since.plus_seconds(-OVERLAP), MOST, agent.directory.has_persons).await?)
}

async fn watched(agent: &Agent<ReadTickets>, open: Option<OpenTicket>) -> Result<Option<Watched>, Problem> {
    let Some(OpenTicket { id: GivenId(id), version, last_entry_at }) = open else { return Ok(None) };
    Ok(Box::pin(agent.desk.watch(id, Known { version, last_entry_at }, MESSAGES)).await?)
}

/// Notes which ticket this page shows, and returns who is looking at which. If that fails, the list is empty and the page still
/// gets the rest of the answer.
async fn exchange_presence(agent: &Agent<ReadTickets>, state: Option<PageState>) -> Vec<ViewerBody> {
    let looking = state.map(|PageState { viewing, replying }| {
        let ticket = viewing.map(|GivenId(id)| id);
        Looking { ticket, replying: replying && ticket.is_some() }
    });
    let viewers = agent.desk.exchange_presence(agent.user.id, looking).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "who is looking at tickets could not be told");
        Vec::new()
    });
    let body = |viewer: &Viewer| {
        let member = agent.directory.member(viewer.user)?;
        let Looking { ticket, replying } = viewer.looking;
        Some(ViewerBody { ticket_id: ticket?, user_id: viewer.user, name: member.display_name().to_owned(), replying })
    };
    viewers.iter().filter_map(body).collect()
}

/// Leaves out what does not fit into one answer; whether tickets had to go.
fn cut(tickets: &mut Vec<ChangedTicket>, open: Option<&mut OpenBody>) -> bool {
    let messages = open.as_ref().map_or(&[][..], |open| open.messages.as_slice());
    let fit = fitting(messages.iter().map(Row::Message).chain(tickets.iter().map(Row::Ticket)));
    let (before, messages) = (tickets.len(), messages.len());
    if let Some(open) = open.filter(|_| fit < messages) {
        open.messages.truncate(fit);
        open.more = true;
    }
    tickets.truncate(fit.saturating_sub(messages));
    tickets.len() < before
}
