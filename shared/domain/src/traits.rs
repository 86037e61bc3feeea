//! Traits of a customer and the context of a browser session, as the browser sends them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    folding::is_blank,
    text::{cut, fits},
};

/// A JSON object as tickets carry it.
pub type Object = Map<String, Value>;

/// Entries of a JSON object in the order in which they were sent. If there are too many, the first ones are kept.
pub type Entries = Vec<(String, Value)>;

/// The traits that are always kept: the team needs the customer's name and address.
const ALWAYS: [&str; 2] = ["name", "email"];
/// The entries of a session's context that are always kept: posthog-js sends them.
const ALWAYS_OF_CONTEXT: [&str; 2] = ["session_replay_url", "current_url"];

/// The traits that a widget's message may set.
///
/// - An entry is usable if its key has at most 200 characters and its value is a scalar.
/// - The first 50 usable entries are kept, and `name` and `email` wherever they stand. These two come first in the result.
/// - A value becomes text of at most 500 characters. Null stays null.
pub fn from_widget(given: &[(String, Value)]) -> Entries {
    usable(given, 200, 50, ALWAYS, |value| match value {
        Value::Null => Value::Null,
        Value::String(text) => Value::String(cut(text, 500).to_owned()),
        other => Value::String(cut(&other.to_string(), 500).to_owned()),
    })
}

/// The session context that a widget's message may set, by the same rules as [`from_widget`]: 20 entries, keys of at most 100
/// characters, and text of at most 2,000. The two addresses of posthog-js are always kept. Other scalars stay as they are.
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

/// The most keys beside `name` and `email` that customers may add to an object of a ticket. Every message writes the ticket,
/// and every list reads it, so a customer must not make it large.
const MOST_MERGED: usize = 50;
/// The most bytes that customers may make an object of a ticket.
const MOST_BYTES: usize = 16_000;

/// Merges entries key by key, in order, as far as there is room. `name` and `email` always fit. Null never replaces a value,
/// because posthog-js sends both keys each time, with null for what it does not know (docs/decisions.md, 13).
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

/// The names of the traits whose present value is proven: the team set it, or the project's server has signed it.
pub type Proven = BTreeSet<String>;

/// Merges the traits of a customer's message. A trait that the project's server `claimed` replaces the present value and
/// becomes proven. The browser's own traits never replace a proven value.
pub fn receive(known: &mut Object, proven: &mut Proven, told: Entries, claimed: &[(String, String)]) {
    let size = |(key, value): (&String, &Value)| key.len() + value.to_string().len();
    for (key, value) in claimed {
        let others: usize = known.iter().filter(|(other, _)| *other != key).map(size).sum();
        let value = Value::String(value.clone());
        // A browser may have used up the room for its own traits. So claims have as much room again; what goes beyond is
        // dropped.
        if others + size((key, &value)) <= 2 * MOST_BYTES {
            known.insert(key.clone(), value);
            proven.insert(key.clone());
        }
    }
    merge(known, told.into_iter().filter(|(key, _)| !proven.contains(key)).collect());
}

/// The names of all traits that have a value.
pub fn all_of(traits: &Object) -> Proven {
    traits.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.clone()).collect()
}

/// Which traits are proven after the team has set all traits. Setting a trait proves it. If the sender may only send back what
/// they were `shown`, then an unchanged trait is proven only if it was before.
pub fn proven_by_team(before: &Object, proven: &Proven, after: &Object, shown: bool) -> Proven {
    let unchanged = |key: &String| shown && before.get(key) == after.get(key);
    all_of(after).into_iter().filter(|key| !unchanged(key) || proven.contains(key)).collect()
}

/// A new object of as many entries as fit.
pub fn collected(given: Entries) -> Object {
    let mut kept = Object::new();
    merge(&mut kept, given);
    kept
}

/// The text of the trait `key`, unless it is blank.
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
    fn what_is_proven_stays_until_it_is_proven_to_be_otherwise() {
        let (mut known, mut proven) = (object(json!({"plan": "free"})), Proven::new());
        let says = |plan: &str| vec![("plan".to_owned(), json!(plan)), ("team".to_owned(), json!("a"))];
        let signed = |plan: &str| [("plan".to_owned(), plan.to_owned())];
        receive(&mut known, &mut proven, says("enterprise"), &[]);
        assert_eq!((&known["plan"], proven.len()), (&json!("enterprise"), 0));
        receive(&mut known, &mut proven, says("enterprise"), &signed("scale"));
        assert_eq!((&known["plan"], &known["team"], proven.contains("plan")), (&json!("scale"), &json!("a"), true));
        receive(&mut known, &mut proven, vec![("plan".to_owned(), Value::Null)], &[]);
        receive(&mut known, &mut proven, says("enterprise"), &[]);
        assert_eq!((&known["plan"], proven.len()), (&json!("scale"), 1), "only the plan was signed");
        receive(&mut known, &mut proven, says("free"), &signed("Enterprise"));
        assert_eq!(known["plan"], "Enterprise");
        // Also where what browsers said has used up their room.
        let mut full = collected((0..50).map(|n| (format!("a{n}"), json!("x".repeat(300)))).collect());
        receive(&mut full, &mut Proven::new(), Vec::new(), &signed("scale"));
        assert_eq!(full["plan"], "scale");
    }

    #[test]
    fn the_team_vouches_for_what_it_sets_and_not_for_what_it_sends_back() {
        let before = object(json!({"plan": "enterprise", "name": "Ada", "email": null}));
        let proven = Proven::from(["name".to_owned()]);
        let by = |after: Value, shown: bool| {
            let proven = proven_by_team(&before, &proven, &object(after), shown);
            proven.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(by(json!({"plan": "enterprise", "name": "Ada", "email": null}), true), "name");
        assert_eq!(by(json!({"plan": "scale", "name": "Ada B", "email": "a@b.c"}), true), "email name plan");
        assert_eq!(by(json!({"plan": "enterprise", "age": null}), false), "plan");
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
