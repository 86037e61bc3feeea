//! The customers' side, as the widget calls it.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Http, desk, proof, texts};

async fn settings(http: &Http, settings: Value) {
    let body = json!({"conversations_settings": settings});
    http.call(Method::PATCH, "/api/projects/1/", &[("authorization", "Bearer phx_local")], body).await.expect(200);
}

#[tokio::test]
async fn a_conversation_goes_both_ways() {
    let desk = desk().await;
    let visitor = desk.customer();
    let sent = visitor.send(None, " hello ").await.expect(200).json;
    let ticket = sent["ticket_id"].as_str().unwrap();

    let first = visitor.poll(ticket, None).await.expect(200).json;
    assert_eq!(texts(&first["messages"]), ["hello"]);
    assert_eq!(first["messages"][0]["created_at"], sent["created_at"], "the cursor is the message's own time");
    let cursor = sent["created_at"].as_str().unwrap();
    assert_eq!(visitor.poll(ticket, Some(cursor)).await.json["messages"], json!([]), "strictly after");
    let encoded = cursor.replace('Z', "%2B00:00");
    assert_eq!(visitor.poll(ticket, Some(&encoded)).await.json["messages"], json!([]));

    desk.tickets().reply(&ticket, "hi").await;
    desk.tickets().note(&ticket, "secret").await;
    let news = visitor.poll(ticket, Some(cursor)).await.expect(200).json;
    assert_eq!(texts(&news["messages"]), ["hi"]);
    assert_eq!((&news["messages"][0]["author_name"], &news["unread_count"]), (&json!("Agent"), &json!(1)));

    for _ in 0..2 {
        let body = json!({"widget_session_id": visitor.session});
        let read = desk.http.widget(Method::POST, &format!("/messages/{ticket}/read"), body).await.expect(200).json;
        assert_eq!(read, json!({"success": true, "unread_count": 0}));
    }
}

#[tokio::test]
async fn a_foreign_session_is_forbidden_and_an_unknown_ticket_not_found() {
    let desk = desk().await;
    let (mine, theirs) = (desk.customer(), desk.customer());
    let ticket = mine.open("private").await;
    for reply in [theirs.poll(&ticket, None).await, theirs.send(Some(&ticket), "x").await] {
        assert_eq!(reply.expect(403).json, json!({"error": "Forbidden"}));
    }
    let unknown = Uuid::now_v7().to_string();
    assert_eq!(mine.poll(&unknown, None).await.expect(404).json, json!({"error": "Ticket not found"}));
    assert_eq!(mine.send(Some(&unknown), "x").await.expect(404).json, json!({"error": "Ticket not found"}));
    assert_eq!(theirs.tickets().await.json, json!({"count": 0, "results": []}));

    let other = [("x-conversations-token", "wgt_other")];
    let path = format!("/api/conversations/v1/widget/messages/{ticket}?widget_session_id={}", mine.session);
    assert_eq!(desk.http.call(Method::GET, &path, &other, Value::Null).await.status, 404, "another project's widget");
}

#[tokio::test]
async fn tokens_are_checked() {
    let desk = desk().await;
    let path = "/api/conversations/v1/widget/tickets?widget_session_id=01890000-0000-7000-8000-000000000001";
    let missing = desk.http.call(Method::GET, path, &[], Value::Null).await.expect(403);
    assert_eq!(missing.json, json!({"error": "Authentication required"}));
    for token in ["nope", "phc_local", "phs_local", "phx_local", "#~"] {
        desk.http.call(Method::GET, path, &[("x-conversations-token", token)], Value::Null).await.expect(403);
    }
    let off = json!({"conversations_enabled": false});
    desk.http.call(Method::PATCH, "/api/projects/1/", &[("authorization", "Bearer phx_local")], off).await.expect(200);
    desk.http.call(Method::GET, path, &[("x-conversations-token", "wgt_local")], Value::Null).await.expect(403);
    let config = desk.http.call(Method::GET, "/array/phc_local/config", &[], Value::Null).await.expect(200);
    assert_eq!(config.json["conversations"], false);
}

#[tokio::test]
async fn cors_answers_every_origin_and_preflight() {
    let desk = desk().await;
    let origin = ("origin", "https://shop.example.com");
    let asks = [
        origin,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-conversations-token"),
    ];
    for path in ["/message", "/tickets", "/messages/01890000-0000-7000-8000-000000000001/read"] {
        let preflight =
            desk.http.call(Method::OPTIONS, &format!("/api/conversations/v1/widget{path}"), &asks, Value::Null).await.expect(200);
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        let allowed = preflight.header("access-control-allow-headers").unwrap();
        assert!(allowed.contains("x-conversations-token") && allowed.contains("content-type"), "{allowed}");
    }
    let refused = desk.http.call(Method::GET, "/api/conversations/v1/widget/tickets", &[origin], Value::Null).await.expect(403);
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "errors too");
    let script = desk.http.call(Method::GET, "/array/phc_local/config.js", &[origin], Value::Null).await.expect(200);
    assert_eq!(script.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn the_remote_config_follows_the_settings() {
    let desk = desk().await;
    let config = async || desk.http.call(Method::GET, "/array/phc_local/config", &[], Value::Null).await.expect(200).json;
    let before = config().await;
    assert_eq!(before["conversations"]["enabled"], true);
    assert_eq!(before["conversations"]["token"], "wgt_local");
    assert!(before.get("surveys").is_none());
    settings(&desk.http, json!({"widget_color": "#abcdef", "widget_require_email": true, "widget_greeting_text": "</script>"}))
        .await;
    let after = config().await;
    assert_eq!((&after["conversations"]["color"], &after["conversations"]["requireEmail"]), (&json!("#abcdef"), &json!(true)));
    let script = desk.http.call(Method::GET, "/array/phc_local/config.js", &[], Value::Null).await.expect(200);
    assert!(script.header("content-type").unwrap().starts_with("application/javascript"));
    assert!(script.text.contains("_POSTHOG_REMOTE_CONFIG") && !script.text.contains("</script>"));
    desk.http.call(Method::GET, "/array/unknown/config.js", &[], Value::Null).await.expect(404);
    let flags = "/flags/?v=2&compression=base64";
    desk.http.raw(Method::POST, flags, &[("content-type", "text/plain")], b"anything".to_vec()).await.expect(200);
}

#[tokio::test]
async fn identity_is_proven_or_refused() {
    let desk = desk().await;
    let body = |hash: &str| json!({"message": "it is me", "ticket_id": null, "identity_distinct_id": "user-1", "identity_hash": hash, "distinct_id": "user-1"});
    let hash = proof("user-1", "phs_local");
    let sent = desk.http.widget(Method::POST, "/message", body(&hash)).await.expect(200).json;
    let ticket = sent["ticket_id"].as_str().unwrap();
    for (wrong, status) in
        [(proof("user-2", "phs_local"), 403), (proof("user-1", "phs_other"), 403), ("ab".to_owned(), 400), ("z".repeat(64), 403)]
    {
        desk.http.widget(Method::POST, "/message", body(&wrong)).await.expect(status);
    }
    let path = format!("/messages/{ticket}?identity_distinct_id=user-1&identity_hash={hash}");
    assert_eq!(texts(&desk.http.widget(Method::GET, &path, Value::Null).await.expect(200).json["messages"]), ["it is me"]);
    let path = format!("/messages/{ticket}?identity_distinct_id=user-2&identity_hash={}", proof("user-2", "phs_local"));
    desk.http.widget(Method::GET, &path, Value::Null).await.expect(403);
    assert_eq!(desk.tickets().get(&ticket).await["identity_verified"], true);
    assert_eq!(desk.tickets().list("").await["count"], 1, "no refused proof left a ticket");

    // After a rotation both secrets are accepted, until the backup is deleted.
    let agent = [("authorization", "Bearer phx_local")];
    let rotated =
        desk.http.call(Method::POST, "/api/projects/1/rotate_secret_token/", &agent, Value::Null).await.expect(200).json;
    let new = proof("user-1", rotated["secret_api_token"].as_str().unwrap());
    let list = async |hash: &str| {
        let path = format!("/tickets?identity_distinct_id=user-1&identity_hash={hash}");
        desk.http.widget(Method::GET, &path, Value::Null).await
    };
    assert_eq!(list(&hash).await.expect(200).json["count"], 1);
    assert_eq!(list(&new).await.expect(200).json["count"], 1);
    desk.http.call(Method::POST, "/api/projects/1/delete_secret_token_backup/", &agent, Value::Null).await.expect(204);
    list(&hash).await.expect(403);
    list(&new).await.expect(200);
}

#[tokio::test]
async fn a_verified_visitor_sees_the_anonymous_tickets_of_the_same_id() {
    let desk = desk().await;
    let visitor = desk.customer();
    let ticket = visitor.open("who am I").await;
    let hash = proof("visitor", "phs_local");
    let identity = format!("identity_distinct_id=visitor&identity_hash={hash}");
    let list = desk.http.widget(Method::GET, &format!("/tickets?{identity}"), Value::Null).await.expect(200).json;
    assert_eq!(list["count"], 1);
    assert_eq!(desk.tickets().get(&ticket).await["identity_verified"], false);
    let body = json!({"message": "me", "ticket_id": ticket, "identity_distinct_id": "visitor", "identity_hash": hash});
    desk.http.widget(Method::POST, "/message", body).await.expect(200);
    assert_eq!(desk.tickets().get(&ticket).await["identity_verified"], true);
}

#[tokio::test]
async fn traits_merge_and_a_null_never_erases() {
    let desk = desk().await;
    let visitor = desk.customer();
    let mut body = visitor.message(None, "hi");
    body["traits"] = json!({"name": "Ada", "email": "ada@example.com", "plan": 3, "list": [1]});
    let ticket =
        desk.http.widget(Method::POST, "/message", body).await.expect(200).json["ticket_id"].as_str().unwrap().to_owned();
    visitor.send(Some(&ticket), "again").await.expect(200);
    let traits = &desk.tickets().get(&ticket).await["anonymous_traits"];
    assert_eq!(*traits, json!({"name": "Ada", "email": "ada@example.com", "plan": "3"}));
    assert_eq!(visitor.poll(&ticket, None).await.json["messages"][0]["author_name"], "Ada");
}

#[tokio::test]
async fn a_ticket_keeps_the_session_in_which_it_was_opened() {
    let desk = desk().await;
    let visitor = desk.customer();
    let sessions = async |ticket: &str| {
        let shown = desk.tickets().get(ticket).await;
        json!([shown["first_session_id"], shown["session_id"]])
    };
    let write = async |ticket: &str, session: Value| {
        let mut message = visitor.message(Some(ticket), "again");
        message["session_id"] = session;
        desk.http.widget(Method::POST, "/message", message).await.expect(200);
    };
    let opened = visitor.open("hello").await;
    assert_eq!(sessions(&opened).await, json!(["s1", "s1"]));
    for (sent, latest) in [(json!("s2"), "s2"), (Value::Null, "s2"), (json!("s1"), "s1"), (json!("s3"), "s3")] {
        write(&opened, sent).await;
        assert_eq!(sessions(&opened).await, json!(["s1", latest]));
    }
    desk.tickets().patch(&opened, json!({"first_session_id": "s9"})).await;
    assert_eq!(sessions(&opened).await, json!(["s1", "s3"]), "it is read-only");

    let mut message = visitor.message(None, "from a page without analytics");
    message["session_id"] = Value::Null;
    let sent = desk.http.widget(Method::POST, "/message", message).await.expect(200).json;
    let without = sent["ticket_id"].as_str().unwrap();
    assert_eq!(sessions(without).await, json!([null, null]));
    write(without, json!("s4")).await;
    assert_eq!(sessions(without).await, json!([null, "s4"]), "it was opened in none");
}

#[tokio::test]
async fn a_first_message_sent_twice_is_one_ticket() {
    let desk = desk().await;
    let visitor = desk.customer();
    let first = visitor.send(None, "help").await.expect(200).json;
    assert_eq!(visitor.send(None, "help").await.expect(200).json, first, "a retry");
    let other = visitor.send(None, "help with something else").await.expect(200).json;
    assert_ne!(other["ticket_id"], first["ticket_id"]);

    // Once the ticket has gone on, the same words begin a new conversation.
    let busy = desk.customer();
    let ticket = busy.open("help").await;
    busy.send(Some(&ticket), "more").await.expect(200);
    assert_ne!(busy.open("help").await, ticket);
    // A deleted ticket is not the answer to a retry.
    let gone = desk.customer();
    let ticket = gone.open("help").await;
    desk.tickets().delete(&ticket).await;
    assert_ne!(gone.open("help").await, ticket);
    // A retry is recognised even after another conversation. Not always, because two openings may share a place in the cache.
    let mut known = 0;
    for _ in 0..6 {
        let visitor = desk.customer();
        let first = visitor.open("help").await;
        visitor.open("something else").await;
        known += usize::from(visitor.open("help").await == first);
    }
    assert!(known >= 3, "{known} of 6");
}

#[tokio::test]
async fn sends_and_polls_are_limited_apart() {
    let desk = desk().await;
    let visitor = desk.customer();
    let ticket = visitor.open("one").await;
    for n in 1..30 {
        visitor.send(Some(&ticket), &format!("message {n}")).await.expect(200);
    }
    let limited = visitor.send(Some(&ticket), "too much").await.expect(429);
    assert!(limited.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    for _ in 0..30 {
        visitor.poll(&ticket, None).await.expect(200);
    }
    visitor.poll(&ticket, None).await.expect(429);
    desk.customer().send(None, "someone else").await.expect(200);
}

#[tokio::test]
async fn robots_and_foreign_pages_are_refused() {
    let desk = desk().await;
    let visitor = desk.customer();
    let mut body = visitor.message(None, "buy");
    body["_hp"] = json!("I am a robot");
    assert_eq!(desk.http.widget(Method::POST, "/message", body).await.expect(400).json, json!({"error": "Invalid request"}));

    settings(&desk.http, json!({"widget_domains": ["https://shop.example.com", "*.example.org"]})).await;
    let send = async |origin: &str| {
        let headers = [("x-conversations-token", "wgt_local"), ("origin", origin)];
        desk.http.call(Method::POST, "/api/conversations/v1/widget/message", &headers, visitor.message(None, "hi")).await
    };
    send("https://shop.example.com").await.expect(200);
    send("https://a.example.org:8443").await.expect(200);
    for origin in ["https://evil.com", "https://shop.example.com.evil.com", "null"] {
        assert_eq!(send(origin).await.expect(403).json, json!({"error": "Origin not allowed"}));
    }
    visitor.send(None, "no origin at all").await.expect(403);
    visitor.tickets().await.expect(200);
}

#[tokio::test]
async fn a_resolved_ticket_takes_messages_and_stays_resolved() {
    let desk = desk().await;
    let visitor = desk.customer();
    let ticket = visitor.open("help").await;
    desk.tickets().patch(&ticket, json!({"status": "resolved"})).await;
    assert_eq!(visitor.send(Some(&ticket), "still broken").await.expect(200).json["ticket_status"], "resolved");
    let path = format!("/tickets?widget_session_id={}&status=resolved", visitor.session);
    assert_eq!(desk.http.widget(Method::GET, &path, Value::Null).await.json["count"], 1);
    let path = format!("/tickets?widget_session_id={}&status=open", visitor.session);
    assert_eq!(desk.http.widget(Method::GET, &path, Value::Null).await.json["count"], 0);
}

#[tokio::test]
async fn long_threads_are_caught_up_in_order() {
    let desk = desk().await;
    let visitor = desk.customer();
    let ticket = visitor.open("0").await;
    for n in 1..120 {
        desk.tickets().reply(&ticket, json!({"message": n.to_string()})).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = visitor.poll(&ticket, cursor.as_deref()).await.expect(200).json;
        seen.extend(texts(&page["messages"]).into_iter().map(str::to_owned));
        cursor = page["messages"]
            .as_array()
            .unwrap()
            .last()
            .map(|message| message["created_at"].as_str().unwrap().to_owned())
            .or(cursor);
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, (0..120).map(|n| n.to_string()).collect::<Vec<_>>());
}
