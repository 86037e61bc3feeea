#![expect(clippy::needless_pass_by_value, reason = "JSON literals read better where they are passed as they are")]

mod any;
mod dry_run;
mod parse;
mod run;

use serde_json::{Value, json};

use super::*;
use crate::{
    assignee::Assignee,
    create::Draft,
    events::EventName,
    ids::RoleId,
    tags::Tags,
    testing::{at, draft_of, object, opened, says},
    ticket::{Priority, Ticket},
};

pub(super) fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

pub(super) fn occurrence(name: EventName, properties: Value) -> Occurrence {
    let mut all = object(json!({"ticket_id": uuid(1)}));
    all.extend(object(properties));
    Occurrence { name, distinct_id: "Ada-1".into(), properties: all }
}

/// A definition with these steps that starts with each new ticket.
pub(super) fn parse_steps(steps: Value) -> Result<Definition, Invalid> {
    Definition::parse(&object(json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": steps})))
}

pub(super) fn steps(steps: Value) -> Definition {
    parse_steps(steps).unwrap()
}

pub(super) fn update(inputs: Value) -> Value {
    json!({"action": "update_ticket", "inputs": inputs})
}

pub(crate) fn ticket() -> Ticket {
    let mut draft = Draft { distinct_id: "Ada-1".into(), message: says("help"), ..draft_of("Ada", "ada@BigCorp.com") };
    draft.fields.priority = Some(Priority::High);
    draft.fields.tags = Tags::new(["vip"]).unwrap();
    opened(draft).0
}

#[test]
fn variables_are_the_documented_fields() {
    let mut ticket = ticket();
    ticket.fields.assignee = Some(Assignee::Role(RoleId(uuid(5))));
    assert_eq!(
        Value::Object(ticket_variables(&ticket)),
        json!({
            "id": uuid(1), "ticket_number": 7, "status": "new", "priority": "high", "channel_source": "widget",
            "distinct_id": "Ada-1", "created_at": "1970-01-01T00:00:01.000000Z", "updated_at": "1970-01-01T00:00:01.000000Z",
            "message_count": 1, "last_message_at": "1970-01-01T00:00:01.000000Z", "last_message_text": "help",
            "unread_team_count": 1, "unread_customer_count": 0, "sla_due_at": null, "tags": ["vip"],
            "assignee": {"type": "role", "id": uuid(5)}, "customer_email_proven": false,
        })
    );
}
