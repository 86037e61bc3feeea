//! The ticket API of external workflows (docs/decisions.md, 20 and 21).

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::desk;

#[tokio::test]
async fn a_ticket_is_read_without_being_marked() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q", "tags": ["a"]})).id().await;
    let seen = desk.http.external(Method::GET, &id, Value::Null).await.expect(200).json;
    assert_eq!(
        (&seen["number"], &seen["sla"], &seen["unread_team_count"], &seen["tags"]),
        (&json!(1), &Value::Null, &json!(1), &json!(["a"]))
    );
    desk.http.external(Method::GET, &id, Value::Null).await.expect(200);
    assert_eq!(desk.tickets().list("").await["results"][0]["unread_team_count"], 1);
}

#[tokio::test]
async fn fields_change_together_or_not_at_all() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q", "tags": ["a", "b"]})).id().await;
    let patch = async |body: Value| desk.http.external(Method::PATCH, &id, body).await;
    let ticket = async || desk.http.external(Method::GET, &id, Value::Null).await.expect(200).json;
    assert_eq!(patch(json!({})).await.expect(200).json, json!({"ok": true}));
    patch(json!({"status": "pending", "priority": "high", "tags": ["C"], "sla_amount": "4", "assignee": {"type": "user", "id": 1}, "whatever": 1})).await.expect(200);
    let changed = ticket().await;
    assert_eq!(
        (&changed["status"], &changed["priority"], &changed["tags"]),
        (&json!("pending"), &json!("high"), &json!(["a", "b", "c"]))
    );
    assert_eq!(changed["assignee"]["id"], 1);
    assert!(changed["sla"].is_string());
    patch(json!({"tags": ["a"], "tags_mode": "remove", "sla_due_at": null})).await.expect(200);
    let changed = ticket().await;
    assert_eq!((&changed["tags"], &changed["sla"]), (&json!(["b", "c"]), &Value::Null));
    patch(json!({"tags": ["z"], "tags_mode": "set", "sla_due_at": "2030-01-01T00:00:00Z", "assignee": null})).await.expect(200);
    let changed = ticket().await;
    assert_eq!(
        (&changed["tags"], &changed["sla"], &changed["assignee"]),
        (&json!(["z"]), &json!("2030-01-01T00:00:00.000000Z"), &Value::Null)
    );
    for (body, field) in [
        (json!({"status": null}), "status"),
        (json!({"status": "bogus"}), "status"),
        (json!({"priority": null}), "priority"),
        (json!({"sla_amount": -1}), "sla_amount"),
        (json!({"sla_amount": 1, "sla_due_at": "2030-01-01T00:00:00Z"}), "sla_amount"),
        (json!({"sla_amount": 1, "sla_unit": "week"}), "sla_unit"),
        (json!({"sla_due_at": "soon"}), "sla_due_at"),
        (json!({"assignee": {"type": "user", "id": 2}}), "assignee"),
        (json!({"tags": ["x".repeat(201)]}), "tags"),
        (json!({"tags_mode": "replace"}), "tags_mode"),
        (json!({"snoozed_until": "x"}), "snoozed_until"),
        (json!({"sla_amount": 1, "sla_business_hours": {"days": ["monday"]}}), "sla_business_hours"),
    ] {
        let mut body = body;
        body["escalation_reason"] = json!("x");
        let refused = patch(body.clone()).await.expect(400).json;
        assert!(refused["error"][field].is_array(), "{body}: {refused}");
    }
    patch(json!({"status": "open", "assignee": {"type": "role", "id": Uuid::now_v7()}})).await.expect(400);
    assert_eq!(ticket().await["status"], "pending");
}

#[tokio::test]
async fn only_the_secret_opens_it() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({})).id().await;
    let path = format!("/api/conversations/external/ticket/{id}");
    for token in ["", "Bearer ", "Bearer nope", "Bearer phc_local", "Bearer phx_local", "Basic phs_local", "phs_local"] {
        let headers: Vec<_> = (!token.is_empty()).then_some(("authorization", token)).into_iter().collect();
        let refused = desk.http.call(Method::GET, &path, &headers, Value::Null).await.expect(401);
        assert!(refused.json["error"].is_string());
    }
    let other = desk.http.call(Method::GET, &path, &[("authorization", "Bearer phs_other")], Value::Null).await.expect(404);
    assert_eq!(other.json, json!({"error": "Ticket not found"}));
    desk.http.external(Method::GET, "not-a-uuid", Value::Null).await.expect(404);
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let refused = desk.http.external(method, &id, json!({})).await.expect(405);
        assert!(refused.header("allow").unwrap().contains("PATCH"));
        assert!(refused.json["error"].is_string());
    }
}

#[tokio::test]
async fn sixty_calls_a_minute_for_each_project() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({})).id().await;
    for _ in 0..60 {
        desk.http.external(Method::GET, &id, Value::Null).await.expect(200);
    }
    let limited = desk.http.external(Method::GET, &id, Value::Null).await.expect(429);
    assert!(limited.header("retry-after").is_some() && limited.json["error"].is_string());
    let path = format!("/api/conversations/external/ticket/{id}");
    desk.http.call(Method::GET, &path, &[("authorization", "Bearer phs_other")], Value::Null).await.expect(404);
}
