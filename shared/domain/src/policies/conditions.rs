//! The conditions of a policy: which tickets it applies to.

use serde_json::{Value, json};

use crate::{
    folding::for_conditions,
    place::{Invalid, Place},
    tags::Tags,
    text::fits,
    ticket::{Channel, Priority, Ticket},
    totals::Bucket,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing<'a> {
    /// The ticket has another priority, or none.
    Priority,
    /// The ticket came by another channel.
    ChannelSource,
    /// The ticket has none of the tags.
    Tags,
    /// The customer has another value for a trait.
    Trait {
        /// The trait's name.
        name: &'a str,
        /// The values of which one would do.
        any: &'a [String],
        /// Whether the condition would hold if the trait were proven.
        unproven: bool,
    },
}

impl Conditions {
    /// Whether all of them hold for a ticket.
    pub fn hold(&self, ticket: &Ticket) -> bool {
        self.failing(ticket).is_none()
    }

    /// The first condition that does not hold; `None` if all hold.
    pub fn failing(&self, ticket: &Ticket) -> Option<Failing<'_>> {
        let Self { tags, traits, .. } = self;
        if !self.admit_priority(ticket.fields.priority) {
            return Some(Failing::Priority);
        }
        if !self.admit_channel(ticket.origin.channel()) {
            return Some(Failing::ChannelSource);
        }
        if !tags.is_empty() && !ticket.fields.tags.iter().any(|tag| tags.iter().any(|any| any == tag)) {
            return Some(Failing::Tags);
        }
        traits.iter().find_map(|(name, any)| {
            let is = text(&ticket.fields.anonymous_traits, name).map(for_conditions);
            let is_any = is.is_some_and(|is| any.iter().any(|word| for_conditions(word) == is));
            let proven = ticket.fields.proven_traits.contains(name);
            (!is_any || !proven).then_some(Failing::Trait { name, any, unproven: is_any })
        })
    }

    fn admit_priority(&self, is: Option<Priority>) -> bool {
        self.priority.is_empty() || is.is_some_and(|is| self.priority.contains(&is))
    }

    fn admit_channel(&self, is: Channel) -> bool {
        self.channel_source.is_empty() || self.channel_source.contains(&is)
    }

    /// Whether they may hold for tickets of this bucket: what the totals know of a ticket does not speak against it.
    pub(super) fn admit(&self, bucket: Bucket) -> bool {
        self.admit_priority(bucket.priority) && self.admit_channel(bucket.channel)
    }

    /// Whether nothing but priority and channel counts, so that [`Conditions::admit`] says whether they hold.
    pub(super) const fn are_of_buckets(&self) -> bool {
        self.tags.is_empty() && self.traits.is_empty()
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
