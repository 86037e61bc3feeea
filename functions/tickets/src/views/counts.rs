//! How many tickets the views hold that every inbox has, and those that members saved.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json as Body;
use futures_util::future::try_join_all;
use lambdesk_domain::{
    Timestamp, UserId,
    assignee::Assignee,
    permission::ReadTickets,
    query::Filter,
    ticket::Status,
    totals::{self, Counts, Totals},
    view::{SavedView, as_seen_by},
};
use lambdesk_http::{Agent, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::list::{Given, parameters};

/// The most assignees whose totals are read, the caller included. Views that name others show no number.
const MOST_ASSIGNEES: usize = 20;

/// How many tickets each view holds; null where counting would have to read tickets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewCounts {
    /// Null: what is next in line is known by deadlines.
    next_up: Option<u64>,
    /// Tickets that are not resolved and assigned to the caller.
    mine: u64,
    /// Tickets that are not resolved and assigned to nobody.
    unassigned: u64,
    /// New and open tickets.
    open: u64,
    pending: u64,
    on_hold: u64,
    /// Null: whether a ticket sleeps is no part of the totals.
    snoozed: Option<u64>,
    resolved: u64,
    everything: u64,
    /// Saved views that the caller sees, by short id. Those that filter by tags, dates, words, snooze or deadlines are null.
    views: BTreeMap<String, Option<u64>>,
}

/// Counts the tickets of views, from totals that follow a change within a second or two.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/views/counts", tag = "views", operation_id = "views_counts",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = ViewCounts))
)]
pub(crate) async fn counts(agent: Agent<ReadTickets>) -> Result<Body<ViewCounts>, Problem> {
    let me = Assignee::User(agent.user.id);
    let views = agent.desk.remembered_views().await?;
    let filters: Vec<_> = as_seen_by(agent.user.id, views.to_vec())
        .into_iter()
        .map(|view| (view.metadata.short_id.to_string(), countable(&view, agent.user.id, agent.desk.now())))
        .collect();
    let named = filters.iter().filter_map(|(_, filter)| filter.as_ref()?.assignees.as_ref()).flatten().copied().flatten();
    let assignees: BTreeSet<_> = named.filter(|assignee| *assignee != me).take(MOST_ASSIGNEES - 1).chain([me]).collect();
    let cubes = assignees
        .iter()
        .map(async |assignee| Ok::<_, Problem>((*assignee, agent.desk.totals_of(std::slice::from_ref(assignee)).await?)));
    let (totals, cubes) = tokio::join!(agent.desk.totals(), try_join_all(cubes));
    let known = Known { totals: totals?, of: cubes?.into_iter().collect() };
    let count = |statuses: &[Status]| {
        known.totals.count(totals::BucketFilter { statuses: Some(statuses), ..totals::BucketFilter::default() })
    };
    let unresolved = [Status::New, Status::Open, Status::Pending, Status::OnHold];
    let unresolved = totals::BucketFilter { statuses: Some(&unresolved), ..totals::BucketFilter::default() };
    Ok(Body(ViewCounts {
        next_up: None,
        mine: known.of.get(&me).map_or(0, |cube| cube.count(unresolved)),
        unassigned: known.totals.count_unassigned(unresolved),
        open: count(&[Status::New, Status::Open]),
        pending: count(&[Status::Pending]),
        on_hold: count(&[Status::OnHold]),
        snoozed: None,
        resolved: count(&[Status::Resolved]),
        everything: known.totals.count(totals::BucketFilter::default()),
        views: filters.into_iter().map(|(id, filter)| (id, filter.and_then(|filter| known.count(&filter)))).collect(),
    }))
}

/// The filter of a view, if totals can count it.
fn countable(view: &SavedView, me: UserId, now: Timestamp) -> Option<Filter> {
    let (filter, _) = Given { query: Vec::new(), view: parameters(view) }.filter(me, now).ok()?;
    filter.is_counted_by_totals().then_some(filter)
}

/// The totals that were read.
struct Known {
    totals: Totals,
    of: BTreeMap<Assignee, Counts>,
}

impl Known {
    /// How many tickets the filter holds for; `None` if it names an assignee whose totals were not read.
    fn count(&self, filter: &Filter) -> Option<u64> {
        let priorities = filter.priorities.as_ref().map(|any| any.iter().copied().map(Some).collect::<Vec<_>>());
        let places = totals::BucketFilter {
            statuses: filter.statuses.as_deref(),
            priorities: priorities.as_deref(),
            channels: filter.channels.as_deref(),
        };
        let Some(assignees) = &filter.assignees else { return Some(self.totals.count(places)) };
        let counts = assignees.iter().map(|assignee| match assignee {
            None => Some(self.totals.count_unassigned(places)),
            Some(assignee) => self.of.get(assignee).map(|cube| cube.count(places)),
        });
        counts.sum()
    }
}
