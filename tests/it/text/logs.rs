//! What functions log when something goes wrong names neither people nor what they wrote.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};

use super::texts::CANARY;
use crate::{
    faults::proxy::{Fault, Weather, faulty},
    support::{Log, Visitor, desk},
    table::Table,
};

const TICKETS: &str = "/api/projects/1/conversations/tickets";

fn assert_clean(log: &Log) {
    let lines = log.lines();
    assert!(lines.iter().any(|line| line.contains("\"ERROR\"")), "something has failed: {lines:#?}");
    let wrong: Vec<_> = lines.iter().filter(|line| line.to_lowercase().contains(CANARY)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Tags, names and addresses are parts of keys, and an error names the item that it is about.
#[tokio::test]
async fn items_that_can_t_be_read_are_named_without_what_people_wrote() {
    let mut desk = desk().await;
    let address = format!("{CANARY}@example.com");
    let traits = json!({"name": format!("Ada {CANARY}"), "email": address});
    let ticket = json!({"message": CANARY, "tags": [CANARY], "distinct_id": CANARY, "anonymous_traits": traits});
    let id = desk.tickets().create(ticket).id().await;
    desk.agent().members().create(json!({"email": address, "first_name": CANARY})).await;
    let mailbox = json!({"kind": "desk", "address": CANARY, "from_name": CANARY});
    desk.admin(Method::POST, "/projects/1/conversations/email/addresses/", mailbox).await.expect(201);
    desk.http.drain().await;
    let mut spoiled = 0;
    for mut item in Table(&desk).scan().await {
        let of = |name: &str| item[name].as_s().unwrap().clone();
        let key = format!("{} {}", of("PK"), of("SK"));
        if key.contains(CANARY) {
            spoiled += 1;
            item.iter_mut().filter(|(name, _)| !["PK", "SK", "fmt"].contains(&name.as_str())).for_each(|(_, value)| {
                *value = AttributeValue::Bool(true);
            });
            Table(&desk).put(item).await;
        }
    }
    assert!(spoiled >= 4, "a tag, words, a user's and a project's address: {spoiled}");
    // The relay can't count the tag, and what it can't do is set aside.
    desk.rest.leaves_work();
    desk.tickets().patch(&id, json!({"tags": []})).await;
    let mut failed = 0;
    let member = json!({"email": address, "first_name": CANARY});
    for (method, path, body) in [
        (Method::GET, "/projects/1/conversations/tags/".to_owned(), Value::Null),
        (Method::GET, format!("/projects/1/conversations/tickets/?search={CANARY}"), Value::Null),
        (Method::POST, "/projects/1/members/".to_owned(), member),
    ] {
        failed += u32::from(desk.admin(method, &path, body).await.status == 500);
    }
    let mail = format!("From: {address}\r\nTo: {CANARY}@desk.test\r\nSubject: {CANARY}\r\n\r\n{CANARY}\r\n");
    let path = format!("/_local/mail?from={address}&to={CANARY}@desk.test");
    desk.http.raw(Method::POST, &path, &[("content-type", "message/rfc822")], mail.into_bytes()).await;
    assert!(failed >= 2, "requests met the items: {failed}");
    desk.http.call(Method::POST, "/_local/drain", &[], Value::Null).await;
    assert_clean(&desk.log);
}

/// What DynamoDB answers has what people wrote, and here nobody can read it.
#[tokio::test]
async fn answers_that_can_t_be_read_are_not_shown() {
    let log = Log::default();
    log.listen();
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open(CANARY).await;
    desk.http.tickets().reply(&id, CANARY).await;
    desk.http.tickets().patch(&id, json!({"tags": [CANARY], "escalation_reason": CANARY})).await;
    desk.weather(Some(Weather::new(1, 100, &[Fault::Garbled])));
    for path in ["/tickets/", &format!("/tickets/{id}/"), &format!("/tickets/{id}/messages/"), "/tags/"] {
        let refused = desk.http.get(path).await;
        assert!(refused.status >= 500 && !refused.text.contains(CANARY), "{path}: {} {}", refused.status, refused.text);
    }
    let refused = visitor.send(Some(&id), &format!("more {CANARY}")).await;
    assert!(refused.status >= 500 && !refused.text.contains(CANARY), "{} {}", refused.status, refused.text);
    assert!(desk.weather(None) > 4);
    assert_clean(&log);
}

/// Paths, methods and headers that no route knows, and errors of every kind, log neither what was asked for nor who asked.
#[tokio::test]
async fn what_no_route_knows_is_in_no_log() {
    let desk = desk().await;
    let ticket = desk.tickets().create(json!({"message": CANARY})).id().await;
    for path in [
        format!("/{CANARY}"),
        format!("/api/{CANARY}"),
        format!("{TICKETS}/{CANARY}/"),
        format!("{TICKETS}/{ticket}/{CANARY}/"),
        format!("/inbox/{CANARY}"),
        format!("/auth/{CANARY}?next={CANARY}"),
        format!("/auth/callback?code={CANARY}&state={CANARY}"),
        format!("/array/{CANARY}/config"),
        format!("/static/{CANARY}"),
    ] {
        for method in ["GET", "POST", "DELETE", "ZQXCANARY"] {
            let headers = [
                ("authorization", format!("Bearer phx_{CANARY}")),
                ("cookie", format!("lambdesk_local={CANARY}")),
                ("x-conversations-token", CANARY.to_owned()),
                ("user-agent", CANARY.to_owned()),
                ("origin", format!("https://{CANARY}.example")),
                ("referer", format!("https://{CANARY}.example")),
                ("x-forwarded-for", CANARY.to_owned()),
            ];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = desk.http.call(method.parse().unwrap(), &path, &headers, Value::Null).await;
            assert!(reply.status < 500, "{method} {path}: {}", reply.text);
        }
    }
    let lines = desk.log.lines();
    assert!(lines.iter().any(|line| line.contains("\"answered\"")), "the log is heard: {lines:?}");
    let wrong: Vec<_> = lines.into_iter().filter(|line| line.to_lowercase().contains(CANARY)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
