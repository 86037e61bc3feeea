//! Changes that hold only while something is as the caller was shown it (docs/decisions.md, 57).

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk};

async fn call(desk: &Desk, method: Method, path: &str, header: (&str, &str), body: Value) -> Reply {
    let path = format!("/api/projects/1/conversations{path}");
    desk.http.call(method, &path, &[("authorization", AGENT), header], body).await
}

fn tag(reply: &Reply) -> String {
    reply.header("etag").expect("an ETag").to_owned()
}

#[tokio::test]
async fn a_ticket_is_changed_only_as_it_was_shown() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let path = format!("/tickets/{id}/");
    let shown = tag(&desk.http.get(&path).await.expect(200));
    // Reading does not move the tag.
    assert_eq!(tag(&desk.http.get(&path).await), shown);
    let set = async |tag: &str, body: Value| call(&desk, Method::PATCH, &path, ("if-match", tag), body).await;
    let opened = set(&shown, json!({"status": "open"})).await.expect(200);
    assert_ne!(tag(&opened), shown);
    assert_eq!(tag(&desk.http.get(&path).await), tag(&opened));

    let refused = set(&shown, json!({"status": "pending"})).await.expect(412);
    assert_eq!((&refused.json["code"], tag(&refused)), (&json!("changed_meanwhile"), tag(&opened)));
    assert_eq!((&refused.json["changed_by"]["type"], &refused.json["changed_by"]["id"]), (&json!("user"), &json!("1")));
    assert_eq!(desk.http.get(&path).await.json["status"], "open");
    // What is asked for is so already.
    set(&shown, json!({"status": "open"})).await.expect(200);
    set("*", json!({"priority": "low"})).await.expect(200);
    let two = format!("{shown}, {}", tag(&desk.http.get(&path).await));
    set(&two, json!({"priority": "high"})).await.expect(200);
    for bad in [format!("W/{shown}"), "x".to_owned()] {
        set(&bad, json!({"status": "pending"})).await.expect(400);
    }
    call(&desk, Method::PUT, &path, ("if-match", &shown), json!({"status": "pending"})).await.expect(412);
    let reply = format!("{path}reply/");
    let current = tag(&desk.http.get(&path).await);
    call(&desk, Method::POST, &reply, ("if-match", &shown), json!({"message": "Hi"})).await.expect(412);
    call(&desk, Method::POST, &reply, ("if-match", &current), json!({"message": "Hi"})).await.expect(201);
    // A repetition meets what the first request has left.
    call(&desk, Method::POST, &reply, ("if-match", &current), json!({"message": "Hi"})).await.expect(200);

    call(&desk, Method::DELETE, &path, ("if-match", &current), Value::Null).await.expect(412);
    let current = tag(&desk.http.get(&path).await);
    call(&desk, Method::DELETE, &path, ("if-match", &current), Value::Null).await.expect(204);
    call(&desk, Method::DELETE, &path, ("if-match", &current), Value::Null).await.expect(404);
}

#[tokio::test]
async fn policies_are_replaced_only_as_they_were_shown() {
    let desk = desk().await;
    let policies = |name: &str| json!({"policies": [{"name": name, "targets": {"first_response": {"amount": 4}}}]});
    let path = "/sla_policies/";
    let shown = tag(&desk.http.get(path).await.expect(200));
    let set = async |tag: &str, name: &str| call(&desk, Method::PUT, path, ("if-match", tag), policies(name)).await;
    let first = tag(&set(&shown, "First").await.expect(200));
    assert_eq!(tag(&desk.http.get(path).await), first);
    assert_eq!(tag(&set(&shown, "Second").await.expect(412)), first);
    // What is so already may be asked for again, as by a retry.
    assert_eq!(tag(&set(&shown, "First").await.expect(200)), first);
    assert_ne!(tag(&set(&first, "Second").await.expect(200)), first);
    set(&format!("W/{first}"), "Third").await.expect(400);
    assert_eq!(desk.http.get(path).await.json["policies"][0]["name"], "Second");
}

#[tokio::test]
async fn a_field_that_someone_else_set_is_named() {
    let desk = desk().await;
    let colleague = desk.colleague("Ben").await;
    let id = desk.tickets().create(json!({"status": "open", "tags": ["a", "b"]})).id().await;
    let path = format!("/tickets/{id}/");
    let set = async |body: Value| desk.http.agent(Method::PATCH, &path, body).await;
    let by_ben = json!({"status": "resolved"});
    desk.by(&colleague, Method::PATCH, &format!("/projects/1/conversations{path}"), by_ben).await.expect(200);
    // Another field's change is in nobody's way.
    set(json!({"priority": "low"})).await.expect(200);
    let undone = set(json!({"status": "new", "priority": null, "expect": {"status": "open"}})).await.expect(412);
    assert_eq!((&undone.json["code"], &undone.json["field"]), (&json!("changed_meanwhile"), &json!("status")));
    assert_eq!((&undone.json["value"], &undone.json["changed_by"]["name"]), (&json!("resolved"), &json!("Ben")));
    assert!(undone.json["changed_at"].is_string());
    let ticket = desk.http.get(&path).await.json;
    assert_eq!((&ticket["status"], &ticket["priority"]), (&json!("resolved"), &json!("low")), "nothing was changed");
    let all = json!({
        "status": "resolved", "priority": "low", "assignee": null, "tags": ["b", "a"], "snoozed_until": null, "sla_due_at": null,
    });
    set(json!({"priority": "high", "expect": all})).await.expect(200);
    for (expect, field) in [
        (json!({"priority": null}), "priority"),
        (json!({"assignee": {"type": "user", "id": 1}}), "assignee"),
        (json!({"tags": ["a"]}), "tags"),
        (json!({"snoozed_until": "2030-01-01T00:00:00Z"}), "snoozed_until"),
        (json!({"sla_due_at": "2030-01-01T00:00:00Z"}), "sla_due_at"),
    ] {
        let refused = set(json!({"status": "open", "expect": expect})).await.expect(412);
        assert_eq!(refused.json["field"], field);
    }
    for (expect, attr) in [
        (json!({"titel": "x"}), "expect.titel"),
        (json!({"status": null}), "expect.status"),
        (json!({"assignee": 7}), "expect.assignee"),
    ] {
        assert_eq!(set(json!({"expect": expect})).await.expect(400).json["attr"], attr);
    }
    assert_eq!(desk.http.get(&path).await.json["status"], "resolved");
}

/// Of many who undo the same state at once, one does.
#[tokio::test]
async fn an_expectation_holds_at_the_moment_of_the_write() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"status": "open"})).id().await;
    let path = format!("/tickets/{id}/");
    let tries = (0..8).map(|n| {
        let change = json!({"status": "pending", "tags": [format!("t{n}")], "expect": {"status": "open"}});
        desk.http.agent(Method::PATCH, &path, change)
    });
    let replies = join_all(tries).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(replies.iter().all(|reply| [200, 412].contains(&reply.status)));
}

#[tokio::test]
async fn a_key_makes_changes_and_deletions_once() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"status": "open"})).id().await;
    let path = format!("/tickets/{id}/");
    for method in [Method::PATCH, Method::PUT] {
        let set = async |key: &str, status: &str| {
            call(&desk, method.clone(), &path, ("idempotency-key", key), json!({"status": status})).await
        };
        let key = format!("{method} 1");
        let first = set(&key, "pending").await.expect(200);
        desk.http.agent(Method::PATCH, &path, json!({"status": "resolved"})).await.expect(200);
        let again = set(&key, "pending").await.expect(200);
        assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
        set(&key, "open").await.expect(422);
        // A request that found nothing to change changes nothing later either.
        let key = format!("{method} 2");
        set(&key, "resolved").await.expect(200);
        desk.http.agent(Method::PATCH, &path, json!({"status": "open"})).await.expect(200);
        set(&key, "resolved").await.expect(200);
        assert_eq!(desk.http.get(&path).await.json["status"], "open");
    }
    let delete = async |key: &str| call(&desk, Method::DELETE, &path, ("idempotency-key", key), Value::Null).await;
    delete("gone").await.expect(204);
    assert_eq!(delete("gone").await.expect(204).header("idempotent-replayed"), Some("true"));
    delete("other").await.expect(404);
}

/// Views, quick actions and workflows have a version; a change by someone else is not overwritten unseen.
#[tokio::test]
async fn what_is_saved_is_changed_only_as_it_was_shown() {
    let desk = desk().await;
    let trigger = json!({"event": "$conversation_ticket_created", "filters": []});
    for (kind, id, new) in [
        ("views", "short_id", json!({"name": "a", "filters": {}})),
        ("quick_actions", "short_id", json!({"name": "a", "content": "Hello"})),
        ("workflows", "id", json!({"name": "a", "trigger": trigger, "steps": []})),
    ] {
        let made = desk.http.agent(Method::POST, &format!("/{kind}/"), new).await.expect(201).json;
        let path = format!("/{kind}/{}/", made[id].as_str().unwrap());
        let shown = tag(&desk.http.get(&path).await);
        let rename =
            async |tag: &str, name: &str| call(&desk, Method::PATCH, &path, ("if-match", tag), json!({"name": name})).await;
        let renamed = rename(&shown, "b").await.expect(200);
        assert_eq!(tag(&desk.http.get(&path).await), tag(&renamed));
        assert_eq!(tag(&rename(&shown, "c").await.expect(412)), tag(&renamed), "{kind}");
        assert_eq!(desk.http.get(&path).await.json["name"], "b");
        let keyed = async |name: &str| call(&desk, Method::PATCH, &path, ("idempotency-key", kind), json!({"name": name})).await;
        let first = keyed("d").await.expect(200);
        desk.http.agent(Method::PATCH, &path, json!({"name": "e"})).await.expect(200);
        assert_eq!(keyed("d").await.expect(200).text, first.text);
        assert_eq!(desk.http.get(&path).await.json["name"], "e");
        call(&desk, Method::DELETE, &path, ("if-match", &shown), Value::Null).await.expect(412);
        let delete = async || call(&desk, Method::DELETE, &path, ("idempotency-key", "gone"), Value::Null).await;
        delete().await.expect(204);
        delete().await.expect(204);
        call(&desk, Method::DELETE, &path, ("idempotency-key", "other"), Value::Null).await.expect(404);
    }
}
