//! Lists that anyone may send. They are counted before their entries are checked, so a list that is too long is a 400 that
//! names it, and changes nothing.

use lambdesk_domain::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::desk;

/// Short words, all different.
fn words() -> Vec<String> {
    (0..60_000).map(|n| n.to_string()).collect()
}

#[tokio::test]
async fn a_long_list_is_refused_wherever_it_is_sent() {
    let desk = desk().await;
    let ticket = desk.tickets().create(json!({"message": "q", "tags": ["a"]})).await;
    let id = ticket["id"].as_str().unwrap().to_owned();
    let role = desk.agent().roles().create(json!({"name": "Sales"})).await;
    let policy = |key: &str, value: Value| {
        let targets = json!({"first_response": {"amount": 4}});
        json!({"policies": [{"name": "All", "targets": targets, "conditions": {key: value}}]})
    };
    let hours = |key: &str, value: Value| {
        let mut hours = json!({"days": ["monday"], "time": "any"});
        hours[key] = value;
        json!({"sla_amount": 1, "sla_business_hours": hours})
    };
    let workflow = |filters: Value, inputs: Value| {
        let steps = json!([{"action": "update_ticket", "inputs": inputs}]);
        json!({"name": "Long", "trigger": {"event": "$conversation_message_sent", "filters": filters}, "steps": steps})
    };
    let condition =
        |operator: &str, value: Value| json!([{"property": "event.properties.x", "operator": operator, "value": value}]);
    let conversations = "/projects/1/conversations";
    let patch = format!("{conversations}/tickets/{id}/");
    let ids: Vec<_> = (0..20_000).map(|n| Uuid::from_u128(n).to_string()).collect();
    let one = json!([id]);
    let requests = [
        (Method::PATCH, patch.clone(), json!({"tags": words()})),
        (Method::PATCH, patch.clone(), json!({"tags": vec!["same"; 60_000]})),
        (Method::POST, format!("{conversations}/tickets/"), json!({"tags": words()})),
        (
            Method::POST,
            format!("{conversations}/tickets/bulk_update_tags/"),
            json!({"ids": one, "action": "add", "tags": words()}),
        ),
        (Method::POST, format!("{conversations}/tickets/bulk_update_tags/"), json!({"ids": ids, "action": "add", "tags": ["b"]})),
        (Method::POST, format!("{conversations}/tickets/bulk_update_status/"), json!({"ids": ids, "status": "resolved"})),
        (Method::POST, format!("{conversations}/quick_actions/"), json!({"name": "Long", "actions": {"tags": words()}})),
        (Method::POST, format!("{conversations}/views/"), json!({"name": "Long", "filters": {"tags": words()}})),
        (Method::POST, format!("{conversations}/views/"), json!({"name": "Long", "filters": {"status": vec!["new"; 60_000]}})),
        (Method::PUT, format!("{conversations}/sla_policies/"), policy("tags", json!(words()))),
        (Method::PUT, format!("{conversations}/sla_policies/"), policy("priority", json!(vec!["low"; 60_000]))),
        (Method::PUT, format!("{conversations}/sla_policies/"), policy("traits", json!({"plan": words()}))),
        (Method::PUT, format!("{conversations}/sla_policies/"), json!({"policies": vec![json!({"name": "x"}); 20_000]})),
        (Method::PUT, format!("{conversations}/sla_policies/"), json!({"policies": [], "paused_by": vec!["pending"; 60_000]})),
        (Method::POST, format!("{conversations}/workflows/"), workflow(json!([]), json!({"tags": words()}))),
        (Method::POST, format!("{conversations}/workflows/"), workflow(condition("in", json!(words())), json!({}))),
        (Method::POST, format!("{conversations}/workflows/"), workflow(json!(vec![1; 60_000]), json!({}))),
        (
            Method::PATCH,
            format!("/projects/1/roles/{}/", role["id"].as_str().unwrap()),
            json!({"members": (0..100_000).collect::<Vec<_>>()}),
        ),
        (Method::PATCH, format!("/projects/1/roles/{}/", role["id"].as_str().unwrap()), json!({"members": vec![1; 100_000]})),
        (Method::POST, "/personal_api_keys/".to_owned(), json!({"label": "Long", "scopes": vec!["ticket:read"; 40_000]})),
        (Method::PATCH, "/projects/1/".to_owned(), json!({"conversations_settings": {"widget_domains": words()}})),
    ];
    for (method, path, body) in requests {
        let refused = desk.admin(method, &path, body).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text);
        assert!(refused.json["attr"].is_string() && refused.text.len() < 1000, "{path}: {}", refused.text);
    }
    let external = [
        json!({"tags": words()}),
        hours("days", json!(vec!["monday"; 60_000])),
        hours("time", json!(vec![["09:00", "17:00"]; 40_000])),
        hours("holidays", json!(vec!["2026-12-25"; 60_000])),
    ];
    for body in external {
        desk.http.external(Method::PATCH, &id, body).await.expect(400);
    }
    let after = desk.tickets().get(&id).await;
    let updated = |ticket: &Value| ticket["updated_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).unwrap();
    assert_eq!((&after["tags"], updated(&after)), (&json!(["a"]), updated(&ticket)), "nothing was written");
}
