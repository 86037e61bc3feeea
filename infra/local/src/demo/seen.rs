//! What customers of the story did in their browsers, as the unmodified posthog-js sent it. `tests/browser/demo.mjs` makes the file.
//! The story tells it again: every call as it was, with its times moved to when the customer writes in the story.

use std::{collections::BTreeMap, io};

use lambdesk_domain::{Timestamp, capture::gzip};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{about, template};

const ZIPPED: &[u8] = include_bytes!("seen.json.gz");
/// The most bytes that it unfolds to.
const MOST: usize = 10_000_000;

/// A browser session in which a customer writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    /// The id that the SDK gave it.
    #[serde(rename = "session")]
    pub(super) id: String,
    /// When the customer wrote, by the browser's clock, in milliseconds. So are all times here.
    message_at: i64,
    calls: Vec<Call>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    path: String,
    at: i64,
    body: String,
}

/// A call of the SDK, as it is made in the story.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) path: String,
    pub(super) body: Value,
}

/// The sessions, by the names that the story's tickets give them.
pub(super) fn read() -> io::Result<BTreeMap<String, Session>> {
    let json = gzip::unzip(ZIPPED, MOST).map_err(|error| template::invalid(format!("seen.json.gz: {error:?}")))?;
    serde_json::from_slice(&json).map_err(|error| template::invalid(format!("seen.json.gz: {error}")))
}

impl Session {
    /// How many seconds the session goes on after the message.
    pub(super) fn seconds_after(&self) -> i64 {
        let last = self.calls.iter().map(|call| call.at).max().unwrap_or(self.message_at);
        (last - self.message_at).max(0) / 1000 + 1
    }

    /// What was sent before the customer wrote, for a story in which they write at `message`.
    pub(super) fn before(&self, message: Timestamp, now: Timestamp) -> io::Result<Vec<Told>> {
        self.told(message, now, |at| at < self.message_at)
    }

    /// What was sent since.
    pub(super) fn after(&self, message: Timestamp, now: Timestamp) -> io::Result<Vec<Told>> {
        self.told(message, now, |at| at >= self.message_at)
    }

    fn told(&self, message: Timestamp, now: Timestamp, is_told: impl Fn(i64) -> bool) -> io::Result<Vec<Told>> {
        let by = message.micros() / 1000 - self.message_at;
        let calls = self.calls.iter().filter(|call| is_told(call.at));
        let told = calls.map(|call| {
            let mut body: Value = serde_json::from_str(&call.body).map_err(|error| about(&call.path, error))?;
            move_request(&mut body, by, now);
            Ok(Told { path: call.path.clone(), body })
        });
        told.collect()
    }
}

/// Moves the times of a request by so many milliseconds. It is sent `now`: the desk corrects times by what a browser says of that.
fn move_request(body: &mut Value, by: i64, now: Timestamp) {
    match body {
        Value::Array(events) => events.iter_mut().for_each(|event| move_request(event, by, now)),
        Value::Object(fields) => {
            if let Some(sent_at) = fields.get_mut("sent_at") {
                *sent_at = json!(now.to_string());
            }
            if let Some(batch) = fields.get_mut("batch") {
                move_request(batch, by, now);
            }
            move_time(fields.get_mut("timestamp"), by);
            let recorded = fields.get_mut("properties").and_then(|properties| properties.get_mut("$snapshot_data"));
            for event in recorded.and_then(Value::as_array_mut).into_iter().flatten() {
                move_time(event.get_mut("timestamp"), by);
            }
        }
        _ => {}
    }
}

/// Events have their time as text, and what the recorder saw has it in milliseconds.
fn move_time(time: Option<&mut Value>, by: i64) {
    let Some(time) = time else { return };
    if let Some(millis) = time.as_i64() {
        *time = json!(millis + by);
    } else if let Some(at) = time.as_str().and_then(|text| text.parse::<Timestamp>().ok()) {
        *time = json!(at.plus_micros(by * 1000).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::story::Story;

    #[test]
    fn the_story_and_the_file_have_the_same_sessions() {
        let story = Story::read().unwrap();
        let named: Vec<_> = story.tickets.iter().filter_map(|ticket| ticket.seen.as_deref()).collect();
        let seen = read().unwrap();
        assert!(named.len() >= 3 && named.len() == seen.len() && named.iter().all(|name| seen.contains_key(*name)), "{named:?}");
        assert!(ZIPPED.len() < 300_000, "{} bytes", ZIPPED.len());
    }

    #[test]
    fn nobody_in_it_is_real() {
        for call in read().unwrap().values().flat_map(|session| &session.calls) {
            for address in call.body.split("://").skip(1) {
                let host = address.split(['/', '"', '\\', '?', ' ']).next().unwrap();
                assert!(host.ends_with(".example"), "{host}");
            }
        }
    }

    #[test]
    fn its_times_lie_around_the_message() {
        let message: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for session in read().unwrap().values() {
            let now = message.plus_seconds(session.seconds_after());
            let (before, after) = (session.before(message, message).unwrap(), session.after(message, now).unwrap());
            assert!(!before.is_empty() && before.iter().all(|call| call.path != "/s/"), "who has not written is not recorded");
            assert!(after.iter().any(|call| call.path == "/s/"));
            for call in before.iter().chain(&after) {
                let events = call.body.get("batch").unwrap_or(&call.body).as_array().unwrap();
                for event in events {
                    let at: Timestamp = event["timestamp"].as_str().unwrap().parse().unwrap();
                    assert!(at >= message.plus_seconds(-120) && at <= now, "{at}");
                    for recorded in event["properties"]["$snapshot_data"].as_array().into_iter().flatten() {
                        let at = recorded["timestamp"].as_i64().unwrap() / 1000;
                        assert!((message.seconds() - 120..=now.seconds()).contains(&at), "{at}");
                    }
                }
            }
        }
    }
}
