//! The audit log of administration.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, desk, desk_at};

impl Desk {
    async fn audited(&self, query: &str) -> Vec<Value> {
        let page = self.admin(Method::GET, &format!("/projects/1/audit/{query}"), Value::Null).await.expect(200).json;
        page["results"].as_array().unwrap().clone()
    }

    async fn actions(&self, query: &str) -> Vec<String> {
        self.audited(query).await.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    }

    /// Makes a call as the seeded agent, and returns its answer and its row in the audit log.
    async fn done_and_told(&self, method: Method, path: &str, body: Value) -> (Value, Value) {
        let before: BTreeSet<_> = self.audited("?limit=200").await.iter().map(|row| row["id"].to_string()).collect();
        let reply = self.admin(method, path, body).await;
        assert!(reply.status < 300, "{path}: {}", reply.text);
        let mut rows = self.audited("?limit=200").await;
        rows.retain(|row| !before.contains(&row["id"].to_string()) && row["action"] != "secret_api_token.revealed");
        assert_eq!(rows.len(), 1, "{path}: {rows:?}");
        let row = rows.remove(0);
        assert_eq!(row["actor"], json!({"type": "user", "id": 1, "name": "Agent"}));
        assert_eq!((&row["key"]["label"], &row["address"]), (&json!("Local"), &json!("127.0.0.1")));
        (row, reply.json)
    }
}

#[tokio::test]
async fn each_thing_that_is_administered_is_told_of_once() {
    let desk = desk().await;
    let seeded = desk.audited("").await;
    assert_eq!((&seeded[0]["action"], &seeded[0]["actor"]["type"]), (&json!("project.created"), &json!("system")));
    let mut seen = Vec::new();
    let mut did = async |method: Method, path: &str, body: Value, action: &str| {
        let (row, reply) = desk.done_and_told(method, path, body).await;
        assert_eq!(row["action"], action);
        assert_eq!(row["target"]["type"], action.split('.').next().unwrap());
        seen.push(row["id"].clone());
        (row, reply)
    };
    let project = "/projects/1/";
    let changed = json!({"name": "Shop", "conversations_settings": {"widget_color": "#fff"}});
    let (row, _) = did(Method::PATCH, project, changed, "project.updated").await;
    let fields = json!([
        {"field": "name", "before": "Demo", "after": "Shop"},
        {"field": "conversations_settings.widget_color", "before": null, "after": "#fff"},
    ]);
    assert_eq!((&row["changes"], &row["target"]), (&fields, &json!({"type": "project", "id": 1, "name": "Shop"})));
    let policies = json!({"policies": [{"name": "All", "targets": {"first_response": {"amount": 1}}}]});
    did(Method::PUT, "/projects/1/conversations/sla_policies/", policies, "sla_policies.updated").await;
    for (what, action) in [
        ("rotate_secret_token", "secret_api_token.rotated"),
        ("delete_secret_token_backup", "secret_api_token_backup.deleted"),
        ("rotate_widget_token", "widget_public_token.rotated"),
    ] {
        did(Method::POST, &format!("{project}{what}/"), Value::Null, action).await;
    }
    let member = json!({"email": "bob@example.com", "first_name": "Bob"});
    let (row, bob) = did(Method::POST, "/projects/1/members/", member, "member.added").await;
    assert_eq!(row["target"], json!({"type": "member", "id": bob["id"], "name": "Bob"}));
    let path = format!("/projects/1/members/{}/", bob["id"]);
    let (row, _) = did(Method::PATCH, &path, json!({"access": "admin"}), "member.updated").await;
    assert_eq!(row["changes"], json!([{"field": "access", "before": "agent", "after": "admin"}]));
    let key = json!({"label": "Bob's", "scopes": ["ticket:read"], "user": bob["id"]});
    let (_, key) = did(Method::POST, "/personal_api_keys/", key, "personal_api_key.created").await;
    let key = format!("/personal_api_keys/{}/", key["id"].as_str().unwrap());
    did(Method::DELETE, &key, Value::Null, "personal_api_key.deleted").await;
    did(Method::DELETE, &path, Value::Null, "member.removed").await;
    let (_, role) = did(Method::POST, "/projects/1/roles/", json!({"name": "Support"}), "role.created").await;
    let path = format!("/projects/1/roles/{}/", role["id"].as_str().unwrap());
    did(Method::PATCH, &path, json!({"members": [1]}), "role.updated").await;
    did(Method::DELETE, &format!("{path}?hand_to=user:1"), Value::Null, "role.deleted").await;
    let conversations = "/projects/1/conversations";
    let action = json!({"action": "update_ticket", "inputs": {"status": "open"}});
    let workflow = json!({"name": "w", "trigger": {"event": "$conversation_message_received"}, "steps": [action]});
    for (shelf, object, new) in [
        ("workflows", "workflow", workflow),
        ("quick_actions", "quick_action", json!({"name": "a", "content": "c"})),
        ("views", "view", json!({"name": "v", "filters": {}, "visibility": "shared"})),
    ] {
        let path = format!("{conversations}/{shelf}/");
        let (_, made) = did(Method::POST, &path, new, &format!("{object}.created")).await;
        let id = made["short_id"].as_str().or(made["id"].as_str()).unwrap();
        let path = format!("{path}{id}/");
        let (row, _) = did(Method::PATCH, &path, json!({"name": "other"}), &format!("{object}.updated")).await;
        assert_eq!((&row["changes"][0]["field"], &row["target"]["id"]), (&json!("name"), &json!(id)));
        did(Method::DELETE, &path, Value::Null, &format!("{object}.deleted")).await;
    }
    // The newest row comes first, and no row has a secret.
    let all = desk.admin(Method::GET, "/projects/1/audit/?limit=200", Value::Null).await.expect(200);
    let ids: Vec<_> = all.json["results"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    let told: Vec<_> = ids.into_iter().filter(|id| seen.contains(id)).collect();
    assert!(told.iter().eq(seen.iter().rev()), "in their order");
    assert!(!all.text.contains("phs_") && !all.text.contains("phx_") && !all.text.contains("wgt_"));
}

#[tokio::test]
async fn the_secret_is_shown_by_a_call_and_that_is_told() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let shown = async || desk.actions("?action=secret_api_token.revealed").await.len();
    let reveal = async || desk.admin(Method::POST, "/projects/1/secret_api_token/reveal/", Value::Null).await.expect(200);
    assert_eq!(reveal().await.json, json!({"secret_api_token": "phs_local"}));
    reveal().await;
    assert_eq!(shown().await, 2, "each time");
    for _ in 0..3 {
        desk.admin(Method::GET, "/projects/1/", Value::Null).await.expect(200);
        desk.admin(Method::GET, "/projects/", Value::Null).await.expect(200);
    }
    assert_eq!(shown().await, 3, "once a key and day");
    time.pass(24 * 3600);
    desk.admin(Method::GET, "/projects/1/", Value::Null).await.expect(200);
    assert_eq!(shown().await, 4);
    let reader = desk.key(json!({"label": "r", "scopes": ["project:read"]})).await;
    desk.by(&reader, Method::GET, "/projects/1/", Value::Null).await.expect(200);
    desk.by(&reader, Method::POST, "/projects/1/secret_api_token/reveal/", Value::Null).await.expect(403);
    desk.by(&reader, Method::GET, "/projects/1/audit/", Value::Null).await.expect(403);
    assert_eq!(shown().await, 4);
    desk.by("phx_other", Method::GET, "/projects/1/audit/", Value::Null).await.expect(404);
    let agent = desk.colleague("ann").await;
    desk.by(&agent, Method::GET, "/projects/1/audit/", Value::Null).await.expect(403);
}

#[tokio::test]
async fn the_record_is_paged_and_filtered() {
    let desk = desk().await;
    for at in 0..12 {
        desk.agent().roles().create(json!({"name": format!("r{at}")})).await;
        desk.settings(json!({"widget_color": format!("#{at:03}")})).await;
    }
    for query in ["", "action=role.created&", "actor=user:1&", "actor=user:1&action=role.created&"] {
        let whole = desk.audited(&format!("?{query}limit=200")).await;
        let mut walked = Vec::new();
        let mut next = Some(format!("/api/projects/1/audit/?{query}limit=5"));
        while let Some(link) = next {
            let page = desk.http.call(Method::GET, &link, &[("authorization", "Bearer phx_local")], Value::Null).await;
            let page = page.expect(200).json;
            walked.extend(page["results"].as_array().unwrap().clone());
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(walked, whole, "{query}");
        assert_eq!(desk.audited(&format!("?{query}limit=3&offset=2")).await, whole[2..5], "{query}");
    }
    assert_eq!(desk.actions("?action=role.created&limit=200").await.len(), 12);
    assert_eq!(desk.actions("?actor=system").await, ["project.created"]);
    assert_eq!(desk.actions("?actor=user:99").await.len(), 0);
    for (query, attr) in [("actor=x", "actor"), ("action=x", "action"), ("cursor=x", "cursor"), ("limit=0", "limit")] {
        let refused = desk.admin(Method::GET, &format!("/projects/1/audit/?{query}"), Value::Null).await.expect(400);
        assert_eq!(refused.json["attr"], attr);
    }
}

#[tokio::test]
async fn what_changes_nothing_or_is_refused_is_not_told() {
    let desk = desk().await;
    desk.agent().configure(json!({"name": "Demo"})).await;
    desk.agent().members().patch(1, json!({"access": "admin"})).await;
    desk.agent().members().delete(1).refused(409).await;
    desk.agent().members().create(json!({"email": "x"})).refused(400).await;
    let personal = json!({"name": "a", "content": "c", "visibility": "personal"});
    desk.agent().quick_actions().create(personal).await;
    desk.agent().views().create(json!({"name": "v", "filters": {}, "visibility": "private"})).await;
    let actions: BTreeSet<_> = desk.actions("").await.into_iter().collect();
    assert!(
        actions.iter().all(|action| ["project.created", "secret_api_token.revealed"].contains(&action.as_str())),
        "{actions:?}"
    );
}
