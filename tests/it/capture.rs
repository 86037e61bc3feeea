//! What customers' browsers send beside the chat, as the unmodified posthog-js 1.449.2 sends it, and what agents see of it.

mod hostile;
mod reading;
mod recordings;
mod walls;
mod wire;

use lambdesk_domain::capture::gzip;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Http, Reply, Visitor};

/// The header that the SDK sends with JSON, and the one with everything else.
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const TEXT: [(&str, &str); 1] = [("content-type", "text/plain")];

/// An event of session `s1`, as the SDK has it.
fn event(name: &str, more: &Value) -> Value {
    let mut properties = json!({
        "token": "phc_local", "distinct_id": "visitor", "$session_id": "s1", "$window_id": "w1",
        "$current_url": "https://shop.example/cart?token=secret#pay", "$browser": "Chrome", "$lib": "web", "$ip": "192.0.2.1",
    });
    properties.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({"uuid": uuid::Uuid::now_v7(), "event": name, "properties": properties})
}

fn batch(events: &[Value]) -> Value {
    json!({"api_key": "phc_local", "batch": events})
}

fn thrown(line: u32) -> Value {
    let frame = |line: u32, own: bool| json!({"filename": "https://shop.example/app.js?v=3", "function": "sum", "lineno": line, "colno": 7, "in_app": own});
    let list = json!([
        {"type": "TypeError", "value": "no total", "mechanism": {"handled": false, "type": "onerror", "exception_id": 0},
            "stacktrace": {"type": "raw", "frames": [frame(1, false), frame(line, true)]}},
        {"type": "Error", "value": "the cart is empty", "mechanism": {"handled": true, "exception_id": 1, "parent_id": 0}},
    ]);
    event("$exception", &json!({"$exception_list": list}))
}

/// A part of a recording, as the SDK sends it.
fn snapshot(data: &Value) -> Value {
    json!([{"event": "$snapshot", "properties": {
        "$session_id": "s1", "$window_id": "w1", "$snapshot_data": data, "$snapshot_bytes": 100, "token": "phc_local",
        "distinct_id": "visitor", "$lib": "web",
    }}])
}

/// Sends JSON to one of the SDK's addresses.
async fn post(http: &Http, path: &str, body: Value) -> Reply {
    http.call(Method::POST, path, &JSON, body).await
}

async fn send(http: &Http, events: &[Value]) -> Reply {
    post(http, "/i/v0/e/", batch(events)).await
}

async fn context(http: &Http, ticket: &str) -> Value {
    http.get(&format!("/tickets/{ticket}/context/")).await.expect(200).json
}

/// A ticket whose customer wrote in session `s1`.
async fn opened(desk: &Desk) -> String {
    let ticket = Visitor::new(&desk.http).open("hello").await;
    desk.http.drain().await;
    ticket
}

fn names(events: &Value) -> Vec<&str> {
    events["results"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect()
}
