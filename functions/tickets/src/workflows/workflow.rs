//! Creating, reading, changing and removing workflows.

use axum::Json as Body;
use lambdesk_domain::{
    Timestamp, WorkflowId,
    administration::Most,
    permission::{ReadWorkflows, WriteWorkflows},
    traits::Object,
    workflow::Workflow,
};
use lambdesk_http::{
    Agent, Answer, Idempotency, IfMatch, Json, Problem, Tagged,
    body::not_null,
    input,
    paging::{Listing, Page},
    precondition::etag,
};
use lambdesk_store::Directory;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    body::WorkflowBody,
    input::{NOT_FOUND, OnWorkflow, read_definition},
};

/// Lists the workflows of a project in the order they run in.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/workflows", tag = "workflows", operation_id = "workflows_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<WorkflowBody>))
)]
pub(crate) async fn list(agent: Agent<ReadWorkflows>, listing: Listing) -> Result<Body<Page<WorkflowBody>>, Problem> {
    let workflows = agent.desk.workflows().await?;
    Ok(Body(listing.page(&workflows, |workflow| WorkflowBody::new(workflow, &agent.directory))))
}

/// A new workflow, or a change of one. Read-only keys are ignored, so that what was read can be sent back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct WorkflowInput {
    /// 1 to 200 characters.
    #[serde(default, deserialize_with = "not_null")]
    name: Option<String>,
    /// Whether events start it; true in a new workflow if absent.
    #[serde(default, deserialize_with = "not_null")]
    enabled: Option<bool>,
    /// `{event, filters}`.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Option<Object>)]
    trigger: Option<Value>,
    /// Actions and branches, in order.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Option<Vec<Object>>)]
    steps: Option<Value>,
}

impl WorkflowInput {
    /// The workflow that `before` becomes. A field that breaks a rule is 400.
    fn apply(&self, before: Workflow, directory: &Directory, now: Timestamp) -> Result<Workflow, Problem> {
        let Self { name, enabled, trigger, steps } = self;
        let name = name.as_deref().map(|name| input::name("name", name)).transpose()?;
        let mut definition = before.definition.clone();
        if trigger.is_some() || steps.is_some() {
            let mut json = definition.to_json();
            json.extend(given(trigger.as_ref(), steps.as_ref()));
            definition = read_definition(&json, directory)?;
        }
        Ok(Workflow {
            name: name.unwrap_or(before.name),
            enabled: enabled.unwrap_or(before.enabled),
            definition,
            updated_at: now.max(before.updated_at.next()),
            ..before
        })
    }
}

fn given(trigger: Option<&Value>, steps: Option<&Value>) -> Object {
    let parts = [("trigger", trigger), ("steps", steps)];
    parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.clone()))).collect()
}

/// Saves a new workflow. An error names its place, such as `steps[1].branches[0].when.operator`.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/workflows", tag = "workflows", operation_id = "workflows_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = WorkflowInput,
    responses((status = 201, body = WorkflowBody))
)]
pub(crate) async fn create(
    agent: Agent<WriteWorkflows>,
    once: Idempotency,
    Json(new): Json<WorkflowInput>,
) -> Result<Answer, Problem> {
    save(&agent, &once, new).await
}

/// Saves a new workflow, as a request or from the gallery.
pub(crate) async fn save(agent: &Agent<WriteWorkflows>, once: &Idempotency, new: WorkflowInput) -> Result<Answer, Problem> {
    let WorkflowInput { name, enabled, trigger, steps } = new;
    let name = input::name("name", &name.ok_or_else(|| Problem::required("name"))?)?;
    let (directory, workflows) = tokio::try_join!(agent.desk.fresh_directory(), agent.desk.workflows())?;
    let definition = read_definition(&given(trigger.as_ref(), steps.as_ref()), &directory)?;
    Most::Workflows.one_more(workflows.len())?;
    let now = agent.desk.now();
    let (created_by, enabled) = (agent.user.id, enabled.unwrap_or(true));
    let id = WorkflowId(agent.desk.new_id());
    let workflow = Workflow { id, name, enabled, definition, created_at: now, updated_at: now, created_by, version: 1 };
    let answer = |workflow: &Workflow| Answer::created(&WorkflowBody::new(workflow, &directory));
    agent.desk.create_workflow(&agent.by(), &workflow, once.receipt(&|workflow| answer(workflow).encode())).await?;
    Ok(answer(&workflow))
}

/// Gets a workflow.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/workflows/{id}", tag = "workflows",
    operation_id = "workflows_retrieve",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 200, body = WorkflowBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn retrieve(on: OnWorkflow<ReadWorkflows>) -> Result<Tagged<Body<WorkflowBody>>, Problem> {
    let OnWorkflow { agent, id } = on;
    let workflow = agent.desk.workflow(id).await?.ok_or(NOT_FOUND)?;
    Ok(Tagged(etag(workflow.version), Body(WorkflowBody::new(&workflow, &agent.directory))))
}

/// Changes a workflow. Fields that are absent stay as they are. The change takes effect within half a minute.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/workflows/{id}", tag = "workflows",
    operation_id = "workflows_update",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = WorkflowInput,
    responses((status = 200, body = WorkflowBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn update(
    on: OnWorkflow<WriteWorkflows>,
    once: Idempotency,
    tag: IfMatch,
    Json(change): Json<WorkflowInput>,
) -> Result<Tagged<Answer>, Problem> {
    let OnWorkflow { agent, id } = on;
    let directory = agent.desk.fresh_directory().await?;
    let apply = |before: Workflow| {
        tag.allow(before.version)?;
        change.apply(before, &directory, agent.desk.now())
    };
    let answer = |workflow: &Workflow| Answer::ok(&WorkflowBody::new(workflow, &directory));
    let kept = |workflow: &Workflow| answer(workflow).encode();
    let workflow = agent.desk.change_workflow(&agent.by(), id, apply, once.receipt(&kept)).await?;
    Ok(Tagged(etag(workflow.version), answer(&workflow)))
}

/// The same as PATCH: fields that are absent stay as they are.
#[utoipa::path(
    put, path = "/api/projects/{project_id}/conversations/workflows/{id}", tag = "workflows",
    operation_id = "workflows_replace",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    request_body = WorkflowInput,
    responses((status = 200, body = WorkflowBody, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn replace(
    on: OnWorkflow<WriteWorkflows>,
    once: Idempotency,
    tag: IfMatch,
    change: Json<WorkflowInput>,
) -> Result<Tagged<Answer>, Problem> {
    update(on, once, tag, change).await
}

/// Removes a workflow. Its runs are no longer listed.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/workflows/{id}", tag = "workflows",
    operation_id = "workflows_delete",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnWorkflow<WriteWorkflows>, once: Idempotency, tag: IfMatch) -> Result<Answer, Problem> {
    let OnWorkflow { agent, id } = on;
    let allow = |workflow: &Workflow| tag.allow(workflow.version);
    let receipt = once.receipt(&|()| Answer::no_content().encode());
    agent.desk.delete_workflow(&agent.by(), id, allow, receipt).await?;
    Ok(Answer::no_content())
}
