//! Who asks, and what they may: extractors that have checked before a handler runs (decision 48).
//!
//! No or an unknown credential is 401, a missing scope 403, and a project the key does not reach 404, as is everything
//! in it.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts, RawPathParams},
    http::{header, request::Parts},
};
use lambdesk_domain::{
    Actor, ProjectId,
    project::{Member, PersonalKey},
    scope::{Scope, Scopes},
};
use lambdesk_store::{Credential, Desk, Directory};

use crate::{Context, edge::recognised, problem::Problem};

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

/// A user, by a personal API key that may do what `P` says.
pub struct Caller<P> {
    /// The key.
    pub key: PersonalKey,
    permission: PhantomData<P>,
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
    permission: PhantomData<P>,
}

impl<P> Agent<P> {
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

impl<P, S> FromRequestParts<S> for Caller<P>
where
    P: Permission,
    S: Send + Sync,
    Context: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or(Problem::Unauthenticated("Authentication credentials were not provided."))?;
        let credential = Context::from_ref(state).store.credential(token).await?;
        let Some(Credential::Personal(key)) = credential.as_deref() else {
            return Err(Problem::Unauthenticated("Invalid API key."));
        };
        recognised(&parts.extensions);
        if !P::granted_by(&key.scopes) {
            return Err(Problem::Forbidden("This API key lacks a scope that this call requires."));
        }
        Ok(Self { key: key.clone(), permission: PhantomData })
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
        let Caller { key, .. } = Caller::<P>::from_request_parts(parts, state).await?;
        let store = Context::from_ref(state).store;
        let project = project_of_path(parts, state).await.ok_or(NOT_IN_REACH)?;
        if !key.reaches(project) {
            return Err(NOT_IN_REACH);
        }
        let directory = store.directory(project).await?.ok_or(NOT_IN_REACH)?;
        let user = directory.member(key.user).cloned().ok_or(NOT_IN_REACH)?;
        // Who made the key may know it, and must not act here any more once they are gone.
        directory.member(key.maker).ok_or(NOT_IN_REACH)?;
        Ok(Self { desk: store.desk(project), directory, user, key, permission: PhantomData })
    }
}

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
