//! Every way a request can fail, in one table (decision 25).
//!
//! Handlers and extractors speak of a [`Problem`]; only this module knows its status, code and words, and only
//! [`render`] how a surface writes it. The cause of a failure of ours travels with the response to the edge, which logs
//! it once; it is never sent out.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lambdesk_domain::{Refusal, message::BadContent, settings::BadSetting};
use lambdesk_store::{ChangeError, StoreError};
use serde_json::{Value, json};

use crate::wording::short;

/// Seconds after which a client may try again when the store was away.
const STORE_RETRY: u32 = 1;

/// Why a request is not answered as it hoped.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Problem {
    /// A field is wrong.
    #[error("{detail}")]
    Invalid {
        /// Which.
        attr: Option<String>,
        /// What is wrong with it, in one word.
        code: &'static str,
        /// In a sentence.
        detail: String,
    },
    /// The body is not JSON that can be read.
    #[error("{0}")]
    Malformed(String),
    /// No credential, or none that is known.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Known, but not allowed.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Not there, or not in reach.
    #[error("{0}")]
    NotFound(&'static str),
    /// The path has no such method.
    #[error("This method is not allowed here.")]
    MethodNotAllowed,
    /// The same request is under way.
    #[error("The same request is being carried out.")]
    StillRunning,
    /// The body is over the limit.
    #[error("The request body is larger than 1 MB.")]
    TooLarge,
    /// The body is not JSON by its own word.
    #[error("The content type must be application/json.")]
    NotJson,
    /// An `Idempotency-Key` was used for another body.
    #[error("This Idempotency-Key was used with another body.")]
    KeyReused,
    /// Too many calls.
    #[error("Request was throttled. Expected available in {retry_after} seconds.")]
    Limited {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The store is throttled or away.
    #[error("The service is briefly unavailable. Please try again.")]
    Unavailable {
        /// For the log.
        cause: String,
    },
    /// A fault of ours.
    #[error("A server error occurred.")]
    Internal {
        /// For the log.
        cause: String,
    },
}

/// A problem's row in the table.
struct Row {
    status: StatusCode,
    kind: &'static str,
    code: &'static str,
}

impl Problem {
    /// A field that is wrong.
    pub fn invalid(attr: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid { attr: Some(attr.into()), code: "invalid_input", detail: detail.into() }
    }

    /// A field that is missing.
    pub fn required(attr: impl Into<String>) -> Self {
        Self::Invalid { attr: Some(attr.into()), code: "required", detail: "This field is required.".to_owned() }
    }

    /// A request that is refused as a whole.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::Invalid { attr: None, code: "invalid_input", detail: detail.into() }
    }

    /// A message's text or rich content that is refused.
    pub fn content(error: BadContent) -> Self {
        let attr = match error {
            BadContent::Blank | BadContent::TooLong(_) | BadContent::TooLarge => "message",
            BadContent::RichNotAnObject | BadContent::RichTooLong => "rich_content",
        };
        Self::invalid(attr, error.to_string())
    }

    /// The status it answers with.
    pub fn status(&self) -> StatusCode {
        self.row().status
    }

    fn row(&self) -> Row {
        let row = |status, kind, code| Row { status, kind, code };
        match self {
            Self::Invalid { code, .. } => row(StatusCode::BAD_REQUEST, "validation_error", code),
            Self::Malformed(_) => row(StatusCode::BAD_REQUEST, "validation_error", "parse_error"),
            Self::Unauthenticated(_) => row(StatusCode::UNAUTHORIZED, "authentication_error", "not_authenticated"),
            Self::Forbidden(_) => row(StatusCode::FORBIDDEN, "authentication_error", "permission_denied"),
            Self::NotFound(_) => row(StatusCode::NOT_FOUND, "invalid_request", "not_found"),
            Self::MethodNotAllowed => row(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "method_not_allowed"),
            Self::StillRunning => row(StatusCode::CONFLICT, "invalid_request", "request_in_progress"),
            Self::TooLarge => row(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "request_too_large"),
            Self::NotJson => row(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", "unsupported_media_type"),
            Self::KeyReused => row(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", "idempotency_key_reused"),
            Self::Limited { .. } => row(StatusCode::TOO_MANY_REQUESTS, "throttled_error", "throttled"),
            Self::Unavailable { .. } => row(StatusCode::SERVICE_UNAVAILABLE, "server_error", "unavailable"),
            Self::Internal { .. } => row(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "error"),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Limited { retry_after } => Some(*retry_after),
            Self::Unavailable { .. } | Self::StillRunning => Some(STORE_RETRY),
            _ => None,
        }
    }

    /// What the log shall say of it, if it is a failure of ours.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable { cause } | Self::Internal { cause } => Some(cause),
            _ => None,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let cause = error.to_string();
        match error {
            StoreError::Unavailable(_) | StoreError::Contended(_) => Self::Unavailable { cause },
            StoreError::Corrupt { .. } | StoreError::Refused(_) => Self::Internal { cause },
            StoreError::TooLarge => Self::refused("This would make the ticket larger than can be stored."),
            StoreError::CarriedOut => Self::StillRunning,
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::NotFound("Not found."),
            ChangeError::Forbidden => Self::Forbidden("Forbidden"),
            ChangeError::Limited { retry_after } => Self::Limited { retry_after },
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotYourNote => Self::Forbidden("You can only change your own notes."),
            Refusal::Tags(error) => Self::invalid("tags", error.to_string()),
        }
    }
}

impl From<BadSetting> for Problem {
    fn from(error: BadSetting) -> Self {
        Self::invalid(format!("conversations_settings.{}", short(&error.key)), error.reason)
    }
}

/// The status and headers; [`render`] adds the body, since only the surface knows its shape.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthenticated(_)) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Which API a response belongs to; each has its own shape of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `{type, code, detail, attr}`.
    Agents,
    /// `{"error": …}`, with `details` by field, and 403 for a missing credential.
    Widget,
    /// `{"error": …}`, by field where one is wrong.
    External,
}

/// Writes the body of a failed response as `surface` does. Paths and methods that no route knows fail here too
/// (decision 26). For `axum::middleware::map_response_with_state`.
pub async fn render(surface: Surface, mut response: Response) -> Response {
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // An extractor of the framework's own, such as for a query string: its words are not this API's.
        None if response.status() == StatusCode::BAD_REQUEST && !is_json(&response) => {
            Problem::refused("The query string can't be read.")
        }
        None if has_body(&response) => return response,
        None => match response.status() {
            StatusCode::NOT_FOUND => Problem::NotFound("Not found."),
            StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
            _ => return response,
        },
    };
    let mut headers = std::mem::replace(response.headers_mut(), HeaderMap::new());
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_TYPE);
    let status = match (surface, &problem) {
        (Surface::Widget, Problem::Unauthenticated(_)) => StatusCode::FORBIDDEN,
        _ => problem.status(),
    };
    let mut rendered = (status, headers, Json(body(surface, &problem))).into_response();
    rendered.extensions_mut().insert(problem);
    rendered
}

fn is_json(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

fn has_body(response: &Response) -> bool {
    response.headers().contains_key(header::CONTENT_TYPE)
}

fn body(surface: Surface, problem: &Problem) -> Value {
    let detail = problem.to_string();
    match (surface, problem) {
        (Surface::Agents, _) => {
            let Row { kind, code, .. } = problem.row();
            let attr = if let Problem::Invalid { attr, .. } = problem { attr.as_deref() } else { None };
            json!({"type": kind, "code": code, "detail": detail, "attr": attr})
        }
        (Surface::Widget, Problem::Invalid { attr: Some(attr), .. }) => {
            json!({"error": "Invalid request data", "details": {attr.as_str(): [detail]}})
        }
        (Surface::External, Problem::Invalid { attr: Some(attr), .. }) => json!({"error": {attr.as_str(): [detail]}}),
        (Surface::Widget | Surface::External, _) => json!({"error": detail}),
    }
}
