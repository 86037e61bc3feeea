//! What starts a workflow: an event, and conditions on it.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    bounds::MOST_LISTED,
    condition::Condition,
    known::{Known, Occurrence},
    place::{Invalid, Place},
};
use crate::events::EventName;

/// The event that starts a workflow, if every filter holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The kind of event that starts the workflow.
    pub event: EventName,
    /// The conditions that must all hold for it.
    pub filters: Vec<Condition>,
}

impl Trigger {
    /// Reads a trigger. A missing `filters` is an empty list.
    pub(super) fn read(value: &Value, place: &Place) -> Result<Self, Invalid> {
        let object = place.object(value, &["event", "filters"])?;
        let (name, at) = place.required(object, "event")?;
        let event = name.as_str().and_then(EventName::parse).ok_or_else(|| {
            let names: Vec<_> = EventName::ALL.iter().map(|event| event.name()).collect();
            at.refuse(format!("Must be one of {}.", names.join(", ")))
        })?;
        let at = place.key("filters");
        let filters = object.get("filters").map(|filters| at.list(filters, MOST_LISTED)).transpose()?.unwrap_or_default();
        Ok(Self { event, filters: Condition::read_list(filters, &at, 0)? })
    }

    /// The JSON that a definition has for it.
    pub fn to_json(&self) -> Value {
        json!({"event": self.event.name(), "filters": self.filters.iter().map(Condition::to_json).collect::<Vec<_>>()})
    }

    /// Checks the event and each filter. No step has run yet, so `variables.ticket.*` is not set.
    pub fn matches(&self, occurrence: &Occurrence) -> Matching {
        let known = Known::new(occurrence);
        let place = Place::root("trigger").key("filters");
        let outcome = |(index, filter): (usize, &Condition)| FilterOutcome {
            filter: place.at(index).to_string(),
            matched: filter.holds(&known),
        };
        Matching { event: self.event == occurrence.name, filters: self.filters.iter().enumerate().map(outcome).collect() }
    }
}

/// Whether an event starts a workflow, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// Whether it is the event that the trigger asks for.
    pub event: bool,
    /// Each filter, in order.
    pub filters: Vec<FilterOutcome>,
}

impl Matching {
    /// Whether the workflow starts.
    pub fn matched(&self) -> bool {
        self.event && self.filters.iter().all(|filter| filter.matched)
    }
}

/// Whether one filter holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FilterOutcome {
    /// The filter's place, such as `trigger.filters[0]`.
    pub filter: String,
    /// Whether it holds.
    pub matched: bool,
}
