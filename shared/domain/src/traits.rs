//! What a customer's browser tells about the customer: traits, and the context of the session.

use serde_json::{Map, Value};

use crate::{
    folding::is_blank,
    text::{cut, fits},
};

/// A JSON object as tickets carry it.
pub type Object = Map<String, Value>;

/// Entries of a JSON object in the order in which they were sent. Which of too many are kept follows from it.
pub type Entries = Vec<(String, Value)>;

/// The traits that are kept whatever else was sent: whom the team speaks to, and where an answer finds them.
const ALWAYS: [&str; 2] = ["name", "email"];
/// The same of a session's context: what the SDK tells.
const ALWAYS_OF_CONTEXT: [&str; 2] = ["session_replay_url", "current_url"];

/// Traits as the widget may send them (widget.md section 10): the first 50 usable entries in the order sent, `name` and `email`
/// wherever they stand; keys over 200 characters and values that are not scalars are dropped; values become text, cut at 500
/// characters; null stays null. What has to fit first comes first.
pub fn from_widget(given: &[(String, Value)]) -> Entries {
    usable(given, 200, 50, ALWAYS, |value| match value {
        Value::Null => Value::Null,
        Value::String(text) => Value::String(cut(text, 500).to_owned()),
        other => Value::String(cut(&other.to_string(), 500).to_owned()),
    })
}

/// Session context as the widget may send it: the first 20 usable entries in the order sent, the two addresses that the SDK
/// tells wherever they stand; keys over 100 characters and values that are not scalars are dropped; text is cut at 2,000
/// characters.
pub fn context_from_widget(given: &[(String, Value)]) -> Entries {
    usable(given, 100, 20, ALWAYS_OF_CONTEXT, |value| match value {
        Value::String(text) => Value::String(cut(text, 2000).to_owned()),
        other => other.clone(),
    })
}

fn usable(
    given: &[(String, Value)],
    longest_key: usize,
    most: usize,
    always: [&str; 2],
    value: impl Fn(&Value) -> Value,
) -> Entries {
    let usable = given.iter().filter(|(key, value)| fits(key, longest_key) && !value.is_array() && !value.is_object());
    let kept = usable.enumerate().filter(|(place, (key, _))| *place < most || always.contains(&key.as_str()));
    let (mut first, rest): (Entries, Entries) =
        kept.map(|(_, (key, given))| (key.clone(), value(given))).partition(|(key, _)| always.contains(&key.as_str()));
    first.extend(rest);
    first
}

/// The most keys beside `name` and `email`, and the most bytes, that customers may grow an object of a ticket to. Every message
/// writes the ticket and every list carries it: what one customer stores must stay small beside what the team needs.
const MOST_MERGED: usize = 50;
const MOST_BYTES: usize = 16_000;

/// Merges key by key, in order, as far as there is room; for a name and an address there always is. A null never erases what is
/// known (decision 13): the SDK sends both trait keys each time.
pub fn merge(known: &mut Object, given: Entries) {
    let always = |key: &str| ALWAYS.contains(&key);
    let size = |key: &str, value: &Value| key.len() + value.to_string().len();
    let mut bytes: usize = known.iter().map(|(key, value)| size(key, value)).sum();
    let mut keys = known.keys().filter(|key| !always(key)).count();
    for (key, value) in given {
        let before = known.get(&key).map(|before| size(&key, before));
        let grown = bytes - before.unwrap_or(0) + size(&key, &value);
        let fits = always(&key) || (grown <= MOST_BYTES && (before.is_some() || keys < MOST_MERGED));
        if fits && (!value.is_null() || before.is_none()) {
            bytes = grown;
            keys += usize::from(before.is_none() && !always(&key));
            known.insert(key, value);
        }
    }
}

/// What fits of an object that begins.
pub fn collected(given: Entries) -> Object {
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

    /// In the order of the text, which the map of `json!` does not keep.
    fn entries(keys: impl IntoIterator<Item = String>) -> Entries {
        keys.into_iter().map(|key| (key.clone(), json!(format!("{key}'s")))).collect()
    }

    fn keys(entries: &Entries) -> Vec<&str> {
        entries.iter().map(|(key, _)| key.as_str()).collect()
    }

    #[test]
    fn a_null_never_erases() {
        let mut known = object(json!({"name": "Ada", "plan": null}));
        let given = [("name", Value::Null), ("email", Value::Null), ("plan", json!("scale"))];
        merge(&mut known, given.map(|(key, value)| (key.to_owned(), value)).to_vec());
        assert_eq!(Value::Object(known), json!({"name": "Ada", "plan": "scale", "email": null}));
    }

    #[test]
    fn widget_traits_become_bounded_text() {
        let given =
            object(json!({"name": "é".repeat(600), "n": 1, "yes": true, "list": [1], "none": null, "k".repeat(201): "x"}));
        let traits = collected(from_widget(&given.into_iter().collect::<Entries>()));
        assert_eq!(traits["name"].as_str().unwrap().chars().count(), 500);
        assert_eq!((&traits["n"], &traits["yes"], &traits["none"]), (&json!("1"), &json!("true"), &Value::Null));
        assert_eq!(traits.len(), 4);
    }

    #[test]
    fn of_too_many_keys_the_first_stay_and_name_and_email_always() {
        let many = |from: usize, to: usize| (from..to).rev().map(|n| format!("a{n:02}"));
        let own = || ["email", "name"].map(str::to_owned);
        let sent = entries(own().into_iter().chain(many(0, 60)));
        let told = from_widget(&sent);
        assert_eq!((told.len(), keys(&told)[..3].to_vec()), (50, vec!["email", "name", "a59"]));
        assert!(keys(&told).contains(&"a12") && !keys(&told).contains(&"a11"), "in the order sent");
        let last = collected(from_widget(&entries(many(0, 60).chain(own()))));
        assert_eq!(last.len(), 52);
        assert!(["name", "email", "a59", "a10"].iter().all(|key| last.contains_key(*key)) && !last.contains_key("a09"));
        // A ticket that is full takes no more of the others.
        let mut known = last;
        merge(
            &mut known,
            vec![("b".to_owned(), json!("new")), ("a59".to_owned(), json!("newer")), ("name".to_owned(), json!("N"))],
        );
        assert_eq!((known.get("b"), &known["a59"], &known["name"]), (None, &json!("newer"), &json!("N")));
    }

    #[test]
    fn of_too_much_what_was_sent_first_stays_and_name_and_email_always() {
        let long = |key: &str| (key.to_owned(), json!("é".repeat(500)));
        let sent: Entries =
            ["z", "y", "x", "w", "v", "u", "t", "s", "r", "q", "p", "o", "n", "m", "l", "k", "name", "email"].map(long).to_vec();
        let traits = collected(from_widget(&sent));
        assert!(traits.contains_key("name") && traits.contains_key("email"));
        let others: String = traits.keys().filter(|key| key.len() == 1).rev().map(String::as_str).collect();
        assert_eq!(others, "zyxwvutsrqpon", "13 and these two take 16 KB");
        let mut full = collected(sent[..16].to_vec());
        merge(&mut full, from_widget(&sent));
        assert!(full.contains_key("name") && full.contains_key("email"), "also on a ticket that is full");
    }

    #[test]
    fn of_a_long_context_what_was_sent_first_stays_and_the_sdks_own_always() {
        let sent =
            entries((0..30).rev().map(|n| format!("z{n:02}")).chain(["session_replay_url", "current_url"].map(str::to_owned)));
        let context = context_from_widget(&sent);
        assert_eq!((context.len(), keys(&context)[..3].to_vec()), (22, vec!["session_replay_url", "current_url", "z29"]));
    }
}
