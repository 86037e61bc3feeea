//! Changes of many tickets, which can be undone: each answer says what was there before.

use std::collections::BTreeSet;

use lambdesk_domain::{
    Command, Refusal, TicketId, Timestamp,
    command::{FromAgent, ReplyAndChange},
    delivery::Copies,
    expected::Expected,
    message::Content,
    patch::Patch,
    permission::WriteTickets,
    tags::Tags,
    ticket::{Priority, Status},
};
use lambdesk_http::{Agent, Answer, Idempotency, IfMatch, Json, Problem, assignee::AssigneeBody, precondition::etag_at};
use lambdesk_runtime::crypto;
use lambdesk_store::{Changed, Directory, Left, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    changes::{Changes, within},
    expect::Expectations,
    input::GivenId,
};

/// The most tickets of one request.
const MOST: usize = 500;

/// The tickets to change: `ids` with the same `changes` for all, or `items` with changes of their own.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BulkChange {
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 500, required = false)]
    ids: Vec<GivenId>,
    #[serde(default)]
    changes: Option<Changes>,
    #[serde(default)]
    #[schema(max_items = 500, required = false)]
    items: Vec<BulkItem>,
    /// A private note on each ticket that is changed.
    note: Option<String>,
}

/// A ticket, and how to change it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BulkItem {
    #[schema(value_type = uuid::Uuid)]
    id: GivenId,
    changes: Changes,
    /// What must be so for the change to be made.
    #[serde(default)]
    expect: Expectations,
}

/// What became of the tickets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BulkChanged {
    updated: Vec<UpdatedTicket>,
    /// The tickets that stayed as they were.
    skipped: Vec<LeftTicket>,
}

/// A ticket that was changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UpdatedTicket {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    /// The fields that were changed, as they were before. As `changes` of an item, they undo the change.
    before: FieldsBefore,
    /// The ticket's `ETag`.
    etag: String,
}

/// What changed fields were before. A field that did not change is absent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldsBefore {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AssigneeBody>)]
    assignee: Option<Option<AssigneeBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    tags: Option<Tags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Option<Timestamp>>,
}

/// A ticket that stayed as it was.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LeftTicket {
    #[schema(value_type = uuid::Uuid)]
    id: TicketId,
    reason: LeftReason,
    /// Why it is refused, in a sentence, or the field that has another value than expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
}

/// Why a ticket stayed as it was.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LeftReason {
    /// It is so already.
    Unchanged,
    /// It is not as `expect` says.
    ChangedMeanwhile,
    /// There is no such ticket in this project.
    NotFound,
    /// The change breaks a rule, such as the most tags of a ticket.
    Refused,
}

impl UpdatedTicket {
    fn new(id: TicketId, Changed { before, after }: &Changed, directory: &Directory) -> Self {
        let (was, is) = (&before.fields, &after.fields);
        let before = FieldsBefore {
            status: (was.status != is.status).then_some(was.status),
            priority: (was.priority != is.priority).then_some(was.priority),
            assignee: (was.assignee != is.assignee).then(|| was.assignee.map(|assignee| AssigneeBody::new(assignee, directory))),
            tags: (was.tags != is.tags).then(|| was.tags.clone()),
            snoozed_until: (was.snoozed_until != is.snoozed_until).then_some(was.snoozed_until),
        };
        let etag = etag_at(after.updated_at).to_str().unwrap_or_default().to_owned();
        Self { id, before, etag }
    }
}

impl LeftTicket {
    fn new(id: TicketId, left: Left) -> Self {
        let (reason, detail) = match left {
            Left::NotFound => (LeftReason::NotFound, None),
            Left::Unchanged => (LeftReason::Unchanged, None),
            Left::TooLarge => (LeftReason::Refused, Some("This would make the ticket larger than can be stored.".to_owned())),
            Left::Refused(Refusal::Unmet(unmet)) => (LeftReason::ChangedMeanwhile, unmet.field().map(str::to_owned)),
            Left::Refused(refusal) => (LeftReason::Refused, Some(refusal.to_string())),
        };
        Self { id, reason, detail }
    }
}

/// Changes up to 500 tickets, each by itself: a ticket that can't be changed is skipped, with the reason. After a 503 some may be
/// changed; the same request again changes the rest.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/bulk_update", tag = "tickets",
    operation_id = "tickets_bulk_update",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = BulkChange,
    responses((status = 200, body = BulkChanged))
)]
pub(crate) async fn update(
    agent: Agent<WriteTickets>,
    once: Idempotency,
    Json(given): Json<BulkChange>,
) -> Result<Answer, Problem> {
    let note = given.note.as_deref().map(|note| Content::from_agent(note, None)).transpose();
    let note = note.map_err(|error| Problem::invalid("note", error.to_string()))?;
    let wanted = patches(given, &agent.directory)?;
    let wanted = wanted.into_iter().map(|(id, patch, expected)| {
        let command = match &note {
            None => Command::Update(Box::new(patch)),
            Some(note) => Command::ReplyAndChange(Box::new(with_note(&agent, note, patch))),
        };
        Wanted { id, command, expected }
    });
    let (mut updated, mut skipped) = (Vec::new(), Vec::new());
    for (id, outcome) in agent.desk.change_all(wanted.collect(), &agent.actor()).await? {
        match outcome {
            Ok(changed) => updated.push(UpdatedTicket::new(id, &changed, &agent.directory)),
            Err(left) => skipped.push(LeftTicket::new(id, left)),
        }
    }
    let effect = BulkChanged { updated, skipped };
    agent.desk.keep_answer(once.receipt(&|effect| Answer::ok(effect).encode()), &effect).await?;
    Ok(Answer::ok(&effect))
}

/// The change and the expectations of each ticket, in the order in which they are given; of a ticket that is given twice, the
/// first.
fn patches(given: BulkChange, directory: &Directory) -> Result<Vec<(TicketId, Patch, Expected)>, Problem> {
    let BulkChange { ids, changes, items, note: _ } = given;
    let (attr, count) = if items.is_empty() { ("ids", ids.len()) } else { ("items", items.len()) };
    match (changes.is_some(), ids.is_empty(), items.is_empty()) {
        (_, true, true) => return Err(Problem::invalid(attr, "This list may not be empty.")),
        (false, false, true) => return Err(Problem::required("changes")),
        (true, _, false) | (_, false, false) => {
            return Err(Problem::invalid("items", "Give either `ids` with `changes`, or `items`."));
        }
        (true, false, true) | (false, true, false) => {}
    }
    if count > MOST {
        return Err(Problem::invalid(attr, format!("Ensure this field has no more than {MOST} elements.")));
    }
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::with_capacity(count);
    if let Some(changes) = changes {
        let patch = changes.patch("changes", directory)?;
        wanted.extend(ids.into_iter().map(|GivenId(id)| (id, patch.clone(), Expected::default())));
    }
    for (place, BulkItem { id: GivenId(id), changes, expect }) in items.into_iter().enumerate() {
        let of = format!("items[{place}]");
        let patch = changes.patch(&format!("{of}.changes"), directory)?;
        let expected = expect.with(&IfMatch::default()).map_err(|problem| within(&of, problem))?;
        wanted.push((id, patch, expected));
    }
    wanted.retain(|(id, ..)| seen.insert(*id));
    Ok(wanted)
}

/// A note and a change in one write.
fn with_note(agent: &Agent<WriteTickets>, note: &Content, changes: Patch) -> ReplyAndChange {
    let asked = format!("{changes:?}");
    let said: [&[u8]; 3] = [&agent.user.id.0.to_be_bytes(), asked.as_bytes(), note.text.as_bytes()];
    let reply = FromAgent {
        content: note.clone(),
        private: true,
        fingerprint: crypto::fingerprint(&said),
        // The answer is kept behind the last ticket. A request that is sent again before that finds its note where it has been.
        keyed: false,
        mailed: None,
        copies: Copies::NONE,
        entropy: crypto::entropy(),
    };
    ReplyAndChange { reply, seen_until: None, changes: Some(changes) }
}
