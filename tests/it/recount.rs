//! Totals and tags that are wrong for any reason, and the clock that repairs them.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_clock::Clock;
use lambdesk_domain::ProjectId;
use lambdesk_store::{Recounted, meter::metered};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dates::{fill, fill_with},
    support::{Desk, Time, desk, desk_at},
};

const PROJECT: ProjectId = ProjectId(1);

/// The desk's table, for writing wrong values.
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

/// Makes tickets of several kinds, and returns their ids.
async fn filled(desk: &Desk) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..12 {
        let assignee = (n % 3 == 0).then(|| json!({"type": "user", "id": 1}));
        let status = ["new", "open", "resolved"][n % 3];
        let tags = if n % 4 == 0 { json!(["vip", format!("t{n}")]) } else { json!([]) };
        let ticket = json!({"message": "x", "status": status, "assignee": assignee, "tags": tags});
        ids.push(desk.tickets().create(ticket).id().await);
    }
    desk.http.drain().await;
    ids
}

/// Every count that the lists show.
async fn seen(desk: &Desk) -> Vec<Value> {
    let mut seen = Vec::new();
    for query in ["", "?status=new", "?status=open", "?status=resolved", "?assignee=me", "?assignee=unassigned&status=open"] {
        seen.push(desk.http.get(&format!("/tickets/{query}")).await.expect(200).json["count"].clone());
    }
    seen.push(desk.tickets().unread_count().await["count"].clone());
    seen.push(desk.agent().tags("").await["results"].clone());
    seen
}

/// Ticks until a tick neither counts nor repairs, a minute apart. Returns how many figures and shadows were repaired.
async fn tick_until_right(desk: &Desk, time: &Time) -> u64 {
    let mut repaired = 0;
    for _ in 0..6 {
        let totals = desk.http.tick().await["totals"].clone();
        repaired += totals["repaired"].as_u64().unwrap();
        if totals["counted"] == 0 {
            return repaired;
        }
        time.pass(60);
    }
    panic!("six ticks, and the totals are still counted");
}

/// A difference that the next tick finds again is repaired.
#[tokio::test]
async fn whatever_is_wrong_is_right_after_two_ticks() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
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
        "a shadow of tags" => table.set(&format!("F#1#{}", ids[4]), "TAGS", "ver", 99).await,
        "a shadow of tags that is gone" => table.delete(&format!("F#1#{}", ids[8]), "TAGS").await,
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
        let found = desk.http.tick().await;
        assert_eq!((&found["totals"]["repaired"], &found["totals"]["counted"]), (&json!(0), &json!(12)), "{what}");
        let early = desk.http.tick().await;
        assert_eq!((&early["totals"]["repaired"], &early["totals"]["counted"]), (&json!(0), &json!(0)), "{what}: it waits");
        time.pass(60);
        let ticked = desk.http.tick().await;
        assert!(ticked["totals"]["repaired"].as_u64().unwrap() > 0, "{what}: {ticked}");
        assert_eq!(seen(&desk).await, right, "{what}");
        let again = desk.http.tick().await;
        assert_eq!((&again["totals"]["repaired"], &again["totals"]["counted"]), (&json!(0), &json!(0)), "{what}");
    }
    // All of them at once, and the shadows too, which are not checked while the totals are right.
    let shadows = ["a shadow", "a shadow that is gone", "a shadow of tags", "a shadow of tags that is gone"];
    for what in spoils.iter().chain(&shadows) {
        spoil(what).await;
    }
    assert!(tick_until_right(&desk, &time).await > 0);
    assert_eq!(seen(&desk).await, right);
    // Later changes are counted correctly again.
    for id in &ids {
        let change = json!({"status": "pending", "tags": ["late"]});
        desk.tickets().patch(&id, change).await;
    }
    desk.http.drain().await;
    assert_eq!(desk.agent().tags("").await["results"].as_array().unwrap().len(), 1);
    assert_eq!(desk.tickets().list("status=pending").await["count"], 12);
    assert_eq!(desk.tickets().list("status=new,open,resolved").await["count"], 0);
    desk.http.tick().await;
    assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
}

/// A run whose time is over when it begins, so that it does only the least.
async fn late(desk: &Desk) -> Recounted {
    desk.running.store.upkeep().recount(PROJECT, Instant::now()).await.unwrap()
}

/// A run with enough time for everything.
async fn whole(desk: &Desk) -> Recounted {
    desk.running.store.upkeep().recount(PROJECT, Instant::now() + Duration::from_mins(10)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_goes_on_where_the_last_run_ended() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    fill(&desk, time.now()).await;
    let right = seen(&desk).await;
    Table(&desk).set("P#1", "TOTALS", "unread", 77).await;
    let mut runs: Vec<Recounted> = Vec::new();
    // 1,500 tickets to count, and the same 1,500 to check again.
    for _ in 0..2 {
        runs.push(late(&desk).await);
        while runs.last().is_some_and(|run| run.more) {
            runs.push(late(&desk).await);
        }
        time.pass(60);
    }
    assert!(runs.len() >= 6 && runs.iter().all(|run| run.tickets <= 500), "{runs:?}");
    assert_eq!(runs.iter().map(|run| run.tickets).sum::<usize>(), 3000);
    assert_eq!(runs.iter().map(|run| run.repaired).sum::<usize>(), 1);
    assert_eq!(seen(&desk).await, right);
    assert_eq!((whole(&desk).await.tickets, whole(&desk).await), (1500, Recounted::default()), "found right, once");
}

/// One tick is long enough for thousands of tickets.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_tickets_are_right_after_two_ticks() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    fill_with(&desk, time.now(), 3500).await;
    let right = seen(&desk).await;
    let table = Table(&desk);
    table.set("P#1", "TOTALS", "unread", 77).await;
    table.set("P#1", "TOTALS", "uona", 9).await;
    table.delete("G#1", "old").await;
    for _ in 0..2 {
        let ticked = desk.http.tick().await;
        assert_eq!(ticked["totals"]["counted"], 3500, "{ticked}");
        time.pass(60);
    }
    assert_eq!(seen(&desk).await, right);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_project_waits_for_a_large_one() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    fill(&desk, time.now()).await;
    let path = "/projects/2/conversations/tickets/";
    desk.by("phx_other", Method::POST, path, json!({"message": "x"})).await.expect(201);
    desk.http.drain().await;
    Table(&desk).set("P#2", "TOTALS", "unna", 9).await;
    let clock = Clock { upkeep: desk.running.store.upkeep() };
    // The time is over when each run begins, so the first project counts 500 of its tickets each time.
    let mut ticks = Vec::new();
    for _ in 0..3 {
        ticks.push(clock.totals(Instant::now()).await.recounted);
        time.pass(60);
    }
    assert_eq!(ticks.iter().map(|tick| tick.repaired).collect::<Vec<_>>(), [0, 1, 0], "{ticks:?}");
    assert!(ticks[0].tickets == 501 && ticks[1].more, "{ticks:?}");
    let right = desk.by("phx_other", Method::GET, path, Value::Null).await.expect(200).json;
    assert_eq!(right["count"], 1);
    // With time left, the large project goes on after the others.
    let rest = clock.totals(Instant::now() + Duration::from_mins(1)).await.recounted;
    assert!(!rest.more, "{rest:?}");
    time.pass(60);
    assert_eq!(clock.totals(Instant::now() + Duration::from_mins(1)).await.recounted, Recounted::default());
}

#[tokio::test]
async fn a_project_at_rest_is_not_counted_again() {
    let desk = desk().await;
    filled(&desk).await;
    assert_eq!(whole(&desk).await.tickets, 12);
    let (done, usage) = Box::pin(metered(whole(&desk))).await;
    println!("{usage:?}");
    assert_eq!(done, Recounted::default());
    assert!(usage.read_units <= 1.5 && usage.write_units <= 0.0, "{usage:?}");
}

/// A count while tickets come and go never makes right totals wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_in_the_middle_of_work_spoils_nothing() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    fill(&desk, time.now()).await;
    let working = async {
        for n in 0..60 {
            let id = desk.tickets().create(json!({"message": "x", "tags": [format!("t{}", n % 3)]})).await["id"].clone();
            let id = id.as_str().unwrap();
            desk.tickets().patch(&id, json!({"status": "open"})).await;
            if n % 4 == 0 {
                desk.tickets().delete(&id).await;
            }
        }
    };
    let counting = async {
        for _ in 0..30 {
            late(&desk).await;
            // Otherwise the project would rest once its count has ended.
            time.pass(60);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::join!(working, counting);
    desk.http.drain().await;
    let before = seen(&desk).await;
    assert_eq!((&before[0], &before[2]), (&json!(1545), &json!(1045)));
    // Until the count finds everything right.
    while whole(&desk).await != Recounted::default() {
        time.pass(3600);
    }
    assert_eq!(seen(&desk).await, before);
}

/// A count that changes overtook begins again once the project has rested. It does not get stuck.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_was_overtaken_begins_anew() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    fill(&desk, time.now()).await;
    let first = desk.tickets().get(1).id().await;
    let table = Table(&desk);
    table.update(&format!("F#1#{first}"), "~", "SET place = :value", AttributeValue::S("nnw".into())).await;
    table.update("P#1", "TOTALS", "ADD unnw :value", AttributeValue::N("1".into())).await;
    table.update("P#1", "TOTALS", "ADD uonw :value", AttributeValue::N("-1".into())).await;
    let mut begun = late(&desk).await;
    while begun.repaired == 0 {
        // The second count waits until a tick later.
        time.pass(if begun.more { 0 } else { 60 });
        begun = late(&desk).await;
    }
    assert_eq!((begun.tickets, begun.repaired, begun.more), (500, 1, true), "it is in the middle of its second look");
    desk.tickets().patch(2, json!({"status": "resolved"})).await;
    desk.http.drain().await;
    assert_eq!(whole(&desk).await.tickets, 1000, "its end");
    assert_eq!(whole(&desk).await.tickets, 0, "the project rests");
    time.pass(3600);
    assert_eq!(whole(&desk).await.tickets, 1500, "and is counted from the start");
    assert_eq!(whole(&desk).await, Recounted::default(), "and found right");
    assert_eq!(desk.tickets().list("status=resolved").await["count"], 501);
}
