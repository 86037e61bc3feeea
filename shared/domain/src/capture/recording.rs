//! Recordings: what the SDK's recorder saw, cut into parts that can be stored. The events are stored as they were sent. Nothing
//! here plays them; the page does that where they can do no harm.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    capture::{
        SessionId, gzip,
        sent::{self, SNAPSHOT},
        session_id::is_id,
        walls,
        wire::First,
    },
    time::Timestamp,
};

/// What a browser sent of a recording at once.
#[derive(Debug)]
pub struct Piece<'a> {
    /// The session that it is of.
    pub session: SessionId,
    /// The tab that it is of.
    pub window: Option<String>,
    /// The recorder's events.
    pub events: First<'a>,
    /// By how many microseconds the browser's clock is behind.
    wrong_by: i64,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    properties: Properties<'a>,
    #[serde(default)]
    sent_at: Option<Value>,
}

#[derive(Deserialize)]
struct Properties<'a> {
    #[serde(borrow, rename = "$session_id")]
    session: Cow<'a, str>,
    #[serde(default, rename = "$window_id")]
    window: Option<Value>,
    #[serde(borrow, rename = "$snapshot_data")]
    data: &'a RawValue,
}

impl<'a> Piece<'a> {
    /// Reads an event of the SDK that carries a part of a recording. `None` for any other.
    pub fn read(event: &'a RawValue, sent_at: Option<&str>, now: Timestamp) -> Option<Self> {
        let Fields { event, properties, sent_at: own } = serde_json::from_str(event.get()).ok()?;
        if event != SNAPSHOT {
            return None;
        }
        let own = own.as_ref().and_then(Value::as_str);
        Some(Self {
            session: properties.session.parse().ok()?,
            window: properties.window.as_ref().and_then(Value::as_str).filter(|id| is_id(id)).map(str::to_owned),
            events: First::of(properties.data)?,
            wrong_by: sent::wrong_by(own.or(sent_at), now),
        })
    }

    /// The parts that this is stored as. An event that is longer than a part may be is left out.
    pub fn parts(&self, now: Timestamp) -> Parts {
        let mut parts = Parts { all: Vec::new(), left_out: self.events.left_out };
        let mut group: &[&RawValue] = &self.events.all;
        while !group.is_empty() {
            let (first, rest) = group.split_at(within(group));
            self.cut(first, now, &mut parts);
            group = rest;
        }
        parts
    }

    fn cut(&self, events: &[&RawValue], now: Timestamp, parts: &mut Parts) {
        let json = array(events);
        let zipped = gzip::zip(json.as_bytes());
        if zipped.len() <= walls::CHUNK {
            let at = |event: Option<&&RawValue>| self.at(event.copied(), now);
            parts.all.push(Part { from: at(events.first()), until: at(events.last()), events: events.len(), zipped });
        } else if events.len() == 1 {
            parts.left_out += 1;
        } else {
            let (first, second) = events.split_at(events.len() / 2);
            self.cut(first, now, parts);
            self.cut(second, now, parts);
        }
    }

    /// When an event happened by the desk's clock. The recorder tells milliseconds by the browser's.
    fn at(&self, event: Option<&RawValue>, now: Timestamp) -> Timestamp {
        #[derive(Deserialize)]
        struct Told {
            timestamp: f64,
        }
        let told = event.and_then(|event| serde_json::from_str::<Told>(event.get()).ok());
        #[expect(clippy::cast_possible_truncation, reason = "a conversion that is too large saturates, and the time is held")]
        let told = told.map(|told| (told.timestamp * 1000.0) as i64);
        told.map_or(now, |micros| sent::hold(Timestamp::EPOCH.plus_micros(micros.saturating_add(self.wrong_by)), now))
    }
}

/// The most bytes of JSON that are zipped at a time: what unfolds from a part stays small enough for a page to read.
const AT_ONCE: usize = 4_000_000;

/// How many events from the first on are zipped together.
fn within(events: &[&RawValue]) -> usize {
    let mut bytes = 0;
    let fit = events.iter().take_while(|event| {
        bytes += event.get().len();
        bytes <= AT_ONCE
    });
    fit.count().max(1)
}

fn array(events: &[&RawValue]) -> String {
    let mut json = String::with_capacity(events.iter().map(|event| event.get().len() + 1).sum::<usize>() + 1);
    for (place, event) in events.iter().enumerate() {
        json.push(if place == 0 { '[' } else { ',' });
        json.push_str(event.get());
    }
    json.push(']');
    json
}

/// The parts of what was sent, and how many events were left out.
#[derive(Debug, Default)]
pub struct Parts {
    /// The parts, in the order of their events.
    pub all: Vec<Part>,
    /// How many events are in none of them.
    pub left_out: usize,
}

/// A part of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// When its first event happened.
    pub from: Timestamp,
    /// When its last event happened.
    pub until: Timestamp,
    /// How many events it has.
    pub events: usize,
    /// The events as a JSON array, zipped.
    pub zipped: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use serde_json::{json, value::to_raw_value};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn snapshot(data: &Value) -> Box<RawValue> {
        let properties = json!({"$session_id": "s", "$window_id": "w", "$snapshot_data": data, "token": "phc"});
        to_raw_value(&json!({"event": "$snapshot", "properties": properties, "sent_at": "2026-03-01T13:00:00Z"})).unwrap()
    }

    /// A recorder's event, so many seconds after one by a clock that is an hour ahead.
    fn recorded(seconds: u64, text: &str) -> Value {
        json!({"type": 3, "timestamp": 1_772_370_000_000_u64 + seconds * 1000, "data": text})
    }

    fn noise(length: usize, seed: usize) -> String {
        let words = (0..=length / 32).map(|n| {
            let bytes = [seed.to_be_bytes(), n.to_be_bytes()].concat();
            uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &bytes).simple().to_string()
        });
        words.collect::<String>()[..length].to_owned()
    }

    fn unzipped(part: &Part) -> Vec<Value> {
        serde_json::from_slice(&gzip::unzip(&part.zipped, walls::UNZIPPED).unwrap()).unwrap()
    }

    #[test]
    fn a_part_has_the_events_as_they_were_sent() {
        let data = json!([recorded(0, "a"), recorded(2, "b")]);
        let raw = snapshot(&data);
        let piece = Piece::read(&raw, None, now()).unwrap();
        assert_eq!((piece.session.as_str(), piece.window.as_deref()), ("s", Some("w")));
        let parts = piece.parts(now());
        let [part] = parts.all.as_slice() else { panic!("one part") };
        assert_eq!((json!(unzipped(part)), part.events, parts.left_out), (data, 2, 0));
        let (from, until) = (part.from.to_string(), part.until.to_string());
        assert_eq!(
            (from.as_str(), until.as_str()),
            ("2026-03-01T12:00:00.000000Z", "2026-03-01T12:00:00.000000Z"),
            "never ahead"
        );
    }

    #[test]
    fn one_event_alone_needs_no_array() {
        let raw = snapshot(&recorded(0, "a"));
        let parts = Piece::read(&raw, None, now()).unwrap().parts(now());
        assert_eq!(unzipped(&parts.all[0]).len(), 1);
        assert!(Piece::read(&snapshot(&json!([])), None, now()).unwrap().parts(now()).all.is_empty());
    }

    #[test]
    fn what_is_long_is_cut_between_events_and_what_is_too_long_left_out() {
        let text = |length, seed| recorded(seed as u64, &noise(length, seed));
        // Digits of base 16 shrink to half.
        let data = json!([text(500_000, 1), text(500_000, 2), text(900_000, 3), text(10, 4)]);
        let raw = snapshot(&data);
        let parts = Piece::read(&raw, None, now()).unwrap().parts(now());
        assert!(parts.all.len() >= 2 && parts.all.iter().all(|part| part.zipped.len() <= walls::CHUNK));
        assert_eq!(parts.left_out, 1);
        let kept: Vec<_> = parts.all.iter().flat_map(unzipped).collect();
        assert_eq!(json!(kept), json!([data[0], data[1], data[3]]), "all others, in order");
    }

    #[test]
    fn what_shrinks_well_is_cut_where_it_would_unfold_to_too_much() {
        let event = recorded(1, &"a".repeat(AT_ONCE / 3));
        let raw = snapshot(&json!([event, event, event]));
        let parts = Piece::read(&raw, None, now()).unwrap().parts(now());
        assert_eq!(parts.all.iter().map(|part| part.events).collect::<Vec<_>>(), [2, 1]);
        assert!(parts.all.iter().all(|part| gzip::unzipped_length(&part.zipped) <= AT_ONCE));
    }

    #[test]
    fn what_is_no_part_of_a_recording_is_none() {
        for wrong in [
            json!({"event": "$pageview", "properties": {"$session_id": "s", "$snapshot_data": []}}),
            json!({"event": "$snapshot", "properties": {"$session_id": "a#b", "$snapshot_data": []}}),
            json!({"event": "$snapshot", "properties": {"$session_id": "s"}}),
            json!({"event": "$snapshot"}),
            json!(3),
        ] {
            assert!(Piece::read(&to_raw_value(&wrong).unwrap(), None, now()).is_none(), "{wrong}");
        }
        for odd in [json!([1, "x", null, {"timestamp": "x"}]), json!("x"), json!([{"timestamp": 1e300}, {"timestamp": -5}])] {
            let raw = snapshot(&odd);
            let parts = Piece::read(&raw, None, now()).unwrap().parts(now());
            assert!(parts.all.iter().all(|part| part.from <= now()), "{odd}");
        }
    }
}
