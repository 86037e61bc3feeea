//! The answers that the SDK understands.

use axum::Json;
use lambdesk_domain::capture::wire::Unreadable;
use lambdesk_http::Problem;
use serde_json::{Value, json};

/// An answer with status 200.
pub(crate) type Answered = Result<Json<Value>, Problem>;

/// It was taken, or need not be sent again.
pub(crate) fn taken() -> Json<Value> {
    Json(json!({"status": 1}))
}

/// Nothing more is taken: the SDK sends nothing of this kind for a minute.
pub(crate) fn enough(kind: &str) -> Json<Value> {
    Json(json!({"status": 1, "quota_limited": [kind]}))
}

/// What a body that can't be read is answered with. One that was broken on its way is not to be sent again: it would break again.
pub(crate) fn unreadable(error: Unreadable) -> Answered {
    match error {
        Unreadable::Mangled => {
            tracing::warn!("a body was taken for text on its way, and is lost");
            Ok(taken())
        }
        Unreadable::Broken => Err(Problem::Malformed("The body can't be read.".to_owned())),
        Unreadable::TooDeep => Err(Problem::Malformed("The body is nested too deeply.".to_owned())),
        Unreadable::TooLarge => Err(Problem::TooMuch),
    }
}
