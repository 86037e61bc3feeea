//! The reference workflows: to look at, and to save in one call.

use axum::{Json as Body, extract::FromRequestParts, http::request::Parts};
use lambdesk_domain::{
    permission::{ReadWorkflows, WriteWorkflows},
    workflow::gallery::{Example, GALLERY},
};
use lambdesk_http::{
    Agent, Answer, Authenticated, Context, Idempotency, Problem,
    auth::path_param,
    body::parse,
    paging::{Listing, Page},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{body::WorkflowBody, input::NOT_FOUND, workflow::save};

/// A workflow of the gallery.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExampleBody {
    /// Its name in paths, such as `01-sla-by-channel`.
    slug: &'static str,
    /// The body to save it with. It names roles by their names.
    #[schema(value_type = Object)]
    workflow: Value,
}

impl ExampleBody {
    fn new(Example { slug, body }: &Example) -> Self {
        Self { slug, workflow: serde_json::from_str(body).unwrap_or_default() }
    }
}

/// Lists the reference workflows.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/workflows/gallery", tag = "workflows",
    operation_id = "workflow_gallery_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<ExampleBody>))
)]
pub(crate) async fn list(_: Agent<ReadWorkflows>, listing: Listing) -> Body<Page<ExampleBody>> {
    Body(listing.page(&GALLERY, ExampleBody::new))
}

/// The project to save a workflow of the gallery in, and that workflow. An unknown slug is 404.
pub(crate) struct OnExample {
    agent: Agent<WriteWorkflows>,
    example: Example,
}

impl Authenticated for OnExample {
    type Permission = WriteWorkflows;
}

impl FromRequestParts<Context> for OnExample {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        let slug = path_param(parts, context, "slug").await;
        let example = slug.as_deref().and_then(Example::of).ok_or(NOT_FOUND)?;
        Ok(Self { agent, example })
    }
}

/// Saves a workflow of the gallery as one of the project. The project must have the roles that the workflow names.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/workflows/gallery/{slug}", tag = "workflows",
    operation_id = "workflow_gallery_create",
    params(
        ("project_id" = u32, Path),
        ("slug" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses((status = 201, body = WorkflowBody))
)]
pub(crate) async fn create(on: OnExample, once: Idempotency) -> Result<Answer, Problem> {
    let OnExample { agent, example } = on;
    save(&agent, &once, parse(example.body.as_bytes())?).await
}
