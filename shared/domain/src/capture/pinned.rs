//! What a ticket keeps of the session in which it was opened: the events around its creation, and the session's errors. It outlives
//! what is kept of the session itself, and dies with the ticket.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{
    capture::{SeenEvent, SeenException, gzip, walls},
    time::Timestamp,
};

/// How many seconds before and after a ticket's creation its events are shown.
pub const AROUND: i64 = 5 * 60;

/// An exception, and how often it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeated {
    /// What tells it from others.
    pub id: String,
    /// The first of them.
    pub first: SeenException,
    /// How often it came.
    pub count: u64,
    /// When it came last.
    pub last_at: Timestamp,
}

/// The events and errors of a session, as a ticket shows them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The events around the ticket's creation, oldest first.
    pub events: Vec<SeenEvent>,
    /// The errors of the whole session, the latest first.
    pub errors: Vec<Repeated>,
    /// How many events there were that are not among these.
    #[serde(default)]
    pub events_left_out: u64,
    /// How many errors there were that are not among these.
    #[serde(default)]
    pub errors_left_out: u64,
}

impl Seen {
    /// In their order, and of the events only those around the creation. One that the SDK has sent again, because it heard no
    /// answer, is there once.
    #[must_use]
    pub fn around(mut self, created_at: Timestamp) -> Self {
        let (from, until) = window(created_at);
        self.events.retain(|event| (from..=until).contains(&event.at));
        self.events.sort_by_key(|event| event.at);
        let mut known = HashSet::new();
        self.events.retain(|event| event.id.is_none_or(|id| known.insert(id)));
        self.errors.sort_by_key(|error| std::cmp::Reverse(error.last_at));
        self
    }

    /// Zipped into at most [`walls::PINNED`] bytes that unfold to at most [`walls::SEEN_JSON`]. If it is too long, the events go
    /// that are the farthest from the ticket's creation, and then the errors that came first.
    pub fn packed(&self, created_at: Timestamp) -> Vec<u8> {
        let mut seen = self.clone();
        loop {
            let json = serde_json::to_vec(&seen).unwrap_or_default();
            let is_empty = seen.events.is_empty() && seen.errors.is_empty();
            if json.len() <= walls::SEEN_JSON || is_empty {
                let zipped = gzip::zip(&json);
                if zipped.len() <= walls::PINNED || is_empty {
                    return zipped;
                }
            }
            seen.shorten(created_at);
        }
    }

    fn shorten(&mut self, created_at: Timestamp) {
        let (events, errors) = (self.events.len(), self.errors.len());
        if events > 20 || errors == 0 {
            self.events.sort_by_key(|event| event.at.micros().abs_diff(created_at.micros()));
            self.events.truncate(events / 2);
            self.events.sort_by_key(|event| event.at);
        } else {
            self.errors.truncate(errors - errors.div_ceil(4));
        }
        self.events_left_out += (events - self.events.len()) as u64;
        self.errors_left_out += (errors - self.errors.len()) as u64;
    }

    /// What [`Seen::packed`] has zipped; `None` for anything else.
    pub fn unpacked(zipped: &[u8]) -> Option<Self> {
        serde_json::from_slice(&gzip::unzip(zipped, walls::UNZIPPED).ok()?).ok()
    }
}

/// The time around a ticket's creation whose events are shown.
pub const fn window(created_at: Timestamp) -> (Timestamp, Timestamp) {
    (created_at.plus_seconds(-AROUND), created_at.plus_seconds(AROUND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::exception::Cause;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(seconds)
    }

    fn event(seconds: i64) -> SeenEvent {
        let noise: String = (0..6).map(|n| noise(seconds * 10 + n)).collect();
        let properties = serde_json::json!({"x": noise}).as_object().unwrap().clone();
        SeenEvent { id: None, at: at(seconds), name: "e".into(), url: None, distinct_id: "d".into(), window: None, properties }
    }

    fn noise(seed: i64) -> String {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &seed.to_be_bytes()).simple().to_string()
    }

    fn error(seconds: i64, length: usize) -> Repeated {
        let message: String = (0..length).map(|n| noise(seconds * 100_000 + i64::try_from(n).unwrap())).collect();
        let causes = vec![Cause { kind: "E".into(), message, handled: None, frames: vec![] }];
        let first = SeenException { at: at(seconds), url: None, window: None, causes };
        Repeated { id: noise(seconds), first, count: 1, last_at: at(seconds) }
    }

    #[test]
    fn events_are_those_around_the_creation() {
        let seen = Seen {
            events: [1301, 700, 1300, 699, 1000].map(event).into(),
            errors: [5, 9].map(|n| error(n, 1)).into(),
            ..Seen::default()
        };
        let seen = seen.around(at(1000));
        assert_eq!(seen.events.iter().map(|event| event.at).collect::<Vec<_>>(), [700, 1000, 1300].map(at));
        assert_eq!(seen.errors.iter().map(|error| error.last_at).collect::<Vec<_>>(), [9, 5].map(at), "of the whole session");
    }

    #[test]
    fn an_event_that_is_sent_again_is_there_once() {
        let with = |id, seconds| SeenEvent { id: Some(uuid::Uuid::from_u128(id)), ..event(seconds) };
        let events = vec![with(1, 12), with(2, 11), with(1, 10), event(13), event(13)];
        let seen = Seen { events, ..Seen::default() }.around(at(10));
        let kept: Vec<_> = seen.events.iter().map(|event| event.at).collect();
        assert_eq!(kept, [10, 11, 13, 13].map(at), "where an event has no id, nobody knows");
    }

    #[test]
    fn what_is_kept_is_short_and_near() {
        let few = Seen { events: (980..1020).map(event).collect(), errors: vec![error(1, 3)], ..Seen::default() };
        assert_eq!(Seen::unpacked(&few.packed(at(1000))).unwrap(), few);
        let many = Seen {
            events: (700..1300).step_by(5).map(event).collect(),
            errors: (1..50).map(|n| error(n, 200)).collect(),
            ..Seen::default()
        };
        let many = Seen { events_left_out: 7, ..many.around(at(1000)) };
        let zipped = many.packed(at(1000));
        assert!(zipped.len() <= walls::PINNED);
        let kept = Seen::unpacked(&zipped).unwrap();
        assert!(kept.events.iter().all(|event| (960..=1040).contains(&event.at.seconds())) && !kept.events.is_empty());
        assert_eq!(kept.errors[0], many.errors[0], "the latest error stays");
        assert_eq!(kept.events.len() as u64 + kept.events_left_out, 127);
        assert_eq!(kept.errors.len() as u64 + kept.errors_left_out, 49);
        assert_eq!(Seen::unpacked(b"x"), None);
    }

    #[test]
    fn half_of_the_events_go_while_there_are_more_than_twenty_and_then_the_errors() {
        for (events, errors, left) in [(21, 5, (10, 5)), (20, 5, (20, 3)), (20, 1, (20, 0)), (20, 0, (10, 0))] {
            let mut seen = Seen {
                events: (0..events).map(event).collect(),
                errors: (0..errors).map(|n| error(n, 1)).collect(),
                ..Seen::default()
            };
            seen.shorten(at(0));
            assert_eq!((seen.events.len(), seen.errors.len()), left, "{events} events and {errors} errors");
        }
    }

    #[test]
    fn what_shrinks_well_is_short_when_it_unfolds() {
        let long = |seconds| {
            let properties = serde_json::json!({"x": "x".repeat(10_000)}).as_object().unwrap().clone();
            SeenEvent { properties, ..event(seconds) }
        };
        let many = Seen { events: (0..3000).map(|n| long(n % 600)).collect(), ..Seen::default() }.around(at(300));
        let zipped = many.packed(at(300));
        assert!(gzip::unzip(&zipped, walls::SEEN_JSON).is_ok(), "a ticket that keeps it can be read");
        let kept = Seen::unpacked(&zipped).unwrap();
        assert!(!kept.events.is_empty());
        assert_eq!(kept.events.len() as u64 + kept.events_left_out, 3000);
    }
}
