//! One event as a browser sent it: whose session it is of, when it happened, and its properties.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use uuid::Uuid;

use crate::{
    capture::{SessionId, session_id::is_id, walls},
    text::cut,
    time::Timestamp,
};

/// The most seconds that an event may be old.
const OLDEST: i64 = 24 * 3600;
/// The most characters of a distinct id that are kept.
const DISTINCT_ID: usize = 200;
/// The name that the SDK gives to errors.
pub const EXCEPTION: &str = "$exception";
/// The name that the SDK gives to parts of a recording.
pub const SNAPSHOT: &str = "$snapshot";

/// The fields of an event beside its properties. Ids and times may be of any type: what is no text counts as absent.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    timestamp: Option<Value>,
    #[serde(default)]
    offset: Option<Value>,
    #[serde(default)]
    sent_at: Option<Value>,
    #[serde(default)]
    distinct_id: Option<Value>,
    #[serde(default)]
    uuid: Option<Value>,
}

/// An event of a browser session.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// What tells it from others: an event that is sent again has the same.
    pub id: Option<Uuid>,
    /// The event's name.
    pub name: String,
    /// The session that it is of.
    pub session: SessionId,
    /// The tab that it is of, if the SDK says so.
    pub window: Option<String>,
    /// Whom the SDK takes the visitor for, cut.
    pub distinct_id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Its properties, as they were sent.
    pub properties: Map<String, Value>,
}

/// The public token that an event names by itself.
pub fn token_of(event: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        token: Option<Value>,
        api_key: Option<Value>,
        properties: Option<Token>,
    }
    #[derive(Deserialize)]
    struct Token {
        token: Option<Value>,
    }
    let Named { token, api_key, properties } = serde_json::from_str(event.get()).ok()?;
    [api_key, token, properties.and_then(|properties| properties.token)].into_iter().flatten().find_map(text)
}

impl Sent {
    /// Reads an event of a session. `None` for what is too large, belongs to no session or is no event.
    pub fn read(event: &RawValue, sent_at: Option<&str>, now: Timestamp) -> Option<Self> {
        if event.get().len() > walls::EVENT {
            return None;
        }
        let Fields { event, properties, timestamp, offset, sent_at: own_sent_at, distinct_id, uuid } =
            serde_json::from_str(event.get()).ok()?;
        let properties = properties?;
        let named = |name: &str| properties.get(name).and_then(Value::as_str);
        let own_sent_at = own_sent_at.and_then(text);
        let times = Times {
            at: timestamp.and_then(text),
            sent_at: own_sent_at.as_deref().or(sent_at),
            offset: offset.as_ref().and_then(Value::as_i64),
        };
        let distinct_id = named("distinct_id").map(str::to_owned).or_else(|| distinct_id.and_then(text)).unwrap_or_default();
        Some(Self {
            id: uuid.and_then(text).and_then(|id| id.parse().ok()),
            name: cut(event.as_deref().filter(|name| !name.is_empty())?, walls::TEXT).to_owned(),
            session: named("$session_id")?.parse().ok()?,
            window: named("$window_id").filter(|id| is_id(id)).map(str::to_owned),
            distinct_id: cut(&distinct_id, DISTINCT_ID).to_owned(),
            at: times.held(now),
            properties,
        })
    }

    /// A property that is text and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// What a browser says of when something happened, by its own clock.
#[derive(Debug, Clone, Default)]
pub struct Times<'a> {
    /// When it happened.
    pub at: Option<String>,
    /// When the browser sent it.
    pub sent_at: Option<&'a str>,
    /// How many milliseconds it is past.
    pub offset: Option<i64>,
}

impl Times<'_> {
    /// When it happened by the desk's clock: a browser's clock may be wrong, and is taken to be wrong by as much as it was when the
    /// request was sent. Held to the last 24 hours.
    pub fn held(&self, now: Timestamp) -> Timestamp {
        let at = self.at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        let told = match (self.offset.filter(|offset| *offset >= 0), at) {
            (Some(millis), _) => now.plus_micros(millis.saturating_mul(-1000)),
            (None, Some(at)) => at.plus_micros(wrong_by(self.sent_at, now)),
            (None, None) => now,
        };
        hold(told, now)
    }
}

/// By how many microseconds a browser's clock is behind.
pub fn wrong_by(sent_at: Option<&str>, now: Timestamp) -> i64 {
    let sent_at = sent_at.and_then(|at| at.parse::<Timestamp>().ok());
    sent_at.map_or(0, |sent_at| now.micros() - sent_at.micros())
}

/// A time held to the last 24 hours.
pub fn hold(at: Timestamp, now: Timestamp) -> Timestamp {
    at.clamp(now.plus_seconds(-OLDEST), now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-03-01T12:00:00Z";

    fn read(event: &Value, sent_at: Option<&str>) -> Option<Sent> {
        let raw = serde_json::value::to_raw_value(event).unwrap();
        Sent::read(&raw, sent_at, NOW.parse().unwrap())
    }

    fn at(timestamp: &Value, sent_at: Option<&str>, offset: &Value) -> String {
        let event = json!({"event": "e", "properties": {"$session_id": "s"}, "timestamp": timestamp, "offset": offset});
        read(&event, sent_at).unwrap().at.to_string().replace(".000000Z", "Z")
    }

    #[test]
    fn a_browsers_clock_is_set_right_and_times_are_held() {
        let none = Value::Null;
        assert_eq!(at(&none, None, &none), NOW);
        assert_eq!(at(&json!("2026-03-01T11:59:00Z"), None, &none), "2026-03-01T11:59:00Z");
        let ahead = Some("2026-03-01T13:00:00Z");
        assert_eq!(at(&json!("2026-03-01T12:59:30Z"), ahead, &none), "2026-03-01T11:59:30Z", "an hour ahead");
        assert_eq!(at(&json!("2026-03-01T11:00:00Z"), ahead, &json!(5000)), "2026-03-01T11:59:55Z", "the offset wins");
        assert_eq!(at(&json!("2026-03-02T11:00:00Z"), None, &none), NOW, "never ahead");
        assert_eq!(at(&json!("2020-01-01T00:00:00Z"), None, &none), "2026-02-28T12:00:00Z", "a day at most");
        assert_eq!(at(&none, None, &json!(i64::MAX)), "2026-02-28T12:00:00Z");
        for odd in [json!("yesterday"), json!(17), json!({}), json!("-9999-01-01T00:00:00Z")] {
            assert_eq!(at(&odd, Some("?"), &json!("x")), NOW, "{odd}");
        }
    }

    #[test]
    fn an_event_has_a_name_and_a_session() {
        let event = json!({"uuid": "019ac1f0-7c3e-7b7a-9f5f-0d2f6a5e1c11", "event": "e", "properties": {"$session_id": "s-1", "$window_id": "w", "distinct_id": "d".repeat(300)}});
        let sent = read(&event, None).unwrap();
        assert_eq!((sent.name.as_str(), sent.session.as_str(), sent.window.as_deref()), ("e", "s-1", Some("w")));
        assert_eq!(sent.distinct_id.len(), DISTINCT_ID);
        assert_eq!(sent.id, Some(Uuid::from_u128(0x019a_c1f0_7c3e_7b7a_9f5f_0d2f_6a5e_1c11)));
        let odd = json!({"uuid": "first", "event": "e", "properties": {"$session_id": "s"}});
        assert_eq!(read(&odd, None).unwrap().id, None, "an id of another form is none");
        let beside = json!({"event": "e", "distinct_id": "d", "properties": {"$session_id": "s", "$window_id": "a#b"}});
        let sent = read(&beside, None).unwrap();
        assert_eq!((sent.distinct_id.as_str(), sent.window, sent.id), ("d", None, None));
        for wrong in [
            json!({"event": "e"}),
            json!({"event": "", "properties": {"$session_id": "s"}}),
            json!({"properties": {"$session_id": "s"}}),
            json!({"event": "e", "properties": {}}),
            json!({"event": "e", "properties": {"$session_id": "a#b"}}),
            json!({"event": "e", "properties": {"$session_id": 5}}),
            json!({"event": 5, "properties": {"$session_id": "s"}}),
            json!("x"),
        ] {
            assert_eq!(read(&wrong, None), None);
        }
        let long = |more: usize| json!({"event": "e", "properties": {"$session_id": "s", "x": "y".repeat(more)}});
        let room = walls::EVENT - long(0).to_string().len();
        assert!(read(&long(room), None).is_some());
        assert_eq!(read(&long(room + 1), None), None, "a byte too long");
    }

    #[test]
    fn a_token_stands_in_several_places() {
        let token = |event: Value| token_of(&serde_json::value::to_raw_value(&event).unwrap());
        assert_eq!(token(json!({"properties": {"token": "a"}})).as_deref(), Some("a"));
        assert_eq!(token(json!({"api_key": "a", "properties": {"token": "b"}})).as_deref(), Some("a"));
        assert_eq!(token(json!({"token": "a"})).as_deref(), Some("a"));
        assert_eq!(token(json!({"token": 5})), None);
        assert_eq!(token(json!(5)), None);
    }
}
