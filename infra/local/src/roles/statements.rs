//! What the template says of a function's role.

use std::io;

use serde_json::{Map, Value, json};

use super::{Role, Statement, TABLES};
use crate::template::{invalid, of_type};

/// The role of a function. A statement that cannot be enforced here is an error.
pub(super) fn role(name: &str, function: &Value, resources: &Map<String, Value>) -> io::Result<Role> {
    let mut role = Role { function: name.to_owned(), ..Role::default() };
    for statement in statements_of(function, resources) {
        let not_followed = || invalid(format!("a statement of {name} is not followed here: {statement}"));
        let allows = match statement["Effect"].as_str() {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(not_followed()),
        };
        // SES of this machine is held to no role.
        if allows && (is_on_bucket(&statement) || is_of_ses(&statement)) {
            continue;
        }
        let leading_keys = match &statement["Condition"] {
            Value::Null if allows => None,
            condition if allows => Some(leading_keys(condition).ok_or_else(not_followed)?),
            condition => Some(denied_keys(condition).ok_or_else(not_followed)?),
        };
        let actions = list(&statement["Action"]);
        let calls = actions.iter().filter_map(|action| Some(action.as_str()?.strip_prefix("dynamodb:")?.to_owned()));
        let calls: Vec<_> = calls.collect();
        // A pattern of calls, and what names those that it is not about, would match none here, and so deny nothing.
        let are_plain = !calls.is_empty() && calls.len() == actions.len() && !calls.iter().any(|call| call.contains('*'));
        if !allows && (!are_plain || list(&statement["Resource"]).is_empty()) {
            return Err(not_followed());
        }
        for resource in list(&statement["Resource"]) {
            let index = resource["Fn::Sub"].as_str().and_then(|arn| arn.strip_prefix("${Table.Arn}/index/")).map(str::to_owned);
            let table = TABLES.iter().map(|(table, _)| *table).find(|table| resource["Fn::GetAtt"] == json!([table, "Arn"]));
            match table.or(index.as_ref().map(|_| "Table")) {
                Some(table) => {
                    let calls = calls.clone();
                    let statements = if allows { &mut role.allowed } else { &mut role.denied };
                    statements.push(Statement { calls, table, index, leading_keys: leading_keys.clone() });
                }
                None if allows => {}
                None => return Err(not_followed()),
            }
        }
    }
    Ok(role)
}

/// The statements of a function's role.
fn statements_of(function: &Value, resources: &Map<String, Value>) -> Vec<Value> {
    let named = function["Properties"]["Role"]["Fn::GetAtt"][0].as_str().and_then(|name| resources.get(name));
    let policies = named.map(|named| list(&named["Properties"]["Policies"])).unwrap_or_default();
    policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])).collect()
}

/// The statements of all functions' roles, with the functions' names.
pub(super) fn statements(resources: &Map<String, Value>) -> Vec<(String, Value)> {
    let all = of_type(resources, "AWS::Serverless::Function");
    all.flat_map(|(name, function)| statements_of(function, resources).into_iter().map(move |it| (name.clone(), it))).collect()
}

/// Whether a statement is about the bucket, where conditions are others.
fn is_on_bucket(statement: &Value) -> bool {
    list(&statement["Action"]).iter().any(|action| action.as_str().is_some_and(|action| action.starts_with("s3:")))
}

fn is_of_ses(statement: &Value) -> bool {
    list(&statement["Action"]).iter().all(|action| action.as_str().is_some_and(|action| action.starts_with("ses:")))
}

const LEADING_KEYS: &str = "dynamodb:LeadingKeys";

/// The patterns of partition keys in the condition of what is allowed; `None` if the condition is not understood. `ForAllValues`
/// also holds where there are no keys, so the condition must have a `Null` operator that demands keys.
pub(super) fn leading_keys(condition: &Value) -> Option<Vec<String>> {
    let patterns = &condition["ForAllValues:StringLike"][LEADING_KEYS];
    let whole = json!({"ForAllValues:StringLike": {LEADING_KEYS: patterns}, "Null": {LEADING_KEYS: "false"}});
    texts(patterns).filter(|_| *condition == whole)
}

/// The patterns of partition keys in the condition of what is denied; `None` if the condition is not understood. One key that is
/// like a pattern is enough for `ForAnyValue`; with `ForAllValues`, a key beside it would open a batch.
pub(super) fn denied_keys(condition: &Value) -> Option<Vec<String>> {
    let patterns = &condition["ForAnyValue:StringLike"][LEADING_KEYS];
    texts(patterns).filter(|_| *condition == json!({"ForAnyValue:StringLike": {LEADING_KEYS: patterns}}))
}

/// A list of texts, or a single one; `None` if it is empty or has something else.
fn texts(value: &Value) -> Option<Vec<String>> {
    let texts = list(value).iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    (!texts.is_empty()).then_some(texts)
}

/// IAM's `StringLike`, with `*` as the only wildcard, because the template uses no other.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((first, rest)) => text.strip_prefix(first).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| is_like(&text[at..], rest))
        }),
    }
}

pub(super) fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}
