//! Request bodies: JSON, whose content type, encoding, nesting and text are checked before it is parsed (docs/decisions.md, 27
//! and 49).

use std::{borrow::Cow, collections::HashMap, fmt};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use crate::{problem::Problem, wording};

/// The largest body, in bytes.
pub const LARGEST: usize = 1_000_000;
/// The deepest nesting of arrays and objects.
const DEEPEST: u32 = 64;

/// The body's bytes. The edge reads the whole body and attaches it to the request, so that several extractors can look at it.
#[derive(Clone)]
pub struct Raw(pub Bytes);

/// A request body, parsed from JSON. Another content type is 415, and a body that does not parse is 400.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let Raw(bytes) = request.extensions().get::<Raw>().cloned().unwrap_or(Raw(Bytes::new()));
        content_type(request.headers(), &bytes)?;
        parse(&bytes).map(Self)
    }
}

fn content_type(headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let essence = essence(headers);
    if is_json(&essence) || (essence.is_empty() && body.is_empty()) { Ok(()) } else { Err(Problem::NotJson) }
}

/// The media type in `Content-Type`, in lower case and without parameters; empty if the header is absent.
fn essence(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).map_or(Ok(""), |value| value.to_str()).unwrap_or("?");
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(essence: &str) -> bool {
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Refuses a body that claims to be JSON and is not UTF-8, whichever handler reads it and however much of it the handler reads.
/// What is encoded is no text yet.
pub(crate) fn check_text(parts: &Parts, body: &[u8]) -> Result<(), Problem> {
    let is_encoded = parts.headers.contains_key(header::CONTENT_ENCODING);
    if is_json(&essence(&parts.headers)) && !is_encoded { utf8(body) } else { Ok(()) }
}

fn utf8(body: &[u8]) -> Result<(), Problem> {
    match std::str::from_utf8(body) {
        Ok(_) => Ok(()),
        Err(error) => Err(Problem::Malformed(format!("JSON parse error: byte {} is not UTF-8.", error.valid_up_to() + 1))),
    }
}

/// Parses a JSON object; an empty body counts as `{}`. An error names the wrong field by its path.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    // serde checks neither the encoding nor the nesting of values that it skips.
    utf8(bytes)?;
    inspect(bytes)?;
    object(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match error.into_inner() {
            inner if inner.is_data() => wording::refused(path, &inner),
            // An enum of words reports a syntax error where it meets a value that is no string. If the whole body is valid
            // JSON, the syntax is right and the type is wrong.
            _ if path != "." && serde_json::from_slice::<Value>(bytes).is_ok() => {
                Problem::invalid(path, wording::wrong_type("a string"))
            }
            inner => malformed(&inner),
        }
    })?;
    json.end().map_err(|_| Problem::Malformed("JSON parse error: text after the end.".to_owned()))?;
    Ok(value)
}

/// Refuses JSON that is not an object. serde would read an array as a struct, by position.
fn object(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|error| malformed(&error))?;
    Err(Problem::refused("The body must be a JSON object."))
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::Malformed(format!("JSON parse error at line {} column {}.", error.line(), error.column()))
}

/// Refuses nesting that is too deep, NUL characters and lone surrogates. It takes one pass over the bytes, before any value is
/// built.
fn inspect(bytes: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut in_text, mut at) = (0_u32, false, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if in_text => {
                match escaped(bytes, at) {
                    Some(0) => return Err(Problem::Malformed("Text must not contain NUL characters.".to_owned())),
                    // The first half of a surrogate pair needs the second half right behind it. Both are skipped together.
                    Some(0xD800..=0xDBFF) if matches!(escaped(bytes, at + 6), Some(0xDC00..=0xDFFF)) => at += 6,
                    Some(0xD800..=0xDFFF) => {
                        return Err(Problem::Malformed("JSON parse error: half of a surrogate pair.".to_owned()));
                    }
                    _ => {}
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

/// The UTF-16 code unit of the escape `\uXXXX` that starts at `at`; `None` if no such escape starts there.
fn escaped(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The entries of an object, in the order they were sent. A key that is sent twice keeps its first place and takes its last
/// value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InOrder(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = InOrder;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InOrder, A::Error> {
                let (mut entries, mut places) = (Vec::new(), HashMap::new());
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    let place = *places.entry(key.clone()).or_insert(entries.len());
                    if place == entries.len() {
                        entries.push((key, value));
                    } else {
                        entries[place].1 = value;
                    }
                }
                Ok(InOrder(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
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

/// The value of a query parameter, percent-decoded. If the parameter is sent more than once, the last value counts.
pub fn query_value<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    form_pairs(query).filter(|(key, _)| key == name).last().map(|(_, value)| value)
}

/// The values of a parameter that may come several times.
pub fn query_values(query: &str, name: &str) -> Vec<String> {
    form_pairs(query).filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
}

fn form_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
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
    fn entries_keep_their_order() {
        let read = |json: &str| serde_json::from_str::<InOrder>(json).map(|InOrder(entries)| entries);
        let expected = vec![("z".to_owned(), Value::from(3)), ("a".to_owned(), Value::Null)];
        assert_eq!(read(r#"{"z": 1, "a": null, "z": 3}"#).unwrap(), expected);
        assert!(read("[]").unwrap_err().to_string().contains("expected a map"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(
            matches!(parse::<Sample>(b"{}"), Err(Problem::Invalid { attr: Some(attr), code: "required", .. }) if attr == "name")
        );
        assert!(matches!(parse::<Sample>(br#"{"name": 5}"#), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "name"));
        assert!(matches!(parse::<Sample>(b"{"), Err(Problem::Malformed(_))));
        assert!(matches!(parse::<Sample>(br#"{"name": "x"} y"#), Err(Problem::Malformed(_))));
        assert!(detail(br#"{"name": "\ud800"}"#).contains("parse error"), "a lone surrogate");
        assert!(detail(br#"{"name": "a\u0000b"}"#).contains("NUL"));
        assert!(parse::<Sample>(br#"{"name": "a\\u0000b"}"#).is_ok(), "an escaped backslash before u0000");
    }

    #[test]
    fn what_is_passed_over_is_text_too() {
        for bad in
            [b"{\"name\": \"x\", \"y\": \"\xff\"}".as_slice(), b"{\"name\": \"x\", \"\xc3\": 1}", b"\xff\xfe{\0}\0", b"\xc0\x80"]
        {
            assert!(detail(bad).contains("not UTF-8"), "{bad:?}");
        }
        for half in [r"\ud800", r"\udc00", r"\ud83e\ud83e", r"\uDBFFx", r"\udc00\ud800", r"\ud800\\udc00", r"\ud83e\udd8a\ud83e"]
        {
            assert!(detail(format!(r#"{{"name": "x", "y": "{half}"}}"#).as_bytes()).contains("surrogate"), "{half}");
        }
        assert!(detail(br#"{"name": "x", "y": ["a\u0000"]}"#).contains("NUL"));
        for whole in [r"\ud83e\udd8a", r"\\ud800", r"\u00e9", "\u{1F98A}"] {
            assert!(parse::<Sample>(format!(r#"{{"name": "x", "y": "{whole}"}}"#).as_bytes()).is_ok(), "{whole}");
        }
    }

    #[test]
    fn a_body_is_an_object() {
        for body in ["[]", r#"["x", 1]"#, r#""x""#, "3", "null", " true "] {
            assert_eq!(detail(body.as_bytes()), "The body must be a JSON object.", "{body}");
            assert!(parse::<Value>(body.as_bytes()).is_err(), "whatever it is read as: {body}");
        }
        for body in ["nul", "[", " ", "x", "\u{feff}{}"] {
            assert!(detail(body.as_bytes()).starts_with("JSON parse error at line 1"), "{body}");
        }
        assert!(parse::<Value>(b"\n {}").is_ok() && parse::<Value>(b"").is_ok());
    }

    #[test]
    fn nesting_has_an_end_and_brackets_in_text_are_text() {
        let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(parse::<Value>(nested(64).as_bytes()).is_ok());
        assert!(matches!(parse::<Value>(nested(65).as_bytes()), Err(Problem::Malformed(_))));
        assert!(matches!(parse::<Value>(nested(500_000).as_bytes()), Err(Problem::Malformed(_))));
        assert!(parse::<Value>(format!(r#"{{"a": "{}"}}"#, "[".repeat(1000)).as_bytes()).is_ok());
    }
}
