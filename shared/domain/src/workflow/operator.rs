//! How a condition compares: the operators, and how they treat every kind of value.
//!
//! - Null, text that shows nothing, an empty list and an empty object count as not set, like a missing property. The reason:
//!   events carry `customer_email: ""` for a customer whose address is not known.
//! - A number equals text that reads as that number. Two texts compare as text, so `"01"` does not equal `"1"`.
//! - On a list (such as `variables.ticket.tags`), `contains` asks for a member, and `in` for one of several. A list or an
//!   object equals nothing, and starts and ends with nothing.
//! - `greater_than` and `less_than` compare numbers if both sides read as numbers, and times if both read as dates or times.
//!   Otherwise neither holds.

use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveTime};
use serde_json::Value;

use crate::{
    folding::{for_conditions, is_blank},
    time::Timestamp,
};

/// What a condition asks of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The property equals the value.
    Equals,
    /// The property does not equal the value, or is not set.
    NotEquals,
    /// The property contains the value.
    Contains,
    /// The property does not contain the value, or is not set.
    NotContains,
    /// The property starts with the value.
    StartsWith,
    /// The property ends with the value.
    EndsWith,
    /// The property equals one of the values.
    In,
    /// The property is greater or later than the value.
    GreaterThan,
    /// The property is less or earlier than the value.
    LessThan,
    /// The property is set.
    IsSet,
    /// The property is not set.
    IsNotSet,
}

impl Operator {
    /// Every operator, in the order in which the API lists them.
    pub const ALL: [Self; 11] = [
        Self::Equals,
        Self::NotEquals,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
        Self::In,
        Self::GreaterThan,
        Self::LessThan,
        Self::IsSet,
        Self::IsNotSet,
    ];

    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::In => "in",
            Self::GreaterThan => "greater_than",
            Self::LessThan => "less_than",
            Self::IsSet => "is_set",
            Self::IsNotSet => "is_not_set",
        }
    }

    /// The operator with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// Whether the property's value `found` meets the condition's `value`. It has an answer for any two values.
    pub(super) fn holds(self, found: Option<&Value>, value: Option<&Value>) -> bool {
        let Some(found) = found.filter(|found| is_set(found)) else {
            return matches!(self, Self::IsNotSet | Self::NotEquals | Self::NotContains);
        };
        let value = value.unwrap_or(&Value::Null);
        match self {
            Self::Equals => equal(found, value),
            Self::NotEquals => !equal(found, value),
            Self::Contains => contains(found, value),
            Self::NotContains => !contains(found, value),
            Self::StartsWith => texts(found, value).is_some_and(|(found, value)| found.starts_with(&value)),
            Self::EndsWith => texts(found, value).is_some_and(|(found, value)| found.ends_with(&value)),
            Self::In => value.as_array().is_some_and(|values| is_or_has_one(found, values)),
            Self::GreaterThan => compare(found, value) == Some(Ordering::Greater),
            Self::LessThan => compare(found, value) == Some(Ordering::Less),
            Self::IsSet => true,
            Self::IsNotSet => false,
        }
    }
}

/// Whether a value counts as set.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !is_blank(text),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    Side::of(a).equals(&Side::of(b))
}

/// One side of a comparison, converted once because it may be long and is compared with several others.
struct Side {
    is_number: bool,
    number: Option<Number>,
    text: Option<String>,
}

impl Side {
    fn of(value: &Value) -> Self {
        Self { is_number: value.is_number(), number: Number::of(value), text: text(value) }
    }

    fn equals(&self, other: &Self) -> bool {
        if self.is_number || other.is_number {
            return self.number.zip(other.number).is_some_and(|(a, b)| a.order(b) == Some(Ordering::Equal));
        }
        self.text.is_some() && self.text == other.text
    }
}

/// Whether `found` equals one of `values`, or is a list with such a member.
fn is_or_has_one(found: &Value, values: &[Value]) -> bool {
    let values: Vec<_> = values.iter().map(Side::of).collect();
    let is_one = |found: &Value| {
        let found = Side::of(found);
        values.iter().any(|value| found.equals(value))
    };
    match found {
        Value::Array(list) => list.iter().any(is_one),
        _ => is_one(found),
    }
}

fn contains(found: &Value, value: &Value) -> bool {
    match found {
        Value::Array(_) => is_or_has_one(found, std::slice::from_ref(value)),
        _ => texts(found, value).is_some_and(|(found, value)| found.contains(&value)),
    }
}

/// Both values as text for comparing without case, if both can be written as text.
fn texts(a: &Value, b: &Value) -> Option<(String, String)> {
    Some((text(a)?, text(b)?))
}

fn text(value: &Value) -> Option<String> {
    match value {
        // `ς` is `σ` at the end of a word. Without this a part of a text would fold differently than within the whole.
        Value::String(text) => Some(for_conditions(text).replace('ς', "σ")),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (Number::of(a), Number::of(b)) {
        (Some(a), Some(b)) => a.order(b),
        (None, None) => Some(instant(a)?.cmp(&instant(b)?)),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

/// Whether `greater_than` and `less_than` can compare anything with this value.
pub(super) fn is_ordered(value: &Value) -> bool {
    Number::of(value).is_some() || instant(value).is_some()
}

/// A number, exact where it is whole: rounding must not make neighbouring ids or counts equal.
#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// Reads a number, or text that reads as one.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => {
                let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
                whole.map(Self::Whole).or_else(|| number.as_f64().map(Self::Real))
            }
            Value::String(text) => {
                let text = text.trim();
                let real = || text.parse().ok().filter(|real: &f64| real.is_finite()).map(Self::Real);
                text.parse().ok().map(Self::Whole).or_else(real)
            }
            _ => None,
        }
    }

    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            _ => self.real().partial_cmp(&other.real()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the other side is no whole number, so nothing exact is lost")]
    const fn real(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }
}

/// Reads a date-time, or a date, which stands for its first instant in UTC.
fn instant(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?.trim();
    let midnight = |day: NaiveDate| Timestamp::from_micros(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
    text.parse().ok().or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(midnight))
}

#[cfg(test)]
mod tests;
