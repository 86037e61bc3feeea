//! Replies that mind what others wrote, and that change the ticket in the same write.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk, texts};

async fn reply(desk: &Desk, id: &str, body: Value) -> Reply {
    desk.tickets().reply(&id, body).reply().await
}

async fn thread(desk: &Desk, id: &str) -> Value {
    desk.tickets().messages(&id).await["results"].clone()
}

#[tokio::test]
async fn nothing_is_sent_before_what_someone_else_wrote_was_seen() {
    let desk = desk().await;
    let colleague = desk.colleague("Ben").await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let seen = thread(&desk, &id).await[0].clone();
    visitor.send(Some(&id), "are you there?").await.expect(200);
    let body = json!({"message": "yes"});
    desk.agent_with(&colleague).tickets().reply(&id, body.clone()).await;
    for seen_until in [&seen["id"], &seen["created_at"]] {
        let asked = json!({"message": "Hi", "seen_until": seen_until, "changes": {"status": "pending"}});
        let refused = reply(&desk, &id, asked).await.expect(409);
        assert_eq!(refused.json["code"], "newer_message");
        assert_eq!(texts(&refused.json["newer"]), ["are you there?", "yes"]);
        assert_eq!(refused.json["newer"][1]["author_name"], "Ben");
        assert_eq!((&refused.json["ticket"]["id"], &refused.json["ticket"]["status"]), (&json!(id), &json!("new")));
        assert!(refused.header("etag").is_some());
    }
    assert_eq!(texts(&thread(&desk, &id).await).len(), 3, "nothing was stored");
    let last = thread(&desk, &id).await[2]["id"].clone();
    reply(&desk, &id, json!({"message": "Hi", "seen_until": last})).await.expect(201);
    // The sender's own message is no surprise, and a repetition is none either.
    reply(&desk, &id, json!({"message": "Hi again", "seen_until": last})).await.expect(201);
    visitor.send(Some(&id), "thanks").await.expect(200);
    reply(&desk, &id, json!({"message": "Hi again", "seen_until": last})).await.expect(200);
    reply(&desk, &id, json!({"message": "Bye", "seen_until": last})).await.expect(409);
    reply(&desk, &id, json!({"message": "Bye", "seen_until": last, "force": true})).await.expect(201);
    assert_eq!(texts(&thread(&desk, &id).await), ["hello", "are you there?", "yes", "Hi", "Hi again", "thanks", "Bye"]);
    for bad in [json!("x"), json!(7)] {
        assert_eq!(reply(&desk, &id, json!({"message": "m", "seen_until": bad})).await.expect(400).json["attr"], "seen_until");
    }
}

#[tokio::test]
async fn many_newer_messages_are_cut_to_the_last_ten() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let seen = thread(&desk, &id).await[0]["id"].clone();
    for n in 0..60 {
        reply(&desk, &id, json!({"message": format!("mine {n}")})).await.expect(201);
    }
    // Over a page of the sender's own messages lies between what was seen and what is new.
    for n in 0..12 {
        visitor.send(Some(&id), &format!("theirs {n}")).await.expect(200);
    }
    let refused = reply(&desk, &id, json!({"message": "Bye", "seen_until": seen})).await.expect(409);
    let newer: Vec<_> = (2..12).map(|n| format!("theirs {n}")).collect();
    assert_eq!(texts(&refused.json["newer"]), newer);
}

#[tokio::test]
async fn a_reply_and_its_changes_are_written_together_or_not_at_all() {
    let desk = desk().await;
    let id = desk.customer().open("hello").await;
    desk.http.drain().await;
    let before = desk.http.events(1).await.len();
    let changes = json!({
        "status": "pending", "priority": "high", "tags": ["Billing"], "tags_mode": "add", "assignee": {"type": "user", "id": 1},
    });
    let sent = reply(&desk, &id, json!({"message": "Hi", "changes": changes})).await.expect(201).json;
    let ticket = desk.tickets().get(&id).await;
    assert_eq!(
        (&ticket["status"], &ticket["priority"], &ticket["tags"]),
        (&json!("pending"), &json!("high"), &json!(["billing"]))
    );
    assert_eq!((&ticket["assignee"]["id"], &ticket["last_message_text"]), (&json!(1), &json!("Hi")));
    assert_eq!(ticket["updated_at"], sent["created_at"], "one change, one time");
    desk.http.drain().await;
    let events = desk.http.events(1).await;
    let told = events[before..].iter().map(|event| &event["detail"]);
    let told: Vec<_> = told.map(|event| (event["event"].as_str().unwrap(), &event["properties"])).collect();
    let names: Vec<_> = told.iter().map(|(name, _)| name.trim_start_matches("$conversation_")).collect();
    let all = ["message_sent", "ticket_status_changed", "ticket_priority_changed", "ticket_assigned", "ticket_tags_changed"];
    assert_eq!(names, all);
    assert!(told.iter().all(|(_, properties)| properties["status"] == "pending" && properties["priority"] == "high"), "{told:?}");
    assert_eq!((&told[1].1["old_status"], &told[1].1["new_status"]), (&json!("new"), &json!("pending")));

    let note = json!({"message": "tomorrow", "is_private": true, "changes": {"snoozed_until": "2099-01-01T00:00:00Z"}});
    reply(&desk, &id, note).await.expect(201);
    let snoozed = desk.tickets().get(&id).await;
    assert_eq!((&snoozed["status"], &snoozed["snoozed_until"]), (&json!("on_hold"), &json!("2099-01-01T00:00:00.000000Z")));
    assert_ne!(snoozed["updated_at"], ticket["updated_at"], "a change of the ticket moves it, also with a note");
    let plain = json!({"message": "just a note", "is_private": true, "changes": {"status": "on_hold"}});
    reply(&desk, &id, plain).await.expect(201);
    assert_eq!(desk.tickets().get(&id).await["updated_at"], snoozed["updated_at"], "nothing was changed");

    let count = texts(&thread(&desk, &id).await).len();
    for (changes, attr) in [
        (json!({"status": "closed"}), "changes.status"),
        (json!({"assignee": {"type": "user", "id": 99}}), "assignee"),
        (json!({"assignee": 7}), "changes.assignee"),
        (json!({"tags": ["x".repeat(300)]}), "changes.tags"),
        (json!({"snoozed_until": "2290-01-01T00:00:00Z"}), "snoozed_until"),
        (json!({"titel": "x"}), "changes.titel"),
    ] {
        let refused = reply(&desk, &id, json!({"message": "never", "changes": changes})).await.expect(400).json;
        assert_eq!(refused["attr"], attr, "{refused}");
    }
    assert_eq!(texts(&thread(&desk, &id).await).len(), count);
}

/// Workflow 5 opens a new ticket at the first reply, and 6 sets pending after a reply. A reply that sets pending itself leaves
/// nothing to either.
#[tokio::test]
async fn workflows_see_the_ticket_as_the_reply_left_it() {
    let desk = desk().await;
    for slug in ["05-open-on-first-reply", "06-pending-after-reply"] {
        desk.http.agent(Method::POST, &format!("/workflows/gallery/{slug}/"), Value::Null).await.expect(201);
    }
    let id = desk.customer().open("hello").await;
    reply(&desk, &id, json!({"message": "Hi", "changes": {"status": "pending"}})).await.expect(201);
    desk.http.drain().await;
    assert_eq!(desk.tickets().get(&id).await["status"], "pending");
    let log = desk.tickets().activity(&id).await["results"].clone();
    assert_eq!(log.as_array().unwrap().len(), 1, "{log}");
    assert_eq!(log[0]["actor"]["type"], "user");
}

#[tokio::test]
async fn a_key_repeats_a_reply_that_newer_messages_would_refuse() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let seen = thread(&desk, &id).await[0]["id"].clone();
    let url = format!("/api/projects/1/conversations/tickets/{id}/reply/");
    let body = json!({"message": "Hi", "seen_until": seen, "changes": {"status": "resolved"}});
    let send = async |key: &str| {
        let headers = [("authorization", AGENT), ("idempotency-key", key)];
        desk.http.call(Method::POST, &url, &headers, body.clone()).await
    };
    let first = send("one").await.expect(201);
    visitor.send(Some(&id), "wait").await.expect(200);
    desk.tickets().patch(&id, json!({"status": "open"})).await;
    assert_eq!(send("one").await.expect(201).text, first.text);
    assert_eq!(desk.tickets().get(&id).await["status"], "open");
    send("two").await.expect(409);
    // A refusal is not kept: the same key sends what was seen then.
    let seen = thread(&desk, &id).await[2]["id"].clone();
    let headers = [("authorization", AGENT), ("idempotency-key", "two")];
    desk.http.call(Method::POST, &url, &headers, json!({"message": "Hi", "seen_until": seen})).await.expect(201);
}
