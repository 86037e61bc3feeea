//! Source maps that projects upload, and what agents see of them in the errors of a ticket's session.

mod reading;
mod refusals;
mod uploads;

use lambdesk_domain::capture::gzip;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Http, Reply, Visitor};

const MAPS: &str = "/api/projects/1/source_maps/";
/// The id that the SDK sends with the frames of `exception.json`.
const CHUNK: &str = "0193b8a4-7c3e-7b7a-9f5f-0d2f6a5e1c11";
/// What `bundle.mjs` made.
const APP_MAP: &str = include_str!("source_maps/shop/app.js.map");
const EXCEPTION: &str = include_str!("source_maps/shop/exception.json");

/// Uploads a map.
async fn put(http: &Http, query: &str, map: impl Into<Vec<u8>>) -> Reply {
    let headers = [("authorization", AGENT), ("content-type", "application/octet-stream")];
    http.raw(Method::PUT, &format!("{MAPS}?{query}"), &headers, map.into()).await
}

async fn list(http: &Http, query: &str) -> Value {
    http.call(Method::GET, &format!("{MAPS}{query}"), &[("authorization", AGENT)], Value::Null).await.expect(200).json
}

async fn delete(http: &Http, id: &str) -> Reply {
    http.call(Method::DELETE, &format!("{MAPS}{id}/"), &[("authorization", AGENT)], Value::Null).await
}

/// A map of one position, which says that the beginning of the script's first line is `pay` in this file.
fn small(file: &str) -> String {
    json!({"version": 3, "sources": [file], "names": ["pay"], "mappings": "AAAAA"}).to_string()
}

fn bundled() -> Value {
    serde_json::from_str(EXCEPTION).unwrap()
}

/// Sends an exception of session `s1`.
async fn throw(http: &Http, list: Value) {
    let properties = json!({
        "token": "phc_local", "distinct_id": "visitor", "$session_id": "s1", "$window_id": "w1", "$exception_list": list,
    });
    let event = json!({"uuid": "019ac1f0-7c3e-7b7a-9f5f-0d2f6a5e1c11", "event": "$exception", "properties": properties});
    let batch = json!({"api_key": "phc_local", "batch": [event]});
    http.call(Method::POST, "/i/v0/e/", &[], batch).await.expect(200);
}

/// A ticket whose customer wrote in session `s1`.
async fn opened(desk: &Desk) -> String {
    let ticket = Visitor::new(&desk.http).open("hello").await;
    desk.http.drain().await;
    ticket
}

/// A ticket of a session with the bundle's exception.
async fn failed(desk: &Desk) -> String {
    throw(&desk.http, bundled()).await;
    opened(desk).await
}

/// The frames of a ticket's first error, the place where it happened first.
async fn frames(http: &Http, ticket: &str) -> Vec<Value> {
    let seen = http.get(&format!("/tickets/{ticket}/context/")).await.expect(200).json;
    seen["errors"]["results"][0]["causes"][0]["frames"].as_array().unwrap().clone()
}

async fn originals(http: &Http, ticket: &str) -> Vec<Value> {
    frames(http, ticket).await.into_iter().map(|mut frame| frame["original"].take()).collect()
}
