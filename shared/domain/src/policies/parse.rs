//! Reads and checks the policies that administrators write.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Conditions, Metric, PAUSING, Policies, Policy,
    conditions::{MOST_WORDS, members},
};
use crate::{
    calendar::{Amount, BusinessHours, SlaUnit, Target},
    folding::{for_conditions, is_blank},
    place::{Invalid, Place},
    text::sentence,
    ticket::Status,
    time::Timestamp,
    traits::Object,
};

/// The most policies of a project, and their most bytes. They lie on the project's item, which every warm function caches.
const MOST_POLICIES: usize = 50;
const MOST_BYTES: usize = 64 * 1024;
/// The most characters of a policy's name.
const NAME: usize = 100;

pub(super) fn policies(given: &Object) -> Result<Policies, Invalid> {
    if let Some(unknown) = given.keys().find(|key| !["policies", "paused_by"].contains(&key.as_str())) {
        return Err(Place::root(unknown).refuse("Unknown key."));
    }
    let place = Place::root("policies");
    let list = given.get("policies").ok_or_else(|| place.refuse("Is required."))?;
    let list = place.list(list, MOST_POLICIES)?;
    let policies =
        list.iter().enumerate().map(|(index, given)| policy(given, &place.at(index))).collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    for (index, policy) in policies.iter().enumerate() {
        if !names.insert(for_conditions(&policy.name)) {
            return Err(place.at(index).key("name").refuse("Is the name of another policy."));
        }
    }
    let place = Place::root("paused_by");
    let paused_by = match given.get("paused_by") {
        None | Some(Value::Null) => (!policies.is_empty()).then(|| PAUSING.to_vec()),
        Some(list) => Some(members(place.list(list, MOST_WORDS)?, &place, Status::parse)?),
    };
    if paused_by.as_ref().is_some_and(|paused_by| paused_by.contains(&Status::Resolved)) {
        return Err(place.refuse("A resolved ticket's clock is stopped, not paused."));
    }
    let policies = Policies { policies, paused_by };
    if Value::Object(policies.to_json()).to_string().len() > MOST_BYTES {
        return Err(Place::root("policies").refuse(format!("Can have at most {} KB in all.", MOST_BYTES / 1024)));
    }
    Ok(policies)
}

fn policy(given: &Value, place: &Place) -> Result<Policy, Invalid> {
    let object = place.object(given, &["name", "conditions", "targets", "business_hours"])?;
    let (name, at) = place.required(object, "name")?;
    let name = at.text(name, NAME)?.trim();
    if is_blank(name) {
        return Err(at.refuse("Can't be empty."));
    }
    let at = place.key("business_hours");
    let hours = match object.get("business_hours") {
        None | Some(Value::Null) => None,
        Some(given) => Some(business_hours(given, &at)?),
    };
    let conditions = match object.get("conditions") {
        None | Some(Value::Null) => Conditions::default(),
        Some(given) => Conditions::read(given, &place.key("conditions"))?,
    };
    let (targets, at) = place.required(object, "targets")?;
    let names: Vec<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let given = at.object(targets, &names)?;
    let present = Metric::ALL.iter().filter_map(|metric| Some((*metric, given.get(metric.name()).filter(|it| !it.is_null())?)));
    let targets = present
        .map(|(metric, given)| Ok((metric, target(given, hours.as_ref(), &at.key(metric.name()))?)))
        .collect::<Result<Vec<_>, _>>()?;
    if targets.is_empty() {
        return Err(at.refuse("Must have at least one target."));
    }
    Ok(Policy { name: name.to_owned(), conditions, targets, hours })
}

fn business_hours(given: &Value, place: &Place) -> Result<BusinessHours, Invalid> {
    place.object(given, &BusinessHours::KEYS)?;
    BusinessHours::read(given).map_err(|error| {
        let place = error.key().map_or_else(|| place.clone(), |key| place.key(key));
        place.refuse(sentence(&error.to_string()))
    })
}

fn target(given: &Value, hours: Option<&BusinessHours>, place: &Place) -> Result<Target, Invalid> {
    let object = place.object(given, &["amount", "unit"])?;
    let (amount, at) = place.required(object, "amount")?;
    let amount = match amount {
        Value::String(digits) => digits.trim().parse().ok(),
        other => other.as_f64(),
    };
    let amount = amount.ok_or_else(|| at.refuse("Must be a number."))?;
    let unit = match object.get("unit") {
        None | Some(Value::Null) => Some(SlaUnit::default()),
        Some(unit) => unit.as_str().and_then(SlaUnit::parse),
    };
    let unit = unit.ok_or_else(|| place.key("unit").refuse("Must be minute, hour or day."))?;
    let amount = Amount::new(amount, unit, hours.cloned()).map_err(|error| at.refuse(sentence(&error.to_string())))?;
    // Refuses an amount that can't be reached within five years; whether it can hardly depends on the start.
    amount.due(Timestamp::EPOCH).map_err(|error| at.refuse(sentence(&error.to_string())))?;
    Ok(amount.target)
}
