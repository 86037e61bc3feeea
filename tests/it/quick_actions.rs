//! Quick actions: saved replies with changes of a ticket.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Desk, desk};

const ACTIONS: &str = "/projects/1/conversations/quick_actions/";

impl Desk {
    async fn save_quick_action(&self, body: Value) -> Value {
        self.agent().quick_actions().create(body).await
    }

    /// The names of the quick actions that this key lists.
    async fn quick_action_names(&self, key: &str) -> Vec<String> {
        let listed = self.agent_with(key).quick_actions().list("").await;
        listed["results"].as_array().unwrap().iter().map(|action| action["name"].as_str().unwrap().to_owned()).collect()
    }
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
    let show = async || desk.agent().quick_actions().get(&saved).await;
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
        assert_eq!(desk.agent().quick_actions().patch(&saved, json!({key: value})).await, expected);
        assert_eq!(show().await, expected, "nothing but {key}");
    }
    let replaced = desk.agent().quick_actions().put(&saved, saved.clone()).await;
    assert_eq!(replaced, saved, "what is shown can be saved as it is");
    desk.agent().quick_actions().delete(&saved).await;
    let actions = desk.agent().quick_actions();
    for call in [actions.get(&saved), actions.delete(&saved), actions.patch(&saved, json!({})), actions.put(&saved, json!({}))] {
        call.refused(404).await;
    }
    assert_eq!(desk.quick_action_names("phx_local").await, [""; 0]);
}

#[tokio::test]
async fn actions_replace_each_other_and_an_assignee_stays_until_it_is_named() {
    let desk = desk().await;
    let actions = json!({"status": "open", "tags": ["a"], "assignee": {"type": "user", "id": 1}});
    let saved = desk.save_quick_action(json!({"name": "x", "actions": actions})).await;
    let patch =
        async |actions: Value| desk.agent().quick_actions().patch(&saved, json!({"actions": actions})).await["actions"].clone();
    assert_eq!(patch(json!({"priority": "high"})).await, json!({"priority": "high", "assignee": assigned()}));
    assert_eq!(patch(json!({"priority": null, "status": "open"})).await, json!({"status": "open", "assignee": assigned()}));
    assert_eq!(patch(json!({"status": "open", "assignee": null})).await, json!({"status": "open"}));
    let role = desk.agent().roles().create(json!({"name": "Tier 2"})).await["id"].clone();
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
    let bobs = desk.agent_with(&bob).quick_actions();
    bobs.get(&personal).refused(404).await;
    bobs.patch(&personal, json!({"name": "x"})).refused(404).await;
    bobs.put(&personal, json!({"name": "x"})).refused(404).await;
    bobs.delete(&personal).refused(404).await;

    let refused = bobs.patch(&team, json!({"name": "Mine", "visibility": "personal"})).refused(400).await;
    assert_eq!(refused["attr"], "visibility");
    let renamed = bobs.patch(&team, json!({"name": "Ours", "visibility": "team"})).await;
    assert_eq!((&renamed["name"], &renamed["created_by"]["id"]), (&json!("Ours"), &json!(1)));
    desk.agent().quick_actions().patch(&team, json!({"visibility": "personal"})).await;
    bobs.get(&team).refused(404).await;
    desk.agent().quick_actions().patch(&personal, json!({"visibility": "team"})).await;
    bobs.delete(&personal).await;
    desk.agent_with("phx_other").quick_actions().list("").refused(404).await;
    let theirs = format!("/projects/2/conversations/quick_actions/{}/", team["short_id"].as_str().unwrap());
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
        assert_eq!(desk.agent().quick_actions().create(whole).refused(400).await["attr"], attr);
        assert_eq!(desk.agent().quick_actions().patch(&saved, change).refused(400).await["attr"], attr);
    }
    assert_eq!(desk.agent().quick_actions().create(json!({"content": "x"})).refused(400).await["attr"], "name");
    for nothing in
        [json!({}), json!({"content": " \n"}), json!({"actions": {}}), json!({"actions": {"tags": [], "color": "red"}})]
    {
        let mut whole = nothing.clone();
        whole["name"] = json!("x");
        assert_eq!(desk.agent().quick_actions().create(whole).refused(400).await["attr"], Value::Null, "{nothing}");
    }
    desk.agent().quick_actions().patch(&saved, json!({"content": ""})).refused(400).await;
    assert_eq!(desk.agent().quick_actions().get(&saved).await, saved);
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
    let refused = desk.agent().quick_actions().patch(&first.json, json!({"content": large})).refused(400).await;
    assert!(refused["detail"].as_str().unwrap().contains("together"), "{refused}");
    let all = desk.agent().quick_actions().list("").expect(200).await;
    assert!(all.json["count"] == 20 && all.text.len() < 6_000_000, "an answer of Lambda's");
}
