//! A message in the queue: an event as EventBridge delivers it.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, events::EventName, traits::Object, workflow::Occurrence};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The key of the mark, which is added beside EventBridge's own keys when an event is enqueued again or moved to the
/// dead-letter queue.
const MARK: &str = "lambdesk";

/// An event that may start workflows.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The event's name.
    pub event: EventName,
    /// The event's id, the same in each delivery.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// The project that it happened in.
    pub project: ProjectId,
    /// The distinct id of the customer or user that it is about.
    pub distinct_id: String,
    /// The documented properties.
    pub properties: Object,
    /// What happened to the event in this queue before.
    pub mark: Mark,
}

/// The event's history in the queue. Each earlier stay was a message of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// How often the event has had to wait.
    #[serde(default)]
    pub waits: u32,
    /// The time of its first wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How often it failed before it last had to wait. SQS begins to count anew with each message.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// Why it was moved to the dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Mark {
    /// The mark of a message that was read. An event that someone moves back from the dead-letter queue begins anew, except
    /// that it still counts as having waited.
    fn begun_anew(self) -> Self {
        match self.reason {
            Some(_) => Self { waits: self.waits.min(1), ..Self::default() },
            None => self,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A message that is not an event of the desk. The error gives the position and no text: the text may be a customer's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON, or lacks one of an event's fields.
    #[error("the message is no event: line {line}, column {column}")]
    NoEvent {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// No workflow can start on this event.
    #[error("the message's event is not known")]
    UnknownEvent,
}

#[derive(Deserialize)]
struct Entry {
    detail: Detail,
    #[serde(default, rename = "lambdesk")]
    mark: Mark,
}

#[derive(Deserialize)]
struct Detail {
    event: String,
    uuid: Uuid,
    project_id: ProjectId,
    distinct_id: String,
    timestamp: Timestamp,
    properties: Object,
}

impl Trigger {
    /// Reads a message's body. Fails if it is not an event that workflows know.
    pub(crate) fn read(body: &str) -> Result<Self, Unreadable> {
        let Entry { detail, mark } = serde_json::from_str(body).map_err(|error| no_event(&error))?;
        let Detail { event, uuid, project_id, distinct_id, timestamp, properties } = detail;
        let event = EventName::parse(&event).ok_or(Unreadable::UnknownEvent)?;
        Ok(Self { event, id: uuid, at: timestamp, project: project_id, distinct_id, properties, mark: mark.begun_anew() })
    }

    /// The ticket that the event is about, if its properties name one.
    pub(crate) fn ticket(&self) -> Option<TicketId> {
        self.properties.get("ticket_id").and_then(Value::as_str).and_then(|id| id.parse().ok())
    }

    /// The event as workflows see it.
    pub(crate) fn occurrence(&self) -> Occurrence {
        Occurrence { name: self.event, distinct_id: self.distinct_id.clone(), properties: self.properties.clone() }
    }
}

/// The new message for `body`: the same event with this mark.
pub(crate) fn marked(body: &str, mark: &Mark) -> Result<String, Unreadable> {
    let mut event: Map<String, Value> = serde_json::from_str(body).map_err(|error| no_event(&error))?;
    event.insert(MARK.to_owned(), json!(mark));
    // A customer's text may contain these two characters. JSON carries them as they are, but SQS refuses them.
    Ok(Value::Object(event).to_string().replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"))
}

fn no_event(error: &serde_json::Error) -> Unreadable {
    Unreadable::NoEvent { line: error.line(), column: error.column() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Value {
        json!({
            "version": "0", "id": "6f7b1c3e-0000-4000-8000-000000000000", "detail-type": "$conversation_ticket_created",
            "source": "lambdesk", "account": "000000000000", "time": "2026-03-12T19:03:58Z", "region": "us-east-1",
            "resources": [],
            "detail": {
                "event": "$conversation_ticket_created", "uuid": "01890a5d-ac96-574b-bcce-b302099a8057", "project_id": 7,
                "distinct_id": "ada", "timestamp": "2026-03-12T19:03:58.123456Z",
                "properties": {"ticket_id": "01890a5d-ac96-774b-bcce-b302099a8057", "priority": null},
            },
        })
    }

    #[test]
    fn an_event_is_read() {
        let trigger = Trigger::read(&event().to_string()).unwrap();
        assert_eq!((trigger.event, trigger.project), (EventName::TicketCreated, ProjectId(7)));
        assert_eq!(trigger.id.to_string(), "01890a5d-ac96-574b-bcce-b302099a8057", "the desk's own id, not the bus's");
        assert_eq!((trigger.distinct_id.as_str(), &trigger.mark), ("ada", &Mark::default()));
        assert_eq!(trigger.ticket().unwrap().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!(trigger.at.micros(), 1_773_342_238_123_456);
        assert_eq!(trigger.properties["priority"], Value::Null);
        for name in EventName::ALL.iter().copied() {
            let mut event = event();
            event["detail"]["event"] = json!(name.name());
            assert_eq!(Trigger::read(&event.to_string()).unwrap().event, name);
        }
    }

    #[test]
    fn what_is_sent_on_is_the_same_and_says_what_became_of_it() {
        let mut event = event();
        event["detail"]["properties"]["message_content"] = json!("\u{ffff}a\u{fffe}\u{0}\"");
        let before = Trigger::read(&event.to_string()).unwrap();
        let mut mark = Mark { waits: 1, since: Timestamp::from_micros(5), failures: 2, reason: None };
        let again = marked(&event.to_string(), &mark).unwrap();
        assert!(!again.contains(['\u{ffff}', '\u{fffe}', '\u{0}']), "SQS takes none of these");
        assert_eq!(Trigger::read(&again).unwrap(), Trigger { mark: mark.clone(), ..before.clone() });
        mark.waits = 2;
        assert_eq!(Trigger::read(&marked(&again, &mark).unwrap()), Ok(Trigger { mark, ..before }), "and once more");
    }

    #[test]
    fn what_was_set_aside_and_moved_back_begins_anew() {
        let reason = Some("It failed.".to_owned());
        for (waits, then) in [(0, 0), (1, 1), (90, 1)] {
            let mark = Mark { waits, since: Timestamp::from_micros(5), failures: 4, reason: reason.clone() };
            let trigger = Trigger::read(&marked(&event().to_string(), &mark).unwrap()).unwrap();
            assert_eq!(trigger.mark, Mark { waits: then, ..Mark::default() });
        }
    }

    #[test]
    fn what_is_no_event_is_refused_without_its_words() {
        let mut unknown = event();
        unknown["detail"]["event"] = json!("$pageview");
        assert_eq!(Trigger::read(&unknown.to_string()), Err(Unreadable::UnknownEvent));
        let mut without = event();
        without["detail"].as_object_mut().unwrap().remove("uuid");
        let mut wrong = event();
        wrong["detail"]["project_id"] = json!("secret");
        for body in ["", "{", "[]", "\"secret\"", &without.to_string(), &wrong.to_string()] {
            let refused = Trigger::read(body).unwrap_err();
            assert!(matches!(refused, Unreadable::NoEvent { .. }), "{body}: {refused}");
            assert!(!refused.to_string().contains("secret"));
        }
        assert!(marked("[]", &Mark::default()).is_err());
    }
}
