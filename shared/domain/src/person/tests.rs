use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{UserId, testing::ticket, ticket::Fields};

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(seconds)
}

fn object(value: &Value) -> Object {
    value.as_object().unwrap().clone()
}

fn proven(traits: &Value) -> Ticket {
    let fields = Fields { anonymous_traits: object(traits), ..Fields::default() };
    Ticket { identity_verified: Some(true), fields, ..ticket() }
}

#[test]
fn only_a_proven_message_tells_who_someone_is() {
    let new = proven(&json!({"name": "Ada", "email": null}));
    assert_eq!(Sighting::of(None, &new).unwrap().properties, object(&json!({"name": "Ada"})));
    assert_eq!(Sighting::of(Some(&new), &Ticket { changed_by: Some(Stamp::Customer), ..new.clone() }), None, "nothing new");
    let patched = Ticket { changed_by: Some(Stamp::User(UserId(1))), ..proven(&json!({"name": "Eve"})) };
    assert_eq!(Sighting::of(Some(&new), &patched), None, "an agent's words");
    for unproven in [None, Some(false)] {
        assert_eq!(Sighting::of(None, &Ticket { identity_verified: unproven, ..new.clone() }), None);
    }
}

#[test]
fn what_stood_on_a_ticket_before_the_proof_is_not_believed() {
    let before = Ticket { identity_verified: Some(false), ..proven(&json!({"email": "eve@example.com"})) };
    let traits = json!({"email": "eve@example.com", "name": "Ada"});
    let after = Ticket { changed_by: Some(Stamp::Customer), ..proven(&traits) };
    assert_eq!(Sighting::of(Some(&before), &after).unwrap().properties, object(&json!({"name": "Ada"})));
    let silent = Ticket { identity_verified: Some(true), changed_by: Some(Stamp::Customer), ..before.clone() };
    assert_eq!(Sighting::of(Some(&before), &silent).unwrap().properties, Object::new(), "and yet it identifies");
}

#[test]
fn a_person_is_called_by_what_is_known() {
    let named = |properties: Value| {
        let sighting = Sighting { distinct_id: "user-1".into(), at: at(1), properties: object(&properties) };
        Person::new(&sighting).name().to_owned()
    };
    assert_eq!(named(json!({"name": "Ada", "email": "a@b.c"})), "Ada");
    assert_eq!((named(json!({"name": "", "email": "a@b.c"})), named(json!({}))), ("a@b.c".into(), "user-1".into()));
}

#[test]
fn what_does_not_fit_is_left_out_and_name_and_address_never() {
    let long = "é".repeat(500);
    let mut properties: Object = (0..50).map(|n| (format!("a{n}"), json!(long))).collect();
    properties.extend(object(&json!({"name": long, "email": long})));
    let person = Person::new(&Sighting { distinct_id: "d".into(), at: at(1), properties });
    assert_eq!(person.properties.len(), 4);
    assert!(person.properties.contains_key("name") && person.properties.contains_key("email"));
}

#[test]
fn of_each_property_the_latest_value_stays() {
    let told = |seconds, plan: &str| {
        let properties = object(&json!({"plan": plan}));
        Sighting { distinct_id: "d".into(), at: at(seconds), properties }
    };
    for order in [[told(1, "free"), told(2, "basic")], [told(2, "basic"), told(1, "free")]] {
        let mut person = Person::new(&order[0]);
        person.see(&order[1]);
        assert_eq!((person.created_at, &person.properties["plan"]), (at(1), &(at(2), json!("basic"))));
    }
}

#[test]
fn properties_have_room_for_so_many_bytes_together() {
    let kept = |sizes: &[usize]| {
        // With its key, its quotes and its time, a property takes 27 bytes beside its text.
        let property = |(n, size): (usize, &usize)| (n.to_string(), json!("x".repeat(size - 27)));
        let properties = sizes.iter().enumerate().map(property).collect();
        Person::new(&Sighting { distinct_id: "d".into(), at: at(1), properties }).properties.into_keys().collect::<Vec<_>>()
    };
    assert_eq!((kept(&[2500]), kept(&[2501])), (vec!["0".to_owned()], vec![]));
    assert_eq!((kept(&[1250, 1250]).join(" "), kept(&[1250, 1251, 1250]).join(" ")), ("0 1".into(), "0 2".into()));
}

#[test]
fn a_persons_id_is_of_the_project_and_the_distinct_id() {
    let id = |distinct_id: &str, project| {
        let sighting = Sighting { distinct_id: distinct_id.into(), at: at(1), properties: Object::new() };
        Person::new(&sighting).id(ProjectId(project)).to_string()
    };
    assert_eq!(id("user-1", 3), "8c886143-14ac-557a-aa95-f4d5767436ce");
    assert!(id("user-2", 3) != id("user-1", 3) && id("user-1", 4) != id("user-1", 3));
}

proptest! {
    #[test]
    fn sightings_come_to_the_same_in_any_order(
        told in proptest::collection::vec((0..5_i64, proptest::collection::btree_map("[ab]|name", "[xyz]", 0..3)), 1..6),
        keys in proptest::collection::vec(any::<u64>(), 12),
    ) {
        let sightings: Vec<_> = told.into_iter().map(|(seconds, properties)| Sighting {
            distinct_id: "d".into(),
            at: at(seconds),
            properties: properties.into_iter().map(|(key, value)| (key, Value::String(value))).collect(),
        }).collect();
        let seen = |order: &[&Sighting]| {
            let mut person = Person::new(order[0]);
            for sighting in order {
                person.see(sighting);
            }
            person
        };
        let in_order: Vec<_> = sightings.iter().collect();
        let mut shuffled: Vec<_> = in_order.iter().chain(&in_order).copied().zip(&keys).collect();
        shuffled.sort_by_key(|(_, key)| **key);
        let shuffled: Vec<_> = shuffled.into_iter().map(|(sighting, _)| sighting).collect();
        prop_assert_eq!(seen(&in_order), seen(&shuffled));
    }
}
