//! The conditions of a policy: which tickets it applies to.

use serde_json::{Value, json};

use crate::{
    folding::for_conditions,
    place::{Invalid, Place},
    tags::Tags,
    text::fits,
    ticket::{Channel, Priority, Ticket},
    traits::{Object, text},
};

/// The most words of one condition.
pub(super) const MOST_WORDS: usize = 50;
/// The most characters of a trait's name.
const NAME: usize = 100;
/// The most characters of a word.
const WORD: usize = 500;

/// Which tickets a policy applies to. All given conditions must hold. A condition holds if any of its words matches; one
/// without words always holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    /// The ticket has one of these priorities.
    pub priority: Vec<Priority>,
    /// The ticket came by one of these channels.
    pub channel_source: Vec<Channel>,
    /// The ticket has one of these tags.
    pub tags: Vec<String>,
    /// The customer has one of these values for each named trait, such as `plan`. Values are compared as workflow conditions
    /// compare them. Only a proven trait matches: a browser's claim about its user must not buy a promise (docs/decisions.md,
    /// 55).
    pub traits: Vec<(String, Vec<String>)>,
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Which one, such as `tags` or `traits.plan`.
    pub condition: String,
    /// Whether it would hold if the trait were proven.
    pub unproven: bool,
}

impl Conditions {
    /// Whether all of them hold for a ticket.
    pub fn hold(&self, ticket: &Ticket) -> bool {
        self.failing(ticket).is_none()
    }

    /// The first condition that does not hold; `None` if all hold.
    pub fn failing(&self, ticket: &Ticket) -> Option<Failing> {
        let failing = |condition: &str| Some(Failing { condition: condition.to_owned(), unproven: false });
        let Self { priority, channel_source, tags, traits } = self;
        if !priority.is_empty() && !ticket.fields.priority.is_some_and(|is| priority.contains(&is)) {
            return failing("priority");
        }
        if !channel_source.is_empty() && !channel_source.contains(&ticket.origin.channel()) {
            return failing("channel_source");
        }
        if !tags.is_empty() && !ticket.fields.tags.iter().any(|tag| tags.iter().any(|any| any == tag)) {
            return failing("tags");
        }
        traits.iter().find_map(|(key, any)| {
            let is = text(&ticket.fields.anonymous_traits, key).map(for_conditions);
            let is_any = is.is_some_and(|is| any.iter().any(|word| for_conditions(word) == is));
            let proven = ticket.fields.proven_traits.contains(key);
            (!is_any || !proven).then(|| Failing { condition: format!("traits.{key}"), unproven: is_any })
        })
    }

    /// Reads the conditions of a policy. A word in place of a list of words is a list of one.
    pub(super) fn read(given: &Value, place: &Place) -> Result<Self, Invalid> {
        let object = place.object(given, &["priority", "channel_source", "tags", "traits"])?;
        let list = |key: &str| -> Result<(Vec<Value>, Place), Invalid> {
            let at = place.key(key);
            let given = object.get(key).filter(|given| !given.is_null());
            Ok((given.map(|given| words(given, &at)).transpose()?.unwrap_or_default(), at))
        };
        let (priority, at) = list("priority")?;
        let priority = members(&priority, &at, Priority::parse)?;
        let (channel_source, at) = list("channel_source")?;
        let channel_source = members(&channel_source, &at, Channel::parse)?;
        let (tags, at) = list("tags")?;
        let tags = Tags::new(texts(&tags, &at)?).map_err(|error| at.refuse(error.to_string()))?;
        let at = place.key("traits");
        let traits = match object.get("traits") {
            None | Some(Value::Null) => Vec::new(),
            Some(given) => {
                let given = given.as_object().ok_or_else(|| at.refuse("Must be an object."))?;
                if given.len() > MOST_WORDS {
                    return Err(at.refuse(format!("Can have at most {MOST_WORDS} members.")));
                }
                let read = |(key, any): (&String, &Value)| {
                    if key.is_empty() || !fits(key, NAME) {
                        return Err(at.key(key).refuse(format!("A trait's name has 1 to {NAME} characters.")));
                    }
                    let at = at.key(key);
                    Ok((key.clone(), texts(&words(any, &at)?, &at)?))
                };
                given.iter().map(read).collect::<Result<Vec<_>, Invalid>>()?
            }
        };
        Ok(Self { priority, channel_source, tags: tags.iter().map(str::to_owned).collect(), traits })
    }

    /// The JSON that a policy has for them. A condition without words is absent.
    pub(super) fn to_json(&self) -> Value {
        let Self { priority, channel_source, tags, traits } = self;
        let mut when = Object::new();
        let mut given = |key: &str, any: Value| {
            if any.as_array().is_some_and(|any| !any.is_empty()) {
                when.insert(key.to_owned(), any);
            }
        };
        given("priority", json!(priority));
        given("channel_source", json!(channel_source));
        given("tags", json!(tags));
        if !traits.is_empty() {
            let traits: Object = traits.iter().map(|(key, any)| (key.clone(), json!(any))).collect();
            when.insert("traits".to_owned(), Value::Object(traits));
        }
        Value::Object(when)
    }
}

/// Reads one word or a list of words.
fn words(given: &Value, place: &Place) -> Result<Vec<Value>, Invalid> {
    match given {
        word @ Value::String(_) => Ok(vec![word.clone()]),
        list => Ok(place.some(list, MOST_WORDS)?.to_vec()),
    }
}

/// Reads a list of words that `parse` knows.
pub(super) fn members<T>(list: &[Value], place: &Place, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Invalid> {
    let read = |(index, word): (usize, &Value)| {
        word.as_str().and_then(&parse).ok_or_else(|| place.at(index).refuse("Is not one of the words that this takes."))
    };
    list.iter().enumerate().map(read).collect()
}

fn texts(list: &[Value], place: &Place) -> Result<Vec<String>, Invalid> {
    list.iter().enumerate().map(|(index, word)| place.at(index).text(word, WORD).map(str::to_owned)).collect()
}
