//! The log of runs.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CREATED, condition, text, time, update};
use crate::support::{AGENT, desk};

#[tokio::test]
async fn runs_are_paged_the_latest_first() {
    let desk = desk().await;
    let id = desk.on(CREATED, json!([update(json!({"status": "open"}))])).await;
    let mut tickets = Vec::new();
    for _ in 0..5 {
        tickets.insert(0, json!(desk.file(json!({})).await));
    }
    let all = desk.runs(&id).await;
    assert_eq!(all.iter().map(|run| run["ticket_id"].clone()).collect::<Vec<_>>(), tickets);
    assert!(all.iter().all(|run| run["outcome"] == "acted" && time(&run["started_at"]) <= time(&run["finished_at"])));

    let page =
        async |link: &str| desk.http.call(Method::GET, link, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
    let first = format!("/api/projects/1/conversations/workflows/{id}/runs/?limit=2");
    let (mut next, mut pages) = (Some(first.clone()), Vec::new());
    while let Some(link) = next {
        let read = page(&link).await;
        next = read["next"].as_str().map(str::to_owned);
        pages.push(read);
    }
    let seen: Vec<_> = pages.iter().flat_map(|page| page["results"].as_array().unwrap().clone()).collect();
    assert_eq!((seen, pages.len()), (all.clone(), 3));
    assert_eq!(page(&text(&pages[2]["previous"])).await["results"], pages[1]["results"]);
    assert_eq!((&pages[0]["previous"], &pages[0]["count_is_exact"]), (&Value::Null, &json!(false)));
    assert_eq!((&pages[2]["count"], pages[2].get("count_is_exact")), (&json!(5), None));
    assert_eq!(page(&format!("{first}&cursor=&offset=4")).await["results"], json!([all[4]]));

    for (query, attr) in [("cursor=junk", "cursor"), ("limit=0", "limit"), ("offset=10001", "offset")] {
        let refused = desk.agent().workflows().runs(&id).query(query).refused(400).await;
        assert_eq!(refused["attr"], attr);
    }
}

#[tokio::test]
async fn each_workflow_has_its_own_runs() {
    let desk = desk().await;
    let (one, two) = (desk.on(CREATED, json!([])).await, desk.on(CREATED, json!([update(json!({}))])).await);
    let ticket = desk.file(json!({})).await;
    let (one, two) = (desk.only_run(&one).await, desk.only_run(&two).await);
    assert_eq!((&one["outcome"], &one["steps"]), (&json!("no_match"), &json!([])), "without a step there is nothing to do");
    assert_eq!((&two["outcome"], &two["ticket_id"]), (&json!("acted"), &json!(ticket)));
    assert_eq!((one["event_id"] == two["event_id"], one["id"] == two["id"]), (true, false));
}

#[tokio::test]
async fn every_event_sets_off_those_that_are_about_it() {
    let desk = desk().await;
    let mut workflows = Vec::new();
    for (event, property, value) in [
        ("ticket_created", "channel_source", json!("widget")),
        ("ticket_status_changed", "new_status", json!("pending")),
        ("ticket_priority_changed", "new_priority", json!("high")),
        ("ticket_assigned", "assignee_id", json!(1)),
        ("message_sent", "message_content", json!("Hi")),
        ("message_received", "message_content", json!("help")),
    ] {
        let filters = json!([condition(&format!("event.properties.{property}"), "equals", value)]);
        let trigger = json!({"event": format!("$conversation_{event}"), "filters": filters});
        let steps = [update(json!({"tags": [event], "tags_mode": "add"}))];
        let body = json!({"name": event, "trigger": trigger, "steps": steps});
        workflows.push((event, text(&desk.agent().workflows().create(body).await["id"])));
    }
    let ticket = desk.customer().open("Help").await;
    desk.tickets().reply(&ticket, "hi").await;
    let change = json!({"status": "pending", "priority": "high", "assignee": {"type": "user", "id": 1}});
    desk.tickets().patch(&ticket, change).await;
    let told = desk.told(&ticket).await;
    for (event, workflow) in workflows {
        let run = desk.only_run(&workflow).await;
        assert_eq!((&run["outcome"], text(&run["event"])), (&json!("acted"), format!("$conversation_{event}")));
        let entry = told.iter().find(|entry| entry["detail-type"] == run["event"]).unwrap();
        assert_eq!(run["event_id"], entry["detail"]["uuid"], "{event}");
    }
    assert_eq!(told.len(), 6, "and what they did is no seventh");
    assert_eq!(desk.tickets().get(&ticket).await["tags"].as_array().unwrap().len(), 6);
}
