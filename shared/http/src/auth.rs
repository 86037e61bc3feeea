//! Who asks, and what they may: extractors that have checked before a handler runs (decision 48).
//!
//! No or an unknown credential is 401, a missing scope 403, and a project the key does not reach 404, as is everything
//! in it. A key may do what its scopes say, cut to what its user may do now, and to what everyone may do whose key it goes back
//! to: so whoever is made an agent, or leaves, takes what they made along.

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

/// A permission, as a type: a handler's signature says what it needs.
pub trait Permission: Send + Sync + 'static {
    /// The scopes that grant it, all of them together.
    const SCOPES: &'static [Scope];

    /// Whether a key with these scopes has it.
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
    /// `workflow:read` and `ticket:read`: to see a workflow at work is to see a ticket.
    TryWorkflows = WorkflowRead & TicketRead;
}

/// A user, by a personal API key that may do what `P` says in one of their projects at least.
pub struct Caller<P> {
    /// The key.
    pub key: PersonalKey,
    /// The projects it reaches, and what it may do in each at the most; as they are, not as they are remembered.
    pub reach: Vec<(ProjectId, Access)>,
    address: String,
    permission: PhantomData<P>,
}

impl<P> Caller<P> {
    /// The user as the author of administration; `name` is what they are called.
    pub fn by(&self, name: String) -> By {
        by(&self.key, name, &self.address)
    }

    /// What the key may do, somewhere.
    pub fn scopes(&self) -> Scopes {
        scopes_somewhere(&self.key, &self.reach)
    }
}

fn by(key: &PersonalKey, name: String, address: &str) -> By {
    By { user: Some((key.user, name)), key: Some((key.id, key.label.clone())), address: address.to_owned() }
}

/// A key that reaches nothing may still see that.
fn scopes_somewhere(key: &PersonalKey, reach: &[(ProjectId, Access)]) -> Scopes {
    key.scopes.within(reach.iter().map(|(_, access)| *access).max().unwrap_or(Access::Agent))
}

/// A member of the project that the path names, by a key that may do what `P` says and reaches that project.
pub struct Agent<P> {
    /// The project's tickets.
    pub desk: Desk,
    /// The project and everyone in it.
    pub directory: Arc<Directory>,
    /// Who.
    pub user: Member,
    /// The key.
    pub key: PersonalKey,
    /// What the key may do here.
    pub scopes: Scopes,
    address: String,
    permission: PhantomData<P>,
}

impl<P: Permission> Agent<P> {
    /// Whether all of it still holds, whatever is remembered: what outlives a key must not be made by one that has ended, nor by
    /// someone who has left or is no administrator any more (decision 39).
    pub async fn confirm(&self) -> Result<(), Problem> {
        let access = self.desk.fresh_access(&self.key).await?.ok_or(NOT_IN_REACH)?;
        may::<P>(&self.key.scopes.within(access))
    }
}

impl<P> Agent<P> {
    /// The agent as the author of administration.
    pub fn by(&self) -> By {
        by(&self.key, self.user.display_name().to_owned(), &self.address)
    }

    /// The agent as the author of a change.
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

/// The key of a request, if it has the scope that `P` needs.
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
    // `+1` and `01` are not how a project is called.
    given.parse().ok().map(ProjectId).filter(|id| id.to_string() == given)
}

/// A parameter of the path, percent-decoded.
pub async fn path_param<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, state).await.ok()?;
    params.iter().find(|(param, _)| *param == name).map(|(_, value)| value.to_owned())
}
