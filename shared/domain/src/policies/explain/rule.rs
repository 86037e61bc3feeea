//! Explains of each policy why a ticket follows it or not: in words, and in values that a program can compare.

use serde_json::{Value, json};

use crate::{
    policies::{Failing, Policies, Policy},
    text::{cut, short},
    ticket::Ticket,
    traits,
};

/// The most characters that are shown of a trait: a word of a condition has no more.
const TRAIT: usize = 500;
/// How many words of a condition a sentence names.
const NAMED: usize = 5;

/// Each policy, in the order in which they are tried.
pub(super) fn all_json(policies: &Policies, ticket: &Ticket) -> Vec<Value> {
    let chosen = policies.position(ticket);
    let before = |at: usize| chosen.filter(|chosen| *chosen < at).and_then(|chosen| policies.policies.get(chosen));
    policies.policies.iter().enumerate().map(|(at, policy)| rule_json(policy, ticket, before(at))).collect()
}

/// One policy. `chosen` is the policy before it that the ticket follows.
fn rule_json(policy: &Policy, ticket: &Ticket, chosen: Option<&Policy>) -> Value {
    let Some(failing) = policy.conditions.failing(ticket) else {
        let reason = match chosen {
            Some(chosen) => format!("All its conditions hold, but the policy {} comes before it.", chosen.name),
            None => "All its conditions hold, and it is the first such policy.".to_owned(),
        };
        let applies = chosen.is_none();
        return json!({
            "name": policy.name, "matched": true, "applies": applies, "failing": null, "why": null, "unmet": null, "reason": reason,
        });
    };
    let unmet = Unmet::new(failing, policy, ticket);
    let why = unmet.is_unproven.then(|| {
        let attribute = &unmet.attribute;
        format!("The ticket's {attribute} is what a browser said: it is not proven by a signed claim, nor set by the team.")
    });
    let reason = why.clone().unwrap_or_else(|| unmet.reason(failing));
    json!({
        "name": policy.name,
        "matched": false,
        "applies": false,
        "failing": unmet.attribute,
        "why": why,
        "unmet": unmet.to_json(),
        "reason": reason,
    })
}

/// The first condition that does not hold.
struct Unmet {
    /// What it is about, such as `tags` or `traits.plan`.
    attribute: String,
    /// The words of which one would do.
    expected: Vec<String>,
    /// What the ticket has.
    had: Value,
    is_unproven: bool,
}

impl Unmet {
    fn new(failing: Failing<'_>, policy: &Policy, ticket: &Ticket) -> Self {
        let conditions = &policy.conditions;
        let of = |attribute: &str, expected: Vec<String>, had: Value| Self {
            attribute: attribute.to_owned(),
            expected,
            had,
            is_unproven: false,
        };
        match failing {
            Failing::Priority => {
                let expected = conditions.priority.iter().map(|word| word.name().to_owned()).collect();
                of("priority", expected, json!(ticket.fields.priority))
            }
            Failing::ChannelSource => {
                let expected = conditions.channel_source.iter().map(|word| word.name().to_owned()).collect();
                of("channel_source", expected, json!(ticket.origin.channel()))
            }
            Failing::Tags => of("tags", conditions.tags.clone(), json!(ticket.fields.tags)),
            Failing::Trait { name, any, unproven } => {
                let had = trait_json(&ticket.fields.anonymous_traits, name);
                Self { is_unproven: unproven, ..of(&format!("traits.{name}"), any.to_vec(), had) }
            }
        }
    }

    fn to_json(&self) -> Value {
        let Self { attribute, expected, had, is_unproven } = self;
        json!({"attribute": attribute, "expected": expected, "had": had, "is_unproven": is_unproven})
    }

    /// What the ticket has, and what the policy is for.
    fn reason(&self, failing: Failing<'_>) -> String {
        let had = match &self.had {
            Value::String(word) => short(word).into_owned(),
            Value::Array(words) => listed(words.iter().filter_map(Value::as_str), "and"),
            other => other.to_string(),
        };
        let has = match failing {
            Failing::Priority if self.had.is_null() => "The ticket has no priority".to_owned(),
            Failing::Priority => format!("The ticket's priority is {had}"),
            Failing::ChannelSource => format!("The ticket came by {had}"),
            Failing::Tags if had.is_empty() => "The ticket has no tags".to_owned(),
            Failing::Tags => format!("The ticket's tags are {had}"),
            Failing::Trait { name, .. } if self.had.is_null() => format!("The customer has no {name}"),
            Failing::Trait { name, .. } if self.had.is_string() => format!("The customer's {name} is {had}"),
            Failing::Trait { name, .. } => format!("The customer's {name} is {had}, which is not text"),
        };
        format!("{has}; the policy is for {}.", listed(self.expected.iter().map(String::as_str), "or"))
    }
}

/// A trait as it is shown: text as conditions read it, a number or boolean as it is. A list or an object is no value.
fn trait_json(given: &traits::Object, name: &str) -> Value {
    match given.get(name) {
        Some(scalar @ (Value::Number(_) | Value::Bool(_))) => scalar.clone(),
        _ => json!(traits::text(given, name).map(|text| cut(text, TRAIT))),
    }
}

/// The first words as a sentence lists them, and how many more there are.
fn listed<'a>(words: impl Iterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<_> = words.map(short).collect();
    let more = words.len().saturating_sub(NAMED);
    match words.as_slice() {
        [] => String::new(),
        [word] => word.clone().into_owned(),
        _ if more > 0 => format!("{} {last} {more} more", words[..NAMED].join(", ")),
        [first @ .., word] => format!("{} {last} {word}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
