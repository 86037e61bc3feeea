//! What a run knows: the event that started it, and the ticket that a step has read.

use serde_json::Value;

use super::property::Property;
use crate::{
    events::{Event, EventName},
    traits::Object,
};

/// An event, as far as workflows see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// The kind of event, which triggers compare.
    pub name: EventName,
    /// The customer's distinct id.
    pub distinct_id: String,
    /// All other values of the event.
    pub properties: Object,
}

impl From<&Event> for Occurrence {
    fn from(event: &Event) -> Self {
        Self { name: event.name, distinct_id: event.distinct_id.clone(), properties: event.properties.clone() }
    }
}

/// The values that conditions and placeholders read. All of them are data: what a customer wrote is never evaluated.
#[derive(Debug, Clone)]
pub(super) struct Known<'a> {
    distinct_id: Value,
    properties: &'a Object,
    /// `variables.ticket`: empty until a step reads a ticket.
    pub(super) ticket: Object,
}

impl<'a> Known<'a> {
    pub(super) fn new(occurrence: &'a Occurrence) -> Self {
        let distinct_id = Value::String(occurrence.distinct_id.clone());
        Self { distinct_id, properties: &occurrence.properties, ticket: Object::new() }
    }

    /// The value at a path; `None` if there is none.
    pub(super) fn get(&self, property: &Property) -> Option<&Value> {
        match property {
            Property::DistinctId => Some(&self.distinct_id),
            Property::Event(path) => walk(self.properties, path),
            Property::Ticket(path) => walk(&self.ticket, path),
        }
    }
}

fn walk<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = object.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{events::of_ticket, workflow::tests::ticket};

    #[test]
    fn workflows_see_an_event_as_it_is() {
        let events = of_ticket(None, Some(&ticket()));
        let [event] = events.as_slice() else { panic!("{events:?}") };
        let seen = Occurrence::from(event);
        assert_eq!((seen.name, seen.distinct_id.as_str()), (EventName::TicketCreated, "Ada-1"));
        assert_eq!((&seen.properties["ticket_number"], &seen.properties["priority"]), (&json!(7), &json!("high")));
    }
}
