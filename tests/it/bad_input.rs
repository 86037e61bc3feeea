//! Bad input is answered with a clear JSON error of the documented shape. It writes nothing, and is never a 5xx.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Reply, desk};

const JSON: (&str, &str) = ("content-type", "application/json");
const AGENT: (&str, &str) = ("authorization", "Bearer phx_local");
const WIDGET: (&str, &str) = ("x-conversations-token", "wgt_local");
const TICKETS: &str = "/api/projects/1/conversations/tickets/";
const MESSAGE: &str = "/api/conversations/v1/widget/message";

#[track_caller]
fn named(reply: &Reply, what: &str) {
    assert!((400..500).contains(&reply.status), "{what}: {} {}", reply.status, reply.text);
    assert!(reply.json["detail"].is_string() || !reply.json["error"].is_null(), "{what}: {}", reply.text);
    assert!(reply.header("x-request-id").is_some(), "{what}");
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let desk = desk().await;
    let deep = format!("{}{}", "{\"a\":".repeat(70), "1".to_owned() + &"}".repeat(70));
    let bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"{".to_vec(), "cut off"),
        (b"not json".to_vec(), "text"),
        (br#"{"message": "a\u0000b"}"#.to_vec(), "NUL"),
        (br#"{"message": "\ud800"}"#.to_vec(), "a lone surrogate"),
        (b"{\"message\": \"\xff\xfe\"}".to_vec(), "no UTF-8"),
        (deep.into_bytes(), "deep nesting"),
        ("[".repeat(100_000).into_bytes(), "very deep nesting"),
        (br#"{"message": "x", "message": "y"}"#.to_vec(), "a key twice"),
        (br#"{"message": {"a": 1}}"#.to_vec(), "a wrong type"),
    ];
    for (body, what) in bodies {
        for (path, credential) in [(TICKETS, AGENT), (MESSAGE, WIDGET)] {
            named(&desk.http.raw(Method::POST, path, &[JSON, credential], body.clone()).await, what);
        }
    }
    for body in ["[]", r#"["open", "high"]"#, r#""x""#, "3", "null"] {
        for (path, credential) in [(TICKETS, AGENT), (MESSAGE, WIDGET)] {
            let refused = desk.http.raw(Method::POST, path, &[JSON, credential], body.as_bytes().to_vec()).await.expect(400);
            named(&refused, body);
            assert!(refused.text.contains(r#""The body must be a JSON object.""#), "{body}: {}", refused.text);
        }
    }
    let large = format!("{{\"message\": \"{}\"}}", "x".repeat(1_200_000));
    for (path, credential) in [(TICKETS, AGENT), (MESSAGE, WIDGET), (TICKETS, ("x-none", "x"))] {
        named(&desk.http.raw(Method::POST, path, &[JSON, credential], large.clone().into_bytes()).await.expect(413), "over 1 MB");
    }
    let huge = vec![b'x'; 12_000_000];
    named(&desk.http.raw(Method::POST, TICKETS, &[JSON, AGENT], huge).await.expect(413), "12 MB");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        named(&desk.http.raw(Method::POST, TICKETS, &[("content-type", kind), AGENT], b"{}".to_vec()).await.expect(415), kind);
    }
    assert_eq!(desk.tickets().list("").await["count"], 0, "nothing was written");
}

#[tokio::test]
async fn flaws_are_told_in_the_apis_own_words() {
    let desk = desk().await;
    let agent = async |body: Value| desk.tickets().create(body).refused(400).await["detail"].clone();
    for status in [json!({"new": null}), json!(5), json!(["new"])] {
        assert_eq!(agent(json!({"status": status})).await, "Has the wrong type: expected text.", "{status}");
    }
    let choices = "is not a valid choice. One of: low, medium, high.";
    assert_eq!(agent(json!({"priority": "urgent"})).await, format!("\"urgent\" {choices}"));
    assert_eq!(agent(json!({"priority": "x".repeat(9000)})).await, format!("\"{}…\" {choices}", "x".repeat(100)));
    assert_eq!(agent(json!({"author_type": "robot"})).await, "\"robot\" is not a valid choice. One of: customer, support.");
    assert_eq!(agent(json!({"ai_resolved": "yes"})).await, "Has the wrong type: expected true or false.");
    let id = desk.tickets().create(json!({})).id().await;
    let refused = desk.http.external(Method::PATCH, &id, json!({"tags": "a"})).await.expect(400).json;
    assert_eq!(refused, json!({"error": {"tags": ["Has the wrong type: expected a list."]}}));
    let visitor = desk.customer();
    let mut body = visitor.message(None, "x");
    body["traits"] = json!("x");
    let refused = desk.http.widget(Method::POST, "/message", body).await.expect(400).json;
    assert_eq!(refused["details"], json!({"traits": ["Has the wrong type: expected an object."]}));
    let settings = json!({"conversations_settings": {"x".repeat(9000): 1}});
    let refused = desk.http.call(Method::PATCH, "/api/projects/1/", &[AGENT], settings).await.expect(400);
    assert!(refused.text.len() < 400, "{}", refused.text);
}

#[tokio::test]
async fn paths_and_methods_that_no_route_knows() {
    let desk = desk().await;
    for path in [
        "/api",
        "/nothing",
        "/api/projects/1/conversations/nothing",
        "/api/conversations/v1/widget/nothing",
        "/api/conversations/external/nothing",
    ] {
        named(&desk.http.call(Method::GET, path, &[AGENT, WIDGET], Value::Null).await.expect(404), path);
    }
    for prefix in ["/api/conversations/v1/widget", "/api/conversations/external"] {
        for path in [prefix.to_owned(), format!("{prefix}/"), format!("{prefix}/nothing"), format!("{prefix}/nothing/")] {
            for method in [Method::GET, Method::POST] {
                let refused = desk.http.call(method, &path, &[], Value::Null).await.expect(404);
                assert_eq!(refused.json, json!({"error": "Not found."}), "{path}");
            }
        }
    }
    for (method, path) in [
        (Method::DELETE, TICKETS),
        (Method::PUT, MESSAGE),
        (Method::POST, "/array/phc_local/config"),
        (Method::PATCH, "/api/projects/"),
    ] {
        let refused = desk.http.call(method, path, &[AGENT, WIDGET], Value::Null).await.expect(405);
        assert!(refused.header("allow").is_some(), "{path}");
        named(&refused, path);
    }
}

#[tokio::test]
async fn ids_of_every_kind() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    for bad in [
        "0",
        "-1",
        "01",
        "1.0",
        "99999999999999999999999",
        "x",
        "%23",
        "~",
        "%7E",
        "P%231%23T%23x",
        "%00",
        "..%2F..",
        &id[..35],
        &format!("{id}x"),
        "%E2%82%AC",
    ] {
        for path in [
            format!("{TICKETS}{bad}/"),
            format!("{TICKETS}{bad}/messages/"),
            format!("/api/conversations/v1/widget/messages/{bad}?widget_session_id=01890000-0000-7000-8000-000000000001"),
        ] {
            named(&desk.http.call(Method::GET, &path, &[AGENT, WIDGET], Value::Null).await.expect(404), &path);
        }
        let note = desk.http.call(Method::DELETE, &format!("{TICKETS}{id}/notes/{bad}/"), &[AGENT], Value::Null).await;
        named(&note.expect(404), bad);
    }
}

#[tokio::test]
async fn customers_fields() {
    let desk = desk().await;
    let visitor = desk.customer();
    for (field, value) in [
        ("message", json!("")),
        ("message", json!("  \n ")),
        ("message", json!("x".repeat(10_001))),
        ("message", Value::Null),
        ("message", json!(5)),
        ("ticket_id", json!("x")),
        ("ticket_id", json!("")),
        ("ticket_id", json!(7)),
        ("widget_session_id", json!("x")),
        ("widget_session_id", json!("")),
        ("widget_session_id", Value::Null),
        ("distinct_id", json!("")),
        ("distinct_id", Value::Null),
        ("distinct_id", json!("x".repeat(401))),
        ("session_id", json!("x".repeat(65))),
        ("traits", json!([])),
        ("traits", json!("x")),
        ("session_context", json!(1)),
        ("identity_distinct_id", json!("someone")),
        ("identity_hash", json!("a".repeat(64))),
        ("_hp", json!("x")),
    ] {
        let mut body = visitor.message(None, "fine");
        body[field] = value.clone();
        let refused = desk.http.widget(Method::POST, "/message", body).await.expect(400);
        named(&refused, &format!("{field} {value}"));
    }
    let odd = json!({"message": "ok #~ \u{1F600} \u{202e}", "distinct_id": "a#b~c\u{10FFFF}", "widget_session_id": visitor.session, "traits": {"name": "#~"}, "unknown": {"deep": [1]}});
    desk.http.widget(Method::POST, "/message", odd).await.expect(200);
    let page = desk.tickets().list("").await;
    assert_eq!((&page["count"], &page["results"][0]["distinct_id"]), (&json!(1), &json!("a#b~c\u{10FFFF}")));
}

#[tokio::test]
async fn the_largest_that_is_allowed_is_stored() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open(&"\u{1F600}".repeat(10_000)).await;
    let rich = json!({"type": "doc", "t": "y".repeat(99_000)});
    let reply = json!({"message": "\u{1F600}".repeat(50_000), "rich_content": rich});
    desk.tickets().reply(&id, reply).await;
    let both = json!({"message": "\u{1F600}".repeat(50_000), "rich_content": {"t": "\u{1F600}".repeat(90_000)}});
    desk.tickets().reply(&id, both).refused(400).await;
    let tags: Vec<String> = (0..100).map(|n| format!("{n:0>3}{}", "\u{1F600}".repeat(197))).collect();
    desk.tickets().patch(&id, json!({"tags": tags, "escalation_reason": "\u{1F600}".repeat(10_000)})).await;
    desk.tickets().patch(&id, json!({"anonymous_traits": {"a": "x".repeat(40_000)}})).refused(400).await;
    for n in 0..8 {
        let traits: serde_json::Map<String, Value> =
            (0..50).map(|k| (format!("{n}-{k}"), json!("\u{1F600}".repeat(500)))).collect();
        let mut body = visitor.message(Some(&id), &format!("more {n}"));
        body["traits"] = Value::Object(traits);
        desk.http.widget(Method::POST, "/message", body).await.expect(200);
    }
    assert_eq!(desk.tickets().get(&id).await["message_count"], 10);
}
