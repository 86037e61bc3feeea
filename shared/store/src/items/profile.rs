//! The profile of a ticket: its traits and its session's context, once they are too large to be written with every message.
//!
//! Most tickets have traits and context of up to [`ROOM`] bytes, and hold them in their own item. Larger ones are stored in an
//! item beside the ticket, `C#`, before the range that customers read. The ticket's item then keeps name, e-mail and replay:
//! events, search and lists need them, and the replay differs with every message. It also names the version of the ticket that
//! wrote the profile. A reader of both items compares the versions, and so knows whether they belong together. Once a profile
//! lies apart, it stays apart.

use std::borrow::Cow;

use lambdesk_domain::{
    ProjectId, Ticket, Timestamp,
    person::Sighting,
    ticket::StoredProfile,
    traits::{Object, Proven},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::StoreError,
    items::row::{self, values},
    transport::{
        item::{Item, Reader, size},
        keys,
    },
};

/// How many bytes traits and context together may take in the ticket's own item.
const ROOM: usize = 2048;
/// The traits that the ticket's own item always has.
const OWN_TRAITS: [&str; 2] = ["name", "email"];
/// The part of the context that the ticket's own item always has. posthog-js sends another replay with every message.
const OWN_CONTEXT: [&str; 1] = ["session_replay_url"];

/// The version of the ticket that wrote the profile.
const VERSION: &str = "ver";
/// Only a profile that tells something of a customer has it.
const DISTINCT_ID: &str = "did";

/// The traits and context of a ticket that its own item does not have once the profile lies apart.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Rest {
    #[serde(rename = "trt", default, skip_serializing_if = "Object::is_empty", with = "values::json")]
    traits: Object,
    /// Which of the traits are proven.
    #[serde(rename = "prv", default, skip_serializing_if = "Proven::is_empty", with = "values::json")]
    proven: Proven,
    #[serde(rename = "sct", default, skip_serializing_if = "Object::is_empty", with = "values::json")]
    context: Object,
}

/// What a profile tells of a customer with a proven identity, if a message with a proof wrote it. The traits have the values.
#[derive(Serialize, Deserialize)]
struct Told {
    #[serde(rename = "did")]
    distinct_id: String,
    #[serde(rename = "tat", with = "values::time")]
    at: Timestamp,
    /// The names of the traits that the message told.
    #[serde(rename = "tld", with = "values::json")]
    names: Vec<String>,
}

impl Rest {
    fn of(ticket: &Ticket) -> Self {
        let without = |object: &Object, own: &[&str]| -> Object {
            let rest = object.iter().filter(|(key, _)| !own.contains(&key.as_str()));
            rest.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        Self {
            traits: without(&ticket.fields.anonymous_traits, &OWN_TRAITS),
            proven: ticket.fields.proven_traits.iter().filter(|key| !OWN_TRAITS.contains(&key.as_str())).cloned().collect(),
            context: without(&ticket.session_context, &OWN_CONTEXT),
        }
    }

    fn is_empty(&self) -> bool {
        self.traits.is_empty() && self.context.is_empty()
    }
}

/// A ticket as its own item has it: whole, unless its profile lies apart.
pub(crate) fn without_profile(ticket: &Ticket) -> Cow<'_, Ticket> {
    if ticket.profile.is_none() {
        return Cow::Borrowed(ticket);
    }
    let mut own = ticket.clone();
    own.fields.anonymous_traits.retain(|key, _| OWN_TRAITS.contains(&key.as_str()));
    own.fields.proven_traits.retain(|key| OWN_TRAITS.contains(&key.as_str()));
    own.session_context.retain(|key, _| OWN_CONTEXT.contains(&key.as_str()));
    Cow::Owned(own)
}

/// The profile's item, if the change from `before` to `after` must write it. `after` then names its own version as the one that
/// wrote it.
pub(crate) fn to_write(project: ProjectId, before: Option<&Ticket>, after: &mut Ticket) -> Option<Item> {
    let bytes = |object: &Object| json!(object).to_string().len();
    let fits = bytes(&after.fields.anonymous_traits) + bytes(&after.session_context) <= ROOM;
    let rest = Rest::of(after);
    if after.profile.is_none() && (fits || rest.is_empty()) {
        return None;
    }
    if after.profile.is_some() && before.is_some_and(|before| Rest::of(before) == rest) {
        return None;
    }
    let mut item = row::write(&keys::profile(project, after.id), &rest, Rest::serialize).number(VERSION, after.version);
    if let Some(told) = told(before, after, &rest) {
        item = item.attributes(row::attributes(&told, Told::serialize));
    }
    let item = item.done();
    after.profile = Some(StoredProfile { version: after.version, bytes: u32::try_from(size(&item)).unwrap_or(u32::MAX) });
    Some(item)
}

/// What the change tells of a customer with a proven identity, without what stays in the ticket's own item.
fn told(before: Option<&Ticket>, after: &Ticket, rest: &Rest) -> Option<Told> {
    let Sighting { distinct_id, at, properties } = Sighting::of(before, after)?;
    let names: Vec<_> = properties.into_iter().map(|(name, _)| name).filter(|name| rest.traits.contains_key(name)).collect();
    (!names.is_empty()).then_some(Told { distinct_id, at, names })
}

/// The version of the ticket that wrote a profile.
pub(crate) fn version(item: &Item) -> Result<u64, StoreError> {
    Reader(item).number(VERSION)
}

/// Adds a profile to what its ticket's own item has.
pub(crate) fn add(ticket: &mut Ticket, item: &Item) -> Result<(), StoreError> {
    let Rest { traits, proven, context } = row::read(item, Rest::deserialize)?;
    ticket.fields.anonymous_traits.extend(traits);
    ticket.fields.proven_traits.extend(proven);
    ticket.session_context.extend(context);
    Ok(())
}

/// What the write of a profile told of a customer with a proven identity; `None` if it told nothing.
pub(crate) fn sighting(item: &Item) -> Result<Option<Sighting>, StoreError> {
    if !item.contains_key(DISTINCT_ID) {
        return Ok(None);
    }
    let Told { distinct_id, at, names } = row::read(item, Told::deserialize)?;
    let Rest { mut traits, .. } = row::read(item, Rest::deserialize)?;
    let properties = names.into_iter().filter_map(|name| traits.remove(&name).map(|value| (name, value))).collect();
    Ok(Some(Sighting { distinct_id, at, properties }))
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{actor::Stamp, ticket::Fields, traits};

    use super::*;
    use crate::items::{head::Head, ticket};

    const PROJECT: ProjectId = ProjectId(1);

    fn large(word: &str) -> Ticket {
        let object = |keys: &[&str]| {
            keys.iter().map(|key| ((*key).to_owned(), json!(format!("{word} {key} {}", "x".repeat(900))))).collect()
        };
        let anonymous_traits: Object = object(&["name", "email", "plan", "team"]);
        let full = ticket::tests::full();
        let proven_traits = traits::all_of(&anonymous_traits);
        Ticket {
            fields: Fields { proven_traits, anonymous_traits, ..full.fields },
            session_context: object(&["session_replay_url", "current_url"]),
            ..full
        }
    }

    #[test]
    fn both_items_together_are_the_ticket() {
        let mut written = large("first");
        let profile = to_write(PROJECT, None, &mut written).unwrap();
        let Head(mut read) = ticket::read(&ticket::write(PROJECT, &written)).unwrap();
        assert_eq!(read.fields.anonymous_traits.keys().collect::<Vec<_>>(), ["email", "name"]);
        assert_eq!(read.fields.proven_traits, Proven::from(OWN_TRAITS.map(str::to_owned)));
        assert_eq!(read.session_context.keys().collect::<Vec<_>>(), ["session_replay_url"]);
        assert_eq!(ticket::write(PROJECT, &read), ticket::write(PROJECT, &written), "the head alone is written as it was");
        add(&mut read, &profile).unwrap();
        assert_eq!(read, written);
        assert_eq!((version(&profile).unwrap(), written.profile.unwrap().version), (written.version, written.version));
    }

    #[test]
    fn a_profile_is_written_only_when_it_changes_and_stays_apart() {
        let mut before = large("first");
        to_write(PROJECT, None, &mut before).unwrap();
        let change = |edit: fn(&mut Ticket)| {
            let mut after = Ticket { version: before.version + 1, ..before.clone() };
            edit(&mut after);
            let written = to_write(PROJECT, Some(&before), &mut after).is_some();
            assert_eq!(after.profile.unwrap().version == after.version, written);
            written
        };
        assert!(!change(|ticket| ticket.thread.message_count += 1));
        assert!(!change(|ticket| drop(ticket.session_context.insert("session_replay_url".into(), json!("new")))));
        assert!(!change(|ticket| drop(ticket.fields.anonymous_traits.insert("name".into(), json!("new")))));
        assert!(change(|ticket| drop(ticket.session_context.insert("current_url".into(), json!("new")))));
        assert!(change(|ticket| drop(ticket.fields.anonymous_traits.insert("plan".into(), json!("new")))));
        assert!(change(|ticket| {
            ticket.fields.proven_traits.remove("plan");
        }));
        assert!(change(|ticket| ticket.fields.anonymous_traits.clear()));
    }

    #[test]
    fn it_tells_what_a_proven_message_told() {
        let mut before = Ticket { identity_verified: Some(true), ..large("first") };
        let told = |profile: Option<Item>| {
            let sighting = sighting(&profile?).unwrap()?;
            Some((sighting.distinct_id, sighting.at, sighting.properties.keys().cloned().collect::<Vec<_>>()))
        };
        let id = before.distinct_id.clone();
        let first = Ticket { changed_by: None, ..before.clone() };
        let names = ["plan", "team"].map(str::to_owned).to_vec();
        assert_eq!(told(to_write(PROJECT, None, &mut first.clone())), Some((id.clone(), first.updated_at, names)));
        to_write(PROJECT, None, &mut before).unwrap();
        for (by, expected) in
            [(Stamp::Customer, Some((id, before.updated_at, vec!["plan".to_owned()]))), (Stamp::Workflow(None), None)]
        {
            let mut after = Ticket { changed_by: Some(by), ..before.clone() };
            after.fields.anonymous_traits.insert("plan".into(), json!("new"));
            after.fields.anonymous_traits.insert("name".into(), json!("new"));
            assert_eq!(told(to_write(PROJECT, Some(&before), &mut after)), expected);
        }
    }
}
