//! The body of a request, which says whose page it comes from.

use std::borrow::Cow;

use lambdesk_domain::capture::{
    walls,
    wire::{Batch, Unreadable, check_depth, json_of},
};
use lambdesk_http::Problem;

/// The JSON of a body. `None` if there is nothing to read: the SDK is then answered as if all had been taken, because a body that
/// was broken on its way would break again.
pub(crate) fn json(body: &[u8]) -> Result<Option<Cow<'_, str>>, Problem> {
    if body.is_empty() {
        return Ok(None);
    }
    match json_of(body) {
        Ok(json) => Ok(Some(json)),
        Err(Unreadable::Mangled) => {
            tracing::warn!("a body was taken for text on its way, and is lost");
            Ok(None)
        }
        Err(error) => Err(problem(error)),
    }
}

/// The first events of a body.
pub(crate) fn batch(json: &str, deepest: u32) -> Result<Batch<'_>, Problem> {
    let batch = check_depth(json, deepest).and_then(|()| Batch::parse(json)).map_err(problem)?;
    Ok(Batch { events: batch.events.up_to(walls::EVENTS), ..batch })
}

fn problem(error: Unreadable) -> Problem {
    match error {
        Unreadable::Broken | Unreadable::Mangled => Problem::Malformed("The body can't be read.".to_owned()),
        Unreadable::TooDeep => Problem::Malformed("The body is nested too deeply.".to_owned()),
        Unreadable::TooLarge => Problem::TooMuch,
    }
}
