//! The description of all APIs, for those who build clients.

use axum::{Extension, http::header, response::IntoResponse};
use lambdesk_http::edge::Public;

/// The checked-in description. A test fails when it differs from the code.
const DOCUMENT: &str = include_str!("../../../openapi.json");

/// Gets the description of all APIs of the desk. It is public.
#[utoipa::path(get, path = "/api/openapi.json", tag = "projects", operation_id = "openapi_retrieve", security(()), responses((status = 200, body = Object)))]
pub(crate) async fn openapi() -> impl IntoResponse {
    (Extension(Public), [(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
