//! The contract, for whoever builds a client.

use axum::{Extension, http::header, response::IntoResponse};
use lambdesk_http::edge::Public;

/// As checked in; a test keeps it true.
const DOCUMENT: &str = include_str!("../../../openapi.json");

/// Gets the description of all APIs of the desk. It is public.
#[utoipa::path(get, path = "/api/openapi.json", tag = "projects", operation_id = "openapi_retrieve", security(()), responses((status = 200, body = Object)))]
pub(crate) async fn openapi() -> impl IntoResponse {
    (Extension(Public), [(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}
