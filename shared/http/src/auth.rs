//! Authentication and permissions: extractors that check the caller before a handler runs (docs/decisions.md, 48).
//!
//! A missing or unknown credential is 401, and a missing scope 403. A project that the key does not reach is 404, as is
//! everything in it.
//!
//! A key's holders are its user, its maker, and the holders of the key that it was made with. Its scopes are cut, at each use,
//! to what each of its holders may do now. So when a member becomes an agent or leaves, the keys that the member held or made
//! lose those rights too.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts, RawPathParams},
    http::{header, request::Parts},
};
use lambdesk_domain::{
    Actor, ProjectId,
    audit::By,
    project::{Member, PersonalKey},
    scope::{Access, Scope, Scopes},
};
use lambdesk_store::{Credential, Desk, Directory};

use crate::{Context, address::client_address, edge::recognised, problem::Problem};

/// A permission as a type, so that a handler's signature says what the handler needs.
pub trait Permission: Send + Sync + 'static {
    /// The scopes that the permission needs, all of them together.
    const SCOPES: &'static [Scope];

    /// Whether these scopes grant the permission.
    fn granted_by(scopes: &Scopes) -> bool {
        Self::SCOPES.iter().all(|scope| scopes.allow(*scope))
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $($scope:ident)&+;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Permission for $name {
            const SCOPES: &'static [Scope] = &[$(Scope::$scope),+];
        }
    )+};
}

permissions! {
    /// `ticket:read`.
    ReadTickets = TicketRead;
    /// `ticket:write`.
    WriteTickets = TicketWrite;
    /// `project:read`.
    ReadProjects = ProjectRead;
    /// `project:write`.
    WriteProjects = ProjectWrite;
    /// `workflow:read`.
    ReadWorkflows = WorkflowRead;
    /// `workflow:write`.
    WriteWorkflows = WorkflowWrite;
    /// `workflow:read` and `ticket:read`: trying a workflow shows what is in a ticket.
    TryWorkflows = WorkflowRead & TicketRead;
}

/// A user whose personal API key has permission `P` in at least one of their projects.
pub struct Caller<P> {
    /// The key.
    pub key: PersonalKey,
    /// The projects that the key reaches, each with the most that the key may do there. They are read from the table, never
    /// from a cache.
    pub reach: Vec<(ProjectId, Access)>,
    address: String,
    permission: PhantomData<P>,
}

impl<P> Caller<P> {
    /// The user as the author of an audit entry; `name` is the user's display name.
    pub fn by(&self, name: String) -> By {
        by(&self.key, name, &self.address)
    }

    /// The scopes that the key has in at least one project.
    pub fn scopes(&self) -> Scopes {
        scopes_somewhere(&self.key, &self.reach)
    }
}

fn by(key: &PersonalKey, name: String, address: &str) -> By {
    By { user: Some((key.user, name)), key: Some((key.id, key.label.clone())), address: address.to_owned() }
}

/// The scopes that a key has in at least one project. A key that reaches no project has an agent's, so that its user can still
/// list that there are none.
fn scopes_somewhere(key: &PersonalKey, reach: &[(ProjectId, Access)]) -> Scopes {
    key.scopes.within(reach.iter().map(|(_, access)| *access).max().unwrap_or(Access::Agent))
}

/// A member of the project in the path, whose key reaches the project and has permission `P` there.
pub struct Agent<P> {
    /// The project's tickets.
    pub desk: Desk,
    /// The project, its members and its roles; up to a minute old.
    pub directory: Arc<Directory>,
    /// The member.
    pub user: Member,
    /// The key.
    pub key: PersonalKey,
    /// What the key may do in this project.
    pub scopes: Scopes,
    address: String,
    permission: PhantomData<P>,
}

impl<P: Permission> Agent<P> {
    /// Checks the permission again, past every cache. It is 404 if the key no longer exists or no longer reaches the project,
    /// and 403 if the permission is gone. Handlers call it before they make something that outlives the key: a revoked key must
    /// not make it, nor a user who has left or is no longer an administrator (docs/decisions.md, 39).
    pub async fn confirm(&self) -> Result<(), Problem> {
        let access = self.desk.fresh_access(&self.key).await?.ok_or(NOT_IN_REACH)?;
        may::<P>(&self.key.scopes.within(access))
    }
}

impl<P> Agent<P> {
    /// The agent as the author of an audit entry.
    pub fn by(&self) -> By {
        by(&self.key, self.user.display_name().to_owned(), &self.address)
    }

    /// The agent as the author of a change to a ticket.
    pub fn actor(&self) -> Actor {
        Actor::User { id: self.user.id, name: self.user.display_name().to_owned() }
    }
}

/// The token of `Authorization: Bearer <token>`; `None` for anything else.
pub fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The personal API key of a request. A missing or unknown key is 401, and one without the scopes of `P` 403.
async fn key<P: Permission>(parts: &Parts, context: &Context) -> Result<PersonalKey, Problem> {
    let token = bearer(parts).ok_or(Problem::Unauthenticated("Authentication credentials were not provided."))?;
    let credential = context.store.credential(token).await?;
    let Some(Credential::Personal(key)) = credential.as_deref() else { return Err(INVALID_KEY) };
    recognised(&parts.extensions);
    if !P::granted_by(&key.scopes) {
        return Err(Problem::Forbidden("This API key lacks a scope that this call requires."));
    }
    Ok(key.clone())
}

fn may<P: Permission>(scopes: &Scopes) -> Result<(), Problem> {
    if P::granted_by(scopes) { Ok(()) } else { Err(Problem::Forbidden("Only an administrator of the project may do this.")) }
}

impl<P, S> FromRequestParts<S> for Caller<P>
where
    P: Permission,
    S: Send + Sync,
    Context: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = Context::from_ref(state);
        let key = key::<P>(parts, &context).await?;
        if key.has_ended() {
            return Err(INVALID_KEY);
        }
        let reach = context.store.reach(&key).await?;
        may::<P>(&scopes_somewhere(&key, &reach))?;
        Ok(Self { key, reach, address: client_address(&parts.extensions), permission: PhantomData })
    }
}

impl<P, S> FromRequestParts<S> for Agent<P>
where
    P: Permission,
    S: Send + Sync,
    Context: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = Context::from_ref(state);
        let key = key::<P>(parts, &context).await?;
        let project = project_of_path(parts, state).await.ok_or(NOT_IN_REACH)?;
        if !key.reaches(project) {
            return Err(NOT_IN_REACH);
        }
        let directory = context.store.directory(project).await?.ok_or(NOT_IN_REACH)?;
        let access = directory.access_of(&key).ok_or(NOT_IN_REACH)?;
        let user = directory.member(key.user).cloned().ok_or(NOT_IN_REACH)?;
        let scopes = key.scopes.within(access);
        may::<P>(&scopes)?;
        let (desk, address) = (context.store.desk(project), client_address(&parts.extensions));
        Ok(Self { desk, directory, user, key, scopes, address, permission: PhantomData })
    }
}

const INVALID_KEY: Problem = Problem::Unauthenticated("Invalid API key.");
const NOT_IN_REACH: Problem = Problem::NotFound("Not found.");

async fn project_of_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<ProjectId> {
    let given = path_param(parts, state, "project_id").await?;
    // `+1` and `01` would parse too, but each project has only one address.
    given.parse().ok().map(ProjectId).filter(|id| id.to_string() == given)
}

/// A parameter of the path, percent-decoded; `None` if the route has no such parameter.
pub async fn path_param<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, state).await.ok()?;
    params.iter().find(|(param, _)| *param == name).map(|(_, value)| value.to_owned())
}
