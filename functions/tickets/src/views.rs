//! Saved views: `/api/projects/{project_id}/conversations/views/…`. A private view is 404 for everyone but its creator.

mod body;
mod counts;

use axum::Json as Body;
use lambdesk_domain::{
    administration::Most,
    permission::{ReadTickets, WriteTickets},
    view::{SavedView, ViewVisibility, as_seen_by},
};
use lambdesk_http::{
    Agent, Answer, Idempotency, IfMatch, Json, Problem, Tagged,
    api::Api,
    paging::{Listing, Page},
    precondition::etag,
    routes,
};

use crate::saved::{NOT_FOUND, OnSaved, fits, metadata};
use body::{ViewBody, ViewInput};

/// The handlers, as a router or as their description.
pub(crate) fn api<A: Api>() -> A {
    A::empty().routes(routes!(list, create)).routes(routes!(counts::counts)).routes(routes!(retrieve, update, delete))
}

/// Lists the views that the caller sees: their favourites first, then the newest.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/views", tag = "views", operation_id = "views_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<ViewBody>))
)]
pub(crate) async fn list(agent: Agent<ReadTickets>, listing: Listing) -> Result<Body<Page<ViewBody>>, Problem> {
    let views = as_seen_by(agent.user.id, agent.desk.views().all().await?);
    Ok(Body(listing.page(&views, |view| ViewBody::new(view, &agent))))
}

/// Saves a new view, shared unless `visibility` says otherwise.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/views", tag = "views", operation_id = "views_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = ViewInput,
    responses((status = 201, body = ViewBody))
)]
pub(crate) async fn create(agent: Agent<WriteTickets>, once: Idempotency, Json(new): Json<ViewInput>) -> Result<Answer, Problem> {
    if new.name.is_none() {
        return Err(Problem::required("name"));
    }
    let empty = SavedView {
        metadata: metadata(&agent),
        name: String::new(),
        filters: serde_json::Map::new(),
        visibility: ViewVisibility::Shared,
        favorite_of: [].into(),
    };
    let view = new.apply(empty, agent.user.id)?;
    let known = agent.desk.views().all().await?;
    fits(Most::Views, known.iter().chain([&view]).map(|view| ViewBody::new(view, &agent)))?;
    let answer = |view: &SavedView| Answer::created(&ViewBody::new(view, &agent));
    let view = agent.desk.views().add(&agent.by(), view, once.receipt(&|view| answer(view).encode())).await?;
    Ok(answer(&view))
}

/// Gets a view.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/views/{short_id}", tag = "views", operation_id = "views_retrieve",
    params(("project_id" = u32, Path), ("short_id" = String, Path)),
    responses((status = 200, body = ViewBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn retrieve(on: OnSaved<ReadTickets>) -> Result<Tagged<Body<ViewBody>>, Problem> {
    let OnSaved { agent, id } = on;
    let view = agent.desk.views().get(id).await?.filter(|view| view.is_seen_by(agent.user.id)).ok_or(NOT_FOUND)?;
    Ok(Tagged(etag(view.metadata.version), Body(ViewBody::new(&view, &agent))))
}

/// Changes a view. Fields that are absent stay as they are. Whoever sees the view may change it and make it a favourite of
/// their own; only its creator may change its visibility.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/views/{short_id}", tag = "views", operation_id = "views_update",
    params(("project_id" = u32, Path), ("short_id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = ViewInput,
    responses((status = 200, body = ViewBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn update(
    on: OnSaved<WriteTickets>,
    once: Idempotency,
    tag: IfMatch,
    Json(change): Json<ViewInput>,
) -> Result<Tagged<Answer>, Problem> {
    let OnSaved { agent, id } = on;
    let shelf = agent.desk.views();
    let known = shelf.all().await?;
    let apply = |before: SavedView| {
        seen(&before, &agent)?;
        let view = change.apply(before.clone(), agent.user.id)?;
        tag.allow_change(before.metadata.version, view == before)?;
        let others = known.iter().filter(|known| known.metadata.short_id != id);
        fits(Most::Views, others.chain([&view]).map(|view| ViewBody::new(view, &agent)))?;
        Ok::<_, Problem>(view)
    };
    let answer = |view: &SavedView| Answer::ok(&ViewBody::new(view, &agent));
    let view = shelf.change(&agent.by(), id, apply, once.receipt(&|view| answer(view).encode())).await?;
    Ok(Tagged(etag(view.metadata.version), answer(&view)))
}

/// Removes a view for everyone.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/views/{short_id}", tag = "views", operation_id = "views_delete",
    params(("project_id" = u32, Path), ("short_id" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnSaved<WriteTickets>, once: Idempotency, tag: IfMatch) -> Result<Answer, Problem> {
    let OnSaved { agent, id } = on;
    let allow = |view: &SavedView| {
        seen(view, &agent)?;
        tag.allow(view.metadata.version)
    };
    let receipt = once.receipt(&|()| Answer::no_content().encode());
    agent.desk.views().remove(&agent.by(), id, allow, receipt).await?;
    Ok(Answer::no_content())
}

fn seen<P>(view: &SavedView, agent: &Agent<P>) -> Result<(), Problem> {
    if view.is_seen_by(agent.user.id) { Ok(()) } else { Err(NOT_FOUND) }
}
