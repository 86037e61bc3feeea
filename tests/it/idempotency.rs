//! `Idempotency-Key` (docs/decisions.md, 17 and 33).

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::desk;

const AGENT: (&str, &str) = ("authorization", "Bearer phx_local");
const TICKETS: &str = "/api/projects/1/conversations/tickets/";

#[tokio::test]
async fn the_same_key_has_one_effect_and_one_answer() {
    let desk = desk().await;
    let file =
        async |key: &str, body: Value| desk.http.call(Method::POST, TICKETS, &[AGENT, ("idempotency-key", key)], body).await;
    let first = file("k1", json!({"message": "q"})).await.expect(201);
    assert!(first.header("idempotent-replayed").is_none());
    let again = file("k1", json!({"message": "q"})).await.expect(201);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
    assert_eq!(file("k1", json!({"message": "other"})).await.expect(422).json["code"], "idempotency_key_reused");
    let two = file("k2", json!({"message": "q"})).await.expect(201);
    assert_ne!(two.json["id"], first.json["id"], "two keys are two effects");
    file("bad", json!({"status": "bogus"})).await.expect(400);
    file("bad", json!({"status": "open"})).await.expect(201);
    file("", json!({})).await.expect(400);
    file(&"x".repeat(256), json!({})).await.expect(400);
    let other = [("authorization", "Bearer phx_other"), ("idempotency-key", "k1")];
    let foreign =
        desk.http.call(Method::POST, "/api/projects/2/conversations/tickets/", &other, json!({"message": "q"})).await.expect(201);
    assert!(foreign.header("idempotent-replayed").is_none());
    desk.http
        .call(Method::POST, TICKETS, &[("authorization", "Bearer nope"), ("idempotency-key", "k1")], json!({"message": "q"}))
        .await
        .expect(401);
    assert_eq!(desk.tickets().list("").await["count"], 3);
}

#[tokio::test]
async fn keys_decide_for_replies_and_widget_sends_too() {
    let desk = desk().await;
    let visitor = desk.customer();
    let send = async |key: &str, text: &str| {
        let headers = [("x-conversations-token", "wgt_local"), ("idempotency-key", key)];
        desk.http.call(Method::POST, "/api/conversations/v1/widget/message", &headers, visitor.message(None, text)).await
    };
    let first = send("a", "hi").await.expect(200);
    assert_eq!(send("a", "hi").await.expect(200).text, first.text);
    assert_ne!(send("b", "hi").await.expect(200).json["ticket_id"], first.json["ticket_id"]);
    send("a", "other").await.expect(422);
    let id = first.json["ticket_id"].as_str().unwrap();
    let reply = async |key: &str| {
        desk.http
            .call(Method::POST, &format!("{TICKETS}{id}/reply/"), &[AGENT, ("idempotency-key", key)], json!({"message": "yes"}))
            .await
    };
    let said = reply("r1").await.expect(201);
    assert_eq!(reply("r1").await.expect(201).text, said.text);
    let second = reply("r2").await.expect(201).json["id"].clone();
    assert_ne!(second, said.json["id"]);
    // A retry without its key is still a retry (docs/decisions.md, 16).
    let unkeyed = desk.tickets().reply(&id, "yes").expect(200).await;
    assert_eq!(unkeyed.json["id"], said.json["id"]);
}

#[tokio::test]
async fn a_note_that_was_changed_or_removed_answers_the_same_again() {
    let desk = desk().await;
    let id = desk.http.file(json!({})).await["id"].as_str().unwrap().to_owned();
    let note = json!({"message": "ask Ben", "is_private": true});
    let note = desk.http.agent(Method::POST, &format!("/tickets/{id}/reply/"), note).await.expect(201).json["id"].clone();
    let path = format!("{TICKETS}{id}/notes/{}/", note.as_str().unwrap());
    let call = async |method: Method, key: &str, body: Value| {
        desk.http.call(method, &path, &[AGENT, ("idempotency-key", key)], body).await
    };
    let text = json!({"message": "ask Bea"});
    let edited = call(Method::PATCH, "e1", text.clone()).await.expect(200);
    assert_eq!(edited.json["content"], "ask Bea");
    let same = call(Method::PATCH, "e2", text.clone()).await.expect(200);
    assert_eq!(same.json, edited.json, "nothing was changed");
    call(Method::PATCH, "e1", json!({"message": "ask Bo"})).await.expect(422);

    call(Method::DELETE, "d1", Value::Null).await.expect(204);
    for (method, key, body, first) in
        [(Method::DELETE, "d1", Value::Null, 204), (Method::PATCH, "e1", text.clone(), 200), (Method::PATCH, "e2", text, 200)]
    {
        let again = call(method, key, body).await.expect(first);
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{key}");
    }
    call(Method::DELETE, "d2", Value::Null).await.expect(404);
}

#[tokio::test]
async fn many_at_once_have_one_effect() {
    let desk = desk().await;
    let calls =
        (0..20).map(|_| desk.http.call(Method::POST, TICKETS, &[AGENT, ("idempotency-key", "same")], json!({"message": "q"})));
    let replies = join_all(calls).await;
    let made: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert!(!made.is_empty() && replies.iter().all(|reply| matches!(reply.status, 201 | 409)));
    assert!(made.iter().all(|reply| reply.text == made[0].text));
    assert_eq!(desk.tickets().list("").await["count"], 1);
}

#[tokio::test]
async fn a_token_that_is_shown_once_is_replayed_the_same() {
    let desk = desk().await;
    let make = async || {
        let body = json!({"label": "ci", "scopes": ["ticket:read"]});
        desk.http.call(Method::POST, "/api/personal_api_keys/", &[AGENT, ("idempotency-key", "key")], body).await.expect(201)
    };
    let (first, again) = (make().await, make().await);
    assert_eq!(first.text, again.text);
    let bearer = format!("Bearer {}", first.json["value"].as_str().unwrap());
    desk.http.call(Method::GET, TICKETS, &[("authorization", &bearer)], Value::Null).await.expect(200);
}
