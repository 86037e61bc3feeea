//! What a call of DynamoDB is about, as far as permissions depend on it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

use super::TABLES;

/// A part of a call that is allowed or refused on its own.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) call: &'a str,
    /// The table's name as it was called.
    pub(super) table: Cow<'a, str>,
    pub(super) index: Option<Cow<'a, str>>,
    /// The partition keys; empty for an index, because roles do not restrict the keys of an index.
    pub(super) keys: Vec<Cow<'a, str>>,
}

impl Part<'_> {
    /// The table, by its name in the template.
    pub(super) fn table(&self) -> &'static str {
        TABLES.iter().find(|(_, end)| self.table.ends_with(end)).map_or("Table", |(table, _)| table)
    }
}

/// The fields of a call's body that permissions depend on.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    #[serde(borrow, default)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    key: Option<Keyed<'a>>,
    #[serde(borrow)]
    item: Option<Keyed<'a>>,
    #[serde(borrow)]
    index_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    key_condition_expression: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    expression_attribute_values: BTreeMap<Cow<'a, str>, Text<'a>>,
    #[serde(borrow, default)]
    request_items: BTreeMap<Cow<'a, str>, Keys<'a>>,
    #[serde(borrow, default)]
    transact_items: Vec<Transacted<'a>>,
}

#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(borrow, rename = "PK")]
    partition: Text<'a>,
}

/// An attribute value of DynamoDB that may be a string.
#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, rename = "S")]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys<'a> {
    #[serde(borrow)]
    keys: Vec<Keyed<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transacted<'a> {
    #[serde(borrow)]
    put: Option<Item<'a>>,
    #[serde(borrow)]
    update: Option<Key<'a>>,
    #[serde(borrow)]
    delete: Option<Key<'a>>,
    #[serde(borrow)]
    condition_check: Option<Key<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item<'a> {
    #[serde(borrow, default)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    item: Keyed<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key<'a> {
    #[serde(borrow, default)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    key: Keyed<'a>,
}

/// The parts of a call; `None` if the call is not known here or cannot be read.
pub(super) fn parts<'a>(call: &'a str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let body: Body<'a> = serde_json::from_slice(body).ok()?;
    let of = |call, table, key: Keyed<'a>| Some(Part { call, table, index: None, keys: vec![key.partition.text?] });
    let table = body.table_name;
    match call {
        "GetItem" | "UpdateItem" | "DeleteItem" => Some(vec![of(call, table, body.key?)?]),
        "PutItem" => Some(vec![of(call, table, body.item?)?]),
        "BatchGetItem" if body.request_items.is_empty() => Some(vec![Part { call, table, index: None, keys: Vec::new() }]),
        "BatchGetItem" => {
            let of_table = |(table, Keys { keys }): (_, Keys<'a>)| {
                let keys = keys.into_iter().map(|key| key.partition.text).collect::<Option<Vec<_>>>()?;
                Some(Part { call, table, index: None, keys })
            };
            body.request_items.into_iter().map(of_table).collect()
        }
        "Query" => {
            if let Some(index) = body.index_name {
                return Some(vec![Part { call, table, index: Some(index), keys: Vec::new() }]);
            }
            let expression = body.key_condition_expression?;
            let name = expression.split(" AND ").find_map(|part| part.strip_prefix("PK = "))?.to_owned();
            let key = body.expression_attribute_values.into_iter().find(|(given, _)| *given == name)?.1.text?;
            Some(vec![Part { call, table, index: None, keys: vec![key] }])
        }
        "TransactWriteItems" => body
            .transact_items
            .into_iter()
            .map(|part| match part {
                Transacted { put: Some(put), .. } => of("PutItem", put.table_name, put.item),
                Transacted { update: Some(update), .. } => of("UpdateItem", update.table_name, update.key),
                Transacted { delete: Some(delete), .. } => of("DeleteItem", delete.table_name, delete.key),
                Transacted { condition_check: Some(check), .. } => of("ConditionCheckItem", check.table_name, check.key),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}
