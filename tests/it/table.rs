//! The desk's table, read and written item by item behind the front.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_store::schema::context_table;

use crate::support::Desk;

/// An item in the SDK's own type.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The table of a desk.
pub(crate) struct Table<'a>(pub(crate) &'a Desk);

impl Table<'_> {
    pub(crate) async fn get(&self, pk: &str, sk: &str) -> Option<Item> {
        let connection = &self.0.running.dynamodb;
        let get = connection.client().get_item().table_name(&connection.table).key("PK", text(pk)).key("SK", text(sk));
        get.consistent_read(true).send().await.unwrap().item
    }

    pub(crate) async fn put(&self, item: Item) {
        let connection = &self.0.running.dynamodb;
        connection.client().put_item().table_name(&connection.table).set_item(Some(item)).send().await.unwrap();
    }

    pub(crate) async fn delete(&self, pk: &str, sk: &str) {
        let connection = &self.0.running.dynamodb;
        let delete = connection.client().delete_item().table_name(&connection.table).key("PK", text(pk)).key("SK", text(sk));
        delete.send().await.unwrap();
    }

    /// Every item there is.
    pub(crate) async fn scan(&self) -> Vec<Item> {
        let connection = &self.0.running.dynamodb;
        connection.client().scan().table_name(&connection.table).send().await.unwrap().items.unwrap_or_default()
    }

    /// Everything that is written down in both tables, except for the windows in which calls are counted.
    pub(crate) async fn digest(&self) -> BTreeSet<String> {
        let connection = &self.0.running.dynamodb;
        let mut items = self.scan().await;
        let seen = connection.client().scan().table_name(context_table(&connection.table)).send().await.unwrap();
        items.extend(seen.items.unwrap_or_default());
        let counts = |pk: &str| pk.starts_with("W#") || pk.contains("#V#");
        items.retain(|item| !counts(item["PK"].as_s().unwrap()));
        items.iter().map(|item| format!("{:?}", item.iter().collect::<BTreeMap<_, _>>())).collect()
    }

    /// Every item of a partition.
    pub(crate) async fn partition(&self, pk: &str) -> Vec<Item> {
        let connection = &self.0.running.dynamodb;
        let query = connection.client().query().table_name(&connection.table).key_condition_expression("PK = :pk");
        let query = query.expression_attribute_values(":pk", text(pk)).consistent_read(true);
        query.send().await.unwrap().items.unwrap_or_default()
    }

    /// Every item of a partition of the table beside it, of what browsers sent.
    pub(crate) async fn seen(&self, pk: &str) -> Vec<Item> {
        let connection = &self.0.running.dynamodb;
        let query = connection.client().query().table_name(context_table(&connection.table)).key_condition_expression("PK = :pk");
        let query = query.expression_attribute_values(":pk", text(pk)).consistent_read(true);
        query.send().await.unwrap().items.unwrap_or_default()
    }

    pub(crate) async fn put_seen(&self, item: Item) {
        let connection = &self.0.running.dynamodb;
        let put = connection.client().put_item().table_name(context_table(&connection.table));
        put.set_item(Some(item)).send().await.unwrap();
    }
}
