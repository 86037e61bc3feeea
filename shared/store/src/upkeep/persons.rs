//! Customers who proved who they are, kept from the changes of their tickets (docs/decisions.md, 24), and found by distinct id.
//!
//! An ordinary message says nothing new of its sender, and costs nothing here. What it does say is merged into the person in a
//! way that no order and no repetition of records changes; the item counts its writes, so that no two merges miss each other.
//! A project whose customers never prove anything has no item `PERSONS`, which its directory knows, and reads nobody.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::try_join_all;
use lambdesk_domain::{
    ProjectId, Timestamp,
    person::{Person, Sighting},
};
use serde_json::Value;

use crate::{
    TicketChange, Upkeep,
    error::StoreError,
    room::Room,
    transport::{
        call::pause,
        item::{Item, Reader, Writer},
        keys::{self, Key},
        read::BATCH,
        write::{Rejection, Write},
    },
};

/// How often a person that another merge changed is read again.
const TRIES: u32 = 20;

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

impl Upkeep {
    /// Adds what changes of one project's tickets, and profiles that lie apart from theirs, say of customers who proved who they
    /// are. Doing it again, or in another order, comes to the same.
    pub async fn fold_persons(&self, project: ProjectId, changes: &[TicketChange], told: &[Sighting]) -> Result<(), StoreError> {
        // What a ticket that nobody could read was, and so what is new of it, nobody can tell.
        let changes = changes.iter().filter(|change| change.project == project && !change.mended);
        let seen_on = |change: &TicketChange| Sighting::of(change.before.as_ref(), change.after.as_ref()?);
        let mut seen: BTreeMap<String, Vec<Sighting>> = BTreeMap::new();
        for sighting in changes.filter_map(seen_on).chain(told.iter().cloned()) {
            seen.entry(sighting.distinct_id.clone()).or_default().push(sighting);
        }
        try_join_all(seen.iter().map(|(distinct_id, sightings)| self.see(project, distinct_id, sightings))).await?;
        Ok(())
    }

    async fn see(&self, project: ProjectId, distinct_id: &str, sightings: &[Sighting]) -> Result<(), StoreError> {
        let Some(first) = sightings.first() else { return Ok(()) };
        let key = keys::person(project, distinct_id);
        for attempt in 0..TRIES {
            let known = self.store.get(&key).await?.as_ref().map(read).transpose()?;
            let (mut person, writes) = known.clone().unwrap_or_else(|| (Person::new(first), 0));
            for sighting in sightings {
                person.see(sighting);
            }
            if known.is_some_and(|(known, _)| known == person) {
                return Ok(());
            }
            if writes == 0 {
                self.announce_persons(project).await?;
            }
            let put = Write::put(write(&key, &person, writes + 1));
            // Two merges that read the same person can't both replace it.
            let put =
                if writes == 0 { put.if_absent() } else { put.only_if(format!("{WRITES} = :read")).number(":read", writes) };
            match self.store.commit(vec![put]).await {
                Ok(()) => return Ok(()),
                Err(Rejection::Conditions(_)) => pause(attempt).await,
                Err(rejection) => return Err(rejection.into_error("a person")),
            }
        }
        Err(StoreError::Contended("a person"))
    }

    /// Notes, before the first of them is there, that the project has people.
    async fn announce_persons(&self, project: ProjectId) -> Result<(), StoreError> {
        match self.store.commit(vec![Write::put(Writer::new(&keys::persons(project)).done()).if_absent()]).await {
            Ok(()) => {
                self.store.forget_project(project);
                Ok(())
            }
            Err(Rejection::Conditions(_)) => Ok(()),
            Err(Rejection::Store(error)) => Err(error),
        }
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
fn read(item: &Item) -> Result<(Person, u64), StoreError> {
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
