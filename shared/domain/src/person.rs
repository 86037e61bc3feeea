//! Persons: customers who proved who they are (docs/decisions.md, 24).
//!
//! A person exists once a message came with a proof of their distinct id. Only traits of such messages become the person's
//! properties. Anyone can open a ticket under another's distinct id, so its traits prove nothing.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use crate::{actor::Stamp, folding::is_blank, ids::ProjectId, ticket::Ticket, time::Timestamp, traits::Object};

/// How many bytes of properties a person may have beside name and e-mail. A page of 50 tickets reads 50 persons.
const ROOM: usize = 2500;
/// The properties that are kept whatever their size. A browser can make each about 2,000 bytes.
const ALWAYS: [&str; 2] = ["name", "email"];

/// A customer who proved who they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The person's distinct ids. There is one, because nothing trustworthy links two of them yet.
    pub distinct_ids: Vec<String>,
    /// The properties, each with when it was told.
    pub properties: BTreeMap<String, (Timestamp, Value)>,
    /// When they first proved who they are.
    pub created_at: Timestamp,
}

/// What a message with a proof of identity tells that is new.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The distinct id that was proven.
    pub distinct_id: String,
    /// When the message was written.
    pub at: Timestamp,
    /// The traits that the message told.
    pub properties: Object,
}

impl Sighting {
    /// The sighting in a write of a ticket; `None` unless the write was a proven message that told something new.
    pub fn of(before: Option<&Ticket>, after: &Ticket) -> Option<Self> {
        let proven = after.identity_verified == Some(true) && matches!(after.changed_by, None | Some(Stamp::Customer));
        let told = after.fields.anonymous_traits.iter().filter(|(key, value)| {
            !value.is_null() && before.is_none_or(|before| before.fields.anonymous_traits.get(*key) != Some(*value))
        });
        let properties: Object = told.map(|(key, value)| (key.clone(), value.clone())).collect();
        let first = before.is_none_or(|before| before.identity_verified != Some(true));
        (proven && (first || !properties.is_empty())).then(|| Self {
            distinct_id: after.distinct_id.clone(),
            at: after.updated_at,
            properties,
        })
    }
}

impl Person {
    /// A person who is seen for the first time.
    pub fn new(sighting: &Sighting) -> Self {
        let mut person =
            Self { distinct_ids: vec![sighting.distinct_id.clone()], properties: BTreeMap::new(), created_at: sighting.at };
        person.see(sighting);
        person
    }

    /// Adds what was told. Of each property the latest value stays. The order of sightings does not matter, nor does a
    /// repetition, as long as there is room.
    pub fn see(&mut self, sighting: &Sighting) {
        let Sighting { distinct_id: _, at, properties } = sighting;
        self.created_at = self.created_at.min(*at);
        for (key, value) in properties {
            let told = (*at, value.clone());
            let known = self.properties.entry(key.clone()).or_insert_with(|| told.clone());
            if (known.0, known.1.to_string()) < (told.0, told.1.to_string()) {
                *known = told;
            }
        }
        let mut left = ROOM;
        self.properties.retain(|key, (_, value)| {
            let size = key.len() + value.to_string().len() + 24;
            let fits = ALWAYS.contains(&key.as_str()) || size <= left;
            left -= if fits { size.min(left) } else { 0 };
            fits
        });
    }

    /// An id made of the project and the distinct id, so that every reader computes the same.
    pub fn id(&self, project: ProjectId) -> Uuid {
        let first = self.distinct_ids.first().map_or("", String::as_str);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("lambdesk person {project} {first}").as_bytes())
    }

    /// What to call the person: name, else e-mail, else distinct id.
    pub fn name(&self) -> &str {
        let told = |key: &&str| self.properties.get(*key).and_then(|(_, value)| value.as_str()).filter(|text| !is_blank(text));
        ALWAYS.iter().find_map(told).or_else(|| self.distinct_ids.first().map(String::as_str)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
