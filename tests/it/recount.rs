//! Totals and tags that are wrong, whatever made them so, and the clock that puts them right.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_domain::ProjectId;
use lambdesk_store::meter::metered;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dates::fill,
    support::{Desk, desk, desk_at},
};

const PROJECT: ProjectId = ProjectId(1);

/// What lies behind the front, to be spoiled.
struct Table<'a>(&'a Desk);

impl Table<'_> {
    fn key(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
        HashMap::from([("PK".into(), AttributeValue::S(pk.into())), ("SK".into(), AttributeValue::S(sk.into()))])
    }

    async fn update(&self, pk: &str, sk: &str, expression: &str, value: AttributeValue) {
        let connection = &self.0.running.dynamodb;
        let update = connection.client().update_item().table_name(&connection.table).set_key(Some(Self::key(pk, sk)));
        let update = update.update_expression(expression).expression_attribute_values(":value", value);
        update.send().await.unwrap();
    }

    async fn set(&self, pk: &str, sk: &str, attribute: &str, value: i64) {
        self.update(pk, sk, &format!("SET {attribute} = :value"), AttributeValue::N(value.to_string())).await;
    }

    async fn delete(&self, pk: &str, sk: &str) {
        let connection = &self.0.running.dynamodb;
        let delete = connection.client().delete_item().table_name(&connection.table).set_key(Some(Self::key(pk, sk)));
        delete.send().await.unwrap();
    }
}

/// Some tickets of some kinds.
async fn filled(desk: &Desk) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..12 {
        let assignee = (n % 3 == 0).then(|| json!({"type": "user", "id": 1}));
        let status = ["new", "open", "resolved"][n % 3];
        let tags = if n % 4 == 0 { json!(["vip", format!("t{n}")]) } else { json!([]) };
        let ticket = json!({"message": "x", "status": status, "assignee": assignee, "tags": tags});
        ids.push(desk.http.file(ticket).await["id"].as_str().unwrap().to_owned());
    }
    desk.http.drain().await;
    ids
}

/// All that is counted.
async fn seen(desk: &Desk) -> Vec<Value> {
    let mut seen = Vec::new();
    for query in ["", "?status=new", "?status=open", "?status=resolved", "?assignee=me", "?assignee=unassigned&status=open"] {
        seen.push(desk.http.get(&format!("/tickets/{query}")).await.expect(200).json["count"].clone());
    }
    seen.push(desk.http.get("/tickets/unread_count/").await.expect(200).json["count"].clone());
    seen.push(desk.http.get("/tags/").await.expect(200).json["results"].clone());
    seen
}

#[tokio::test]
async fn whatever_is_wrong_is_right_after_a_tick() {
    let desk = desk().await;
    let table = Table(&desk);
    let ids = filled(&desk).await;
    let right = seen(&desk).await;
    assert_eq!(right[0], 12);
    assert_eq!(desk.http.tick().await["totals"]["repaired"], 0);
    let spoil = async |what: &str| match what {
        "a sum" => table.set("P#1", "TOTALS", "unread", 77).await,
        "a count" => table.set("P#1", "TOTALS", "uona", 9).await,
        "a count below zero" => table.set("P#1", "TOTALS", "urna", -3).await,
        "a count from nowhere" => table.set("P#1", "TOTALS", "aphs", 2).await,
        "a text" => table.update("P#1", "TOTALS", "SET anna = :value", AttributeValue::S("many".into())).await,
        "an assignee" => table.set("P#1", "TOTALS#user:1", "anna", 1).await,
        "an assignee from nowhere" => table.set("P#1", "TOTALS#user:9", "anna", 1).await,
        "all of it" => table.delete("P#1", "TOTALS").await,
        "a tag" => table.set("G#1", "vip", "n", 40).await,
        "a tag from nowhere" => table.set("G#1", "ghost", "n", 2).await,
        "a tag that is gone" => table.delete("G#1", "t4").await,
        "a shadow" => table.update(&format!("F#1#{}", ids[1]), "~", "SET place = :value", AttributeValue::S("plw".into())).await,
        "a shadow that is gone" => table.delete(&format!("F#1#{}", ids[2]), "~").await,
        other => panic!("{other}"),
    };
    let spoils = [
        "a sum",
        "a count",
        "a count below zero",
        "a count from nowhere",
        "a text",
        "an assignee",
        "an assignee from nowhere",
        "all of it",
        "a tag",
        "a tag from nowhere",
        "a tag that is gone",
    ];
    for what in spoils {
        spoil(what).await;
        let ticked = desk.http.tick().await;
        assert!(ticked["totals"]["repaired"].as_u64().unwrap() > 0, "{what}: {ticked}");
        assert_eq!(seen(&desk).await, right, "{what}");
        let again = desk.http.tick().await;
        assert_eq!((&again["totals"]["repaired"], &again["totals"]["counted"]), (&json!(0), &json!(0)), "{what}");
    }
    // All at once, shadows too, which nobody looks at while the totals are right.
    for what in spoils.iter().chain(&["a shadow", "a shadow that is gone"]) {
        spoil(what).await;
    }
    desk.http.tick().await;
    assert_eq!(seen(&desk).await, right);
    // What follows is counted from the right place again.
    for id in &ids {
        desk.http.agent(Method::PATCH, &format!("/tickets/{id}/"), json!({"status": "pending"})).await.expect(200);
    }
    desk.http.drain().await;
    assert_eq!(desk.http.get("/tickets/?status=pending").await.json["count"], 12);
    assert_eq!(desk.http.get("/tickets/?status=new,open,resolved").await.json["count"], 0);
    desk.http.tick().await;
    assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_count_goes_on_where_the_last_run_ended() {
    let desk = desk().await;
    filled(&desk).await;
    let right = seen(&desk).await;
    Table(&desk).set("P#1", "TOTALS", "unread", 77).await;
    let store = &desk.running.store;
    let (mut runs, mut repaired) = (0, 0);
    loop {
        let done = store.recount(PROJECT, 5).await.unwrap();
        assert!(done.tickets <= 5);
        (runs, repaired) = (runs + 1, repaired + done.repaired);
        if !done.more {
            break;
        }
    }
    // Twelve to count, twelve to look at again, and twelve to count after the repair.
    assert!((5..=9).contains(&runs) && repaired == 1, "{runs} runs, {repaired} repaired");
    assert_eq!(seen(&desk).await, right);
}

#[tokio::test]
async fn a_project_at_rest_is_not_counted_again() {
    let desk = desk().await;
    filled(&desk).await;
    let store = &desk.running.store;
    assert_eq!(store.recount(PROJECT, 100).await.unwrap().tickets, 12);
    let (done, usage) = Box::pin(metered(store.recount(PROJECT, 100))).await;
    println!("{usage:?}");
    assert_eq!(done.unwrap(), lambdesk_store::Recounted::default());
    assert!(usage.read_units <= 1.5 && usage.write_units <= 0.0, "{usage:?}");
}

/// While tickets come and go, a count never makes right totals wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_in_the_middle_of_work_spoils_nothing() {
    let desk = desk().await;
    let working = async {
        for n in 0..60 {
            let id = desk.http.file(json!({"message": "x", "tags": [format!("t{}", n % 3)]})).await["id"].clone();
            let id = id.as_str().unwrap();
            desk.http.agent(Method::PATCH, &format!("/tickets/{id}/"), json!({"status": "open"})).await.expect(200);
            if n % 4 == 0 {
                desk.http.agent(Method::DELETE, &format!("/tickets/{id}/"), Value::Null).await.expect(204);
            }
        }
    };
    let counting = async {
        for _ in 0..30 {
            desk.running.store.recount(PROJECT, 20).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::join!(working, counting);
    desk.http.drain().await;
    let before = seen(&desk).await;
    assert_eq!((&before[0], &before[2]), (&json!(45), &json!(45)));
    while desk.running.store.recount(PROJECT, 1000).await.unwrap().more {}
    assert_eq!(seen(&desk).await, before);
}

/// A count that ends with what has changed meanwhile begins anew, once the project has rested, and does not stay where it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_was_overtaken_begins_anew() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    fill(&desk, time.now()).await;
    let first = desk.http.get("/tickets/1/").await.expect(200).json["id"].as_str().unwrap().to_owned();
    let table = Table(&desk);
    table.update(&format!("F#1#{first}"), "~", "SET place = :value", AttributeValue::S("nnw".into())).await;
    table.update("P#1", "TOTALS", "ADD unnw :value", AttributeValue::N("1".into())).await;
    table.update("P#1", "TOTALS", "ADD uonw :value", AttributeValue::N("-1".into())).await;
    let recount = async || desk.running.store.recount(PROJECT, 2500).await.unwrap();
    let begun = recount().await;
    assert_eq!((begun.tickets, begun.repaired, begun.more), (2500, 1, true), "it is in the middle of its second look");
    desk.http.agent(Method::PATCH, "/tickets/2/", json!({"status": "resolved"})).await.expect(200);
    desk.http.drain().await;
    assert_eq!(recount().await.tickets, 500, "its end");
    assert_eq!(recount().await.tickets, 0, "the project rests");
    time.pass(3600);
    assert_eq!(recount().await.tickets, 1500, "and is counted from the start");
    assert_eq!(recount().await, lambdesk_store::Recounted::default(), "and found right");
    assert_eq!(desk.http.get("/tickets/?status=resolved").await.json["count"], 501);
}
