//! Authentication and permissions: extractors that check the caller before a handler runs (docs/decisions.md, 48).
//!
//! A missing or unknown credential is 401, and a missing scope 403. A project that the key does not reach is 404, as is
//! everything in it.
//!
//! The credential is a personal API key, or the cookie of a session ([`crate::session`]). A request that has both counts on the
//! key.
//!
//! A key's holders are its user, its maker, and the holders of the key that it was made with. Its scopes are cut, at each use,
//! to what each of its holders may do now. So when a member becomes an agent or leaves, the keys that the member held or made
//! lose those rights too.

use std::ops::Deref;

use axum::{
    extract::{FromRef, FromRequestParts, RawPathParams},
    http::{header, request::Parts},
};
use lambdesk_domain::{Actor, ProjectId, audit::By, permission::Permission, project::PersonalKey, session::Session};
use lambdesk_store::{Account, Denied, Entered, KeyHolder, Principal};

use crate::{
    Context,
    address::client_address,
    edge::recognised,
    problem::Problem,
    session::{cookie, require_same_origin},
};

/// An extractor that lets only callers with a permission through. `openapi.json` names the scopes of that permission
/// ([`crate::routes!`]).
pub trait Authenticated {
    /// What the caller may do.
    type Permission: Permission;
}

impl<P: Permission> Authenticated for Caller<P> {
    type Permission = P;
}

impl<P: Permission> Authenticated for Agent<P> {
    type Permission = P;
}

/// A user whose personal API key has permission `P` in at least one of their projects.
pub struct Caller<P> {
    /// What the user may reach.
    pub account: Account<P>,
    address: String,
}

impl<P> Caller<P> {
    /// The user as the author of an audit entry; `name` is the user's display name.
    pub fn by(&self, name: String) -> By {
        by(&self.account.key, self.account.session.as_ref(), name, &self.address)
    }
}

/// The author of an audit entry. Someone who signed in used no key.
fn by(key: &PersonalKey, session: Option<&Session>, name: String, address: &str) -> By {
    let used = session.is_none().then(|| (key.id, key.label.clone()));
    By { user: Some((key.user, name)), key: used, address: address.to_owned() }
}

/// A member of the project in the path, whose key reaches the project and has permission `P` there.
pub struct Agent<P> {
    /// The project's handle, the directory, the member and the key.
    entered: Entered<P>,
    address: String,
}

impl<P> Deref for Agent<P> {
    type Target = Entered<P>;

    fn deref(&self) -> &Entered<P> {
        &self.entered
    }
}

impl<P: Permission> Agent<P> {
    /// Checks the permission again, past every cache. It is 404 if the key no longer exists or no longer reaches the project,
    /// and 403 if the permission is gone. Handlers call it before they make something that outlives the key: a revoked key must
    /// not make it, nor a user who has left or is no longer an administrator (docs/decisions.md, 39).
    pub async fn confirm(&self) -> Result<(), Problem> {
        let access = self.entered.fresh_access().await?.ok_or(Denied::Project)?;
        if P::granted_by(&self.key.scopes.within(access)) { Ok(()) } else { Err(Denied::Access.into()) }
    }
}

impl<P> Agent<P> {
    /// The agent as the author of an audit entry.
    pub fn by(&self) -> By {
        by(&self.key, self.session.as_ref(), self.user.display_name().to_owned(), &self.address)
    }

    /// The agent as the author of a change to a ticket.
    pub fn actor(&self) -> Actor {
        Actor::User { id: self.user.id, name: self.user.display_name().to_owned() }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Ended => INVALID_KEY,
            Denied::Scope => Self::Forbidden("This API key lacks a scope that this call requires."),
            Denied::Project => NOT_IN_REACH,
            Denied::Access => Self::Forbidden("Only an administrator of the project may do this."),
            Denied::Store(error) => error.into(),
        }
    }
}

/// The token of `Authorization: Bearer <token>`; `None` for anything else.
pub fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The token that the request's credential is: of its key, or else of its session.
pub(crate) fn token(parts: &Parts) -> Option<&str> {
    bearer(parts).or_else(|| cookie(parts))
}

/// The holder of the request's personal API key or session. A missing or unknown credential is 401, and a key without the scopes
/// of `P` 403.
async fn holder<P: Permission>(parts: &Parts, context: &Context) -> Result<KeyHolder, Problem> {
    let holder = match bearer(parts) {
        Some(key) => holder_of_key(key, context).await?,
        None => holder_of_session(parts, context).await?,
    };
    recognised(&parts.extensions);
    Ok(holder.with_scopes::<P>()?)
}

async fn holder_of_key(key: &str, context: &Context) -> Result<KeyHolder, Problem> {
    let Some(Principal::Key(holder)) = context.enter(key).await? else { return Err(INVALID_KEY) };
    Ok(holder)
}

async fn holder_of_session(parts: &Parts, context: &Context) -> Result<KeyHolder, Problem> {
    let session = cookie(parts).ok_or(Problem::Unauthenticated("Authentication credentials were not provided."))?;
    require_same_origin(&parts.headers)?;
    let Some(Principal::Session(holder)) = context.enter(session).await? else { return Err(SIGNED_OUT) };
    Ok(holder)
}

impl<P, S> FromRequestParts<S> for Caller<P>
where
    P: Permission,
    S: Send + Sync,
    Context: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let holder = holder::<P>(parts, &Context::from_ref(state)).await?;
        Ok(Self { account: holder.account().await?, address: client_address(&parts.extensions) })
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
        let holder = holder::<P>(parts, &Context::from_ref(state)).await?;
        let project = project_of_path(parts, state).await.ok_or(NOT_IN_REACH)?;
        Ok(Self { entered: holder.member(project).await?, address: client_address(&parts.extensions) })
    }
}

const SIGNED_OUT: Problem = Problem::Unauthenticated("The session has ended. Please sign in again.");
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
