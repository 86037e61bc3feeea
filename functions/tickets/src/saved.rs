//! What views and quick actions have in common.

use axum::{extract::FromRequestParts, http::request::Parts};
use lambdesk_domain::{
    permission::Permission,
    saved::{Origin, ShortId},
};
use lambdesk_http::{Agent, Context, Problem, input::id_of_path};
use lambdesk_runtime::crypto;
use serde::Serialize;

pub(crate) const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// The most views of a project, and the most quick actions, counting those that the caller does not see.
const MOST: usize = 500;
/// The most bytes of all views of a project as JSON, and of all quick actions. All are read together and may be listed
/// together, and Lambda sends at most 6 MB.
const MOST_BYTES: usize = 4_000_000;

/// The agent, and the view or quick action in the path. It is not looked up yet.
pub(crate) struct OnSaved<P> {
    pub(crate) agent: Agent<P>,
    pub(crate) id: ShortId,
}

impl<P: Permission> FromRequestParts<Context> for OnSaved<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "short_id").await? })
    }
}

/// The origin of something that an agent saves now: new ids, the time and the agent.
pub(crate) fn origin<P>(agent: &Agent<P>) -> Origin {
    Origin {
        id: agent.desk.new_id(),
        short_id: ShortId::new(crypto::entropy()),
        created_at: agent.desk.now(),
        created_by: agent.user.id,
        version: 1,
    }
}

/// Refuses more views or quick actions than a project can have, with 400. Two that are saved at the same moment may both fit
/// where there is room for one.
pub(crate) fn fits(what: &str, bodies: impl IntoIterator<Item = impl Serialize>) -> Result<(), Problem> {
    let (mut count, mut bytes) = (0, 0);
    for body in bodies {
        count += 1;
        bytes += serde_json::to_vec(&body).map_or(0, |json| json.len());
    }
    if count > MOST {
        return Err(Problem::refused(format!("A project can have at most {MOST} {what}.")));
    }
    if bytes > MOST_BYTES {
        return Err(Problem::refused(format!("A project's {what} can have at most {MOST_BYTES} bytes together.")));
    }
    Ok(())
}
