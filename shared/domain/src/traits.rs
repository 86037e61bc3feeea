//! What a customer's browser tells about the customer: traits, and the context of the session.

use std::collections::BTreeSet;

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

/// Traits as the widget may send them: the first 50 usable entries in the order sent, `name` and `email`
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

/// The names of traits whose present value is proven: set by the team, or signed by the project's server.
pub type Proven = BTreeSet<String>;

/// Merges what a message told of its customer. What the project's server `claimed` replaces whatever was told before, and from
/// then on what a browser says of that trait is passed over: an unproven value never replaces a proven one.
pub fn receive(known: &mut Object, proven: &mut Proven, told: Entries, claimed: &[(String, String)]) {
    let size = |(key, value): (&String, &Value)| key.len() + value.to_string().len();
    for (key, value) in claimed {
        let others: usize = known.iter().filter(|(other, _)| *other != key).map(size).sum();
        let value = Value::String(value.clone());
        // Browsers may fill the room for their own words; a server that says more than fits twice is not heard.
        if others + size((key, &value)) <= 2 * MOST_BYTES {
            known.insert(key.clone(), value);
            proven.insert(key.clone());
        }
    }
    merge(known, told.into_iter().filter(|(key, _)| !proven.contains(key)).collect());
}

/// The names of all traits that are known.
pub fn all_of(traits: &Object) -> Proven {
    traits.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.clone()).collect()
}

/// What is proven once the team has set all traits. Who sends back what they were `shown` vouches for what they changed, and the
/// rest is as it was; otherwise the team's word is given for each.
pub fn proven_by_team(before: &Object, proven: &Proven, after: &Object, shown: bool) -> Proven {
    let unchanged = |key: &String| shown && before.get(key) == after.get(key);
    all_of(after).into_iter().filter(|key| !unchanged(key) || proven.contains(key)).collect()
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
