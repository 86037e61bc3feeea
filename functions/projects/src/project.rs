//! Projects: seen, created, changed.

use axum::{Json as Body, extract::State};
use lambdesk_domain::{
    ProjectId,
    project::{PersonalKey, Project},
    scope::Scope,
    traits::Object,
};
use lambdesk_http::{
    Agent, Answer, Caller, Context, Idempotency, Json, Problem,
    auth::{ReadProjects, WriteProjects},
    body::not_null,
    paging::Page,
};
use lambdesk_store::ProjectSeed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{self, Listing};

/// A project. It has no `Debug`: nothing may print its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectBody {
    #[schema(value_type = u32)]
    id: ProjectId,
    name: String,
    /// Public: for `posthog.init`.
    api_token: String,
    /// Shown to `project:write` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_api_token: Option<String>,
    conversations_enabled: bool,
    /// What was set, and `widget_public_token`.
    #[schema(value_type = Object)]
    conversations_settings: Object,
}

impl ProjectBody {
    fn new(project: &Project, key: &PersonalKey) -> Self {
        let Project {
            id,
            name,
            conversations_enabled,
            settings,
            policies: _,
            api_token,
            widget_public_token,
            secret_api_token,
            secret_api_token_backup: _,
            cursor_key: _,
            created_at: _,
            folding: _,
            version: _,
        } = project.clone();
        let mut conversations_settings = settings.as_object().clone();
        conversations_settings.insert("widget_public_token".to_owned(), widget_public_token.into());
        let secret_api_token = key.scopes.allow(Scope::ProjectWrite).then_some(secret_api_token);
        Self { id, name, api_token, secret_api_token, conversations_enabled, conversations_settings }
    }
}

/// Lists the projects that the key reaches.
#[utoipa::path(
    get, path = "/api/projects", tag = "projects", operation_id = "projects_list",
    params(
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<ProjectBody>))
)]
pub(crate) async fn list(
    caller: Caller<ReadProjects>,
    State(context): State<Context>,
    listing: Listing,
) -> Result<Body<Page<ProjectBody>>, Problem> {
    let mut ids = context.store.projects_of(caller.key.user).await?;
    ids.retain(|id| caller.key.reaches(*id));
    if caller.key.maker != caller.key.user {
        let makers = context.store.projects_of(caller.key.maker).await?;
        ids.retain(|id| makers.contains(id));
    }
    let Page { count, count_is_exact, next, previous, results: ids } = listing.page(&ids, |id| *id);
    let projects = context.store.projects(&ids).await?;
    let results = projects.iter().map(|project| ProjectBody::new(project, &caller.key)).collect();
    Ok(Body(Page { count, count_is_exact, next, previous, results }))
}

/// A new project.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewProject {
    /// 1 to 200 characters.
    name: String,
}

/// Creates a project, with the caller as its first member. A key that is held to certain projects can't: it would not
/// reach the new one.
#[utoipa::path(
    post, path = "/api/projects", tag = "projects", operation_id = "projects_create",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewProject,
    responses((status = 201, body = ProjectBody))
)]
pub(crate) async fn create(
    caller: Caller<WriteProjects>,
    State(context): State<Context>,
    once: Idempotency,
    Json(new): Json<NewProject>,
) -> Result<Answer, Problem> {
    let name = input::name("name", &new.name)?;
    if caller.key.projects.is_some() {
        return Err(Problem::Forbidden("This API key is held to certain projects."));
    }
    let owner = context.store.user(caller.key.user).await?;
    let owner = owner.ok_or(Problem::Unauthenticated("Invalid API key."))?;
    let answer = |project: &Project| Answer::created(&ProjectBody::new(project, &caller.key));
    let seed = ProjectSeed { id: None, name, owner, tokens: None };
    let project = context.store.create_project(seed, once.receipt(&|project| answer(project).encode())).await?;
    Ok(answer(&project))
}

/// Gets a project.
#[utoipa::path(
    get, path = "/api/projects/{project_id}", tag = "projects", operation_id = "projects_retrieve",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = ProjectBody))
)]
pub(crate) async fn retrieve(agent: Agent<ReadProjects>) -> Result<Body<ProjectBody>, Problem> {
    let project = agent.desk.fresh_project().await?;
    Ok(Body(ProjectBody::new(&project, &agent.key)))
}

/// A change of a project. What is absent stays; read-only and unknown keys are ignored, but not in the settings
/// (decision 46).
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ProjectChange {
    /// 1 to 200 characters.
    #[serde(default, deserialize_with = "not_null")]
    name: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    conversations_enabled: Option<bool>,
    /// Merged key by key; null removes a key.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = Option<Object>)]
    conversations_settings: Option<Object>,
}

/// Changes a project: all of the fields that are given, or none.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}", tag = "projects", operation_id = "projects_update",
    params(("project_id" = u32, Path)),
    request_body = ProjectChange,
    responses((status = 200, body = ProjectBody))
)]
pub(crate) async fn update(agent: Agent<WriteProjects>, Json(change): Json<ProjectChange>) -> Result<Body<ProjectBody>, Problem> {
    let ProjectChange { name, conversations_enabled, conversations_settings } = change;
    let name = name.map(|name| input::name("name", &name)).transpose()?;
    let update = |project: &mut Project| {
        if let Some(name) = &name {
            project.name.clone_from(name);
        }
        if let Some(enabled) = conversations_enabled {
            project.conversations_enabled = enabled;
        }
        if let Some(settings) = &conversations_settings {
            project.settings = project.settings.merge(settings.clone())?;
        }
        Ok::<_, Problem>(())
    };
    let project = agent.desk.update_project(update).await?;
    Ok(Body(ProjectBody::new(&project, &agent.key)))
}
