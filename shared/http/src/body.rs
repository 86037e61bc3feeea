//! Request bodies: JSON, checked before it is believed (decisions 27 and 49).

use std::borrow::Cow;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};

use crate::problem::Problem;

/// The largest body, in bytes.
pub const LARGEST: usize = 1_000_000;
/// The deepest nesting of arrays and objects.
const DEEPEST: u32 = 64;

/// The body as the edge has read it, for extractors that look at it before or beside the one that parses it.
#[derive(Clone)]
pub struct Raw(pub Bytes);

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let Raw(bytes) = request.extensions().get::<Raw>().cloned().unwrap_or(Raw(Bytes::new()));
        content_type(request.headers(), &bytes)?;
        let value = parse(&bytes)?;
        // serde also reads an array as a struct, by position; every body of ours is an object.
        match bytes.trim_ascii_start().first() {
            Some(b'{') | None => Ok(Self(value)),
            Some(_) => Err(Problem::refused("The body must be a JSON object.")),
        }
    }
}

fn content_type(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).map_or(Ok(""), |value| value.to_str()).unwrap_or("?");
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if json || (essence.is_empty() && body.is_empty()) { Ok(()) } else { Err(Problem::NotJson) }
}

/// Parses JSON; an empty body is an empty object. A wrong field is named by its path.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    inspect(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let well_formed = || serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
        if !inner.is_data() {
            // An enum that meets a number calls that a syntax error; the document knows better.
            if path != "." && well_formed() {
                return Problem::invalid(path, "Has the wrong type.");
            }
            return Problem::Malformed(format!("JSON parse error at line {} column {}.", inner.line(), inner.column()));
        }
        let said = inner.to_string();
        let detail = said.split(" at line ").next().unwrap_or_default().to_owned();
        match missing_field(&detail) {
            Some(field) => Problem::required(if path == "." { field.to_owned() } else { format!("{path}.{field}") }),
            None if path == "." => Problem::refused(detail),
            None => Problem::invalid(path, detail),
        }
    })?;
    json.end().map_err(|_| Problem::Malformed("JSON parse error: text after the end.".to_owned()))?;
    Ok(value)
}

fn missing_field(detail: &str) -> Option<&str> {
    detail.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Refuses nesting that is too deep and NUL characters, in one pass over the bytes and before anything is built.
fn inspect(bytes: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut in_text, mut at) = (0_u32, false, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if in_text => {
                if bytes.get(at + 1..at + 6) == Some(b"u0000") {
                    return Err(Problem::Malformed("Text must not contain NUL characters.".to_owned()));
                }
                at += 1;
            }
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(Problem::Malformed(format!("JSON is nested deeper than {DEEPEST} levels.")));
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// For `Option<Option<T>>`: absent is `None`, null is `Some(None)`, a value is `Some(Some(value))`.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A field that may be absent but not null.
pub fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Option::deserialize(deserializer)?;
    value.map(Some).ok_or_else(|| D::Error::custom("This field may not be null."))
}

/// A query parameter as it was sent, percent-decoded; the last one wins.
pub fn query_value<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    form_pairs(query).filter(|(key, _)| key == name).last().map(|(_, value)| value)
}

fn form_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        name: String,
        #[serde(default, deserialize_with = "nullable")]
        note: Option<Option<u8>>,
    }

    fn detail(body: &[u8]) -> String {
        parse::<Sample>(body).unwrap_err().to_string()
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        let note = |body: &str| parse::<Sample>(body.as_bytes()).unwrap().note;
        assert_eq!(note(r#"{"name": "x"}"#), None);
        assert_eq!(note(r#"{"name": "x", "note": null}"#), Some(None));
        assert_eq!(note(r#"{"name": "x", "note": 1}"#), Some(Some(1)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(
            matches!(parse::<Sample>(b"{}"), Err(Problem::Invalid { attr: Some(attr), code: "required", .. }) if attr == "name")
        );
        assert!(matches!(parse::<Sample>(br#"{"name": 5}"#), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "name"));
        assert!(matches!(parse::<Sample>(b"[]"), Err(Problem::Invalid { .. })));
        assert!(matches!(parse::<Sample>(b"{"), Err(Problem::Malformed(_))));
        assert!(matches!(parse::<Sample>(br#"{"name": "x"} y"#), Err(Problem::Malformed(_))));
        assert!(detail(br#"{"name": "\ud800"}"#).contains("parse error"), "a lone surrogate");
        assert!(detail(br#"{"name": "a\u0000b"}"#).contains("NUL"));
        assert!(parse::<Sample>(br#"{"name": "a\\u0000b"}"#).is_ok(), "an escaped backslash before u0000");
    }

    #[test]
    fn nesting_has_an_end_and_brackets_in_text_are_text() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse::<Value>(nested(64).as_bytes()).is_ok());
        assert!(matches!(parse::<Value>(nested(65).as_bytes()), Err(Problem::Malformed(_))));
        assert!(matches!(parse::<Value>(nested(500_000).as_bytes()), Err(Problem::Malformed(_))));
        assert!(parse::<Value>(format!(r#""{}""#, "[".repeat(1000)).as_bytes()).is_ok());
    }
}
