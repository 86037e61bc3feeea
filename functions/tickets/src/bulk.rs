//! One change of many tickets.
//!
//! Each ticket's change is a write of its own, with its own event and its own rows in the activity log, as if each ticket had
//! been patched. There is no transaction around them. The request names the state that is wanted, not a step towards it. So it
//! is safe to send again after an interruption or a 503: it changes the tickets that are left, and skips the others as
//! unchanged.
//!
//! With an `Idempotency-Key` the answer is stored after the last ticket, and is replayed for 24 hours. Until then there is no
//! answer to replay: the retry of a request that did not finish is carried out.

use std::collections::BTreeSet;

use lambdesk_domain::{TicketId, patch::Patch, permission::WriteTickets, tags::Tags, ticket::Status};
use lambdesk_http::{Agent, Answer, Idempotency, Json, Problem};
use lambdesk_store::Left;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    changes::TagsAction,
    input::{self, GivenId},
};

/// The most tickets of one request.
const MOST: usize = 500;

/// A ticket that stays as it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SkippedTicket {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    reason: SkipReason,
}

/// Why a ticket stays as it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SkipReason {
    /// There is no such ticket in this project.
    NotFound,
    /// It has this state already.
    Unchanged,
    /// It would have more than 100 tags.
    TooManyTags,
    /// It would be larger than can be stored.
    TooLarge,
}

impl SkippedTicket {
    fn new(id: TicketId, left: Left) -> Self {
        let reason = match left {
            Left::NotFound => SkipReason::NotFound,
            Left::Unchanged => SkipReason::Unchanged,
            // Malformed tags were refused before any ticket was read. So only the number of tags is left to refuse.
            Left::Refused(_) => SkipReason::TooManyTags,
            Left::TooLarge => SkipReason::TooLarge,
        };
        Self { id, reason }
    }
}

/// A status for many tickets.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BulkStatus {
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 500)]
    ids: Vec<GivenId>,
    status: Status,
}

/// Which tickets got the status.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BulkStatusUpdated {
    /// How many were changed.
    updated: usize,
    /// The tickets that were changed.
    #[schema(value_type = Vec<uuid::Uuid>)]
    ids: Vec<TicketId>,
    /// The tickets that stayed as they were.
    skipped: Vec<SkippedTicket>,
}

/// Gives up to 500 tickets a status. Tickets that have it already, and tickets that do not exist, are skipped. After a 503 some
/// tickets may be changed: the same request again changes the rest.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/bulk_update_status", tag = "tickets",
    operation_id = "tickets_bulk_update_status",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = BulkStatus,
    responses((status = 200, body = BulkStatusUpdated))
)]
pub(crate) async fn update_status(
    agent: Agent<WriteTickets>,
    once: Idempotency,
    Json(change): Json<BulkStatus>,
) -> Result<Answer, Problem> {
    let BulkStatus { ids, status } = change;
    let patch = Patch { status: Some(status), ..Patch::default() };
    let (mut changed, mut skipped) = (Vec::new(), Vec::new());
    for (id, outcome) in agent.desk.change_each(&distinct(&ids)?, &agent.actor(), &patch).await? {
        match outcome {
            Ok(_) => changed.push(id),
            Err(left) => skipped.push(SkippedTicket::new(id, left)),
        }
    }
    answer(&agent, &once, BulkStatusUpdated { updated: changed.len(), ids: changed, skipped }).await
}

/// Tags for many tickets.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BulkTags {
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 500)]
    ids: Vec<GivenId>,
    action: TagsAction,
    /// Up to 100, of 1 to 200 characters.
    tags: Vec<String>,
}

/// Which tickets got other tags.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BulkTagsUpdated {
    /// The tickets that were changed, each with all its tags.
    updated: Vec<TaggedTicket>,
    /// The tickets that stayed as they were.
    skipped: Vec<SkippedTicket>,
}

/// A ticket whose tags were changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct TaggedTicket {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    #[schema(value_type = Vec<String>)]
    tags: Tags,
}

/// Adds tags to up to 500 tickets, removes tags, or replaces all tags. Tickets that already have the result, and tickets that
/// do not exist, are skipped. After a 503 some tickets may be changed: the same request again changes the rest.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/bulk_update_tags", tag = "tickets",
    operation_id = "tickets_bulk_update_tags",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = BulkTags,
    responses((status = 200, body = BulkTagsUpdated))
)]
pub(crate) async fn update_tags(
    agent: Agent<WriteTickets>,
    once: Idempotency,
    Json(change): Json<BulkTags>,
) -> Result<Answer, Problem> {
    let BulkTags { ids, action, tags } = change;
    let patch = Patch { tags: Some((input::tags(&tags)?, action.mode())), ..Patch::default() };
    let (mut updated, mut skipped) = (Vec::new(), Vec::new());
    for (id, outcome) in agent.desk.change_each(&distinct(&ids)?, &agent.actor(), &patch).await? {
        match outcome {
            Ok(ticket) => updated.push(TaggedTicket { id, tags: ticket.fields.tags }),
            Err(left) => skipped.push(SkippedTicket::new(id, left)),
        }
    }
    answer(&agent, &once, BulkTagsUpdated { updated, skipped }).await
}

/// Each id once, in the order of first appearance. An empty list, or one of more than 500 ids, is 400.
fn distinct(given: &[GivenId]) -> Result<Vec<TicketId>, Problem> {
    if given.is_empty() {
        return Err(Problem::invalid("ids", "This list may not be empty."));
    }
    if given.len() > MOST {
        return Err(Problem::invalid("ids", format!("Ensure this field has no more than {MOST} elements.")));
    }
    let mut seen = BTreeSet::new();
    Ok(given.iter().map(|GivenId(id)| *id).filter(|id| seen.insert(*id)).collect())
}

async fn answer<T: Serialize + Sync>(agent: &Agent<WriteTickets>, once: &Idempotency, effect: T) -> Result<Answer, Problem> {
    agent.desk.keep_answer(once.receipt(&|effect| Answer::ok(effect).encode()), &effect).await?;
    Ok(Answer::ok(&effect))
}
