//! Quick actions: `/api/projects/{project_id}/conversations/quick_actions/…`. A personal quick action is 404 for everyone but
//! its creator.

mod apply;
mod body;
mod input;

use axum::Json as Body;
use lambdesk_domain::{
    administration::Most,
    permission::{ReadTickets, WriteTickets},
    quick_action::{QuickAction, QuickActionVisibility, TicketChanges, as_seen_by},
};
use lambdesk_http::{
    Agent, Answer, Idempotency, IfMatch, Json, Problem, Tagged,
    api::Api,
    paging::{Listing, Page},
    precondition::etag,
    routes,
};

use crate::saved::{NOT_FOUND, OnSaved, fits, metadata};
use body::QuickActionBody;
use input::QuickActionInput;

/// The handlers, as a router or as their description.
pub(crate) fn api<A: Api>() -> A {
    A::empty().routes(routes!(list, create)).routes(routes!(retrieve, update, replace, delete)).routes(routes!(apply::apply))
}

/// Lists the quick actions that the caller sees, the newest first.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/quick_actions", tag = "quick actions",
    operation_id = "quick_actions_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<QuickActionBody>))
)]
pub(crate) async fn list(agent: Agent<ReadTickets>, listing: Listing) -> Result<Body<Page<QuickActionBody>>, Problem> {
    let actions = as_seen_by(agent.user.id, agent.desk.quick_actions().all().await?);
    Ok(Body(listing.page(&actions, |action| QuickActionBody::new(action, &agent.directory))))
}

/// Saves a new quick action, for the team unless `visibility` says otherwise. Variables in its text are stored as they are
/// written.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/quick_actions", tag = "quick actions",
    operation_id = "quick_actions_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = QuickActionInput,
    responses((status = 201, body = QuickActionBody))
)]
pub(crate) async fn create(
    agent: Agent<WriteTickets>,
    once: Idempotency,
    Json(new): Json<QuickActionInput>,
) -> Result<Answer, Problem> {
    if new.name.is_none() {
        return Err(Problem::required("name"));
    }
    let empty = QuickAction {
        metadata: metadata(&agent),
        name: String::new(),
        description: String::new(),
        content: String::new(),
        rich_content: None,
        changes: TicketChanges::default(),
        visibility: QuickActionVisibility::Team,
    };
    let shelf = agent.desk.quick_actions();
    let (directory, known) = tokio::try_join!(agent.desk.fresh_directory(), shelf.all())?;
    let action = new.apply(empty, agent.user.id, &directory)?;
    fits(Most::QuickActions, known.iter().chain([&action]).map(|action| QuickActionBody::new(action, &directory)))?;
    let answer = |action: &QuickAction| Answer::created(&QuickActionBody::new(action, &directory));
    let action = shelf.add(&agent.by(), action, once.receipt(&|action| answer(action).encode())).await?;
    Ok(answer(&action))
}

/// Gets a quick action.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/quick_actions/{short_id}", tag = "quick actions",
    operation_id = "quick_actions_retrieve",
    params(("project_id" = u32, Path), ("short_id" = String, Path)),
    responses((status = 200, body = QuickActionBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn retrieve(on: OnSaved<ReadTickets>) -> Result<Tagged<Body<QuickActionBody>>, Problem> {
    let OnSaved { agent, id } = on;
    let action = agent.desk.quick_actions().get(id).await?;
    let action = action.filter(|action| action.is_seen_by(agent.user.id)).ok_or(NOT_FOUND)?;
    Ok(Tagged(etag(action.metadata.version), Body(QuickActionBody::new(&action, &agent.directory))))
}

/// Changes a quick action. Fields that are absent stay as they are. Whoever sees the quick action may change it; only its
/// creator can make it personal.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/quick_actions/{short_id}", tag = "quick actions",
    operation_id = "quick_actions_update",
    params(("project_id" = u32, Path), ("short_id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = QuickActionInput,
    responses((status = 200, body = QuickActionBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn update(
    on: OnSaved<WriteTickets>,
    once: Idempotency,
    tag: IfMatch,
    Json(change): Json<QuickActionInput>,
) -> Result<Tagged<Answer>, Problem> {
    let OnSaved { agent, id } = on;
    let shelf = agent.desk.quick_actions();
    let (directory, known) = tokio::try_join!(agent.desk.fresh_directory(), shelf.all())?;
    let apply = |before: QuickAction| {
        seen(&before, &agent)?;
        let action = change.apply(before.clone(), agent.user.id, &directory)?;
        tag.allow_change(before.metadata.version, action == before)?;
        let others = known.iter().filter(|known| known.metadata.short_id != id);
        fits(Most::QuickActions, others.chain([&action]).map(|action| QuickActionBody::new(action, &directory)))?;
        Ok::<_, Problem>(action)
    };
    let answer = |action: &QuickAction| Answer::ok(&QuickActionBody::new(action, &directory));
    let action = shelf.change(&agent.by(), id, apply, once.receipt(&|action| answer(action).encode())).await?;
    Ok(Tagged(etag(action.metadata.version), answer(&action)))
}

/// The same as PATCH: fields that are absent stay as they are.
#[utoipa::path(
    put, path = "/api/projects/{project_id}/conversations/quick_actions/{short_id}", tag = "quick actions",
    operation_id = "quick_actions_replace",
    params(("project_id" = u32, Path), ("short_id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = QuickActionInput,
    responses((status = 200, body = QuickActionBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn replace(
    on: OnSaved<WriteTickets>,
    once: Idempotency,
    tag: IfMatch,
    change: Json<QuickActionInput>,
) -> Result<Tagged<Answer>, Problem> {
    update(on, once, tag, change).await
}

/// Removes a quick action for everyone.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/quick_actions/{short_id}", tag = "quick actions",
    operation_id = "quick_actions_delete",
    params(("project_id" = u32, Path), ("short_id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnSaved<WriteTickets>, once: Idempotency, tag: IfMatch) -> Result<Answer, Problem> {
    let OnSaved { agent, id } = on;
    let allow = |action: &QuickAction| {
        seen(action, &agent)?;
        tag.allow(action.metadata.version)
    };
    let receipt = once.receipt(&|()| Answer::no_content().encode());
    agent.desk.quick_actions().remove(&agent.by(), id, allow, receipt).await?;
    Ok(Answer::no_content())
}

fn seen<P>(action: &QuickAction, agent: &Agent<P>) -> Result<(), Problem> {
    if action.is_seen_by(agent.user.id) { Ok(()) } else { Err(NOT_FOUND) }
}
