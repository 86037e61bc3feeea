//! What a customer's browser tells about the customer: traits, and the context of the session.

use serde_json::{Map, Value};

use crate::{folding::is_blank, text::cut};

/// A JSON object as tickets carry it.
pub type Object = Map<String, Value>;

/// Traits as the widget may send them (widget.md section 10): the first 50 usable entries; keys over 200 characters and
/// values that are not scalars are dropped; values become text, cut at 500 characters; null stays null.
pub fn from_widget(given: &Object) -> Object {
    let usable = given
        .iter()
        .filter(|(key, value)| key.chars().count() <= 200 && !value.is_array() && !value.is_object())
        .take(50)
        .map(|(key, value)| (key.clone(), as_text(value)));
    bounded(usable.collect())
}

fn as_text(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) => Value::String(cut(text, 500).to_owned()),
        other => Value::String(cut(&other.to_string(), 500).to_owned()),
    }
}

/// Session context as the widget may send it: the first 20 usable entries; keys over 100 characters and values that are
/// not scalars are dropped; text is cut at 2,000 characters.
pub fn context_from_widget(given: &Object) -> Object {
    let usable =
        given.iter().filter(|(key, value)| key.chars().count() <= 100 && !value.is_array() && !value.is_object()).take(20).map(
            |(key, value)| {
                let value = match value {
                    Value::String(text) => Value::String(cut(text, 2000).to_owned()),
                    other => other.clone(),
                };
                (key.clone(), value)
            },
        );
    bounded(usable.collect())
}

/// The most keys, and the most bytes, that customers may grow an object of a ticket to. Every message writes the ticket and
/// every list carries it: what one customer stores must stay small beside what the team needs.
const MOST_MERGED: usize = 50;
const MOST_BYTES: usize = 16_000;

/// Merges key by key, as far as there is room. A null never erases what is known (decision 13): the SDK sends both trait
/// keys each time.
pub fn merge(known: &mut Object, given: Object) {
    let size = |key: &str, value: &Value| key.len() + value.to_string().len();
    let mut bytes: usize = known.iter().map(|(key, value)| size(key, value)).sum();
    for (key, value) in given {
        let before = known.get(&key).map(|before| size(&key, before));
        let grown = bytes - before.unwrap_or(0) + size(&key, &value);
        let fits = grown <= MOST_BYTES && (before.is_some() || known.len() < MOST_MERGED);
        if fits && (!value.is_null() || before.is_none()) {
            bytes = grown;
            known.insert(key, value);
        }
    }
}

/// What fits of an object that begins.
fn bounded(given: Object) -> Object {
    let mut kept = Object::new();
    merge(&mut kept, given);
    kept
}

/// The trait `key` if it is text that shows something.
pub fn text<'a>(traits: &'a Object, key: &str) -> Option<&'a str> {
    traits.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !is_blank(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        match value {
            Value::Object(object) => object,
            _ => unreachable!(),
        }
    }

    #[test]
    fn a_null_never_erases() {
        let mut known = object(json!({"name": "Ada", "plan": null}));
        merge(&mut known, object(json!({"name": null, "email": null, "plan": "scale"})));
        assert_eq!(Value::Object(known), json!({"name": "Ada", "plan": "scale", "email": null}));
    }

    #[test]
    fn widget_traits_become_bounded_text() {
        let given =
            object(json!({"name": "é".repeat(600), "n": 1, "yes": true, "list": [1], "none": null, "k".repeat(201): "x"}));
        let traits = from_widget(&given);
        assert_eq!(traits["name"].as_str().unwrap().chars().count(), 500);
        assert_eq!((&traits["n"], &traits["yes"], &traits["none"]), (&json!("1"), &json!("true"), &Value::Null));
        assert_eq!(traits.len(), 4);
    }
}
