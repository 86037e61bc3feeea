//! What is left behind of a text: nothing in the log, nothing in the names of attributes.

use aws_sdk_dynamodb::types::AttributeValue;

use super::super::texts::CANARY;
use crate::{support::Desk, table::Table};

/// What is wrong with what a desk has kept and said.
pub(super) async fn left_behind(desk: &Desk) -> Vec<String> {
    desk.http.drain().await;
    let lines = desk.log.lines();
    assert!(lines.iter().any(|line| line.contains("\"answered\"")), "the log is heard: {lines:?}");
    let logged = lines.into_iter().filter(|line| line.to_lowercase().contains(CANARY)).map(|line| format!("log: {line}"));
    let items = Table(desk).scan().await;
    let names = items.iter().flat_map(|item| item.iter().flat_map(|(name, value)| names_in(name, value)));
    let names = names.filter(|name| name.contains(CANARY)).map(|name| format!("an attribute is called {name}"));
    logged.chain(names).collect()
}

/// The names of an attribute and of what is in it.
fn names_in(name: &str, value: &AttributeValue) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    match value {
        AttributeValue::M(map) => names.extend(map.iter().flat_map(|(name, value)| names_in(name, value))),
        AttributeValue::L(list) => names.extend(list.iter().flat_map(|value| names_in("", value))),
        _ => {}
    }
    names
}
