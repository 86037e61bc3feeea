//! What the unmodified posthog-js sends. The events are those that it sent in the demo's sessions.

use std::collections::BTreeMap;

use lambdesk_domain::{Timestamp, capture::gzip};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Failure;

/// What `tests/browser/demo.mjs` made.
const SEEN: &[u8] = include_bytes!("../../../infra/local/src/demo/seen.json.gz");

/// A browser session of the demo.
#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    #[serde(rename = "session")]
    pub(crate) id: String,
    pub(crate) calls: Vec<Call>,
}

/// A call of the SDK in such a session.
#[derive(Debug, Deserialize)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) body: String,
}

pub(crate) fn sessions() -> Result<BTreeMap<String, Session>, Failure> {
    Ok(serde_json::from_slice(&gzip::unzip(SEEN, 10_000_000)?)?)
}

/// Events without an exception, to be sent again and again.
#[derive(Debug, Clone)]
pub(crate) struct Events(Vec<Value>);

impl Events {
    pub(crate) fn read() -> Result<Self, Failure> {
        let mut all = Vec::new();
        for call in sessions()?.values().flat_map(|session| &session.calls) {
            let body: Value = serde_json::from_str(&call.body)?;
            let events = body["batch"].as_array().into_iter().flatten();
            all.extend(events.filter(|event| event["event"] != "$exception").cloned());
        }
        if all.is_empty() { Err("the demo's sessions have no events".into()) } else { Ok(Self(all)) }
    }

    /// The JSON of so many of them, as a session of a project's page sends them now.
    pub(crate) fn body(&self, count: usize, token: &str, session: &str) -> String {
        let now = Timestamp::from(chrono::Utc::now()).to_string();
        let mut batch: Vec<_> = self.0.iter().cycle().take(count).cloned().collect();
        for event in &mut batch {
            event["uuid"] = json!(Uuid::now_v7());
            event["timestamp"] = json!(now);
            event["properties"]["$session_id"] = json!(session);
            event["properties"]["token"] = json!(token);
        }
        json!({"api_key": token, "batch": batch, "sent_at": now}).to_string()
    }
}

/// An exception with 20 frames, that is told from others by its line.
pub(crate) fn exception(token: &str, session: &str, line: u32) -> String {
    let frame = |line: u32| json!({"filename": "https://shop.example/assets/app.js", "function": "total", "lineno": line, "colno": 7, "in_app": true});
    let frames: Vec<_> = (1..20).map(frame).chain([frame(line)]).collect();
    let list = json!([{"type": "TypeError", "value": "no total", "mechanism": {"handled": false}, "stacktrace": {"type": "raw", "frames": frames}}]);
    let properties = json!({"token": token, "distinct_id": "visitor", "$session_id": session, "$exception_list": list});
    json!({"api_key": token, "batch": [{"uuid": Uuid::now_v7(), "event": "$exception", "properties": properties}]}).to_string()
}

/// So many events that nothing makes smaller, as a flood sends them.
pub(crate) fn noise(count: usize, token: &str, session: &str) -> String {
    let text = || std::iter::repeat_with(fastrand::alphanumeric).take(80).collect::<String>();
    let event =
        || json!({"uuid": Uuid::now_v7(), "event": text(), "properties": {"$session_id": session, "distinct_id": text()}});
    json!({"api_key": token, "batch": std::iter::repeat_with(event).take(count).collect::<Vec<_>>()}).to_string()
}

/// A part of a recording that takes so many bytes, which nothing makes smaller.
pub(crate) fn part(token: &str, session: &str, bytes: usize) -> String {
    // Four letters in three bytes, as near as it needs to be.
    let text: String = std::iter::repeat_with(fastrand::alphanumeric).take(bytes * 4 / 3).collect();
    let data = json!([{"type": 3, "timestamp": chrono::Utc::now().timestamp_millis(), "data": {"source": 5, "text": text}}]);
    let properties =
        json!({"token": token, "distinct_id": "visitor", "$session_id": session, "$window_id": "w", "$snapshot_data": data});
    json!([{"uuid": Uuid::now_v7(), "event": "$snapshot", "properties": properties}]).to_string()
}

/// A request of a page, with a body as JSON or as gzip of it.
pub(crate) fn request(path: &str, body: &str, is_zipped: bool) -> Vec<u8> {
    let (body, kind) =
        if is_zipped { (gzip::zip(body.as_bytes()), "text/plain") } else { (body.as_bytes().to_vec(), "application/json") };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: desk\r\nOrigin: https://shop.example\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}
