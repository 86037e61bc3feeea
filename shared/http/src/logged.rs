//! The changes that logs tell of, as openapi.json describes them.

use serde_json::Value;
use utoipa::ToSchema;

/// A field that was changed.
#[derive(Debug, ToSchema)]
pub struct LoggedChange {
    /// The field's name.
    pub field: String,
    /// What it was; null if it was nothing.
    pub before: Value,
    /// What it became; null if it became nothing.
    pub after: Value,
}
