//! serde's errors in the API's own words. No name of a Rust type gets out, and no long input is repeated.

use lambdesk_domain::text::short;

use crate::problem::Problem;

/// The problem of a value that serde refused at `path` of the body. The path `.` is the whole body.
pub(crate) fn refused(path: String, error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said);
    let of_whole = path == ".";
    let within = |field: &str| if of_whole { field.to_owned() } else { format!("{path}.{field}") };
    if let Some(field) = named(said, "missing field ") {
        return Problem::required(within(field));
    }
    if let Some(field) = named(said, "duplicate field ") {
        return Problem::invalid(if of_whole { field } else { &path }, "Is given twice.");
    }
    if of_whole { Problem::refused(detail(said)) } else { Problem::invalid(path, detail(said)) }
}

/// The text for a value of the wrong type. `expected` is the right type, in serde's words.
pub(crate) fn wrong_type(expected: &str) -> String {
    let known = match expected {
        "a string" | "a borrowed string" | "a character" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        name if name.starts_with("struct ") => "an object",
        _ => return "Has the wrong type.".to_owned(),
    };
    format!("Has the wrong type: expected {known}.")
}

/// The name in backticks that follows `what`.
fn named<'a>(said: &'a str, what: &str) -> Option<&'a str> {
    said.strip_prefix(what)?.strip_prefix('`')?.strip_suffix('`')
}

fn detail(said: &str) -> String {
    // The caller's text may contain any of these phrases. What serde expected is the code's own text and comes last.
    let (given, expected) = said.rsplit_once(", expected ").unwrap_or((said, ""));
    if let Some(word) = named(given, "unknown variant ") {
        let choices: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
        return format!("\"{}\" is not a valid choice. One of: {}.", short(word), choices.join(", "));
    }
    if let Some(key) = named(given, "unknown field ") {
        return format!("\"{}\" is not a known key.", short(key));
    }
    if given.starts_with("data did not match any variant of untagged enum ") {
        return "Has the wrong type.".to_owned();
    }
    if given.starts_with("invalid type: ") {
        return wrong_type(expected);
    }
    if given.starts_with("invalid value: ") || given.starts_with("invalid length ") {
        return "Is out of range.".to_owned();
    }
    // A field's own check wrote this text, so it is in the API's words already.
    said.to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::{body::parse, problem::Problem};

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        New,
        OnHold,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is refused matters")]
    struct Sample {
        text: Option<String>,
        flag: Option<bool>,
        whole: Option<u32>,
        number: Option<f64>,
        list: Option<Vec<String>>,
        object: Option<serde_json::Map<String, serde_json::Value>>,
        inner: Option<Inner>,
        word: Option<Word>,
        either: Option<Either>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is refused matters")]
    #[serde(deny_unknown_fields)]
    struct Inner {
        needed: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only what is refused matters")]
    enum Either {
        Text(String),
        Whole(u64),
    }

    #[track_caller]
    fn refused(body: &str) -> (String, String) {
        match parse::<Sample>(body.as_bytes()) {
            Err(Problem::Invalid { attr, detail, .. }) => (attr.unwrap_or_default(), detail),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_type_says_which_is_right() {
        for (field, value, expected) in [
            ("text", "5", "text"),
            ("text", r#"{"a": 1}"#, "text"),
            ("flag", "\"true\"", "true or false"),
            ("whole", "1.5", "a whole number"),
            ("whole", "\"1\"", "a whole number"),
            ("number", "\"1\"", "a number"),
            ("list", "\", expected a map\"", "a list"),
            ("object", "[]", "an object"),
            ("inner", "7", "an object"),
        ] {
            let told = refused(&format!(r#"{{"{field}": {value}}}"#));
            assert_eq!(told, (field.to_owned(), format!("Has the wrong type: expected {expected}.")), "{value}");
        }
        assert_eq!(refused(r#"{"list": ["a", 5]}"#), ("list[1]".into(), "Has the wrong type: expected text.".into()));
        assert_eq!(refused(r#"{"word": 5}"#), ("word".into(), "Has the wrong type: expected text.".into()));
    }

    #[test]
    fn other_flaws_are_told_in_words_of_ours() {
        assert_eq!(refused(r#"{"whole": -1}"#), ("whole".into(), "Is out of range.".into()));
        assert_eq!(refused(r#"{"inner": {}}"#), ("inner.needed".into(), "This field is required.".into()));
        assert_eq!(refused(r#"{"either": []}"#), ("either".into(), "Has the wrong type.".into()));
        let unknown = refused(r#"{"inner": {"needed": 1, "nope": 2}}"#).1;
        assert_eq!(unknown, "\"nope\" is not a known key.");
        assert_eq!(refused(r#"{"text": "a", "text": "b"}"#), ("text".into(), "Is given twice.".into()));
    }

    #[test]
    fn choices_are_listed_and_long_words_not_repeated() {
        let told = |word: &str| refused(&serde_json::json!({"word": word}).to_string());
        assert_eq!(told("x").1, "\"x\" is not a valid choice. One of: new, on_hold.");
        let sly = "`, expected one of `a` at line 1 column 2";
        assert_eq!(told(sly).1, format!("\"{sly}\" is not a valid choice. One of: new, on_hold."));
        let long = told(&"\u{1F600}".repeat(5000)).1;
        assert_eq!(long, format!("\"{}…\" is not a valid choice. One of: new, on_hold.", "\u{1F600}".repeat(100)));
    }
}
