//! The conditions that a pattern can place on one value.

use std::ops::{Bound, RangeBounds};

use serde_json::{Number, Value};

use super::wildcard::Wildcard;

/// Every operator of EventBridge, including `cidr`, which is not known here.
pub(super) const OPERATORS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// `numeric` takes numbers from minus this to plus this, in patterns and in events.
const LARGEST: f64 = 5e9;

/// One condition. Each is about a value, except [`Condition::Absent`].
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    Equal(Value),
    EqualAnyCase(Folded),
    Prefix(Affix),
    Suffix(Affix),
    Wildcard(Wildcard),
    Numeric(Bound<f64>, Bound<f64>),
    AnythingBut(Vec<Condition>),
    Exists,
    Absent,
}

/// A text in lower case, to compare without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded(String);

/// The beginning or end that a text must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Affix {
    Exact(String),
    AnyCase(Folded),
}

impl Folded {
    fn of(text: &str) -> Self {
        Self(text.to_lowercase())
    }
}

impl Condition {
    /// Reads an element of a field's array: a value, or an operator with its operand.
    pub(super) fn parse(condition: &Value) -> Result<Self, String> {
        match condition {
            Value::Object(_) => {
                let (operator, operand) = only_pair(condition)?;
                Self::operator(operator, operand)
            }
            Value::Array(_) => Err("a condition can't be an array".to_owned()),
            value => Ok(Self::Equal(value.clone())),
        }
    }

    fn operator(operator: &str, operand: &Value) -> Result<Self, String> {
        match operator {
            "prefix" => affix(operand).map(Self::Prefix),
            "suffix" => affix(operand).map(Self::Suffix),
            "equals-ignore-case" => text(operand).map(|text| Self::EqualAnyCase(Folded::of(text))),
            "wildcard" => Wildcard::parse(text(operand)?).map(Self::Wildcard),
            "numeric" => numeric(operand),
            "anything-but" => anything_but(operand),
            "exists" => match operand {
                Value::Bool(true) => Ok(Self::Exists),
                Value::Bool(false) => Ok(Self::Absent),
                _ => Err("must be true or false".to_owned()),
            },
            unknown => Err(format!("the operator {unknown:?} is not known")),
        }
    }

    /// Whether the condition holds for a value. The value is neither an object nor an array.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Equal(Value::Number(one)), Value::Number(other)) => same(one, other),
            (Self::Equal(expected), value) => expected == value,
            (Self::EqualAnyCase(folded), Value::String(text)) => *folded == Folded::of(text),
            (Self::Prefix(Affix::Exact(prefix)), Value::String(text)) => text.starts_with(prefix),
            (Self::Prefix(Affix::AnyCase(prefix)), Value::String(text)) => Folded::of(text).0.starts_with(&prefix.0),
            (Self::Suffix(Affix::Exact(suffix)), Value::String(text)) => text.ends_with(suffix),
            (Self::Suffix(Affix::AnyCase(suffix)), Value::String(text)) => Folded::of(text).0.ends_with(&suffix.0),
            (Self::Wildcard(wildcard), Value::String(text)) => wildcard.matches(text),
            (Self::Numeric(from, to), Value::Number(number)) => {
                number.as_f64().is_some_and(|number| number.abs() <= LARGEST && (*from, *to).contains(&number))
            }
            (Self::AnythingBut(excluded), value) => !excluded.iter().any(|condition| condition.holds(value)),
            (Self::Exists, _) => true,
            _ => false,
        }
    }
}

/// Whether two numbers are equal. 300, 300.0 and 3e2 are the same number.
fn same(one: &Number, other: &Number) -> bool {
    one == other || (one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64()
}

fn text(operand: &Value) -> Result<&str, String> {
    operand.as_str().ok_or_else(|| "must be a text".to_owned())
}

fn only_pair(object: &Value) -> Result<(&str, &Value), String> {
    let mut pairs = object.as_object().into_iter().flatten();
    match (pairs.next(), pairs.next()) {
        (Some((operator, operand)), None) => Ok((operator, operand)),
        _ => Err("must be one operator".to_owned()),
    }
}

/// Reads a text, or `{"equals-ignore-case": text}`.
fn affix(operand: &Value) -> Result<Affix, String> {
    if !operand.is_object() {
        return text(operand).map(|text| Affix::Exact(text.to_owned()));
    }
    match only_pair(operand)? {
        ("equals-ignore-case", operand) => text(operand).map(|text| Affix::AnyCase(Folded::of(text))),
        (unknown, _) => Err(format!("the operator {unknown:?} can't be used here")),
    }
}

/// Reads what `anything-but` excludes: texts, or numbers, or what an operator on text matches.
fn anything_but(operand: &Value) -> Result<Condition, String> {
    if !operand.is_object() {
        let values = one_or_more(operand)?;
        if !values.iter().all(Value::is_string) && !values.iter().all(Value::is_number) {
            return Err("must be texts or numbers, and not both".to_owned());
        }
        return Ok(Condition::AnythingBut(values.iter().cloned().map(Condition::Equal).collect()));
    }
    let (operator, operand) = only_pair(operand)?;
    let values = one_or_more(operand)?;
    match operator {
        "prefix" | "suffix" if values.iter().any(|value| !value.is_string() || value == "") => {
            Err("must be texts that are not empty".to_owned())
        }
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => {
            let excluded = values.iter().map(|value| Condition::operator(operator, value));
            excluded.collect::<Result<_, _>>().map(Condition::AnythingBut)
        }
        unknown => Err(format!("the operator {unknown:?} can't be used in \"anything-but\"")),
    }
}

fn one_or_more(operand: &Value) -> Result<&[Value], String> {
    match operand {
        Value::Array(values) if values.is_empty() => Err("must not be empty".to_owned()),
        Value::Array(values) => Ok(values),
        value => Ok(std::slice::from_ref(value)),
    }
}

/// Reads one comparison such as `[">", 0]`, or a lower bound and then an upper bound.
fn numeric(operand: &Value) -> Result<Condition, String> {
    let words: &[Value] = operand.as_array().ok_or("must be an array")?;
    match words {
        [operator, number] => {
            let number = bound(number)?;
            match operator.as_str() {
                Some("=") => Ok(Condition::Numeric(Bound::Included(number), Bound::Included(number))),
                Some(">") => Ok(Condition::Numeric(Bound::Excluded(number), Bound::Unbounded)),
                Some(">=") => Ok(Condition::Numeric(Bound::Included(number), Bound::Unbounded)),
                Some("<") => Ok(Condition::Numeric(Bound::Unbounded, Bound::Excluded(number))),
                Some("<=") => Ok(Condition::Numeric(Bound::Unbounded, Bound::Included(number))),
                _ => Err(format!("{operator} is not one of =, >, >=, <, <=")),
            }
        }
        [lower, from, upper, to] => {
            let (from, to) = (bound(from)?, bound(to)?);
            if from >= to {
                return Err("the lower bound must be less than the upper one".to_owned());
            }
            let from = match lower.as_str() {
                Some(">") => Bound::Excluded(from),
                Some(">=") => Bound::Included(from),
                _ => return Err(format!("{lower} is no lower bound, which must come first")),
            };
            let to = match upper.as_str() {
                Some("<") => Bound::Excluded(to),
                Some("<=") => Bound::Included(to),
                _ => return Err(format!("{upper} is no upper bound")),
            };
            Ok(Condition::Numeric(from, to))
        }
        _ => Err("must be one comparison, or two of a range".to_owned()),
    }
}

fn bound(number: &Value) -> Result<f64, String> {
    let number = number.as_f64().ok_or_else(|| format!("{number} is no number"))?;
    if number.abs() <= LARGEST { Ok(number) } else { Err(format!("{number} is beyond {LARGEST}")) }
}
