//! What views and quick actions have in common.

use axum::{extract::FromRequestParts, http::request::Parts};
use lambdesk_domain::{
    administration::Most,
    permission::Permission,
    saved::{Metadata, ShortId},
};
use lambdesk_http::{Agent, Authenticated, Context, Problem, input::id_of_path};
use lambdesk_runtime::crypto;
use serde::Serialize;

pub(crate) const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// The agent, and the view or quick action in the path. It is not looked up yet.
pub(crate) struct OnSaved<P> {
    pub(crate) agent: Agent<P>,
    pub(crate) id: ShortId,
}

impl<P: Permission> Authenticated for OnSaved<P> {
    type Permission = P;
}

impl<P: Permission> FromRequestParts<Context> for OnSaved<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "short_id").await? })
    }
}

/// The metadata of something that an agent saves now: new ids, the time and the agent.
pub(crate) fn metadata<P>(agent: &Agent<P>) -> Metadata {
    Metadata {
        id: agent.desk.new_id(),
        short_id: ShortId::new(crypto::entropy()),
        created_at: agent.desk.now(),
        created_by: agent.user.id,
        version: 1,
    }
}

/// Refuses more views or quick actions than a project can have, with 400. Two that are saved at the same moment may both fit
/// where there is room for one.
pub(crate) fn fits(most: Most, bodies: impl IntoIterator<Item = impl Serialize>) -> Result<(), Problem> {
    let size = |body| serde_json::to_vec(&body).map_or(0, |json| json.len());
    Ok(most.of_sizes(bodies.into_iter().map(size))?)
}
