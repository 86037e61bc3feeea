//! Workflow definitions that members write, and the assignees that they name, checked.

use axum::{extract::FromRequestParts, http::request::Parts};
use lambdesk_domain::{
    WorkflowId,
    assignee::Assignee,
    folding::for_conditions,
    permission::Permission,
    traits::Object,
    workflow::{Definition, Invalid},
};
use lambdesk_http::{Agent, Authenticated, Context, Problem, input::id_of_path};
use lambdesk_store::Directory;

pub(crate) const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// The agent, and the workflow in the path. It is not looked up yet.
pub(crate) struct OnWorkflow<P> {
    pub(crate) agent: Agent<P>,
    pub(crate) id: WorkflowId,
}

impl<P: Permission> Authenticated for OnWorkflow<P> {
    type Permission = P;
}

impl<P: Permission> FromRequestParts<Context> for OnWorkflow<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "id").await? })
    }
}

/// The `trigger` and `steps` of `body`, with role names replaced by role ids. A user or role that is not of the project is 400
/// (docs/decisions.md, 43): a workflow that names someone who has left would fail at every run.
pub(crate) fn read_definition(body: &Object, directory: &Directory) -> Result<Definition, Problem> {
    let mut definition = Definition::parse(body).map_err(invalid)?;
    let named = |name: &str| {
        let role = directory.roles.iter().find(|role| for_conditions(&role.name) == for_conditions(name));
        role.map(|role| role.id)
    };
    definition.resolve_roles(named).map_err(invalid)?;
    for (place, assignee) in definition.assignees() {
        let reason = match assignee.known() {
            Some(assignee) if directory.has(assignee) => continue,
            Some(Assignee::User(_)) => "The user is not a member of this project.",
            Some(Assignee::Role(_)) | None => "The role does not belong to this project.",
        };
        return Err(Problem::invalid(place, reason));
    }
    Ok(definition)
}

/// The problem of an invalid definition; its `attr` is the place that is wrong.
pub(crate) fn invalid(Invalid { place, reason }: Invalid) -> Problem {
    Problem::invalid(place, reason)
}
