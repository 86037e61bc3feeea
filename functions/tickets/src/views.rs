//! Saved views: `/api/projects/{project_id}/conversations/views/…`. A private view is 404 for everyone but its creator.

mod body;

use axum::{Json as Body, http::StatusCode};
use lambdesk_domain::{
    administration::Most,
    permission::{ReadTickets, WriteTickets},
    view::{SavedView, ViewVisibility, as_seen_by},
};
use lambdesk_http::{
    Agent, Answer, Context, Idempotency, Json, Problem,
    paging::{Listing, Page},
    routes,
};
use utoipa_axum::router::OpenApiRouter;

use crate::saved::{NOT_FOUND, OnSaved, fits, metadata};
use body::{ViewBody, ViewInput};

/// The routes with their documentation.
pub(crate) fn api() -> OpenApiRouter<Context> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(retrieve, update, delete))
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
    responses((status = 200, body = ViewBody))
)]
pub(crate) async fn retrieve(on: OnSaved<ReadTickets>) -> Result<Body<ViewBody>, Problem> {
    let OnSaved { agent, id } = on;
    let view = agent.desk.views().get(id).await?.filter(|view| view.is_seen_by(agent.user.id)).ok_or(NOT_FOUND)?;
    Ok(Body(ViewBody::new(&view, &agent)))
}

/// Changes a view. Fields that are absent stay as they are. Whoever sees the view may change it and make it a favourite of
/// their own; only its creator may change its visibility.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/views/{short_id}", tag = "views", operation_id = "views_update",
    params(("project_id" = u32, Path), ("short_id" = String, Path)),
    request_body = ViewInput,
    responses((status = 200, body = ViewBody))
)]
pub(crate) async fn update(on: OnSaved<WriteTickets>, Json(change): Json<ViewInput>) -> Result<Body<ViewBody>, Problem> {
    let OnSaved { agent, id } = on;
    let shelf = agent.desk.views();
    let known = shelf.all().await?;
    let apply = |before: SavedView| {
        seen(&before, &agent)?;
        let view = change.apply(before, agent.user.id)?;
        let others = known.iter().filter(|known| known.metadata.short_id != id);
        fits(Most::Views, others.chain([&view]).map(|view| ViewBody::new(view, &agent)))?;
        Ok::<_, Problem>(view)
    };
    let view = shelf.change(&agent.by(), id, apply).await?;
    Ok(Body(ViewBody::new(&view, &agent)))
}

/// Removes a view for everyone.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/views/{short_id}", tag = "views", operation_id = "views_delete",
    params(("project_id" = u32, Path), ("short_id" = String, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnSaved<WriteTickets>) -> Result<StatusCode, Problem> {
    let OnSaved { agent, id } = on;
    agent.desk.views().remove(&agent.by(), id, |view| seen(view, &agent)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn seen<P>(view: &SavedView, agent: &Agent<P>) -> Result<(), Problem> {
    if view.is_seen_by(agent.user.id) { Ok(()) } else { Err(NOT_FOUND) }
}
