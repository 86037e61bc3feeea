//! Conditions: one property compared, or several conditions joined.

use serde_json::{Value, json};

use super::{
    bounds::{MOST_LISTED, MOST_NESTING},
    known::Known,
    operator::{Operator, is_ordered},
    place::{Invalid, Place},
    property::Property,
};

/// The most characters of a text that a condition compares a property with.
const LONGEST: usize = 1000;

/// A condition, which holds or does not.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// One property, compared with a value.
    Holds {
        /// The property to compare.
        property: Property,
        /// How to compare it.
        operator: Operator,
        /// The value to compare it with; `None` for `is_set` and `is_not_set`. Placeholders in it are not filled in.
        value: Option<Value>,
    },
    /// Each of these holds.
    All(Vec<Condition>),
    /// At least one of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
}

impl Condition {
    /// Reads a condition that is nested within `depth` others.
    pub(super) fn read(value: &Value, place: &Place, depth: usize) -> Result<Self, Invalid> {
        let object = place.object(value, &["property", "operator", "value", "all", "any", "not"])?;
        let joined = ["all", "any", "not"].into_iter().find_map(|key| Some((key, object.get(key)?)));
        let Some((key, inner)) = joined else {
            return Self::read_comparison(value, place);
        };
        if object.len() > 1 {
            return Err(place.refuse(format!("Can't have another key beside {key}.")));
        }
        if depth >= MOST_NESTING {
            return Err(place.refuse(format!("Conditions can be nested up to {MOST_NESTING} deep.")));
        }
        let place = place.key(key);
        match key {
            "not" => Ok(Self::Not(Box::new(Self::read(inner, &place, depth + 1)?))),
            "all" => Self::read_list(place.some(inner, MOST_LISTED)?, &place, depth + 1).map(Self::All),
            _ => Self::read_list(place.some(inner, MOST_LISTED)?, &place, depth + 1).map(Self::Any),
        }
    }

    /// Reads a list of conditions that is nested within `depth` others.
    pub(super) fn read_list(values: &[Value], place: &Place, depth: usize) -> Result<Vec<Self>, Invalid> {
        values.iter().enumerate().map(|(index, value)| Self::read(value, &place.at(index), depth)).collect()
    }

    fn read_comparison(value: &Value, place: &Place) -> Result<Self, Invalid> {
        let object = place.object(value, &["property", "operator", "value"])?;
        let (path, at) = place.required(object, "property")?;
        let path = path.as_str().ok_or_else(|| at.refuse("Must be text."))?;
        let property = Property::parse(path).map_err(|reason| at.refuse(reason))?;
        let (name, at) = place.required(object, "operator")?;
        let operator = name.as_str().and_then(Operator::parse).ok_or_else(|| {
            let names = Operator::ALL.map(Operator::name).join(", ");
            at.refuse(format!("Must be one of {names}."))
        })?;
        let value = read_value(operator, object.get("value"), &place.key("value"))?;
        Ok(Self::Holds { property, operator, value })
    }

    /// The JSON that a definition has for it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Holds { property, operator, value: None } => {
                json!({"property": property.to_string(), "operator": operator.name()})
            }
            Self::Holds { property, operator, value: Some(value) } => {
                json!({"property": property.to_string(), "operator": operator.name(), "value": value})
            }
            Self::All(conditions) => json!({"all": conditions.iter().map(Self::to_json).collect::<Vec<_>>()}),
            Self::Any(conditions) => json!({"any": conditions.iter().map(Self::to_json).collect::<Vec<_>>()}),
            Self::Not(condition) => json!({"not": condition.to_json()}),
        }
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, known: &Known<'_>) -> bool {
        match self {
            Self::Holds { property, operator, value } => operator.holds(known.get(property), value.as_ref()),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(known)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(known)),
            Self::Not(condition) => !condition.holds(known),
        }
    }
}

/// Reads the value that `operator` compares with. It refuses a value with which the condition would hold always or never,
/// because the author must have meant something else.
fn read_value(operator: Operator, value: Option<&Value>, place: &Place) -> Result<Option<Value>, Invalid> {
    let given = value.filter(|value| !value.is_null());
    let required = || match value {
        Some(_) => place.refuse("Can't be null: ask is_set or is_not_set."),
        None => place.refuse("Is required."),
    };
    match operator {
        Operator::IsSet | Operator::IsNotSet => match given {
            Some(_) => Err(place.refuse(format!("{} takes no value.", operator.name()))),
            None => Ok(None),
        },
        Operator::In => {
            let value = given.ok_or_else(required)?;
            for (index, member) in place.some(value, MOST_LISTED)?.iter().enumerate() {
                check_scalar(member, &place.at(index))?;
            }
            Ok(Some(value.clone()))
        }
        Operator::GreaterThan | Operator::LessThan => {
            let value = given.ok_or_else(required)?;
            check_scalar(value, place)?;
            if is_ordered(value) { Ok(Some(value.clone())) } else { Err(place.refuse("Must be a number, a date or a time.")) }
        }
        Operator::Equals
        | Operator::NotEquals
        | Operator::Contains
        | Operator::NotContains
        | Operator::StartsWith
        | Operator::EndsWith => {
            let value = given.ok_or_else(required)?;
            check_scalar(value, place)?;
            Ok(Some(value.clone()))
        }
    }
}

fn check_scalar(value: &Value, place: &Place) -> Result<(), Invalid> {
    match value {
        Value::String(text) if text.is_empty() => Err(place.refuse("Can't be empty: ask is_set or is_not_set.")),
        Value::String(_) => place.text(value, LONGEST).map(|_| ()),
        Value::Number(_) | Value::Bool(_) => Ok(()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(place.refuse("Must be text, a number, true or false.")),
    }
}
