//! Every way a request can fail, in one table (docs/decisions.md, 25).
//!
//! Handlers and extractors return a [`Problem`]. Only this module knows its status, code and text, and only [`crate::surface`]
//! knows the JSON shape of each API. The cause of a server error travels with the response to the edge. The edge logs it once
//! and never sends it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use lambdesk_domain::{
    Refusal, administration::Denial, message::BadContent, satisfaction::NotTaken, settings::BadSetting, text::short,
};
use lambdesk_store::{ChangeError, StoreError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The code of what was changed by someone else.
pub const CHANGED: &str = "changed_meanwhile";
/// The code of a reply before which someone else has written.
pub const NEWER: &str = "newer_message";
/// The seconds in `Retry-After` when the store is unavailable, or the same request is still running.
const STORE_RETRY: u32 = 1;

/// Why a request fails.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Problem {
    /// A field is wrong.
    #[error("{detail}")]
    Invalid {
        /// The path of the field; `None` if the request as a whole is wrong.
        attr: Option<String>,
        /// What is wrong, as one word for programs.
        code: &'static str,
        /// What is wrong, in a sentence.
        detail: String,
    },
    /// The body is not JSON that can be read.
    #[error("{0}")]
    Malformed(String),
    /// No credential, or none that is known.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The credential is known, but does not allow this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Not there, or not in reach.
    #[error("{0}")]
    NotFound(&'static str),
    /// It was there, and has expired.
    #[error("{0}")]
    Gone(&'static str),
    /// The body did not come in time.
    #[error("The request body did not arrive in time.")]
    TooSlow,
    /// The path has no such method.
    #[error("This method is not allowed here.")]
    MethodNotAllowed,
    /// The present state of the desk forbids it.
    #[error("{detail}")]
    Conflict {
        /// What forbids it, as one word for programs.
        code: &'static str,
        /// What forbids it, in a sentence.
        detail: &'static str,
    },
    /// The sending service does not take a mail.
    #[error("SES does not take the mail: {reason}")]
    MailRefused {
        /// Why, in its own words.
        reason: String,
    },
    /// Someone else was faster.
    #[error("{}", .0.detail)]
    Overtaken(Box<Overtaken>),
    /// A request with the same `Idempotency-Key` is still running.
    #[error("The same request is being carried out.")]
    StillRunning,
    /// The body is over the limit.
    #[error("The request body is larger than 1 MB.")]
    TooLarge,
    /// What browsers send beside the chat is over its own limit, or unfolds to too much.
    #[error("The request has more than is taken at once.")]
    TooMuch,
    /// A source map is over its own limit, as it is sent or unzipped.
    #[error("{0}")]
    MapTooLarge(String),
    /// A browser session is not known yet. It may be in a moment.
    #[error("No ticket names this session yet. Please try again.")]
    NotNamedYet,
    /// The content type is not JSON.
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
        /// The cause, for the log only.
        cause: String,
    },
    /// A bug, or an item that can't be read.
    #[error("A server error occurred.")]
    Internal {
        /// The cause, for the log only.
        cause: String,
    },
}

/// What someone else did before the request came, for its caller to see.
#[derive(Debug, Clone)]
pub struct Overtaken {
    /// 409 or 412.
    pub status: StatusCode,
    /// What happened, as one word for programs.
    pub code: &'static str,
    /// What happened, in a sentence.
    pub detail: String,
    /// The `ETag` of the present state.
    pub etag: Option<HeaderValue>,
    /// The whole body, where the operation says more than other errors do.
    pub body: Option<Value>,
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// A field, header or parameter is wrong.
    ValidationError,
    /// The credential is missing, unknown, or not enough.
    AuthenticationError,
    /// Too many calls.
    ThrottledError,
    /// The request can't be carried out as things are.
    InvalidRequest,
    /// The desk is at fault, or briefly away.
    ServerError,
}

/// A problem's row in the table.
pub(crate) struct Row {
    pub(crate) status: StatusCode,
    pub(crate) kind: ErrorType,
    pub(crate) code: &'static str,
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

    /// A change that is refused, with 412, because something is another version than the caller knows. `etag` is that of the
    /// present one.
    pub fn changed_meanwhile(etag: HeaderValue) -> Self {
        Self::Overtaken(Box::new(Overtaken {
            status: StatusCode::PRECONDITION_FAILED,
            code: CHANGED,
            detail: "It was changed meanwhile.".to_owned(),
            etag: Some(etag),
            body: None,
        }))
    }

    /// The status that the agents' and the external API answer with.
    pub fn status(&self) -> StatusCode {
        self.row().status
    }

    pub(crate) fn row(&self) -> Row {
        let row = |status, kind, code| Row { status, kind, code };
        match self {
            Self::Invalid { code, .. } => row(StatusCode::BAD_REQUEST, ErrorType::ValidationError, code),
            Self::Malformed(_) => row(StatusCode::BAD_REQUEST, ErrorType::ValidationError, "parse_error"),
            Self::Unauthenticated(_) => row(StatusCode::UNAUTHORIZED, ErrorType::AuthenticationError, "not_authenticated"),
            Self::Forbidden(_) => row(StatusCode::FORBIDDEN, ErrorType::AuthenticationError, "permission_denied"),
            Self::NotFound(_) => row(StatusCode::NOT_FOUND, ErrorType::InvalidRequest, "not_found"),
            Self::Gone(_) => row(StatusCode::GONE, ErrorType::InvalidRequest, "gone"),
            Self::TooSlow => row(StatusCode::REQUEST_TIMEOUT, ErrorType::InvalidRequest, "request_timeout"),
            Self::MethodNotAllowed => row(StatusCode::METHOD_NOT_ALLOWED, ErrorType::InvalidRequest, "method_not_allowed"),
            Self::Conflict { code, .. } => row(StatusCode::CONFLICT, ErrorType::InvalidRequest, code),
            Self::MailRefused { .. } => row(StatusCode::CONFLICT, ErrorType::InvalidRequest, "mail_refused"),
            Self::Overtaken(by) => row(by.status, ErrorType::InvalidRequest, by.code),
            Self::StillRunning => row(StatusCode::CONFLICT, ErrorType::InvalidRequest, "request_in_progress"),
            Self::TooLarge | Self::TooMuch | Self::MapTooLarge(_) => {
                row(StatusCode::PAYLOAD_TOO_LARGE, ErrorType::InvalidRequest, "request_too_large")
            }
            Self::NotNamedYet => row(StatusCode::SERVICE_UNAVAILABLE, ErrorType::ServerError, "not_named_yet"),
            Self::NotJson => row(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorType::InvalidRequest, "unsupported_media_type"),
            Self::KeyReused => row(StatusCode::UNPROCESSABLE_ENTITY, ErrorType::InvalidRequest, "idempotency_key_reused"),
            Self::Limited { .. } => row(StatusCode::TOO_MANY_REQUESTS, ErrorType::ThrottledError, "throttled"),
            Self::Unavailable { .. } => row(StatusCode::SERVICE_UNAVAILABLE, ErrorType::ServerError, "unavailable"),
            Self::Internal { .. } => row(StatusCode::INTERNAL_SERVER_ERROR, ErrorType::ServerError, "error"),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Limited { retry_after } => Some(*retry_after),
            Self::Unavailable { .. } | Self::StillRunning | Self::NotNamedYet => Some(STORE_RETRY),
            _ => None,
        }
    }

    /// The cause that is logged, if the server is at fault.
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
            // Handlers say more: what is newer, and who changed what.
            Refusal::NewerMessage => {
                Self::Conflict { code: NEWER, detail: "Someone else has written meanwhile, and nothing was sent." }
            }
            Refusal::Unmet(_) => Self::Overtaken(Box::new(Overtaken {
                status: StatusCode::PRECONDITION_FAILED,
                code: CHANGED,
                detail: refusal.to_string(),
                etag: None,
                body: None,
            })),
            Refusal::Satisfaction(error @ NotTaken::NotAsked) => Self::refused(error.to_string()),
            Refusal::Satisfaction(NotTaken::Expired) => Self::Gone("This question has expired."),
            Refusal::Satisfaction(error @ NotTaken::NoRating) => Self::invalid("rating", error.to_string()),
            Refusal::Satisfaction(error @ NotTaken::TooLong) => Self::invalid("comment", error.to_string()),
            Refusal::Tags(error) => Self::invalid("tags", error.to_string()),
            Refusal::TooManyRecipients => Self::invalid("cc", refusal.to_string()),
            Refusal::TooFar(field) => Self::invalid(field, refusal.to_string()),
            Refusal::NotByMail => Self::invalid("cc_participants", refusal.to_string()),
            Refusal::Outsider(_) => Self::invalid("assignee", refusal.to_string()),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::NoSuchMember | Denial::NoSuchRole => Self::NotFound("Not found."),
            Denial::TooMany(_) | Denial::TooLarge(_) => Self::refused(denial.to_string()),
            Denial::MemberAlready => Self::invalid("email", denial.to_string()),
            Denial::LastAdmin => {
                Self::Conflict { code: "last_admin", detail: "A project keeps an administrator, and this is the last one." }
            }
            Denial::RoleNameTaken => Self::invalid("name", denial.to_string()),
            Denial::RoleOfOutsider(_) => Self::invalid("members", denial.to_string()),
            Denial::HandToRemoved | Denial::HandToOutsider(_) => Self::invalid("hand_to", denial.to_string()),
            Denial::KeyForStranger => Self::invalid("user", denial.to_string()),
            Denial::Key(beyond) => Self::Forbidden(beyond.text()),
        }
    }
}

impl From<BadSetting> for Problem {
    fn from(error: BadSetting) -> Self {
        Self::invalid(format!("conversations_settings.{}", short(&error.key)), error.reason)
    }
}

/// The status and headers; [`crate::surface::render`] adds the body, whose shape only the surface knows.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Self::Overtaken(by) = &self
            && let Some(etag) = &by.etag
        {
            response.headers_mut().insert(header::ETAG, etag.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::administration::{BeyondKey, Most};

    use super::*;

    #[test]
    fn a_denial_tells_the_field_that_is_wrong() {
        let told = |denial: Denial| match Problem::from(denial) {
            Problem::Invalid { attr, .. } => (400, attr),
            other => (other.status().as_u16(), None),
        };
        let field = |name: &str| (400, Some(name.to_owned()));
        assert_eq!(told(Denial::MemberAlready), field("email"));
        assert_eq!(told(Denial::RoleNameTaken), field("name"));
        assert_eq!(told(Denial::HandToRemoved), field("hand_to"));
        assert_eq!(told(Denial::KeyForStranger), field("user"));
        assert_eq!(told(Denial::TooMany(Most::Roles)), (400, None));
        assert_eq!(told(Denial::NoSuchRole), (404, None));
        assert_eq!(told(Denial::LastAdmin), (409, None));
        assert_eq!(told(BeyondKey::EndKey.into()), (403, None));
    }
}
