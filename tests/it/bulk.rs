//! One request that changes many tickets (docs/decisions.md, 53).

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Desk, Reply, desk};

const AGENT: (&str, &str) = ("authorization", "Bearer phx_local");

impl Desk {
    async fn bulk(&self, what: &str, body: Value) -> Reply {
        self.http.agent(Method::POST, &format!("/tickets/bulk_update_{what}/"), body).await
    }

    /// Makes `count` tickets, and returns their ids.
    async fn make(&self, count: usize) -> Vec<Value> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.tickets().create(json!({"tags": ["old"]})).await["id"].clone());
        }
        ids
    }

    async fn shown(&self, id: &Value) -> Value {
        self.tickets().get(id.as_str().unwrap()).await
    }

    /// A ticket in another project.
    async fn foreign(&self) -> Value {
        let made = self.by("phx_other", Method::POST, "/projects/2/conversations/tickets/", json!({})).await;
        made.expect(201).json["id"].clone()
    }
}

#[tokio::test]
async fn a_status_for_many_is_a_change_of_each() {
    let desk = desk().await;
    let ids = desk.make(4).await;
    desk.tickets().patch(2, json!({"status": "resolved"})).await;
    let (foreign, unknown) = (desk.foreign().await, json!(Uuid::now_v7()));
    let asked = json!([ids[0], unknown, ids[1], foreign, ids[0], ids[2]]);
    let answer = desk.bulk("status", json!({"ids": asked, "status": "resolved"})).await.expect(200).json;
    let skipped = json!([
        {"id": unknown, "reason": "not_found"},
        {"id": ids[1], "reason": "unchanged"},
        {"id": foreign, "reason": "not_found"},
    ]);
    assert_eq!(answer, json!({"updated": 2, "ids": [ids[0], ids[2]], "skipped": skipped}));
    for (id, status) in ids.iter().zip(["resolved", "resolved", "resolved", "new"]) {
        assert_eq!(desk.shown(id).await["status"], status);
    }
    for id in [&ids[0], &ids[2]] {
        let log = desk.tickets().activity(id.as_str().unwrap()).await;
        assert_eq!(log["results"][0]["changes"], json!([{"field": "status", "before": "new", "after": "resolved"}]));
        assert_eq!((&log["count"], &log["results"][0]["actor"]), (&json!(1), &json!({"type": "user", "id": 1})));
    }
    desk.http.drain().await;
    let told = desk.http.call(Method::GET, "/_local/events?project_id=1", &[], Value::Null).await.expect(200).json;
    let changed = told["results"].as_array().unwrap().iter();
    let changed = changed.filter(|event| event["detail-type"] == "$conversation_ticket_status_changed");
    let mut changed: Vec<_> = changed.map(|event| event["detail"]["properties"]["ticket_number"].as_u64().unwrap()).collect();
    changed.sort_unstable();
    assert_eq!(changed, [1, 2, 3], "one for each that changed");
    let theirs = desk.by("phx_other", Method::GET, "/projects/2/conversations/tickets/1/", Value::Null).await.expect(200).json;
    assert_eq!(theirs["status"], "new");
}

#[tokio::test]
async fn tags_are_added_removed_and_set() {
    let desk = desk().await;
    let ids = desk.make(2).await;
    let tags = async |action: &str, tags: Value| {
        desk.bulk("tags", json!({"ids": ids, "action": action, "tags": tags})).await.expect(200).json
    };
    let each = |tags: Value| json!([{"id": ids[0], "tags": tags}, {"id": ids[1], "tags": tags}]);
    let all = |reason: &str| json!([{"id": ids[0], "reason": reason}, {"id": ids[1], "reason": reason}]);
    assert_eq!(tags("add", json!([" VIP ", "old"])).await, json!({"updated": each(json!(["old", "vip"])), "skipped": []}));
    assert_eq!(tags("add", json!(["vip"])).await, json!({"updated": [], "skipped": all("unchanged")}));
    assert_eq!(tags("remove", json!(["old", "x"])).await["updated"], each(json!(["vip"])));
    assert_eq!(tags("set", json!(["a", "b"])).await["updated"], each(json!(["a", "b"])));
    assert_eq!(tags("set", json!([])).await["updated"], each(json!([])));
    assert_eq!(tags("remove", json!(["a"])).await["skipped"], all("unchanged"));

    let full: Vec<_> = (0..100).map(|n| format!("tag {n}")).collect();
    desk.tickets().patch(2, json!({"tags": full})).await;
    let answer = tags("add", json!(["one more"])).await;
    let skipped = json!([{"id": ids[1], "reason": "too_many_tags"}]);
    assert_eq!(answer, json!({"updated": [{"id": ids[0], "tags": ["one more"]}], "skipped": skipped}));
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    let desk = desk().await;
    let ids = desk.make(1).await;
    let many: Vec<_> = (0..501).map(|_| Uuid::now_v7()).collect();
    for (what, body, attr) in [
        ("status", json!({"status": "open"}), "ids"),
        ("status", json!({"ids": [], "status": "open"}), "ids"),
        ("status", json!({"ids": many, "status": "open"}), "ids"),
        ("status", json!({"ids": ids[0], "status": "open"}), "ids"),
        ("status", json!({"ids": [ids[0], "x"], "status": "open"}), "ids[1]"),
        ("status", json!({"ids": [ids[0], 1], "status": "open"}), "ids[1]"),
        ("status", json!({"ids": ids}), "status"),
        ("status", json!({"ids": ids, "status": "closed"}), "status"),
        ("status", json!({"ids": ids, "status": null}), "status"),
        ("tags", json!({"ids": [], "action": "add", "tags": ["a"]}), "ids"),
        ("tags", json!({"ids": many, "action": "add", "tags": ["a"]}), "ids"),
        ("tags", json!({"ids": ids, "tags": ["a"]}), "action"),
        ("tags", json!({"ids": ids, "action": "append", "tags": ["a"]}), "action"),
        ("tags", json!({"ids": ids, "action": "add"}), "tags"),
        ("tags", json!({"ids": ids, "action": "add", "tags": "a"}), "tags"),
        ("tags", json!({"ids": ids, "action": "add", "tags": [5]}), "tags[0]"),
        ("tags", json!({"ids": ids, "action": "add", "tags": [" "]}), "tags"),
        ("tags", json!({"ids": ids, "action": "set", "tags": ["x".repeat(201)]}), "tags"),
        ("tags", json!({"ids": ids, "action": "set", "tags": (0..101).map(|n| n.to_string()).collect::<Vec<_>>()}), "tags"),
    ] {
        let refused = desk.bulk(what, body.clone()).await.expect(400).json;
        assert_eq!((&refused["type"], &refused["attr"]), (&json!("validation_error"), &json!(attr)), "{body}");
    }
    let after = desk.shown(&ids[0]).await;
    assert_eq!((&after["status"], &after["tags"]), (&json!("new"), &json!(["old"])));
    let none = desk.bulk("status", json!({"ids": many[..500], "status": "open"})).await.expect(200).json;
    assert_eq!((&none["updated"], none["skipped"].as_array().unwrap().len()), (&json!(0), 500), "500 are not too many");
    let reader = desk.key(json!({"label": "r", "scopes": ["ticket:read"]})).await;
    let path = "/projects/1/conversations/tickets/bulk_update_status/";
    desk.by(&reader, Method::POST, path, json!({"ids": ids, "status": "open"})).await.expect(403);
    desk.by("phx_other", Method::POST, path, json!({"ids": ids, "status": "open"})).await.expect(404);
}

#[tokio::test]
async fn a_key_has_one_answer() {
    let desk = desk().await;
    let ids = desk.make(3).await;
    let call = async |key: &str, status: &str| {
        let path = "/api/projects/1/conversations/tickets/bulk_update_status/";
        desk.http.call(Method::POST, path, &[AGENT, ("idempotency-key", key)], json!({"ids": ids, "status": status})).await
    };
    let first = call("k", "open").await.expect(200);
    assert_eq!(first.json["updated"], 3);
    desk.tickets().patch(1, json!({"status": "pending"})).await;
    let again = call("k", "open").await.expect(200);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
    assert_eq!(desk.shown(&ids[0]).await["status"], "pending", "what was done since stays");
    call("k", "resolved").await.expect(422);
    assert_eq!(call("other", "open").await.expect(200).json["ids"], json!([ids[0]]), "another key is another request");
}

#[tokio::test]
async fn bulks_at_once_lose_nothing() {
    let desk = desk().await;
    let ids = desk.make(20).await;
    let add = |tag: &'static str| desk.bulk("tags", json!({"ids": ids, "action": "add", "tags": [tag]}));
    let answers = join_all(["a", "b", "c", "d"].map(add)).await;
    assert!(answers.iter().all(|answer| answer.json["updated"].as_array().unwrap().len() == 20), "{answers:?}");
    for id in &ids {
        let mut tags: Vec<_> = desk.shown(id).await["tags"].as_array().unwrap().clone();
        tags.sort_by_key(ToString::to_string);
        assert_eq!(json!(tags), json!(["a", "b", "c", "d", "old"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_ticket_of_the_largest_change_is_told_of() {
    let desk = desk().await;
    let ids = desk.make(500).await;
    desk.bulk("tags", json!({"ids": ids, "action": "add", "tags": ["vip"]})).await.expect(200);
    desk.http.drain().await;
    let events = desk.http.events(1).await;
    let details = events.iter().map(|event| &event["detail"]);
    let changes = details.filter(|event| event["event"] == "$conversation_ticket_tags_changed");
    let told: BTreeSet<_> = changes.map(|event| event["properties"]["ticket_id"].to_string()).collect();
    assert_eq!(told, ids.iter().map(ToString::to_string).collect());
}
