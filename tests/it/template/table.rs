//! The table, its keys and its indexes.

use std::collections::BTreeSet;

use lambdesk_store::schema::{ATTRIBUTES, INDEXES, context_table};
use serde_json::{Value, json};

use super::{list, properties, set, template};

#[test]
fn the_table_has_the_attributes_and_keys_of_the_store() {
    let table = properties("Table");
    let described = set(&table["AttributeDefinitions"]);
    let expected = ATTRIBUTES.map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}).to_string());
    assert_eq!(described, BTreeSet::from(expected));
    assert_eq!(table["KeySchema"], keys(ATTRIBUTES[0].0, ATTRIBUTES[1].0));
    assert!(table.get("LocalSecondaryIndexes").is_none());
}

#[test]
fn the_table_has_the_indexes_of_the_store() {
    let expected = INDEXES.map(|index| {
        let projection = if index.all { "ALL" } else { "KEYS_ONLY" };
        let projection = json!({"ProjectionType": projection});
        json!({"IndexName": index.name, "KeySchema": keys(index.hash, index.range), "Projection": projection}).to_string()
    });
    let mut described = list(&properties("Table")["GlobalSecondaryIndexes"]);
    for index in &mut described {
        index.as_object_mut().unwrap().remove("OnDemandThroughput");
    }
    assert_eq!(set(&json!(described)), BTreeSet::from(expected));
}

#[test]
fn the_table_has_its_stream_and_outlives_mistakes() {
    let table = properties("Table");
    assert_eq!(table["StreamSpecification"], json!({"StreamViewType": "NEW_AND_OLD_IMAGES"}));
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": "expires_at", "Enabled": true}));
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    let table = &template()["Resources"]["Table"];
    assert_eq!((&table["DeletionPolicy"], &table["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
}

/// What browsers sent lies beside the desk, under a name that follows from the desk's, and all of it expires.
#[test]
fn the_table_of_what_browsers_sent_has_keys_and_nothing_else() {
    let table = properties("ContextTable");
    assert_eq!(table["TableName"], json!({"Fn::Sub": context_table("${TableName}")}));
    assert_eq!(table["KeySchema"], keys(ATTRIBUTES[0].0, ATTRIBUTES[1].0));
    assert_eq!(set(&table["AttributeDefinitions"]).len(), 2);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": "expires_at", "Enabled": true}));
    for absent in ["GlobalSecondaryIndexes", "StreamSpecification", "PointInTimeRecoverySpecification"] {
        assert!(table.get(absent).is_none(), "{absent}");
    }
}

fn keys(hash: &str, range: &str) -> Value {
    json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}])
}
