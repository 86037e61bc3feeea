//! Every committed change is one event on the bus, and nothing else is an event.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Http, desk};

/// The bus's events of a project, once the stream is empty.
async fn entries(http: &Http, project: u32) -> Vec<Value> {
    http.drain().await;
    http.events(project).await
}

fn names(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["detail-type"].as_str().unwrap().trim_start_matches("$conversation_")).collect()
}

/// The names in sorted order, because the order of a transaction's records may vary.
fn sorted(entries: &[Value]) -> Vec<&str> {
    let mut names = names(entries);
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_conversation_is_told_as_it_goes() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    let told = entries(&desk.http, 1).await;
    assert_eq!(sorted(&told), ["message_received", "ticket_created"]);
    desk.tickets().reply(&id, "hi").await;
    let change = json!({"status": "pending", "priority": "high", "assignee": {"type": "user", "id": 1}});
    desk.tickets().patch(&id, change).await;
    let told = entries(&desk.http, 1).await.split_off(2);
    assert_eq!(names(&told), ["message_sent", "ticket_status_changed", "ticket_priority_changed", "ticket_assigned"]);
    let sent = &told[0]["detail"]["properties"];
    assert_eq!((&sent["message_content"], &sent["author_type"], &sent["author_id"]), (&json!("hi"), &json!("team"), &json!(1)));
    assert_eq!((&sent["status"], &sent["sla_active"]), (&json!("new"), &json!(false)), "as it was when the message was written");
    let status = &told[1]["detail"]["properties"];
    assert_eq!(
        (&status["old_status"], &status["new_status"], &status["actor_email"]),
        (&json!("new"), &json!("pending"), &json!("agent@example.com"))
    );

    let mut ids: Vec<_> = entries(&desk.http, 1).await.iter().map(|entry| entry["detail"]["uuid"].to_string()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6, "each with an id of its own");
    assert_eq!(entries(&desk.http, 2).await, [] as [Value; 0]);
}

#[tokio::test]
async fn what_is_no_event_is_not_told() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    let before = entries(&desk.http, 1).await.len();
    desk.tickets().note(&id, "note").await;
    desk.tickets().get(&id).await;
    let quiet = json!({"tags": [], "sla_due_at": "2030-01-01T00:00:00Z", "escalation_reason": "x", "status": "new"});
    desk.tickets().patch(&id, quiet).await;
    let loud = json!({"status": "resolved", "priority": "low", "assignee": {"type": "user", "id": 1}});
    desk.http.external(Method::PATCH, &id, loud).await.expect(200);
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    desk.http
        .widget(Method::POST, &format!("/messages/{id}/read"), json!({"widget_session_id": visitor.session}))
        .await
        .expect(200);
    desk.tickets().delete(&id).await;
    assert_eq!(entries(&desk.http, 1).await.len(), before);
}
