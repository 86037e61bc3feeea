//! The fold of the persons: customers who proved who they are (docs/decisions.md, 24), found by distinct id.
//!
//! A person is its own shadow. What a record tells is merged into the person, and the merge comes to the same in any order and
//! however often. The item counts its writes, so two merges never miss each other. Most messages tell nothing new of their
//! sender, and cost nothing here.
//!
//! A project whose customers never prove anything has no item `PERSONS`. The project's directory knows that, so that nobody
//! looks for persons there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::try_join_all;
use lambdesk_domain::{
    ProjectId, Timestamp,
    person::{Person, Sighting},
};
use serde_json::Value;

use crate::{
    TicketChange,
    error::StoreError,
    room::Room,
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, Key},
        read::BATCH,
        write::Write,
    },
    upkeep::fold::{Fold, ProjectRecords, Shadows, Step},
};

const IDS: &str = "distinct_ids";
const PROPERTIES: &str = "properties";
const CREATED: &str = "created_at";
const WRITES: &str = "writes";

impl Room {
    /// The people of these distinct ids, by distinct id, as they were a moment ago; who proved nothing is missing. Half a unit
    /// for each.
    pub(crate) async fn persons(
        &self,
        distinct_ids: impl IntoIterator<Item = &str>,
    ) -> Result<HashMap<String, Person>, StoreError> {
        let distinct_ids: BTreeSet<_> = distinct_ids.into_iter().collect();
        let keys: Vec<_> = distinct_ids.into_iter().map(|id| keys::person(self.project, id)).collect();
        let items = try_join_all(keys.chunks(BATCH).map(|keys| self.store.batch_get_eventually(keys))).await?;
        let mut found = HashMap::new();
        for item in items.iter().flatten() {
            let (person, _) = read(item)?;
            found.extend(person.distinct_ids.clone().into_iter().map(|id| (id, person.clone())));
        }
        Ok(found)
    }
}

/// The fold of the persons.
pub(crate) struct PersonsFold;

impl Fold for PersonsFold {
    const NAME: &'static str = "persons";

    /// A distinct id, and what was seen of its owner: at least once.
    type Entry = (String, Vec<Sighting>);

    fn entries(records: &ProjectRecords) -> Vec<Self::Entry> {
        // Nobody knows what an unreadable ticket was, so nobody knows what is new of its customer.
        let changes = records.changes.iter().filter(|change| !change.mended);
        let seen_on = |change: &TicketChange| Sighting::of(change.before.as_ref(), change.after.as_ref()?);
        let mut seen: BTreeMap<String, Vec<Sighting>> = BTreeMap::new();
        for sighting in changes.filter_map(seen_on).chain(records.sightings.iter().cloned()) {
            seen.entry(sighting.distinct_id.clone()).or_default().push(sighting);
        }
        seen.into_iter().collect()
    }

    fn shadow(project: ProjectId, (distinct_id, _): &Self::Entry) -> Option<Key> {
        Some(keys::person(project, distinct_id))
    }

    fn step(project: ProjectId, entries: &[Self::Entry], shadows: &Shadows, _: Timestamp) -> Result<Step, StoreError> {
        let mut step = Step::default();
        for (distinct_id, sightings) in entries {
            let key = keys::person(project, distinct_id);
            let known = shadows.get(&key).map(read).transpose()?;
            let merged = sightings.iter().fold(known.as_ref().map(|(person, _)| person.clone()), |person, sighting| {
                let mut person = person.unwrap_or_else(|| Person::new(sighting));
                person.see(sighting);
                Some(person)
            });
            let Some(person) = merged else { continue };
            let put = |writes: u64| Write::put(write(&key, &person, writes + 1));
            match known {
                Some((known, _)) if known == person => {}
                // Two merges that read the same person can't both replace it.
                Some((_, writes)) => {
                    step.writes.push(put(writes).only_if(format!("{WRITES} = :read")).number(":read", writes));
                }
                None => {
                    // Before the first person is there, the project says that it has persons.
                    step.before.push(Write::put(Writer::new(&keys::persons(project)).done()).if_absent());
                    step.writes.push(put(0).if_absent());
                }
            }
        }
        Ok(step)
    }
}

fn write(key: &Key, person: &Person, writes: u64) -> Item {
    let Person { distinct_ids, properties, created_at } = person;
    let told = properties.iter().map(|(key, (at, value))| (key.clone(), Value::from(vec![at.micros().into(), value.clone()])));
    Writer::new(key)
        .texts(IDS, distinct_ids)
        .object(PROPERTIES, &told.collect())
        .time(CREATED, *created_at)
        .number(WRITES, writes)
        .done()
}

/// A person, and how often the item was written.
pub(crate) fn read(item: &Item) -> Result<(Person, u64), StoreError> {
    let row = Reader(item);
    let told = |(key, told): (String, Value)| match told.as_array().map(Vec::as_slice) {
        Some([at, value]) => Some((key, (at.as_i64().and_then(Timestamp::from_micros)?, value.clone()))),
        _ => None,
    };
    let properties = row.object(PROPERTIES)?.into_iter().map(|property| told(property).ok_or_else(|| row.corrupt(PROPERTIES)));
    let person = Person {
        distinct_ids: row.texts(IDS)?.into_iter().map(str::to_owned).collect(),
        properties: properties.collect::<Result<_, _>>()?,
        created_at: row.time(CREATED)?,
    };
    Ok((person, row.number(WRITES)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_read_as_it_is_written() {
        let properties = json!({"name": "Ada", "age": 7}).as_object().unwrap().clone();
        let at = Timestamp::EPOCH.plus_seconds(5);
        for properties in [properties, lambdesk_domain::traits::Object::new()] {
            let person = Person::new(&Sighting { distinct_id: "a#T#b~".into(), at, properties });
            let item = write(&keys::person(ProjectId(1), "a#T#b~"), &person, 3);
            assert_eq!(read(&item).unwrap(), (person, 3));
        }
    }
}
