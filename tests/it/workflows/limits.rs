//! What runs may do with the external API (decision 44), and an event that comes more than once.

use std::time::Duration;

use futures_util::future::{join, join_all};
use lambdesk_domain::limit::{EXTERNAL, Limit};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CREATED, RECEIVED, changed, update};
use crate::support::{Desk, Visitor, desk};

/// The limit by the hour, which no test lasts to the end of.
const HOURLY: Limit = EXTERNAL[1];

/// Counts so many calls of project 1 in this hour, and says how many it had in all.
async fn called(desk: &Desk, calls: u32) -> u32 {
    let counts = desk.running.store.count_calls("external:1", &[HOURLY], calls).await.unwrap()[0];
    counts.present + counts.before
}

/// Waits for the next hour if this one is about to end.
async fn within_the_hour(desk: &Desk) {
    let left = HOURLY.seconds - desk.running.store.now().seconds() % HOURLY.seconds;
    if left < 60 {
        tokio::time::sleep(Duration::from_secs(left.unsigned_abs())).await;
    }
}

#[tokio::test]
async fn each_external_call_and_each_action_is_one() {
    let desk = desk().await;
    let id = desk.file(json!({})).await;
    desk.http.drain().await;
    for _ in 0..2 {
        desk.http.external(Method::GET, &id, Value::Null).await.expect(200);
    }
    assert_eq!(called(&desk, 0).await, 2);
    let workflow =
        desk.on(CREATED, json!([{"action": "get_ticket"}, update(json!({"status": "open"})), update(json!({}))])).await;
    desk.on(CREATED, json!([])).await;
    desk.file(json!({})).await;
    assert_eq!(desk.only_run(&workflow).await["outcome"], "acted");
    assert_eq!(called(&desk, 0).await, 5, "branches and runs without actions are none");
}

#[tokio::test]
async fn over_the_limit_a_run_waits_and_is_not_lost() {
    let desk = desk().await;
    within_the_hour(&desk).await;
    let workflow = desk.on(CREATED, json!([{"action": "get_ticket"}, update(json!({"status": "open"}))])).await;
    let before = desk.http.external(Method::GET, &uuid::Uuid::now_v7().to_string(), Value::Null).await;
    before.expect(404);
    // One call is left.
    called(&desk, HOURLY.most - 2).await;
    let id = desk.file(json!({})).await;
    let drained = desk.http.call(Method::POST, "/_local/drain", &[], Value::Null).await.expect(503);
    assert_eq!(drained.json, json!({"status": "not empty", "left": {"stream": 0, "queue": 0, "waiting": 1}}));
    let runs = desk.workflows(Method::GET, &format!("{workflow}/runs/"), Value::Null).await.expect(200).json;
    let run = &runs["results"][0];
    assert_eq!((&runs["count"], &run["ticket_id"]), (&json!(1), &json!(id)));
    assert_eq!((&run["outcome"], &run["finished_at"]), (&Value::Null, &Value::Null), "it is under way");
    assert_eq!(run["steps"], json!([{"step": "steps[0]", "result": "done", "detail": null}]));
    assert_eq!(desk.ticket(&id).await["status"], "new");
    let refused = desk.http.external(Method::GET, &id, Value::Null).await.expect(429);
    assert!(refused.header("retry-after").is_some(), "the external API waits for the same");
    let path = format!("/api/conversations/external/ticket/{id}");
    desk.http.call(Method::GET, &path, &[("authorization", "Bearer phs_other")], Value::Null).await.expect(404);
}

#[tokio::test]
async fn what_had_to_wait_acts_and_says_so() {
    let desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    let id = desk.file(json!({})).await;
    let mut event = desk.told(&id).await[0].clone();
    event["lambdesk"] = json!({"waits": 1});
    let acts = desk.on(CREATED, json!([update(json!({"status": "open"}))])).await;
    let not = desk.on(CREATED, json!([])).await;
    queue.send(event.to_string(), Duration::ZERO).await.unwrap();
    assert_eq!(desk.only_run(&acts).await["outcome"], "rate_limited_then_acted");
    assert_eq!(desk.only_run(&not).await["outcome"], "no_match");
    assert_eq!(desk.ticket(&id).await["status"], "open");
}

#[tokio::test]
async fn an_event_that_comes_often_acts_once() {
    let desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    let id = Visitor::new(&desk.http).open("help").await;
    let events = desk.told(&id).await;
    let received = events.iter().find(|entry| entry["detail-type"] == RECEIVED).unwrap();
    // Each time it ran, the deadline would be another.
    let steps = json!([update(json!({"sla_amount": "1"})), {"action": "get_ticket"}, update(json!({"sla_amount": "2"}))]);
    let workflow = desk.on(RECEIVED, steps).await;
    let sent = join_all((0..6).map(|_| queue.send(received.to_string(), Duration::ZERO))).await;
    assert!(sent.iter().all(Result::is_ok));
    let run = desk.only_run(&workflow).await;
    assert_eq!((&run["outcome"], &run["event_id"]), (&json!("acted"), &received["detail"]["uuid"]));
    let due = desk.ticket(&id).await["sla_due_at"].clone();
    assert_eq!(run["steps"][2], changed("steps[2]", json!({"sla_due_at": due})));
    assert_eq!(desk.activity(&id).await.len(), 2, "each of the two updates once");
    queue.send(received.to_string(), Duration::ZERO).await.unwrap();
    assert_eq!(desk.only_run(&workflow).await, run, "and not when it comes again later");
    assert_eq!(desk.ticket(&id).await["sla_due_at"], due);
    assert_eq!(desk.activity(&id).await.len(), 2);
    desk.is_done().await;
}

#[tokio::test]
async fn runs_hold_their_own_against_people_who_write() {
    let desk = desk().await;
    let workflow = desk.on(RECEIVED, json!([update(json!({"sla_amount": "1"}))])).await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("first").await;
    let messages = (0..19).map(async |number| drop(visitor.send(Some(&id), &format!("{number}")).await.expect(200)));
    let changes = (0..19).map(async |number| desk.change(&id, json!({"tags": [format!("t{number}")]})).await);
    join(join_all(messages), join_all(changes)).await;
    let runs = desk.runs(&workflow).await;
    assert!(runs.len() == 20 && runs.iter().all(|run| run["outcome"] == "acted"), "{runs:?}");
    let rows = desk.activity(&id).await;
    let by_workflow = rows.iter().filter(|row| row["actor"]["type"] == "workflow").count();
    assert_eq!((by_workflow, rows.len()), (20, 39), "each change once, and none lost");
    desk.is_done().await;
}
