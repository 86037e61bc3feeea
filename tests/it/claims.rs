//! What customers' browsers tell of them: which of it is kept, and what of the team they get to read.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Visitor, desk};

/// Sends a message with traits, or whatever else `beside` holds, as text: a map would not keep the order.
async fn send(visitor: &Visitor, beside: &str) -> String {
    let body =
        format!(r#"{{"message": "help", "widget_session_id": "{}", "distinct_id": "visitor", {beside}}}"#, visitor.session);
    let headers = [("x-conversations-token", "wgt_local"), ("content-type", "application/json")];
    let path = "/api/conversations/v1/widget/message";
    let sent = visitor.http.raw(Method::POST, path, &headers, body.into_bytes()).await.expect(200).json;
    sent["ticket_id"].as_str().unwrap().to_owned()
}

async fn seen(desk: &Desk, ticket: &str) -> Value {
    desk.http.get(&format!("/tickets/{ticket}/")).await.expect(200).json
}

/// So many entries of an object, in this order.
fn object(keys: impl IntoIterator<Item = String>) -> String {
    let entries: Vec<_> = keys.into_iter().map(|key| format!(r#""{key}": "{key}""#)).collect();
    format!("{{{}}}", entries.join(", "))
}

#[tokio::test]
async fn of_too_many_traits_the_first_stay_and_name_and_email_always() {
    let desk = desk().await;
    let own = || ["name", "email"].map(str::to_owned);
    let many = || (0..60).rev().map(|n| format!("a{n:02}"));
    let first = send(&Visitor::new(&desk.http), &format!(r#""traits": {}"#, object(own().into_iter().chain(many())))).await;
    let first = seen(&desk, &first).await["anonymous_traits"].clone();
    assert_eq!((first.as_object().unwrap().len(), &first["name"], &first["email"]), (50, &json!("name"), &json!("email")));
    assert!(first.get("a12").is_some() && first.get("a11").is_none(), "in the order sent: {first}");
    let last = send(&Visitor::new(&desk.http), &format!(r#""traits": {}"#, object(many().chain(own())))).await;
    let last = seen(&desk, &last).await["anonymous_traits"].clone();
    assert_eq!((&last["name"], &last["email"]), (&json!("name"), &json!("email")));
    assert!(last.get("a10").is_some() && last.get("a09").is_none(), "{last}");
    let context = object((0..30).rev().map(|n| format!("z{n:02}")).chain(["current_url".to_owned()]));
    let context = send(&Visitor::new(&desk.http), &format!(r#""session_context": {context}"#)).await;
    let context = seen(&desk, &context).await["session_context"].clone();
    assert!(context.get("z10").is_some() && context.get("z09").is_none() && context["current_url"] == "current_url", "{context}");
}

/// An agent is called by a first name, or by nothing that tells who it is.
#[tokio::test]
async fn no_customer_reads_an_agents_address() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("help").await;
    for (name, email) in [
        (Value::Null, "nameless@team.example"),
        (json!("\u{200B}\u{2060}"), "unseen@team.example"),
        (json!("doubled@team.example"), "doubled@team.example"),
    ] {
        let member = json!({"email": email, "first_name": name});
        // What shows nothing may be refused as a name, and then nobody has it.
        let member = desk.admin(Method::POST, "/projects/1/members/", member).await;
        if member.status != 201 {
            continue;
        }
        let key = desk.key(json!({"label": email, "scopes": ["ticket:write"], "user": member.json["id"]})).await;
        let path = format!("/projects/1/conversations/tickets/{id}/reply/");
        let reply =
            desk.by(&key, Method::POST, &path, json!({"message": format!("hello from {}", email.len())})).await.expect(201);
        assert!(reply.text.contains(email), "agents see the address: {}", reply.text);
        let polled = visitor.poll(&id, None).await.expect(200);
        assert_eq!(polled.json["messages"].as_array().unwrap().last().unwrap()["author_name"], "Support");
        assert!(
            !polled.text.contains("team.example") && !polled.text.contains(email.split('@').next().unwrap()),
            "{}",
            polled.text
        );
        let tickets = visitor.tickets().await.expect(200);
        assert!(!tickets.text.contains("team.example"));
        let filed = json!({"message": "hello", "author_type": "support"});
        let filed = desk.by(&key, Method::POST, "/projects/1/conversations/tickets/", filed).await.expect(201).json;
        let thread = desk.http.get(&format!("/tickets/{}/messages/", filed["id"].as_str().unwrap())).await.expect(200).json;
        assert_eq!(thread["results"][0]["author_name"], email, "as among agents");
    }
}
