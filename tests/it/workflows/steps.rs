//! What runs do with tickets, and how runs end.

use std::time::Duration;

use chrono::{Datelike, NaiveTime, TimeDelta, Weekday};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CREATED, PRIORITY, RECEIVED, STATUS, changed, condition, names, text, time, took, update};
use crate::support::{Desk, desk};

fn failed(step: &str, why: &str) -> Value {
    json!({"step": step, "result": "failed", "detail": why})
}

/// Saves a workflow that answers one status with another, and returns its id.
async fn answer(desk: &Desk, new: &str, other: &str) -> String {
    let trigger = json!({"event": STATUS, "filters": [condition("event.properties.new_status", "equals", json!(new))]});
    let body = json!({"name": new, "trigger": trigger, "steps": [update(json!({"status": other}))]});
    text(&desk.agent().workflows().create(body).await["id"])
}

#[tokio::test]
async fn workflows_do_not_answer_each_other() {
    let desk = desk().await;
    let (pending, open) = (answer(&desk, "pending", "open").await, answer(&desk, "open", "pending").await);
    let id = desk.file(json!({})).await;
    desk.tickets().patch(&id, json!({"status": "pending"})).await;
    assert_eq!(desk.only_run(&pending).await["outcome"], "acted");
    assert_eq!(desk.only_run(&open).await["outcome"], "no_match");
    assert_eq!(desk.tickets().get(&id).await["status"], "open");
    desk.http.external(Method::PATCH, &id, json!({"status": "pending"})).await.expect(200);
    assert_eq!(names(&desk.told(&id).await), ["ticket_created", "ticket_status_changed"]);
    assert_eq!(
        (desk.runs(&pending).await.len(), desk.runs(&open).await.len()),
        (1, 1),
        "what the API of workflows does is no event"
    );
}

#[tokio::test]
async fn a_later_workflow_sees_and_overrides_an_earlier_one() {
    let desk = desk().await;
    let first = desk.on(CREATED, json!([update(json!({"priority": "low", "tags": ["first"]}))])).await;
    let sees = json!([
        {"action": "get_ticket"},
        {
            "branches": [{
                "when": {"all": [
                    condition("variables.ticket.priority", "equals", json!("low")),
                    condition("variables.ticket.tags", "contains", json!("first")),
                    {"property": "event.properties.priority", "operator": "is_not_set"},
                ]},
                "steps": [update(json!({"priority": "high", "tags": ["{variables.ticket.tags}", "second"]}))],
            }],
        },
    ]);
    let second = desk.on(CREATED, sees).await;
    let third = desk.on(CREATED, json!([update(json!({"tags": ["third"], "tags_mode": "add"}))])).await;
    let id = desk.file(json!({})).await;
    for (workflow, last) in [
        (&first, changed("steps[0]", json!({"priority": "low", "tags": ["first"]}))),
        (&second, changed("steps[1].branches[0].steps[0]", json!({"priority": "high", "tags": ["first", "second"]}))),
        (&third, changed("steps[0]", json!({"tags": ["first", "second", "third"]}))),
    ] {
        let run = desk.only_run(workflow).await;
        assert_eq!(run["steps"].as_array().unwrap().last(), Some(&last));
    }
    let ticket = desk.tickets().get(&id).await;
    assert_eq!((&ticket["priority"], &ticket["tags"]), (&json!("high"), &json!(["first", "second", "third"])));
    let actors: Vec<_> = desk.activity(&id).await.iter().map(|row| text(&row["actor"]["id"])).collect();
    assert_eq!(actors, [third, second, first], "the latest first");
}

#[tokio::test]
async fn the_log_of_a_ticket_names_the_workflow() {
    let desk = desk().await;
    let role = desk.role("Support").await;
    let assignee = json!({"type": "role", "id": role});
    let id = desk.on(CREATED, json!([update(json!({"status": "open", "assignee": assignee}))])).await;
    let ticket = desk.file(json!({})).await;
    desk.http.drain().await;
    let mut rows = desk.activity(&ticket).await;
    rows.sort_by_key(|row| row["activity"].to_string());
    assert!(rows.iter().all(|row| row["actor"] == json!({"type": "workflow", "id": id})), "{rows:?}");
    let told: Vec<_> = rows.iter().map(|row| (row["activity"].as_str().unwrap(), row["changes"].clone())).collect();
    let expected = [
        ("assigned", json!([{"field": "assignee", "before": null, "after": {"type": "role", "id": role}}])),
        ("updated", json!([{"field": "status", "before": "new", "after": "open"}])),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_ticket_that_is_gone_fails_the_run_and_nothing_else() {
    let desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    let id = desk.file(json!({})).await;
    let created = desk.told(&id).await[0].to_string();
    desk.tickets().delete(&id).await;
    let updates = desk.on(CREATED, json!([update(json!({"status": "open"})), update(json!({"priority": "low"}))])).await;
    let reads = desk.on(CREATED, json!([{"action": "get_ticket"}])).await;
    // The event is delivered late, after the ticket was deleted.
    queue.send(created, Duration::ZERO).await.unwrap();
    for workflow in [&updates, &reads] {
        let run = desk.only_run(workflow).await;
        assert_eq!((&run["outcome"], &run["ticket_id"]), (&json!("failed"), &json!(id)));
        assert_eq!(run["steps"], json!([failed("steps[0]", "The ticket does not exist.")]));
    }
    desk.assert_done().await;
    desk.tickets().get(&id).refused(404).await;
}

#[tokio::test]
async fn a_role_that_is_gone_fails_the_run() {
    let desk = desk().await;
    let role = desk.role("Support").await;
    let assign = json!([update(json!({"assignee": {"type": "role", "name": "support"}, "status": "open"}))]);
    let workflow = desk.on(CREATED, assign).await;
    desk.agent().roles().delete(&role).await;
    let id = desk.file(json!({})).await;
    let run = desk.only_run(&workflow).await;
    let why = "The role does not belong to this project any more.";
    assert_eq!((&run["outcome"], &run["steps"]), (&json!("failed"), &json!([failed("steps[0]", why)])));
    let ticket = desk.tickets().get(&id).await;
    assert_eq!((&ticket["assignee"], &ticket["status"]), (&Value::Null, &json!("new")), "all of a step or nothing");
    let trial = desk.workflows(Method::POST, &format!("{workflow}/dry_run/"), json!({"ticket_id": id})).await.expect(200).json;
    assert_eq!(trial["steps"], json!([{"step": "steps[0]", "failed": why}]), "a dry run knows");
    desk.agent().workflows().patch(&workflow, json!({"enabled": false})).await;
    let shown = desk.agent().workflows().get(&workflow).await;
    let refused = desk.agent().workflows().put(&workflow, shown).refused(400).await;
    assert_eq!(refused["attr"], "steps[0].inputs.assignee", "nor can it be saved anew");
    desk.assert_done().await;
}

#[tokio::test]
async fn a_member_who_left_fails_the_run() {
    let desk = desk().await;
    let bob = desk.agent().members().create(json!({"email": "bob@example.com"})).await["id"].clone();
    let workflow = desk.on(CREATED, json!([update(json!({"assignee": {"type": "user", "id": bob}}))])).await;
    let id = desk.file(json!({})).await;
    assert_eq!(desk.only_run(&workflow).await["outcome"], "acted");
    assert_eq!(desk.tickets().get(&id).await["assignee"]["user"]["email"], "bob@example.com");
    desk.agent().members().delete(&bob).await;
    let id = desk.file(json!({})).await;
    assert_eq!(desk.runs(&workflow).await[0]["outcome"], "failed");
    assert_eq!(desk.tickets().get(&id).await["assignee"], Value::Null);
}

#[tokio::test]
async fn a_failed_step_ends_the_run_and_undoes_nothing() {
    let desk = desk().await;
    let steps = json!([
        update(json!({"status": "open"})),
        update(json!({"priority": "high", "tags": ["{event.properties.message_content}"]})),
        update(json!({"sla_amount": "1"})),
    ]);
    let workflow = desk.on(RECEIVED, steps).await;
    let next = desk.on(RECEIVED, json!([update(json!({"tags": ["next"]}))])).await;
    let id = desk.customer().open(&"long ".repeat(100)).await;
    let run = desk.only_run(&workflow).await;
    assert_eq!((&run["outcome"], &run["steps"][0]), (&json!("failed"), &changed("steps[0]", json!({"status": "open"}))));
    let (last, count) = (&run["steps"][1], run["steps"].as_array().unwrap().len());
    assert_eq!((&last["step"], &last["result"], count), (&json!("steps[1]"), &json!("failed"), 2));
    assert!(text(&last["detail"]).starts_with("tags: "), "{last}");
    assert_eq!(desk.only_run(&next).await["outcome"], "acted", "it keeps no other back");
    let ticket = desk.tickets().get(&id).await;
    let is = json!([ticket["status"], ticket["priority"], ticket["sla_due_at"], ticket["tags"]]);
    assert_eq!(is, json!(["open", null, null, ["next"]]));
    desk.assert_done().await;
}

#[tokio::test]
async fn tags_meet_those_that_are_there_as_they_are_told() {
    let desk = desk().await;
    for (mode, tags) in [
        (json!({"tags": ["B", "c"]}), json!(["b", "c"])),
        (json!({"tags": ["B", "c"], "tags_mode": "set"}), json!(["b", "c"])),
        (json!({"tags": ["B", "c"], "tags_mode": "add"}), json!(["a", "b", "c"])),
        (json!({"tags": ["B", "c"], "tags_mode": "remove"}), json!(["a"])),
        (json!({"tags": []}), json!([])),
    ] {
        let workflow = desk.on(CREATED, json!([update(mode.clone())])).await;
        let id = desk.file(json!({"tags": ["a", "b"]})).await;
        assert_eq!(desk.only_run(&workflow).await["steps"], json!([changed("steps[0]", json!({"tags": tags}))]), "{mode}");
        assert_eq!(desk.tickets().get(&id).await["tags"], tags, "{mode}");
        desk.agent().workflows().delete(&workflow).await;
    }
}

#[tokio::test]
async fn deadlines_are_cleared_and_assignees_taken_away() {
    let desk = desk().await;
    let clears = update(json!({"sla_amount": "clear", "sla_unit": "day", "assignee": null}));
    let workflow = desk.on(PRIORITY, json!([clears])).await;
    let id = desk.file(json!({"assignee": {"type": "user", "id": 1}})).await;
    desk.tickets().patch(&id, json!({"sla_due_at": "2040-01-01T00:00:00Z"})).await;
    desk.tickets().patch(&id, json!({"priority": "low"})).await;
    let run = desk.only_run(&workflow).await;
    assert_eq!(run["steps"], json!([changed("steps[0]", json!({"sla_due_at": null, "assignee": null}))]));
    let ticket = desk.tickets().get(&id).await;
    assert_eq!((&ticket["sla_due_at"], &ticket["assignee"], &ticket["priority"]), (&Value::Null, &Value::Null, &json!("low")));
    assert_eq!(names(&desk.told(&id).await), ["ticket_created", "ticket_priority_changed"]);
}

#[tokio::test]
async fn a_deadline_in_business_hours_is_within_them() {
    let desk = desk().await;
    let hours = json!({"days": ["monday", "wednesday", "friday"], "time": ["09:00", "17:00"], "timezone": "Asia/Kathmandu"});
    let inputs = json!({"sla_amount": "4", "sla_unit": "hour", "sla_business_hours": hours});
    let workflow = desk.on(CREATED, json!([update(inputs.clone())])).await;
    let shown = desk.agent().workflows().get(&workflow).await;
    assert_eq!(shown["steps"][0]["inputs"], inputs);
    let id = desk.file(json!({})).await;
    let run = desk.only_run(&workflow).await;
    let due = time(&desk.tickets().get(&id).await["sla_due_at"]);
    let ahead = due - time(&run["started_at"]);
    assert!(ahead >= TimeDelta::hours(4) && ahead < TimeDelta::days(6), "{ahead}");
    // The local time is 5:45 ahead of UTC, all year round.
    let there = due + TimeDelta::minutes(345);
    let open = NaiveTime::from_hms_opt(9, 0, 0).unwrap()..=NaiveTime::from_hms_opt(17, 0, 0).unwrap();
    assert!(matches!(there.weekday(), Weekday::Mon | Weekday::Wed | Weekday::Fri) && open.contains(&there.time()), "{due}");
}

#[tokio::test]
async fn what_a_customer_writes_is_text() {
    let desk = desk().await;
    let steps = json!([
        {"action": "get_ticket"},
        update(json!({"tags": ["{event.properties.message_content}", "by {event.properties.customer_name}!", "{event.properties.status}"]})),
    ]);
    let workflow = desk.on(RECEIVED, steps).await;
    let mut message = desk.customer().message(None, "{variables.ticket.status}");
    message["traits"]["name"] = json!("{event.properties.ticket_id}");
    let sent = desk.http.widget(Method::POST, "/message", message).await.expect(200).json;
    let tags = json!(["by {event.properties.ticket_id}!", "new", "{variables.ticket.status}"]);
    let run = desk.only_run(&workflow).await;
    let mut found: Vec<_> = run["steps"][1]["detail"]["tags"].as_array().unwrap().iter().map(text).collect();
    found.sort_unstable();
    assert_eq!(json!(found), tags);
    assert_eq!(desk.tickets().get(sent["ticket_id"].as_str().unwrap()).await["tags"], run["steps"][1]["detail"]["tags"]);
}

#[tokio::test]
async fn a_customer_can_not_name_what_a_workflow_does() {
    let desk = desk().await;
    let victim = desk.file(json!({})).await;
    let by_content = json!([update(json!({"status": "{event.properties.message_content}"}))]);
    let workflow = desk.on(RECEIVED, by_content).await;
    for words in ["resolved\", \"priority\": \"high", "{event.properties.status}", "RESOLVED", ""] {
        let words = if words.is_empty() { format!("resolved {victim}") } else { words.to_owned() };
        let id = desk.customer().open(&words).await;
        let run = desk.runs(&workflow).await[0].clone();
        assert_eq!((&run["outcome"], &run["ticket_id"]), (&json!("failed"), &json!(id)), "{words}");
        assert_eq!(desk.tickets().get(&id).await["status"], "new", "{words}");
    }
    let id = desk.customer().open("on_hold").await;
    desk.http.drain().await;
    assert_eq!(desk.tickets().get(&id).await["status"], "on_hold", "a word of the list is one, if the workflow asks for it");
}

#[tokio::test]
async fn a_run_branches_on_the_ticket_it_read() {
    let desk = desk().await;
    let steps = json!([
        {"action": "get_ticket", "inputs": {"ticket_id": "{event.properties.ticket_id}"}},
        {
            "branches": [{
                "when": condition("variables.ticket.message_count", "greater_than", json!(1)),
                "steps": [update(json!({"tags": ["talks-{variables.ticket.message_count}"]}))],
            }],
            "else": [update(json!({"tags": ["first"]}))],
        },
    ]);
    let workflow = desk.on(RECEIVED, steps).await;
    let visitor = desk.customer();
    let id = visitor.open("one").await;
    assert_eq!(desk.only_run(&workflow).await["steps"][1], took("steps[1]", "else"));
    assert_eq!(desk.tickets().get(&id).await["tags"], json!(["first"]));
    visitor.send(Some(&id), "two").await.expect(200);
    let runs = desk.runs(&workflow).await;
    assert_eq!((runs.len(), &runs[0]["steps"][1]), (2, &took("steps[1]", "branches[0]")));
    assert_eq!(desk.tickets().get(&id).await["tags"], json!(["talks-2"]));
}

#[tokio::test]
async fn a_step_may_be_about_another_ticket_of_the_project_only() {
    let desk = desk().await;
    let other = desk.file(json!({})).await;
    let body = json!({"status": "open"});
    let foreign = desk.by("phx_other", Method::POST, "/projects/2/conversations/tickets/", body).await.expect(201).json;
    let foreign = text(&foreign["id"]);
    desk.http.drain().await;
    let ours = desk.on(CREATED, json!([update(json!({"ticket_id": other, "status": "pending"}))])).await;
    let theirs = desk.on(CREATED, json!([update(json!({"ticket_id": foreign, "status": "pending"}))])).await;
    let id = desk.file(json!({})).await;
    assert_eq!(desk.only_run(&ours).await["ticket_id"], json!(id), "the event's ticket");
    assert_eq!(desk.only_run(&theirs).await["steps"], json!([failed("steps[0]", "The ticket does not exist.")]));
    assert_eq!(
        (&desk.tickets().get(&other).await["status"], &desk.tickets().get(&id).await["status"]),
        (&json!("pending"), &json!("new"))
    );
    let path = format!("/projects/2/conversations/tickets/{foreign}/");
    let untouched = desk.by("phx_other", Method::GET, &path, Value::Null).await.expect(200).json;
    assert_eq!(untouched["status"], "open");
}
