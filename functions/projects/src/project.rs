//! Listing, creating, reading and changing projects.

use axum::Json as Body;
use futures_util::future::join_all;
use lambdesk_domain::{
    ProjectId,
    administration::Most,
    permission::{ReadProjects, ReadsProjects, WriteProjects},
    project::{Project, Rights},
    scope::{Access, Scope},
    settings::Settings,
    traits::Object,
};
use lambdesk_http::{Agent, Answer, Caller, Idempotency, Json, Problem, body::not_null, paging::Page};
use lambdesk_store::ProjectSeed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::{self, INVALID_KEY, Listing},
    settings,
};

/// A project. It has no `Debug`: nothing may print its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectBody {
    #[schema(value_type = u32)]
    id: ProjectId,
    name: String,
    /// The public project token, for `posthog.init`.
    api_token: String,
    /// The secret; absent unless the caller's key has `project:write` in this project. Someone who signed in asks for it with
    /// `reveal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_api_token: Option<String>,
    conversations_enabled: bool,
    #[schema(schema_with = settings::shown)]
    conversations_settings: Object,
}

impl ProjectBody {
    fn new(project: &Project, shows_secret: bool) -> Self {
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
        let secret_api_token = shows_secret.then_some(secret_api_token);
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
pub(crate) async fn list(caller: Caller<ReadProjects>, listing: Listing) -> Result<Body<Page<ProjectBody>>, Problem> {
    let Page { count, count_is_exact, next, previous, results: reach } = listing.page(&caller.account.reach, |reach| *reach);
    let ids: Vec<_> = reach.iter().map(|(id, _)| *id).collect();
    let projects = caller.account.projects(&ids).await?;
    let access = |id: ProjectId| reach.iter().find(|(project, _)| *project == id).map_or(Access::Agent, |(_, access)| *access);
    let shows = |id: ProjectId| {
        caller.account.session.is_none() && caller.account.key.scopes.within(access(id)).allow(Scope::ProjectWrite)
    };
    let results = projects.iter().map(|project| ProjectBody::new(project, shows(project.id))).collect();
    let by = input::by(&caller).await?;
    let with_secret = projects.iter().filter(|of| shows(of.id));
    join_all(with_secret.map(async |of| caller.account.secret_shown(&by, of).await)).await;
    Ok(Body(Page { count, count_is_exact, next, previous, results }))
}

/// Whether an answer to this agent shows the secret.
fn shows_secret<P>(agent: &Agent<P>) -> bool {
    agent.session.is_none() && agent.scopes.allow(Scope::ProjectWrite)
}

/// Records in the audit log that the answer shows the secret, if it does.
async fn agent_was_shown<P: ReadsProjects>(agent: &Agent<P>, project: &Project) {
    if shows_secret(agent) {
        agent.desk.secret_shown(&agent.by(), &project.name).await;
    }
}

/// A new project.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewProject {
    /// 1 to 200 characters.
    name: String,
}

/// Creates a project. The caller becomes its first member and an administrator. A key that is limited to certain projects is
/// refused with 403, because it would not reach the new project.
#[utoipa::path(
    post, path = "/api/projects", tag = "projects", operation_id = "projects_create",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewProject,
    responses((status = 201, body = ProjectBody))
)]
pub(crate) async fn create(
    caller: Caller<WriteProjects>,
    once: Idempotency,
    Json(new): Json<NewProject>,
) -> Result<Answer, Problem> {
    let name = input::name("name", &new.name)?;
    caller.account.in_use().may_create_project()?;
    let by = input::by(&caller).await?;
    let owner = caller.account.user().await?;
    let owner = owner.ok_or(INVALID_KEY)?.with_rights(Rights::new(Access::Admin));
    if !caller.account.has_key().await? {
        return Err(INVALID_KEY);
    }
    let allow = |known| Most::Projects.one_more(known).map_err(Problem::from);
    let answer = |project: &Project| Answer::created(&ProjectBody::new(project, caller.account.session.is_none()));
    let seed = ProjectSeed { id: None, name, owner, tokens: None, settings: Settings::default() };
    let project = caller.account.create_project(&by, seed, allow, once.receipt(&|project| answer(project).encode())).await?;
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
    agent_was_shown(&agent, &project).await;
    Ok(Body(ProjectBody::new(&project, shows_secret(&agent))))
}

/// A change of a project. Fields that are absent stay as they are. Read-only and unknown keys are ignored, except in the
/// settings, where they are 400.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ProjectChange {
    /// 1 to 200 characters.
    #[serde(default, deserialize_with = "not_null")]
    name: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    conversations_enabled: Option<bool>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(schema_with = settings::given)]
    conversations_settings: Option<Object>,
}

/// Changes a project: either all given fields are written, or none.
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
    let project = agent.desk.update_project(&agent.by(), update).await?;
    agent_was_shown(&agent, &project).await;
    Ok(Body(ProjectBody::new(&project, shows_secret(&agent))))
}
