//! Quick actions: saved replies with changes of a ticket.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Desk, Reply, desk};

const ACTIONS: &str = "/projects/1/conversations/quick_actions/";

impl Desk {
    /// Calls the quick actions of project 1 as the seeded agent.
    async fn quick_actions(&self, method: Method, path: &str, body: Value) -> Reply {
        self.admin(method, &format!("{ACTIONS}{path}"), body).await
    }

    async fn save_quick_action(&self, body: Value) -> Value {
        self.quick_actions(Method::POST, "", body).await.expect(201).json
    }

    /// The names of the quick actions that this key lists.
    async fn quick_action_names(&self, key: &str) -> Vec<String> {
        let listed = self.by(key, Method::GET, ACTIONS, Value::Null).await.expect(200).json;
        listed["results"].as_array().unwrap().iter().map(|action| action["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn path(action: &Value) -> String {
    format!("{}/", action["short_id"].as_str().unwrap())
}

fn assigned() -> Value {
    json!({"id": 1, "type": "user", "user": {"email": "agent@example.com", "first_name": "Agent"}, "role": null})
}

#[tokio::test]
async fn what_was_saved_is_shown_changed_and_gone() {
    let desk = desk().await;
    let content = "  Hello {{customer_name}},\n\nthank you!  ";
    let saved = desk
        .save_quick_action(json!({
            "name": " Thanks ", "description": "At the end", "content": content, "rich_content": {"type": "doc"},
            "actions": {
                "status": "resolved", "priority": "low", "tags": [" Done ", "done"], "assignee": {"type": "user", "id": 1},
                "snooze": true,
            },
            "short_id": "x", "created_by": 7,
        }))
        .await;
    assert_eq!((&saved["name"], &saved["content"]), (&json!("Thanks"), &json!(content)), "variables and spaces stay");
    assert_eq!((&saved["description"], &saved["rich_content"]), (&json!("At the end"), &json!({"type": "doc"})));
    let actions = json!({"status": "resolved", "priority": "low", "tags": ["done"], "assignee": assigned()});
    assert_eq!((&saved["actions"], &saved["visibility"]), (&actions, &json!("team")));
    assert_eq!(saved["created_by"], json!({"id": 1, "email": "agent@example.com", "first_name": "Agent"}));
    let path = path(&saved);
    let show = async || desk.quick_actions(Method::GET, &path, Value::Null).await.expect(200).json;
    assert_eq!(show().await, saved);
    let mut expected = saved.clone();
    for (key, value) in [
        ("name", json!("Bye")),
        ("description", json!("")),
        ("content", json!("Bye!")),
        ("rich_content", Value::Null),
        ("visibility", json!("personal")),
        ("visibility", json!("team")),
    ] {
        expected[key] = value.clone();
        assert_eq!(desk.quick_actions(Method::PATCH, &path, json!({key: value})).await.expect(200).json, expected);
        assert_eq!(show().await, expected, "nothing but {key}");
    }
    let replaced = desk.quick_actions(Method::PUT, &path, saved.clone()).await.expect(200).json;
    assert_eq!(replaced, saved, "what is shown can be saved as it is");
    desk.quick_actions(Method::DELETE, &path, Value::Null).await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        desk.quick_actions(method, &path, Value::Null).await.expect(404);
    }
    for method in [Method::PATCH, Method::PUT] {
        desk.quick_actions(method, &path, json!({})).await.expect(404);
    }
    assert_eq!(desk.quick_action_names("phx_local").await, [""; 0]);
}

#[tokio::test]
async fn actions_replace_each_other_and_an_assignee_stays_until_it_is_named() {
    let desk = desk().await;
    let actions = json!({"status": "open", "tags": ["a"], "assignee": {"type": "user", "id": 1}});
    let saved = desk.save_quick_action(json!({"name": "x", "actions": actions})).await;
    let patch = async |actions: Value| {
        desk.quick_actions(Method::PATCH, &path(&saved), json!({"actions": actions})).await.expect(200).json["actions"].clone()
    };
    assert_eq!(patch(json!({"priority": "high"})).await, json!({"priority": "high", "assignee": assigned()}));
    assert_eq!(patch(json!({"priority": null, "status": "open"})).await, json!({"status": "open", "assignee": assigned()}));
    assert_eq!(patch(json!({"status": "open", "assignee": null})).await, json!({"status": "open"}));
    let role = desk.admin(Method::POST, "/projects/1/roles/", json!({"name": "Tier 2"})).await.expect(201).json["id"].clone();
    let to_role = patch(json!({"assignee": {"type": "role", "id": role}})).await;
    assert_eq!((&to_role["assignee"]["id"], &to_role["assignee"]["role"]), (&role, &json!({"name": "Tier 2"})));
}

#[tokio::test]
async fn personal_ones_are_there_for_their_creator_only() {
    let desk = desk().await;
    let bob = desk.colleague("bob").await;
    let personal = desk.save_quick_action(json!({"name": "P", "content": "x", "visibility": "personal"})).await;
    let team = desk.save_quick_action(json!({"name": "T", "content": "x"})).await;
    assert_eq!(desk.quick_action_names("phx_local").await, ["T", "P"], "the newest first");
    assert_eq!(desk.quick_action_names(&bob).await, ["T"]);
    let as_bob = async |method, action: &Value, body| desk.by(&bob, method, &format!("{ACTIONS}{}", path(action)), body).await;
    as_bob(Method::GET, &personal, Value::Null).await.expect(404);
    as_bob(Method::PATCH, &personal, json!({"name": "x"})).await.expect(404);
    as_bob(Method::PUT, &personal, json!({"name": "x"})).await.expect(404);
    as_bob(Method::DELETE, &personal, Value::Null).await.expect(404);

    let refused = as_bob(Method::PATCH, &team, json!({"name": "Mine", "visibility": "personal"})).await.expect(400).json;
    assert_eq!(refused["attr"], "visibility");
    let renamed = as_bob(Method::PATCH, &team, json!({"name": "Ours", "visibility": "team"})).await.expect(200).json;
    assert_eq!((&renamed["name"], &renamed["created_by"]["id"]), (&json!("Ours"), &json!(1)));
    desk.quick_actions(Method::PATCH, &path(&team), json!({"visibility": "personal"})).await.expect(200);
    as_bob(Method::GET, &team, Value::Null).await.expect(404);
    desk.quick_actions(Method::PATCH, &path(&personal), json!({"visibility": "team"})).await.expect(200);
    as_bob(Method::DELETE, &personal, Value::Null).await.expect(204);
    desk.by("phx_other", Method::GET, ACTIONS, Value::Null).await.expect(404);
    let theirs = format!("/projects/2/conversations/quick_actions/{}", path(&team));
    desk.by("phx_other", Method::GET, &theirs, Value::Null).await.expect(404);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let desk = desk().await;
    let saved = desk.save_quick_action(json!({"name": "ok", "content": "x"})).await;
    let tags: Vec<_> = (0..60).map(|n| format!("{n}{}", "x".repeat(190))).collect();
    for (change, attr) in [
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"description": "x".repeat(401)}), "description"),
        (json!({"content": "x".repeat(50_001)}), "content"),
        (json!({"content": null}), "content"),
        (json!({"rich_content": "x"}), "rich_content"),
        (json!({"rich_content": {"t": "x".repeat(100_000)}}), "rich_content"),
        (json!({"content": "\u{1F600}".repeat(50_000), "rich_content": {"t": "\u{1F600}".repeat(90_000)}}), "content"),
        (json!({"visibility": "shared"}), "visibility"),
        (json!({"actions": []}), "actions"),
        (json!({"actions": {"status": "closed"}}), "actions.status"),
        (json!({"actions": {"priority": "urgent"}}), "actions.priority"),
        (json!({"actions": {"tags": [" "]}}), "actions.tags"),
        (json!({"actions": {"tags": tags}}), "actions"),
        (json!({"actions": {"assignee": "me"}}), "actions.assignee"),
        (json!({"actions": {"assignee": {"type": "user", "id": 2}}}), "actions.assignee"),
        (json!({"actions": {"assignee": {"type": "role", "id": Uuid::now_v7()}}}), "actions.assignee"),
    ] {
        let mut whole = json!({"name": "x", "content": "x"});
        whole.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(desk.quick_actions(Method::POST, "", whole).await.expect(400).json["attr"], attr);
        assert_eq!(desk.quick_actions(Method::PATCH, &path(&saved), change).await.expect(400).json["attr"], attr);
    }
    assert_eq!(desk.quick_actions(Method::POST, "", json!({"content": "x"})).await.expect(400).json["attr"], "name");
    for nothing in
        [json!({}), json!({"content": " \n"}), json!({"actions": {}}), json!({"actions": {"tags": [], "color": "red"}})]
    {
        let mut whole = nothing.clone();
        whole["name"] = json!("x");
        assert_eq!(desk.quick_actions(Method::POST, "", whole).await.expect(400).json["attr"], Value::Null, "{nothing}");
    }
    desk.quick_actions(Method::PATCH, &path(&saved), json!({"content": ""})).await.expect(400);
    assert_eq!(desk.quick_actions(Method::GET, &path(&saved), Value::Null).await.json, saved);
    assert_eq!(desk.quick_action_names("phx_local").await, ["ok"]);
    let largest =
        json!({"name": "ü".repeat(200), "content": "\u{1F600}".repeat(50_000), "rich_content": {"t": "y".repeat(99_000)}});
    desk.save_quick_action(largest).await;
}

#[tokio::test]
async fn a_key_makes_one_and_all_of_them_have_a_bound() {
    let desk = desk().await;
    let save = async |key: &str, content: &str| {
        let headers = [("authorization", "Bearer phx_local"), ("idempotency-key", key)];
        desk.http.call(Method::POST, &format!("/api{ACTIONS}"), &headers, json!({"name": "x", "content": content})).await
    };
    let first = save("k", "a").await.expect(201);
    let again = save("k", "a").await.expect(201);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
    save("k", "b").await.expect(422);
    // 200 KB each: twenty fill the limit of all quick actions together.
    let large = "\u{1F600}".repeat(50_000);
    let mut saved = 0;
    while save(&format!("large {saved}"), &large).await.status == 201 {
        saved += 1;
    }
    assert_eq!(saved, 19);
    let refused = desk.quick_actions(Method::PATCH, &path(&first.json), json!({"content": large})).await.expect(400).json;
    assert!(refused["detail"].as_str().unwrap().contains("together"), "{refused}");
    let all = desk.quick_actions(Method::GET, "", Value::Null).await.expect(200);
    assert!(all.json["count"] == 20 && all.text.len() < 6_000_000, "an answer of Lambda's");
}
