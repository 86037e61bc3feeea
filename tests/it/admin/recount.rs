//! A count that does not wait for the clock.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use super::run;
use crate::{support::desk_at, table::Table};

#[tokio::test]
async fn figures_that_drifted_are_repaired_by_one_command() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    for n in 0..5 {
        desk.tickets().create(json!({"message": "x", "tags": [format!("t{n}")]})).await;
    }
    desk.http.drain().await;
    let right = run(&desk.running.store, &["recount", "--project", "1"]).await.unwrap();
    assert_eq!(right, "project 1: looked at 5 tickets, repaired 0 figures\n");
    let (counted, tags) = (desk.tickets().list("").await["count"].clone(), desk.agent().tags("").await);
    let table = Table(&desk);
    let mut totals = table.get("P#1", "TOTALS").await.unwrap();
    totals.insert("unread".to_owned(), AttributeValue::N("77".to_owned()));
    table.put(totals).await;
    table.delete("G#1", "t3").await;

    let counting = run(&desk.running.store, &["recount", "--project", "1"]);
    let passing = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            time.pass(10);
        }
    };
    let said = tokio::select! { said = counting => said.unwrap(), () = passing => String::new() };
    // The first count, the second one, and the one that finds all of it right.
    assert_eq!(said, "project 1: looked at 15 tickets, repaired 2 figures\n");
    assert_eq!((&desk.tickets().list("").await["count"], desk.agent().tags("").await), (&counted, tags));

    let none = run(&desk.running.store, &["recount", "--project", "9"]).await.unwrap_err();
    assert_eq!(none, "this desk has no project 9");
}
