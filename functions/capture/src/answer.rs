//! The answers that the SDK understands.

use axum::Json;
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
