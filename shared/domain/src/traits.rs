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
mod tests;
