//! A user's sessions, listed and ended.

use axum::{
    Json as Body,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{Timestamp, permission::Oneself, session::Session};
use lambdesk_http::{Authenticated, Context, Problem, paging::Page};
use lambdesk_store::{Device, ListedSession};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    input::{Listing, NOT_FOUND, id_of_path},
    me::Alone,
};

/// A session of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionBody {
    id: Uuid,
    /// When the user signed in.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    /// When it was last used, to ten minutes.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    last_used_at: Timestamp,
    /// When it ends, unless it is used before: 12 hours after its last use, 7 days after the sign-in at most.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at: Timestamp,
    /// Whether it is the session that asks.
    is_current: bool,
    /// What the browser called itself when the user signed in.
    user_agent: String,
    /// The network address of the sign-in.
    address: String,
}

impl SessionBody {
    fn new(listed: &ListedSession, asking: Option<&Session>) -> Self {
        let ListedSession { session, device: Device { agent, address } } = listed.clone();
        Self {
            id: session.id,
            created_at: session.created_at,
            last_used_at: session.used_at,
            expires_at: session.expires_at(),
            is_current: asking.is_some_and(|asking| asking.id == session.id),
            user_agent: agent,
            address,
        }
    }
}

/// Lists the caller's sessions that have not ended, the newest first.
#[utoipa::path(
    get, path = "/api/me/sessions", tag = "me", operation_id = "me_sessions_list",
    params(
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<SessionBody>))
)]
pub(crate) async fn list(Alone(caller): Alone, listing: Listing) -> Result<Body<Page<SessionBody>>, Problem> {
    let sessions = caller.account.sessions().await?;
    Ok(Body(listing.page(&sessions, |listed| SessionBody::new(listed, caller.account.session.as_ref()))))
}

/// Ends all of the caller's sessions, also the one that asks. Functions that are warm may know one for up to a minute more.
#[utoipa::path(
    delete, path = "/api/me/sessions", tag = "me", operation_id = "me_sessions_end_all",
    responses((status = 204))
)]
pub(crate) async fn end_all(Alone(caller): Alone) -> Result<StatusCode, Problem> {
    caller.account.end_sessions().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller, and the id of a session in the path.
pub(crate) struct OnSession(Alone, Uuid);

impl Authenticated for OnSession {
    type Permission = Oneself;
}

impl FromRequestParts<Context> for OnSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let alone = Alone::from_request_parts(parts, context).await?;
        Ok(Self(alone, id_of_path(parts, context, "id").await?))
    }
}

/// Gets one of the caller's sessions.
#[utoipa::path(
    get, path = "/api/me/sessions/{id}", tag = "me", operation_id = "me_sessions_retrieve",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SessionBody))
)]
pub(crate) async fn retrieve(OnSession(Alone(caller), id): OnSession) -> Result<Body<SessionBody>, Problem> {
    let sessions = caller.account.sessions().await?;
    let listed = sessions.iter().find(|listed| listed.session.id == id).ok_or(NOT_FOUND)?;
    Ok(Body(SessionBody::new(listed, caller.account.session.as_ref())))
}

/// Ends one of the caller's sessions.
#[utoipa::path(
    delete, path = "/api/me/sessions/{id}", tag = "me", operation_id = "me_sessions_end",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn end(OnSession(Alone(caller), id): OnSession) -> Result<StatusCode, Problem> {
    if caller.account.end_session(id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(NOT_FOUND) }
}
