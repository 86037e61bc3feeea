//! Snapshots of whole answers: the files of `tests/it/bodies/`. A stable name stands there for what differs from run to run.

use insta::{Settings, assert_compact_json_snapshot};
use lambdesk_domain::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// How many characters a UUID has.
const UUID: usize = 36;
/// How many characters a time has down to its second.
const SECOND: usize = "2026-03-09T09:00:00".len();
/// How many characters it has down to its microsecond.
const MICROSECOND: usize = "2026-03-09T09:00:00.000000Z".len();

/// Compares an answer with its snapshot. `names` are values, mostly ids, with the names that stand for them. Other ids are
/// numbered as they come.
pub(crate) fn snapshot(file: &str, answer: &Value, names: &[(&str, &str)]) {
    let mut stable = Stable { names, ids: Vec::new() };
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../bodies");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| assert_compact_json_snapshot!(file, stable.value(answer)));
}

struct Stable<'a> {
    names: &'a [(&'a str, &'a str)],
    ids: Vec<Uuid>,
}

impl Stable<'_> {
    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(list) => list.iter().map(|value| self.value(value)).collect(),
            Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), self.value(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        // Each reading of a test's clock is later by a microsecond, and how often the desk reads it differs.
        if text.len() == MICROSECOND && text.ends_with('Z') && text.parse::<Timestamp>().is_ok() {
            return format!("{}.…Z", &text[..SECOND]);
        }
        let named = self.names.iter().fold(text.to_owned(), |text, (value, name)| text.replace(value, &format!("<{name}>")));
        let named = replaced(&named, "http://127.0.0.1:", |c| c.is_ascii_digit(), "<port>");
        let named = replaced(&named, "cursor=", |c| c != '&', "<cursor>");
        self.numbered(&named)
    }

    /// The text with `<id 1>` and so on in place of UUIDs.
    fn numbered(&mut self, text: &str) -> String {
        let (mut done, mut rest) = (String::new(), text);
        while let Some(next) = rest.chars().next() {
            let (length, name) = match rest.get(..UUID).and_then(|id| Uuid::try_parse(id).ok()) {
                Some(id) => (UUID, format!("<id {}>", self.number(id))),
                None => (next.len_utf8(), next.to_string()),
            };
            done += &name;
            rest = &rest[length..];
        }
        done
    }

    /// The number of an id, from 1. The same id has the same number.
    fn number(&mut self, id: Uuid) -> usize {
        let place = self.ids.iter().position(|known| *known == id).unwrap_or(self.ids.len());
        if place == self.ids.len() {
            self.ids.push(id);
        }
        place + 1
    }
}

/// The text with `name` in place of what follows `before` and has such characters.
fn replaced(text: &str, before: &str, such: fn(char) -> bool, name: &str) -> String {
    let Some((left, right)) = text.split_once(before) else { return text.to_owned() };
    format!("{left}{before}{name}{}", right.trim_start_matches(such))
}
