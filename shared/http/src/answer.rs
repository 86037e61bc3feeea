//! A JSON answer that can be stored with its effect, and sent again when the request is repeated.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::problem::Problem;

/// The header that marks an answer as a replay of an earlier one.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A status and a JSON body, as the bytes that are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// An answer with this status, and `body` as JSON.
    pub fn new(status: StatusCode, body: &impl Serialize) -> Self {
        // A type of ours that cannot be written as JSON would be a bug. The client then gets an empty body instead of a panic.
        Self { status, body: serde_json::to_vec(body).unwrap_or_default() }
    }

    /// The answer 200 with this body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// The answer 201 with the body of what was created.
    pub fn created(body: &impl Serialize) -> Self {
        Self::new(StatusCode::CREATED, body)
    }

    /// The answer 204, which has no body.
    pub const fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Vec::new() }
    }

    /// The answer as bytes for [`lambdesk_store::Receipt`]: the status in two bytes, big-endian, then the body.
    pub fn encode(&self) -> Vec<u8> {
        [self.status.as_u16().to_be_bytes().as_slice(), &self.body].concat()
    }

    /// Reads what [`Self::encode`] wrote. Anything else is [`Problem::Internal`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        let read = || {
            let (status, body) = bytes.split_first_chunk::<2>()?;
            let status = StatusCode::from_u16(u16::from_be_bytes(*status)).ok()?;
            Some(Self { status, body: body.to_vec() })
        };
        read().ok_or_else(|| Problem::Internal { cause: "an answer that was kept can't be read".to_owned() })
    }

    /// The response of a replay: the same status and body, and the header [`REPLAYED`] (docs/decisions.md, 33).
    pub fn replayed(self) -> Response {
        let mut response = self.into_response();
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if self.status == StatusCode::NO_CONTENT {
            return self.status.into_response();
        }
        (self.status, [(header::CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}
