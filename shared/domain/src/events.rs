//! Derives the public events of every committed change. They are the six events of PostHog's documentation of Support
//! workflows, and Lambdesk's own: one for tags, two for deadlines and two for satisfaction. All of it is pure: it takes the
//! images of a write and returns the events to publish.
//!
//! An event's id is derived from what happened: a ticket's version, or a message's id. So a record that is delivered twice
//! publishes the same id twice, and consumers can drop the second event.

pub(crate) mod muting;
pub(crate) mod name;

use serde_json::{Value, json};
use uuid::Uuid;

pub use name::EventName;

use crate::{
    actor::Stamp,
    alarm::{Alarm, is_breached},
    assignee::Assignee,
    cause::Cause,
    delivery::Undelivered,
    ids::{TicketId, TicketNumber},
    message::{Author, Message},
    policies::Metric,
    satisfaction::Satisfaction,
    tags::Tags,
    text::cut,
    ticket::{Channel, ChannelDetail, Priority, Status, Ticket},
    time::Timestamp,
    traits::Object,
    wake::{NewAlarm, new_alarms},
};

use muting::is_muted;

/// How many characters of a message or comment its event carries.
const CONTENT: usize = 1000;

/// An event to publish.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The event's id, the same each time the same event is derived.
    pub id: Uuid,
    /// The kind of event.
    pub name: EventName,
    /// The customer's distinct id.
    pub distinct_id: String,
    /// Who caused it, for events that name an actor. The publisher adds a user's e-mail.
    pub actor: Option<Stamp>,
    /// When the change was committed, or the alarm was raised.
    pub at: Timestamp,
    /// The event's properties, by name.
    pub properties: Object,
}

/// The values of a ticket that its events carry. For a message's event they are stored with the message, as they were when it
/// was written.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// The ticket's id.
    pub ticket: TicketId,
    /// The number that people call the ticket by.
    pub number: TicketNumber,
    /// Where it came from.
    pub channel: Channel,
    /// How the channel was used.
    pub channel_detail: Option<ChannelDetail>,
    /// The status that the write left.
    pub status: Status,
    /// The priority that the write left; `None` if the ticket has none.
    pub priority: Option<Priority>,
    /// The customer's distinct id.
    pub distinct_id: String,
    /// The customer's name, if it was known.
    pub customer_name: Option<String>,
    /// The customer's e-mail, if it was known.
    pub customer_email: Option<String>,
    /// Whether the e-mail is proven.
    pub customer_email_proven: bool,
    /// The next deadline; `None` while the ticket's clock is paused, and if there is none.
    pub sla_due_at: Option<Timestamp>,
}

impl About {
    /// The values of a ticket as it is.
    pub fn of(ticket: &Ticket) -> Self {
        Self {
            ticket: ticket.id,
            number: ticket.number,
            channel: ticket.origin.channel(),
            channel_detail: ticket.origin.detail(),
            status: ticket.fields.status,
            priority: ticket.fields.priority,
            distinct_id: ticket.distinct_id.clone(),
            customer_name: ticket.customer_name().map(str::to_owned),
            customer_email: ticket.customer_email().map(str::to_owned),
            customer_email_proven: ticket.customer_email_proven(),
            sla_due_at: ticket.sla_due_at,
        }
    }

    /// The values for a message's event: the ticket as the message leaves it. An agent's answer carries the deadline that it
    /// met or missed, not the next one.
    pub fn of_message(message: &Message, before: &Ticket, after: &Ticket) -> Self {
        let answers = matches!(message.author, Author::Support { .. });
        Self { sla_due_at: if answers { before.sla_due_at } else { after.sla_due_at }, ..Self::of(after) }
    }

    /// The properties that every event carries.
    pub(crate) fn base(&self) -> Object {
        object(json!({
            "ticket_id": self.ticket,
            "ticket_number": self.number,
            "channel_source": self.channel,
            "channel_detail": self.channel_detail,
            "status": self.status,
            "priority": self.priority,
            "customer_name": self.customer_name.as_deref().unwrap_or_default(),
            "customer_email": self.customer_email.as_deref().unwrap_or_default(),
            "customer_email_proven": self.customer_email_proven,
        }))
    }

    fn event(&self, id: Uuid, name: EventName, at: Timestamp, actor: Option<Stamp>, more: Value) -> Event {
        let mut properties = self.base();
        properties.extend(object(more));
        if let Some(actor) = actor {
            properties.insert("actor_type".to_owned(), json!(actor.kind()));
            properties.insert("actor_id".to_owned(), actor_id(actor));
            properties.insert("customer_distinct_id".to_owned(), json!(self.distinct_id));
            // The clock acted late: it was down or behind when the moment came.
            if let Stamp::System { late_secs: late @ 1.. } = actor {
                properties.extend(object(json!({"late": true, "late_seconds": late})));
            }
        }
        Event { id, name, distinct_id: self.distinct_id.clone(), actor, at, properties }
    }
}

/// The events of a ticket's write, from its images before and after. There are none for a deletion, for a write that changes
/// nothing that events report, and for what is muted, such as a workflow's change.
pub fn of_ticket(before: Option<&Ticket>, after: Option<&Ticket>) -> Vec<Event> {
    let Some(written) = after else { return Vec::new() };
    let cause = Cause::of_write(before, written);
    changes(before, written).into_iter().filter(|event| !is_muted(event.name, cause)).collect()
}

/// The events of a ticket's write, whoever caused it.
fn changes(before: Option<&Ticket>, after: &Ticket) -> Vec<Event> {
    let about = About::of(after);
    let id = |name: EventName| Uuid::new_v5(&after.id.0, format!("{} {}", after.version, name.name()).as_bytes());
    let Some(before) = before else {
        let created = about.event(id(EventName::TicketCreated), EventName::TicketCreated, after.created_at, None, json!({}));
        return vec![created];
    };
    let actor = after.changed_by.unwrap_or(Stamp::System { late_secs: 0 });
    let told = |name, more| about.event(id(name), name, after.updated_at, Some(actor), more);
    let mut events = Vec::new();
    if before.fields.status != after.fields.status {
        events
            .push(told(EventName::StatusChanged, json!({"old_status": before.fields.status, "new_status": after.fields.status})));
    }
    if before.fields.priority != after.fields.priority {
        events.push(told(
            EventName::PriorityChanged,
            json!({"old_priority": before.fields.priority, "new_priority": after.fields.priority}),
        ));
    }
    if before.fields.assignee != after.fields.assignee {
        events.push(told(EventName::Assigned, Value::Object(assigned(after.fields.assignee))));
    }
    if let Some(tags) = retagged(&before.fields.tags, &after.fields.tags) {
        events.push(told(EventName::TagsChanged, Value::Object(tags)));
    }
    events.extend(new_alarms(before, after).into_iter().map(|NewAlarm { metric, before: _, raised }| {
        let name = match raised.alarm {
            Alarm::AtRisk => EventName::SlaAtRisk,
            Alarm::Breached => EventName::SlaBreached,
        };
        let what = format!("{} {} {}", after.version, name.name(), metric.map_or("", Metric::name));
        let id = Uuid::new_v5(&after.id.0, what.as_bytes());
        about.event(id, name, raised.at, None, Value::Object(deadline(metric, Some(raised.due), raised.at, raised.late_secs)))
    }));
    if before.satisfaction != after.satisfaction
        && let Some(satisfaction) = &after.satisfaction
    {
        let (name, at) = match &satisfaction.answer {
            None => (EventName::SatisfactionAsked, satisfaction.asked_at),
            Some(answer) => (EventName::SatisfactionAnswered, answer.at),
        };
        events.push(about.event(id(name), name, at, Some(actor), Value::Object(satisfied(satisfaction))));
    }
    if before.undelivered != after.undelivered
        && let Some(undelivered) = &after.undelivered
    {
        let name = EventName::DeliveryFailed;
        events.push(about.event(id(name), name, undelivered.at, Some(actor), Value::Object(failed(undelivered))));
    }
    events
}

/// The properties of the event of a message that did not reach somebody.
pub(crate) fn failed(undelivered: &Undelivered) -> Object {
    object(json!({"message_id": undelivered.message, "delivery_status": undelivered.status}))
}

/// The properties of a change of tags; `None` if only their order differs.
fn retagged(before: &Tags, after: &Tags) -> Option<Object> {
    let but = |tags: &Tags, others: &Tags| tags.iter().filter(|tag| !others.contains(tag)).map(str::to_owned).collect::<Vec<_>>();
    let (added, removed) = (but(after, before), but(before, after));
    (!added.is_empty() || !removed.is_empty()).then(|| tagged(after, &added, &removed))
}

/// The tags of a ticket, and which were added and removed.
pub(crate) fn tagged(tags: &Tags, added: &[String], removed: &[String]) -> Object {
    object(json!({"tags": tags, "added": added, "removed": removed}))
}

/// The properties of the events about satisfaction.
pub(crate) fn satisfied(satisfaction: &Satisfaction) -> Object {
    let Satisfaction { asked_at, answer } = satisfaction;
    let answer = answer.as_ref();
    object(json!({
        "satisfaction_asked_at": asked_at,
        "satisfaction_rating": answer.map(|answer| answer.rating.number()),
        "satisfaction_comment": answer.and_then(|answer| answer.comment.as_deref()).map(|comment| cut(comment, CONTENT)),
    }))
}

/// The properties of the events about a deadline.
pub(crate) fn deadline(metric: Option<Metric>, due_at: Option<Timestamp>, at: Timestamp, late_secs: u32) -> Object {
    object(json!({
        "sla_metric": metric,
        "sla_due_at": due_at,
        "sla_active": due_at.is_some(),
        "sla_breached": due_at.is_some_and(|due| is_breached(due, at)),
        "sla_delta_seconds": due_at.map(|due| past(due, at)),
        // The clock was down or behind when the moment came.
        "late": late_secs > 0,
        "late_seconds": late_secs,
    }))
}

/// The seconds from a deadline to `at`, below zero before the deadline: lateness as PostHog Support counts it.
fn past(due: Timestamp, at: Timestamp) -> i64 {
    at.seconds() - due.seconds()
}

/// The event of a new message; `None` for a private note and for what is muted, such as the desk's own messages.
pub fn of_message(message: &Message, about: &About) -> Option<Event> {
    let event = written(message, about);
    (!message.private && !is_muted(event.name, Cause::of_author(&message.author))).then_some(event)
}

/// The event of a new message, whoever wrote it.
fn written(message: &Message, about: &About) -> Event {
    let content = cut(&message.content.text, CONTENT);
    let said = |name: EventName, actor, more: Value| {
        let mut properties = object(json!({"message_id": message.id, "message_content": content}));
        properties.extend(object(more));
        let id = Uuid::new_v5(&message.id.0, name.name().as_bytes());
        about.event(id, name, message.created_at, actor, Value::Object(properties))
    };
    let user = match &message.author {
        Author::Customer | Author::Participant(_) => {
            return said(EventName::MessageReceived, None, json!({"author_type": "customer"}));
        }
        Author::Desk => None,
        Author::Support { user, .. } => *user,
    };
    let due = about.sla_due_at;
    let sla = json!({
        "author_type": "team",
        "author_id": user,
        "sla_due_at": due,
        "sla_active": due.is_some(),
        "sla_breached": due.is_some_and(|due| is_breached(due, message.created_at)),
        "sla_delta_seconds": due.map(|due| past(due, message.created_at)),
    });
    said(EventName::MessageSent, Some(user.map_or(Stamp::System { late_secs: 0 }, Stamp::User)), sla)
}

/// The properties of an assignment. Unassigned is a null id and a null type (docs/decisions.md, 19).
pub(crate) fn assigned(assignee: Option<Assignee>) -> Object {
    object(match assignee {
        None => json!({"assignee_type": null, "assignee_id": null}),
        Some(Assignee::User(id)) => json!({"assignee_type": "user", "assignee_id": id}),
        Some(Assignee::Role(id)) => json!({"assignee_type": "role", "assignee_id": id}),
    })
}

fn actor_id(actor: Stamp) -> Value {
    match actor {
        Stamp::User(id) => json!(id),
        Stamp::Workflow(id) => json!(id),
        Stamp::Customer | Stamp::System { .. } => Value::Null,
    }
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests;
