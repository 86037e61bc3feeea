//! The limits on runs and on the external API (docs/decisions.md, 44), and events that are delivered more than once.

use std::time::Duration;

use futures_util::future::{join, join_all};
use lambdesk_domain::limit::{EXTERNAL, Limit, RUNS};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CREATED, PRIORITY, RECEIVED, changed, update};
use crate::support::{Desk, desk, desk_at};

/// The hourly limit, because no test lasts an hour.
const HOURLY: Limit = EXTERNAL[1];

/// Counts this many calls of project 1, and returns how many it has had in this hour.
async fn called(desk: &Desk, calls: u32) -> u32 {
    counted(desk, "external:1", HOURLY, calls).await
}

/// Counts this many actions of project 1's runs, and returns how many they have had in this hour.
async fn acted(desk: &Desk, actions: u32) -> u32 {
    counted(desk, "runs:1", RUNS[1], actions).await
}

async fn counted(desk: &Desk, who: &str, limit: Limit, calls: u32) -> u32 {
    let counts = desk.running.store.count_calls(who, &[limit], calls).await.unwrap()[0];
    counts.present + counts.before
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
    assert_eq!(acted(&desk, 0).await, 3, "branches and runs without actions are none");
    assert_eq!(called(&desk, 0).await, 2, "neither uses up the other's");
}

#[tokio::test]
async fn over_the_limit_a_run_waits_and_is_not_lost() {
    let (mut desk, _) = desk_at("2026-03-02T12:00:10Z").await;
    let workflow = desk.on(CREATED, json!([{"action": "get_ticket"}, update(json!({"status": "open"}))])).await;
    // Leaves one action.
    acted(&desk, RUNS[1].most - 1).await;
    let id = desk.file(json!({})).await;
    let drained = desk.http.call(Method::POST, "/_local/drain", &[], Value::Null).await.expect(503);
    assert_eq!(drained.json, json!({"status": "not empty", "left": {"stream": 0, "queue": 0, "waiting": 1}}));
    let runs = desk.agent().workflows().runs(&workflow).await;
    let run = &runs["results"][0];
    assert_eq!((&runs["count"], &run["ticket_id"]), (&json!(1), &json!(id)));
    assert_eq!((&run["outcome"], &run["finished_at"]), (&Value::Null, &Value::Null), "it is under way");
    assert_eq!(run["steps"], json!([{"step": "steps[0]", "result": "done", "detail": null}]));
    assert_eq!(desk.tickets().get(&id).await["status"], "new");
    desk.http.external(Method::GET, &id, Value::Null).await.expect(200);
    called(&desk, HOURLY.most).await;
    let refused = desk.http.external(Method::GET, &id, Value::Null).await.expect(429);
    assert!(refused.header("retry-after").is_some());
    let path = format!("/api/conversations/external/ticket/{id}");
    desk.http.call(Method::GET, &path, &[("authorization", "Bearer phs_other")], Value::Null).await.expect(404);
    desk.rest.leaves_work();
}

/// Waits until a workflow has this many runs, whatever else waits.
async fn until_runs(desk: &Desk, workflow: &str, count: usize) -> Vec<Value> {
    for _ in 0..400 {
        let runs = desk.agent().workflows().runs(&workflow).query("limit=200").await;
        let runs = runs["results"].as_array().unwrap().clone();
        if runs.len() >= count {
            return runs;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there are not {count} runs");
}

#[tokio::test]
async fn strangers_take_nothing_from_the_external_api_nor_from_agents() {
    let (mut desk, _) = desk_at("2026-03-02T12:00:10Z").await;
    if desk.running.workflow_queue().is_none() {
        return;
    }
    let welcome = desk.on(CREATED, json!([update(json!({"tags": ["welcome"]}))])).await;
    let urgent = desk.on(PRIORITY, json!([update(json!({"tags": ["urgent"]}))])).await;
    let mut id = String::new();
    for _ in 0..90 {
        id = desk.customer().open("spam").await;
    }
    assert_eq!(until_runs(&desk, &welcome, 30).await.len(), 30);
    desk.http.external(Method::GET, &id, Value::Null).await.expect(200);
    desk.tickets().patch(&id, json!({"priority": "high"})).await;
    assert_eq!(until_runs(&desk, &urgent, 1).await[0]["outcome"], "acted");
    assert_eq!(desk.tickets().get(&id).await["tags"], json!(["urgent"]));
    let drained = desk.http.call(Method::POST, "/_local/drain", &[], Value::Null).await.expect(503);
    assert_eq!(drained.json["left"], json!({"stream": 0, "queue": 0, "waiting": 60}));
    desk.rest.leaves_work();
}

#[tokio::test]
async fn of_what_waits_for_a_ticket_the_runs_tell_what_took_its_place() {
    let (mut desk, time) = desk_at("2026-03-02T12:00:10Z").await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    acted(&desk, RUNS[1].most).await;
    let workflow = desk.on(RECEIVED, json!([update(json!({"sla_amount": "1"}))])).await;
    let visitor = desk.customer();
    let id = visitor.open("one").await;
    for text in ["two", "three"] {
        visitor.send(Some(&id), text).await.expect(200);
    }
    let runs = until_runs(&desk, &workflow, 2).await;
    assert!(runs.iter().all(|run| run["outcome"] == "superseded" && run["steps"] == json!([])), "{runs:?}");
    let told = desk.http.events(1).await.into_iter().filter(|entry| entry["detail-type"] == RECEIVED);
    let mut last = told.max_by_key(|entry| entry["detail"]["timestamp"].as_str().unwrap().to_owned()).unwrap();
    assert!(runs.iter().all(|run| run["event_id"] != last["detail"]["uuid"]));
    // The last event now states that it has waited for a day.
    last["lambdesk"] = json!({"waits": 99, "since": time.hence(-24 * 3600)});
    queue.send(last.to_string(), Duration::ZERO).await.unwrap();
    let mut letters = Vec::new();
    while letters.is_empty() {
        tokio::time::sleep(Duration::from_millis(25)).await;
        letters = desk.http.dead_letters().await;
    }
    assert_eq!((&letters[0]["from"], &letters[0]["queue"]), (&json!("queue"), &json!("WorkflowQueue")));
    assert!(letters[0]["reason"].as_str().unwrap().contains("24 hours"), "{letters:?}");
    time.pass(3 * 3600);
    assert_eq!(desk.http.redrive().await, json!({"stream": 0, "queue": 1}));
    assert_eq!(until_runs(&desk, &workflow, 3).await[0]["outcome"], "rate_limited_then_acted");
    assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
    assert_eq!(desk.activity(&id).await.len(), 1);
    // The three events that came first still wait for their time.
    desk.rest.leaves_work();
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
    assert_eq!(desk.tickets().get(&id).await["status"], "open");
}

#[tokio::test]
async fn an_event_that_comes_often_acts_once() {
    let desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    let id = desk.customer().open("help").await;
    let events = desk.told(&id).await;
    let received = events.iter().find(|entry| entry["detail-type"] == RECEIVED).unwrap();
    // Each run would set a different deadline.
    let steps = json!([update(json!({"sla_amount": "1"})), {"action": "get_ticket"}, update(json!({"sla_amount": "2"}))]);
    let workflow = desk.on(RECEIVED, steps).await;
    let sent = join_all((0..6).map(|_| queue.send(received.to_string(), Duration::ZERO))).await;
    assert!(sent.iter().all(Result::is_ok));
    let run = desk.only_run(&workflow).await;
    assert_eq!((&run["outcome"], &run["event_id"]), (&json!("acted"), &received["detail"]["uuid"]));
    let due = desk.tickets().get(&id).await["sla_due_at"].clone();
    assert_eq!(run["steps"][2], changed("steps[2]", json!({"sla_due_at": due})));
    assert_eq!(desk.activity(&id).await.len(), 2, "each of the two updates once");
    queue.send(received.to_string(), Duration::ZERO).await.unwrap();
    assert_eq!(desk.only_run(&workflow).await, run, "and not when it comes again later");
    assert_eq!(desk.tickets().get(&id).await["sla_due_at"], due);
    assert_eq!(desk.activity(&id).await.len(), 2);
    desk.assert_done().await;
}

#[tokio::test]
async fn runs_hold_their_own_against_people_who_write() {
    let desk = desk().await;
    let workflow = desk.on(RECEIVED, json!([update(json!({"sla_amount": "1"}))])).await;
    let visitor = desk.customer();
    let id = visitor.open("first").await;
    let messages = (0..19).map(async |number| drop(visitor.send(Some(&id), &format!("{number}")).await.expect(200)));
    let changes = (0..19).map(async |number| desk.tickets().patch(&id, json!({"tags": [format!("t{number}")]})).await);
    join(join_all(messages), join_all(changes)).await;
    let runs = desk.runs(&workflow).await;
    assert!(runs.len() == 20 && runs.iter().all(|run| run["outcome"] == "acted"), "{runs:?}");
    let rows = desk.activity(&id).await;
    let by_workflow = rows.iter().filter(|row| row["actor"]["type"] == "workflow").count();
    assert_eq!((by_workflow, rows.len()), (20, 39), "each change once, and none lost");
    desk.assert_done().await;
}
