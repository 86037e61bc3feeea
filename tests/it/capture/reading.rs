//! What agents see of a ticket's session.

use super::*;
use crate::{
    support::{desk, desk_at},
    table::Table,
};

#[tokio::test]
async fn agents_see_events_and_errors_around_the_ticket() {
    let desk = desk().await;
    let pageview = event("$pageview", &json!({"title": "Cart", "plan": "pro", "$set": {"email": "ada@example.com"}}));
    let other = event("bought", &json!({"distinct_id": "someone", "url": "https://a.example/?q=ada"}));
    send(&desk.http, &[pageview, other]).await.expect(200);
    send(&desk.http, &[thrown(12), thrown(12)]).await.expect(200);
    send(&desk.http, &[thrown(12), thrown(99)]).await.expect(200);
    let ticket = opened(&desk).await;
    let seen = context(&desk.http, &ticket).await;

    assert_eq!(json!([seen["session_id"], seen["is_kept"]]), json!(["s1", false]));
    let events = &seen["events"];
    assert_eq!((names(events), &events["state"], &events["left_out"]), (vec!["$pageview", "bought"], &json!("ready"), &json!(0)));
    let first = &events["results"][0];
    assert_eq!(first["url"], "https://shop.example/cart", "without its query");
    assert_eq!(first["properties"], json!({"$browser": "Chrome", "plan": "pro", "title": "Cart"}));
    assert_eq!(json!([first["is_other_person"], first["window_id"]]), json!([false, "w1"]));
    assert_eq!(events["results"][1]["is_other_person"], true);
    assert_eq!(events["results"][1]["properties"]["url"], "https://a.example/");

    let errors = &seen["errors"]["results"];
    let counts: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["count"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 4);
    let error = errors.as_array().unwrap().iter().find(|error| error["count"] == 3).unwrap();
    assert_eq!(json!([error["type"], error["message"], error["is_handled"]]), json!(["TypeError", "no total", false]));
    let causes = &error["causes"];
    assert_eq!((causes[0]["frames"][0]["line"].as_u64(), causes[0]["frames"][1]["line"].as_u64()), (Some(12), Some(1)));
    assert_eq!(
        json!([causes[0]["frames"][0]["file"], causes[0]["frames"][0]["is_own"]]),
        json!(["https://shop.example/app.js", true])
    );
    assert_eq!(json!([causes[1]["message"], causes[1]["is_handled"]]), json!(["the cart is empty", true]));
    let shown = desk.tickets().get(&ticket).await;
    assert_eq!(
        (&shown["person"], &shown["anonymous_traits"]),
        (&Value::Null, &json!({"name": null, "email": null})),
        "it makes no person and no trait"
    );
}

/// The SDK sends the same again where it hears no answer.
#[tokio::test]
async fn an_event_that_is_sent_again_is_seen_once() {
    let desk = desk().await;
    let ticket = opened(&desk).await;
    let (first, second) = (event("first", &json!({})), event("second", &json!({})));
    send(&desk.http, std::slice::from_ref(&first)).await.expect(200);
    send(&desk.http, &[first, second]).await.expect(200);
    let seen = context(&desk.http, &ticket).await;
    assert_eq!((names(&seen["events"]), &seen["events"]["left_out"]), (vec!["first", "second"], &json!(0)));
}

#[tokio::test]
async fn what_was_seen_late_is_kept_with_the_ticket_and_dies_with_it() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    send(&desk.http, &[event("early", &json!({}))]).await.expect(200);
    time.pass(7 * 60);
    send(&desk.http, &[event("before", &json!({})), thrown(12)]).await.expect(200);
    let ticket = opened(&desk).await;
    time.pass(4 * 60);
    send(&desk.http, &[event("after", &json!({}))]).await.expect(200);
    let seen = context(&desk.http, &ticket).await;
    assert_eq!((names(&seen["events"]), &seen["is_kept"]), (vec!["before", "after"], &json!(false)), "five minutes around");
    time.pass(55);
    send(&desk.http, &[event("late", &json!({}))]).await.expect(200);
    time.pass(5);
    let pinned = context(&desk.http, &ticket).await;
    assert_eq!((names(&pinned["events"]), &pinned["is_kept"]), (vec!["before", "after", "late"], &json!(true)));
    // What comes later does not count, and neither does it count that all the rest has expired.
    time.pass(30 * 86_400);
    let kept = context(&desk.http, &ticket).await;
    assert_eq!(json!([kept["events"], kept["errors"]]), json!([pinned["events"], pinned["errors"]]));
    let partition = format!("P#1#T#{ticket}");
    assert!(Table(&desk).get(&partition, "D#").await.is_some());
    desk.tickets().delete(&ticket).await;
    desk.http.drain().await;
    assert!(Table(&desk).partition(&partition).await.is_empty());
}

#[tokio::test]
async fn a_state_says_why_nothing_is_there() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    let states = async |ticket: &str| {
        let seen = context(&desk.http, ticket).await;
        let recording = desk.http.get(&format!("/tickets/{ticket}/recording/")).await.expect(200).json;
        json!([seen["events"]["state"], seen["errors"]["state"], recording["state"]])
    };
    let filed = desk.tickets().create(json!({"message": "by phone", "distinct_id": "x"})).await;
    assert_eq!(states(filed["id"].as_str().unwrap()).await, json!(["no_session", "no_session", "no_session"]));
    let ticket = opened(&desk).await;
    assert_eq!(states(&ticket).await, json!(["arriving", "arriving", "off"]));
    desk.settings(json!({"context_recording": true})).await;
    time.pass(61);
    assert_eq!(states(&ticket).await, json!(["nothing", "nothing", "nothing"]));
    desk.settings(json!({"context_exceptions": false})).await;
    assert_eq!(states(&ticket).await, json!(["nothing", "off", "nothing"]));
    time.pass(8 * 86_400);
    assert_eq!(states(&ticket).await, json!(["expired", "off", "nothing"]));
    let expired_at = context(&desk.http, &ticket).await["events"]["expired_at"].clone();
    assert!(expired_at.as_str().unwrap().starts_with("2026-03-09T10:00:00"), "{expired_at}");
    time.pass(30 * 86_400);
    assert_eq!(states(&ticket).await, json!(["expired", "off", "expired"]));
}

#[tokio::test]
async fn nobody_else_sees_it() {
    let desk = desk().await;
    let ticket = opened(&desk).await;
    let none = "0195f000-0000-7000-8000-000000000009";
    let chunk = format!("recording/1764449880120-{none}");
    for part in ["context", "recording", &chunk] {
        let path = |project: u32, ticket: &str| format!("/projects/{project}/conversations/tickets/{ticket}/{part}/");
        desk.by("phx_other", Method::GET, &path(1, &ticket), Value::Null).await.expect(404);
        desk.by("phx_other", Method::GET, &path(2, &ticket), Value::Null).await.expect(404);
        desk.by("phx_local", Method::GET, &path(1, none), Value::Null).await.expect(404);
        desk.http.call(Method::GET, &format!("/api{}", path(1, &ticket)), &[], Value::Null).await.expect(401);
        let administrates = desk.key(json!({"label": part, "scopes": ["project:read"]})).await;
        desk.by(&administrates, Method::GET, &path(1, &ticket), Value::Null).await.expect(403);
    }
    desk.http.get(&format!("/tickets/{ticket}/{chunk}/")).await.expect(404);
    for session in ["s2", "a%23b", "../s1"] {
        desk.http.get(&format!("/tickets/{ticket}/recording/?session={session}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_project_keeps_what_it_says() {
    let desk = desk().await;
    let seen = async |session: &str| {
        let mut sent = event("$pageview", &json!({"$session_id": session}));
        sent["properties"]["link"] = json!("https://a.example/?q=1");
        let mut error = thrown(12);
        error["properties"]["$session_id"] = json!(session);
        send(&desk.http, &[sent, error]).await.expect(200);
        let visitor = Visitor::new(&desk.http);
        let mut message = visitor.message(None, &format!("from {session}"));
        message["session_id"] = json!(session);
        let opened = desk.http.widget(Method::POST, "/message", message).await.expect(200).json;
        context(&desk.http, opened["ticket_id"].as_str().unwrap()).await
    };
    desk.settings(json!({"context_url_queries": true})).await;
    let with = seen("a1").await;
    assert_eq!(with["events"]["results"][0]["url"], "https://shop.example/cart?token=secret#pay");
    assert_eq!(with["errors"]["results"][0]["causes"][0]["frames"][0]["file"], "https://shop.example/app.js?v=3");
    desk.settings(json!({"context_events": false})).await;
    let errors = seen("a2").await;
    assert_eq!(json!([errors["events"]["state"], errors["errors"]["state"]]), json!(["off", "ready"]));
    desk.settings(json!({"context_events": null, "context_exceptions": false})).await;
    let events = seen("a3").await;
    assert_eq!(json!([events["events"]["state"], events["errors"]["state"]]), json!(["ready", "off"]));
    desk.agent().configure(json!({"conversations_enabled": false})).await;
    send(&desk.http, &[event("e", &json!({"$session_id": "a4"}))]).await.expect(200);
    assert!(Table(&desk).seen("E#1#a4").await.is_empty(), "a project without conversations keeps nothing");
}
