//! Whole answers, as snapshots in `tests/it/bodies/`: what a client gets, field by field. A field that is added, removed or
//! renamed changes a snapshot (CONTRIBUTING.md, Snapshots).

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    support::{AGENT, Desk, Reply, Visitor, desk_at, stable::snapshot},
    table::{Table, text},
};

const MONDAY: &str = "2026-03-09T09:00:00Z";
const HOUR: i64 = 3600;
/// More calls than the external API takes in two minutes.
const MORE_THAN_A_MINUTES: usize = 150;

/// A customer who told who she is opens a ticket. Returns her browser and the answer.
async fn ada(desk: &Desk) -> (Visitor, Value) {
    let visitor = desk.customer();
    let mut message = visitor.message(None, "My order is late.");
    message["traits"] = json!({"name": "Ada", "email": "ada@example.com"});
    let sent = desk.http.widget(Method::POST, "/message", message).await.expect(200).json;
    (visitor, sent)
}

fn id(sent: &Value) -> &str {
    sent["ticket_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_ticket_as_agents_see_it() {
    let (desk, _) = desk_at(MONDAY).await;
    let filed = json!({
        "status": "open", "priority": "high", "anonymous_traits": {"name": "Ada", "vip": true}, "ai_resolved": true,
        "escalation_reason": "angry", "distinct_id": "d1", "message": "help", "assignee": {"type": "user", "id": 1},
        "tags": [" VIP ", "vip", "b"], "channel_source": "email", "unknown": 1, "ticket_number": 99,
    });
    let ticket = desk.tickets().create(filed).await;
    snapshot("ticket", &ticket, &[(ticket["id"].as_str().unwrap(), "ticket")]);
}

#[tokio::test]
async fn a_page_of_the_list() {
    let (desk, _) = desk_at(MONDAY).await;
    desk.tickets().create(json!({"message": "the first", "status": "resolved"})).await;
    let (_, sent) = ada(&desk).await;
    desk.http.drain().await;
    snapshot("list", &desk.tickets().list("limit=1").await, &[(id(&sent), "ticket")]);
}

#[tokio::test]
async fn a_thread_with_a_note() {
    let (desk, time) = desk_at(MONDAY).await;
    let (_, sent) = ada(&desk).await;
    time.pass(60);
    desk.tickets().note(id(&sent), "She wrote by e-mail, too.").await;
    time.pass(60);
    desk.tickets().reply(id(&sent), "I look into it.").await;
    snapshot("messages", &desk.tickets().messages(id(&sent)).await, &[(id(&sent), "ticket")]);
}

#[tokio::test]
async fn what_the_widget_gets() {
    let (desk, time) = desk_at(MONDAY).await;
    let (visitor, sent) = ada(&desk).await;
    time.pass(60);
    desk.tickets().note(id(&sent), "Not for her.").await;
    desk.tickets().reply(id(&sent), "I look into it.").await;
    let (messages, tickets) = (visitor.poll(id(&sent), None).await, visitor.tickets().await);
    let answers = json!({"sent": sent, "messages": messages.expect(200).json, "tickets": tickets.expect(200).json});
    snapshot("widget", &answers, &[(id(&sent), "ticket")]);
}

#[tokio::test]
async fn an_event_on_the_bus() {
    let (desk, _) = desk_at(MONDAY).await;
    let (_, sent) = ada(&desk).await;
    desk.http.drain().await;
    let events = desk.http.events(1).await;
    let created = events.iter().find(|event| event["detail-type"] == "$conversation_ticket_created").unwrap();
    snapshot("event", created, &[(id(&sent), "ticket")]);
}

#[tokio::test]
async fn the_log_tells_who_changed_what() {
    let (desk, time) = desk_at(MONDAY).await;
    let (_, sent) = ada(&desk).await;
    time.pass(60);
    let change = json!({"status": "pending", "priority": "high", "tags": ["b"], "assignee": {"type": "user", "id": 1}});
    desk.tickets().patch(id(&sent), change).await;
    time.pass(60);
    desk.http.external(Method::PATCH, id(&sent), json!({"status": "open", "sla_amount": 4})).await.expect(200);
    snapshot("activity", &desk.tickets().activity(id(&sent)).await, &[(id(&sent), "ticket")]);
}

#[tokio::test]
async fn the_explanation_of_a_deadline() {
    let (desk, time) = desk_at(MONDAY).await;
    let hours = json!({"days": ["monday", "tuesday"], "time": [["09:00", "12:00"], ["13:00", "17:00"]], "timezone": "UTC"});
    let targets = json!({"first_response": {"amount": 8}});
    let policies = json!([
        {"name": "Enterprise", "targets": {"first_response": {"amount": 1}}, "conditions": {"traits": {"plan": ["enterprise"]}}},
        {"name": "All", "targets": targets, "business_hours": hours},
    ]);
    desk.agent().set_sla_policies(json!({"policies": policies})).await;
    let (_, sent) = ada(&desk).await;
    time.pass(HOUR);
    desk.tickets().patch(id(&sent), json!({"status": "pending"})).await;
    time.pass(HOUR);
    desk.tickets().patch(id(&sent), json!({"status": "open"})).await;
    snapshot("sla", &desk.tickets().sla(id(&sent)).await, &[(id(&sent), "ticket")]);
}

/// Each class of errors in the shape of each API that has it.
#[tokio::test]
async fn errors_of_each_class() {
    let (desk, _) = desk_at(MONDAY).await;
    let (visitor, sent) = ada(&desk).await;
    let reader = desk.key(json!({"label": "reader", "scopes": ["ticket:read"]})).await;
    let seen = desk.tickets().messages(id(&sent)).await["results"][0]["id"].clone();
    visitor.send(Some(id(&sent)), "Are you there?").await.expect(200);
    let keyed = async |body: Value| {
        let headers = [("authorization", AGENT), ("idempotency-key", "k")];
        desk.http.call(Method::POST, "/api/projects/1/conversations/tickets/", &headers, body).await
    };
    keyed(json!({})).await.expect(201);
    let tagged = [("authorization", AGENT), ("if-match", "\"1\"")];
    let path = format!("/api/projects/1/conversations/tickets/{}/", id(&sent));
    let mut overtaken = desk.tickets().reply(id(&sent), json!({"message": "Hi", "seen_until": seen})).reply().await;
    overtaken.json["ticket"] = json!("as in ticket.snap");
    let agents = [
        ("a field is wrong", desk.tickets().create(json!({"status": "bogus"})).reply().await),
        ("no credential", desk.agent_with("nope").tickets().list("").reply().await),
        ("no permission", desk.agent_with(&reader).tickets().delete(id(&sent)).reply().await),
        ("not in reach", desk.agent_with("phx_other").tickets().get(id(&sent)).reply().await),
        ("someone else wrote", overtaken),
        ("changed meanwhile", desk.http.call(Method::PATCH, &path, &tagged, json!({"status": "open"})).await),
        ("a key for another body", keyed(json!({"message": "other"})).await),
        ("the desk is at fault", broken(&desk).await),
    ];
    let widget =
        [("a field is wrong", visitor.send(None, "").await), ("not in reach", desk.customer().send(Some(id(&sent)), "x").await)];
    let external = [
        ("a field is wrong", desk.http.external(Method::PATCH, id(&sent), json!({"status": "bogus"})).await),
        ("not in reach", desk.http.external(Method::GET, "1", Value::Null).await),
        ("too many calls", throttled(&desk, id(&sent)).await),
    ];
    let shown = |all: Vec<(&str, Reply)>| {
        all.into_iter()
            .map(|(why, reply)| (why.to_owned(), json!({"status": reply.status, "body": reply.json})))
            .collect::<Value>()
    };
    let errors = json!({"agents": shown(agents.into()), "widget": shown(widget.into()), "external": shown(external.into())});
    snapshot("errors", &errors, &[(id(&sent), "ticket")]);
}

/// The answer to the first ticket of project 2, whose item with the last number can't be read.
async fn broken(desk: &Desk) -> Reply {
    let odd = [("PK", "P#2"), ("SK", "NUMBER"), ("n", "many")].map(|(name, value)| (name.to_owned(), text(value)));
    Table(desk).put(odd.into()).await;
    desk.by("phx_other", Method::POST, "/projects/2/conversations/tickets/", json!({})).await
}

/// The answer to a call beyond the limit of the external API.
async fn throttled(desk: &Desk, ticket: &str) -> Reply {
    for _ in 0..MORE_THAN_A_MINUTES {
        let reply = desk.http.external(Method::GET, ticket, Value::Null).await;
        if reply.status != 200 {
            return reply;
        }
    }
    panic!("the limit let {MORE_THAN_A_MINUTES} calls through");
}

#[test]
fn every_snapshot_is_that_of_a_test() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/bodies");
    for file in fs::read_dir(directory).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let used =
            name.strip_suffix(".snap").is_some_and(|name| include_str!("bodies.rs").contains(&format!("snapshot(\"{name}\"")));
        assert!(used, "no test compares with tests/it/bodies/{name}");
    }
}
