//! A message of the queue: an event, as EventBridge delivers it.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, events::EventName, traits::Object, workflow::Occurrence};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is added to an event that is put back, beside what EventBridge says.
const MARK: &str = "lambdesk";

/// Something happened that workflows may be about.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// What.
    pub event: EventName,
    /// The event's id: the same each time the same thing is told.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub project: ProjectId,
    /// Whom it is about.
    pub distinct_id: String,
    /// The documented properties.
    pub properties: Object,
    /// How often it was here before, and had to wait.
    pub waits: u32,
}

/// A message that is no event of the desk. It says where, and not what is there: that may be a customer's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON, or without one of an event's fields.
    #[error("the message is no event: line {line}, column {column}")]
    NoEvent {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An event that no workflow can be about.
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

#[derive(Default, Deserialize)]
struct Mark {
    #[serde(default)]
    waits: u32,
}

impl Trigger {
    /// Reads a message's body.
    pub(crate) fn read(body: &str) -> Result<Self, Unreadable> {
        let Entry { detail, mark } = serde_json::from_str(body).map_err(|error| no_event(&error))?;
        let Detail { event, uuid, project_id, distinct_id, timestamp, properties } = detail;
        let event = EventName::parse(&event).ok_or(Unreadable::UnknownEvent)?;
        Ok(Self { event, id: uuid, at: timestamp, project: project_id, distinct_id, properties, waits: mark.waits })
    }

    /// The ticket that it is about.
    pub(crate) fn ticket(&self) -> Option<TicketId> {
        self.properties.get("ticket_id").and_then(Value::as_str).and_then(|id| id.parse().ok())
    }

    /// What workflows see of it.
    pub(crate) fn occurrence(&self) -> Occurrence {
        Occurrence { name: self.event, distinct_id: self.distinct_id.clone(), properties: self.properties.clone() }
    }
}

/// The message that is put back for `body`: the same event, which says that it waited once more.
pub(crate) fn waiting(body: &str) -> Result<String, Unreadable> {
    let mut event: Map<String, Value> = serde_json::from_str(body).map_err(|error| no_event(&error))?;
    let waits = event.get(MARK).and_then(|mark| mark["waits"].as_u64()).unwrap_or(0);
    event.insert(MARK.to_owned(), json!({"waits": waits + 1}));
    // Customers may write these two, which JSON may carry as they are and SQS refuses.
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
        assert_eq!((trigger.distinct_id.as_str(), trigger.waits), ("ada", 0));
        assert_eq!(trigger.ticket().unwrap().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!(trigger.at.micros(), 1_773_342_238_123_456);
        assert_eq!(trigger.properties["priority"], Value::Null);
        for name in EventName::ALL {
            let mut event = event();
            event["detail"]["event"] = json!(name.name());
            assert_eq!(Trigger::read(&event.to_string()).unwrap().event, name);
        }
    }

    #[test]
    fn what_is_put_back_is_the_same_and_says_how_often_it_waited() {
        let mut event = event();
        event["detail"]["properties"]["message_content"] = json!("\u{ffff}a\u{fffe}\u{0}\"");
        let (before, again) = (Trigger::read(&event.to_string()).unwrap(), waiting(&event.to_string()).unwrap());
        assert!(!again.contains(['\u{ffff}', '\u{fffe}', '\u{0}']), "SQS takes none of these");
        let after = Trigger::read(&again).unwrap();
        assert_eq!(after, Trigger { waits: 1, ..before });
        assert_eq!(Trigger::read(&waiting(&again).unwrap()), Ok(Trigger { waits: 2, ..after }), "and once more");
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
        assert!(waiting("[]").is_err());
    }
}
