//! `ETag` and `If-Match` (docs/decisions.md, 57): what a caller was shown is named when it is changed, so that nobody overwrites
//! unseen what someone else wrote.

use std::fmt::Display;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use lambdesk_domain::Timestamp;

use crate::problem::Problem;

/// The entity tag of something: a ticket's `updated_at` in microseconds, or a version.
pub fn etag(of: impl Display) -> HeaderValue {
    // Both are digits. Anything else would not be sent.
    HeaderValue::from_str(&format!("\"{of}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The entity tag of a ticket that was last changed at this time.
pub fn etag_at(updated_at: Timestamp) -> HeaderValue {
    etag(updated_at.micros())
}

/// An answer with an `ETag`.
pub struct Tagged<T>(pub HeaderValue, pub T);

impl<T: IntoResponse> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let Self(tag, answer) = self;
        let mut response = answer.into_response();
        response.headers_mut().insert(header::ETAG, tag);
        response
    }
}

/// The tags in `If-Match`. A weak tag is 400, and so is what is no tag: a caller that wants to be safe must not be unsafe by a
/// slip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// The times that a ticket may have been changed at last; `None` for any.
    pub fn times(&self) -> Option<Vec<Timestamp>> {
        let time = |tag: &String| tag.parse().ok().and_then(Timestamp::from_micros);
        self.0.as_ref().map(|tags| tags.iter().filter_map(time).collect())
    }

    /// Refuses a version that is none of those named, with 412 and the tag of the present one.
    pub fn allow(&self, version: u64) -> Result<(), Problem> {
        match &self.0 {
            Some(tags) if !tags.iter().any(|tag| *tag == version.to_string()) => Err(Problem::changed_meanwhile(etag(version))),
            Some(_) | None => Ok(()),
        }
    }

    /// The same for a change, which is allowed too if it leaves everything as it is.
    pub fn allow_change(&self, version: u64, is_so_already: bool) -> Result<(), Problem> {
        if is_so_already { Ok(()) } else { self.allow(version) }
    }

    fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut tags = Vec::new();
        for value in headers.get_all(header::IF_MATCH) {
            let value = value.to_str().map_err(|_| malformed())?.trim();
            if value == "*" {
                return Ok(Self(None));
            }
            for tag in value.split(',').map(str::trim) {
                if tag.starts_with("W/") {
                    return Err(Problem::refused("If-Match takes strong tags only, as `ETag` has them."));
                }
                let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(malformed)?;
                tags.push(inner.to_owned());
            }
        }
        Ok(Self((!tags.is_empty()).then_some(tags)))
    }
}

fn malformed() -> Problem {
    Problem::refused("If-Match must be `*`, or tags in double quotes, separated by commas.")
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(&parts.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<IfMatch, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        IfMatch::read(&headers)
    }

    #[test]
    fn tags_are_read_as_they_are_sent() {
        assert_eq!((read(&[]).unwrap(), read(&["*"]).unwrap()), (IfMatch(None), IfMatch(None)));
        let two = IfMatch(Some(vec!["1".into(), "2".into()]));
        assert_eq!((read(&[r#""1", "2""#]).unwrap(), read(&[r#""1""#, r#" "2" "#]).unwrap()), (two.clone(), two.clone()));
        for bad in [r#"W/"1""#, r#""1", W/"2""#, "1", r#""1"#, "", "\""] {
            assert_eq!(read(&[bad]).unwrap_err().status().as_u16(), 400, "{bad}");
        }
        assert!(two.allow(2).is_ok() && IfMatch(None).allow(9).is_ok());
        assert_eq!(two.allow(3).unwrap_err().status().as_u16(), 412);
        assert_eq!(two.times().unwrap().len(), 2);
        assert_eq!(read(&[r#""x""#]).unwrap().times(), Some(Vec::new()), "no ticket was ever changed then");
    }
}
