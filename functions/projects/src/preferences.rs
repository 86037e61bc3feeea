//! What a user prefers: one JSON object, which the desk keeps for the programs that the user works with, and never reads.

use axum::Json as Body;
use lambdesk_domain::traits::Object;
use lambdesk_http::{Json, Problem};
use serde_json::Value;

use crate::me::Alone;

/// The most bytes of preferences, as JSON.
const LARGEST: usize = 16_384;

/// Gets the caller's preferences: the same on every machine. They are `{}` until somebody sets them.
#[utoipa::path(
    get, path = "/api/me/preferences", tag = "me", operation_id = "me_preferences_retrieve",
    responses((status = 200, body = Object))
)]
pub(crate) async fn retrieve(Alone(caller): Alone) -> Result<Body<Object>, Problem> {
    Ok(Body(caller.account.preferences().await?))
}

/// Replaces the caller's preferences: an object of at most 16,384 bytes.
#[utoipa::path(
    put, path = "/api/me/preferences", tag = "me", operation_id = "me_preferences_replace",
    request_body = Object,
    responses((status = 200, body = Object))
)]
pub(crate) async fn replace(Alone(caller): Alone, Json(given): Json<Value>) -> Result<Body<Object>, Problem> {
    let bytes = given.to_string().len();
    let Value::Object(given) = given else { return Err(Problem::refused("Preferences must be an object.")) };
    if bytes > LARGEST {
        return Err(Problem::refused(format!("Preferences must have no more than {LARGEST} bytes, and have {bytes}.")));
    }
    caller.account.set_preferences(&given).await?;
    Ok(Body(given))
}
