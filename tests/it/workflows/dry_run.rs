//! Dry runs: what a workflow would do (docs/decisions.md, 42).

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CREATED, STATUS, condition, time, update};
use crate::support::{Desk, Reply, desk};

async fn dry_run(desk: &Desk, workflow: &str, trial: Value) -> Reply {
    desk.workflows(Method::POST, &format!("{workflow}/dry_run/"), trial).await
}

/// A workflow with two filters and two branches: one for Slack, one for every other channel.
async fn saved(desk: &Desk) -> String {
    let filters = json!([{"property": "event.distinct_id", "operator": "is_set"}, condition("event.properties.status", "equals", json!("new"))]);
    let steps = json!([
        {"action": "get_ticket"},
        {
            "branches": [{
                "when": condition("event.properties.channel_source", "equals", json!("slack")),
                "steps": [update(json!({"priority": "low"}))],
            }],
            "else": [update(json!({"priority": "high", "tags": ["{event.properties.customer_email}"], "status": "new"}))],
        },
    ]);
    let body = json!({"name": "Test", "trigger": {"event": CREATED, "filters": filters}, "steps": steps});
    desk.agent().workflows().create(body).id().await
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let desk = desk().await;
    let id = desk.customer().open_as("ada@example.com").await;
    desk.http.drain().await;
    let workflow = saved(&desk).await;
    let (before, told) = (desk.tickets().get(&id).await, desk.told(&id).await.len());
    let expected = json!({
        "matched": true,
        "filters": [
            {"filter": "trigger.filters[0]", "matched": true},
            {"filter": "trigger.filters[1]", "matched": true},
        ],
        "steps": [
            {"step": "steps[0]"},
            {"step": "steps[1]", "branch": "else"},
            {"step": "steps[1].else[0]", "would": {"priority": "high", "tags": ["ada@example.com"]}},
        ],
    });
    for named in [json!(id), json!(1), json!("1")] {
        let answer = dry_run(&desk, &workflow, json!({"ticket_id": named})).await.expect(200).json;
        assert_eq!(answer, expected, "{named}");
    }
    assert_eq!(desk.tickets().get(&id).await, before);
    assert_eq!((desk.told(&id).await.len(), desk.activity(&id).await), (told, vec![]));
    assert_eq!(desk.runs(&workflow).await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_dry_run_can_be_given_an_event() {
    let desk = desk().await;
    let id = desk.file(json!({"status": "open"})).await;
    let workflow = saved(&desk).await;
    let run = async |event: Value| dry_run(&desk, &workflow, json!({"ticket_id": id, "event": event})).await.expect(200).json;
    let present = dry_run(&desk, &workflow, json!({"ticket_id": id})).await.expect(200).json;
    let filters = |first: bool, second: bool| json!([{"filter": "trigger.filters[0]", "matched": first}, {"filter": "trigger.filters[1]", "matched": second}]);
    assert_eq!(present, json!({"matched": false, "filters": filters(true, false), "steps": []}), "it is open by now");
    let created = json!({"event": CREATED, "properties": {"status": "new", "channel_source": "slack"}});
    let steps = json!([
        {"step": "steps[0]"},
        {"step": "steps[1]", "branch": "branches[0]"},
        {"step": "steps[1].branches[0].steps[0]", "would": {"priority": "low"}},
    ]);
    assert_eq!(run(created).await, json!({"matched": true, "filters": filters(true, true), "steps": steps}));
    let other = json!({"event": STATUS, "properties": {"status": "new"}});
    assert_eq!(run(other).await, json!({"matched": false, "filters": filters(true, true), "steps": []}), "another event");
    let nobody = json!({"event": CREATED, "distinct_id": "", "properties": {"status": "new"}});
    assert_eq!(run(nobody).await["filters"], filters(false, true));
}

#[tokio::test]
async fn a_dry_run_tells_deadlines_and_failures() {
    let desk = desk().await;
    let id = desk.file(json!({})).await;
    let steps = json!([
        update(json!({"sla_amount": "2"})),
        update(json!({"status": "{event.properties.no_such_thing}"})),
        update(json!({"status": "open"})),
    ]);
    let workflow = desk.on(CREATED, steps).await;
    let steps = dry_run(&desk, &workflow, json!({"ticket_id": id})).await.expect(200).json["steps"].clone();
    let ahead = time(&steps[0]["would"]["sla_due_at"]) - chrono::Utc::now();
    assert!((110..=120).contains(&ahead.num_minutes()), "{steps}");
    assert_eq!((&steps[1]["step"], steps[1]["failed"].is_string()), (&json!("steps[1]"), true), "{steps}");
    assert_eq!(steps.as_array().unwrap().len(), 2, "a failed step is the last");
}

#[tokio::test]
async fn a_dry_run_that_cannot_be() {
    let desk = desk().await;
    let id = desk.file(json!({})).await;
    let workflow = saved(&desk).await;
    for ticket in [json!(Uuid::now_v7()), json!(99), json!("99"), json!("nonsense")] {
        dry_run(&desk, &workflow, json!({"ticket_id": ticket})).await.expect(404);
    }
    dry_run(&desk, &Uuid::now_v7().to_string(), json!({"ticket_id": id})).await.expect(404);
    for (trial, attr) in [
        (json!({}), "ticket_id"),
        (json!({"ticket_id": null}), "ticket_id"),
        (json!({"ticket_id": id, "event": {}}), "event.event"),
        (json!({"ticket_id": id, "event": {"event": "$pageview"}}), "event.event"),
        (json!({"ticket_id": id, "event": {"event": CREATED, "properties": []}}), "event.properties"),
        (json!({"ticket_id": id, "event": "x"}), "event"),
    ] {
        assert_eq!(dry_run(&desk, &workflow, trial.clone()).await.expect(400).json["attr"], attr, "{trial}");
    }
}
