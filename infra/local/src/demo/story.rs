//! The story: who is there, what is set up, and what happens when.

use std::{collections::BTreeMap, io};

use lambdesk_domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::span::Span;
use crate::template;

const TEXT: &str = include_str!("story.yaml");

/// The story as the file has it. Texts that begin with `$` stand for the id of what is named so; texts such as `now+2d` and
/// `now-3h` for a time relative to the end of the story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// How long before the desk's start the story begins.
    begins: Span,
    /// The team besides the seeded agent, who is `me`.
    pub(super) team: Vec<Member>,
    /// What the seeded agent sets up before the first ticket.
    pub(super) setup: Vec<Setup>,
    pub(super) customers: BTreeMap<String, Customer>,
    pub(super) tickets: Vec<Conversation>,
}

/// Someone who answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) access: String,
}

/// A call of the agents' API, with a path below the project, in which `$` stands for an id too.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setup {
    pub(super) call: String,
    #[serde(default)]
    pub(super) body: Value,
    /// The name that the answer's id gets.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
}

/// Someone who asks. The key in the file is their distinct id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Customer {
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    /// Whether the customer's site proves who they are.
    #[serde(default)]
    pub(super) proven: bool,
    /// What else their browser says of them.
    #[serde(default)]
    pub(super) traits: BTreeMap<String, String>,
}

/// A ticket from its first message on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conversation {
    /// A key of [`Story::customers`].
    pub(super) from: String,
    /// How long before the desk's start the customer wrote.
    ago: Span,
    /// Another channel than the widget: an agent files the ticket.
    pub(super) via: Option<String>,
    /// The page that the customer wrote from.
    pub(super) page: Option<String>,
    /// What the customer did in their browser, by its name in `seen.json.gz`.
    pub(super) seen: Option<String>,
    pub(super) says: String,
    #[serde(default)]
    then: Vec<Step>,
}

/// What happens next on a ticket.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// How long after the step before.
    #[serde(rename = "in")]
    after: Span,
    /// The name of a member, `me`, or `customer`.
    pub(super) by: String,
    pub(super) says: Option<String>,
    pub(super) note: Option<String>,
    /// A change of the ticket.
    pub(super) set: Option<Value>,
    /// The member opens the ticket, or the customer reads the answers.
    #[serde(default)]
    pub(super) reads: bool,
    /// 1 to 5.
    pub(super) rates: Option<u8>,
    pub(super) comment: Option<String>,
}

/// What happens at a time: a ticket is opened, or goes on.
pub(super) struct Scene {
    pub(super) at: Timestamp,
    /// The place of the ticket in the file.
    pub(super) ticket: usize,
    /// The step; none opens the ticket.
    pub(super) step: Option<usize>,
}

impl Story {
    pub(super) fn read() -> io::Result<Self> {
        serde_path_to_error::deserialize(template::read(TEXT)?)
            .map_err(|error| template::invalid(format!("story.yaml, {}: {}", error.path(), error.inner())))
    }

    /// When a story begins that ends at `now`.
    pub(super) fn begins_at(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(-self.begins.0)
    }

    /// Everything that happens in a story that ends at `now`, in the order of time.
    pub(super) fn scenes(&self, now: Timestamp) -> Vec<Scene> {
        let mut scenes = Vec::new();
        for (ticket, conversation) in self.tickets.iter().enumerate() {
            let mut at = now.plus_seconds(-conversation.ago.0);
            scenes.push(Scene { at, ticket, step: None });
            for (step, next) in conversation.then.iter().enumerate() {
                at = at.plus_seconds(next.after.0);
                scenes.push(Scene { at, ticket, step: Some(step) });
            }
        }
        scenes.sort_by_key(|scene| scene.at);
        scenes
    }
}

impl Conversation {
    /// One of the steps that [`Story::scenes`] names.
    pub(super) fn step(&self, place: usize) -> Option<&Step> {
        self.then.get(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_story_is_whole_and_over_when_the_desk_starts() {
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let story = Story::read().unwrap();
        let members: BTreeSet<_> = story.team.iter().map(|member| member.name.as_str()).chain(["me", "customer"]).collect();
        assert!(story.tickets.len() >= 55, "{} tickets", story.tickets.len());
        let scenes = story.scenes(now);
        assert!(scenes.first().unwrap().at >= story.begins_at(now) && scenes.last().unwrap().at < now);
        for ticket in &story.tickets {
            assert!(story.customers.contains_key(&ticket.from), "{} is nobody", ticket.from);
            for step in &ticket.then {
                assert!(members.contains(step.by.as_str()), "{} is nobody", step.by);
                let does = [step.says.is_some(), step.note.is_some(), step.set.is_some(), step.reads, step.rates.is_some()];
                assert_eq!(does.iter().filter(|does| **does).count(), 1, "{step:?}");
            }
        }
        for customer in story.customers.values() {
            let example = |email: &String| email.ends_with(".example") || email.ends_with("@example.com");
            assert!(customer.email.iter().all(example), "nobody real: {:?}", customer.email);
        }
    }
}
