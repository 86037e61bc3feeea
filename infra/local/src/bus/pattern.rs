//! EventBridge's event patterns: which events a rule matches.
//!
//! The semantics are those that AWS documents ("Amazon EventBridge event patterns" and "Comparison operators") and its library
//! `aws/event-ruler` implements. `tests/eventbridge/pairs.json` fixes what they leave unsaid:
//! - Arrays in the event are searched at any depth. A field has every value of its array, and each object in an array is
//!   matched as if it stood in the array's place. Conditions on several fields of such objects must hold within one of them.
//! - `exists` is about values. An object, or an array without values, does not exist.
//! - `$or` is expanded when the pattern is read, as AWS does, up to the number of combinations that AWS allows.
//!
//! A pattern that AWS refuses is refused here. So is an operator that is not known here (`cidr`), because a rule that silently
//! never matched would be worse.

mod condition;
#[cfg(test)]
mod tests;
mod wildcard;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use condition::{Condition, OPERATORS};

/// The most combinations into which `$or` may expand a pattern.
const COMBINATIONS: usize = 1000;
const OR: &str = "$or";

/// An event pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The alternatives that `$or` expands to. The pattern matches if one of them does.
    combinations: Vec<Branch>,
}

/// Conditions by field. All of them must hold.
type Branch = BTreeMap<String, Node>;

#[derive(Debug, Clone)]
enum Node {
    Branch(Branch),
    /// One of these must hold.
    Leaf(Vec<Condition>),
}

/// Why a pattern is invalid, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", if place.is_empty() { "the pattern" } else { place })]
pub struct Refused {
    /// Path of the field, such as `detail.status[0]`; empty for the whole pattern.
    pub place: String,
    /// What is wrong at that place.
    pub reason: String,
}

impl Pattern {
    /// Reads a pattern. It fails where AWS would refuse the pattern, or where an operator is not known here.
    pub fn parse(pattern: &Value) -> Result<Self, Refused> {
        let Value::Object(fields) = pattern else { return Err(refused("", "must be an object")) };
        Ok(Self { combinations: combinations(fields, "")? })
    }

    /// What the pattern says about these fields of an event. Alternatives that say nothing about the first field are left out.
    pub(super) fn about(&self, fields: [&str; 2]) -> Self {
        let named = self.combinations.iter().filter(|branch| branch.contains_key(fields[0]));
        let kept = |branch: &Branch| -> Branch {
            branch
                .iter()
                .filter(|(name, _)| fields.contains(&name.as_str()))
                .map(|(name, node)| (name.clone(), node.clone()))
                .collect()
        };
        Self { combinations: named.map(kept).collect() }
    }

    /// Whether the pattern matches `event`.
    pub fn matches(&self, event: &Value) -> bool {
        self.combinations.iter().any(|branch| branch_holds(branch, Some(event), &[event]))
    }
}

fn refused(place: &str, reason: impl Into<String>) -> Refused {
    Refused { place: place.to_owned(), reason: reason.into() }
}

// --- Reading ------------------------------------------------------------------------------------------------------------

fn combinations(fields: &Map<String, Value>, place: &str) -> Result<Vec<Branch>, Refused> {
    if fields.is_empty() {
        return Err(refused(place, "an empty object matches nothing"));
    }
    let mut all = vec![Branch::new()];
    for (name, value) in fields {
        let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        let choices = if name == OR { choices(value, &place)? } else { field(name, value, &place)? };
        if all.len() * choices.len() > COMBINATIONS {
            return Err(refused(&place, format!("more than {COMBINATIONS} combinations")));
        }
        let joined = all.iter().flat_map(|one| choices.iter().map(|other| joined(one.clone(), other.clone(), &place)));
        all = joined.collect::<Result<_, _>>()?;
    }
    Ok(all)
}

/// The alternatives of `$or`: one for each of its objects, more where such an object has a `$or` itself.
fn choices(value: &Value, place: &str) -> Result<Vec<Branch>, Refused> {
    let choices = value.as_array().filter(|choices| choices.len() > 1);
    let choices = choices.ok_or_else(|| refused(place, "must be an array of at least two objects"))?;
    let mut all = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        let place = format!("{place}[{index}]");
        let fields = choice.as_object().ok_or_else(|| refused(&place, "must be an object"))?;
        // AWS would read this as conditions on a field named `$or`.
        if let Some(name) = fields.keys().find(|name| OPERATORS.contains(&name.as_str())) {
            return Err(refused(&place, format!("{name:?} is an operator, and can't be a field here")));
        }
        all.extend(combinations(fields, &place)?);
    }
    Ok(all)
}

fn field(name: &str, value: &Value, place: &str) -> Result<Vec<Branch>, Refused> {
    let nodes = match value {
        Value::Object(fields) => combinations(fields, place)?.into_iter().map(Node::Branch).collect(),
        Value::Array(conditions) if conditions.is_empty() => return Err(refused(place, "an empty array matches nothing")),
        Value::Array(conditions) => {
            let read =
                |(index, condition)| Condition::parse(condition).map_err(|reason| refused(&format!("{place}[{index}]"), reason));
            vec![Node::Leaf(conditions.iter().enumerate().map(read).collect::<Result<_, _>>()?)]
        }
        _ => return Err(refused(place, "must be an object or an array")),
    };
    Ok(nodes.into_iter().map(|node| Branch::from([(name.to_owned(), node)])).collect())
}

/// A branch with the conditions of both. It is an error if both have conditions on the same field.
fn joined(mut one: Branch, other: Branch, place: &str) -> Result<Branch, Refused> {
    for (name, node) in other {
        let node = match (one.remove(&name), node) {
            (None, node) => node,
            (Some(Node::Branch(fields)), Node::Branch(more)) => Node::Branch(joined(fields, more, place)?),
            // AWS silently drops one of the two conditions.
            (Some(_), _) => return Err(refused(place, format!("{name:?} has conditions both inside and outside of {OR}"))),
        };
        one.insert(name, node);
    }
    Ok(one)
}

// --- Matching -----------------------------------------------------------------------------------------------------------

/// Whether `node` holds for `here`, one of the values that its path leads to. `everywhere` has all of those values.
fn holds(node: &Node, here: Option<&Value>, everywhere: &[&Value]) -> bool {
    match node {
        Node::Branch(branch) => branch_holds(branch, here, everywhere),
        Node::Leaf(conditions) => conditions.iter().any(|condition| match condition {
            // A field is absent if no object has it. It is not enough that one of several objects lacks it.
            Condition::Absent => !everywhere.iter().any(|value| any_value(value, &|_| true)),
            condition => here.is_some_and(|value| any_value(value, &|value| condition.holds(value))),
        }),
    }
}

fn branch_holds(branch: &Branch, here: Option<&Value>, everywhere: &[&Value]) -> bool {
    let fields_hold = |object: Option<&Map<String, Value>>| {
        branch.iter().all(|(name, node)| {
            let mut deeper = Vec::new();
            for value in everywhere {
                objects(value, &mut |object| deeper.extend(object.get(name)));
            }
            holds(node, object.and_then(|object| object.get(name)), &deeper)
        })
    };
    let mut candidates = Vec::new();
    if let Some(here) = here {
        objects(here, &mut |object| candidates.push(object));
    }
    // Where there is no object, every field is absent.
    if candidates.is_empty() { fields_hold(None) } else { candidates.into_iter().any(|object| fields_hold(Some(object))) }
}

/// Whether `test` holds for the value, or for a value in its array at any depth.
fn any_value(value: &Value, test: &dyn Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_value(item, test)),
        Value::Object(_) => false,
        value => test(value),
    }
}

/// Passes the object to `each`, or every object of its array at any depth.
fn objects<'a>(value: &'a Value, each: &mut impl FnMut(&'a Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| objects(item, each)),
        Value::Object(object) => each(object),
        _ => {}
    }
}
