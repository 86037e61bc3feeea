//! What a condition compares and what a placeholder stands for: a value of the event, or of the ticket that a step has read.

use std::fmt;

use crate::text::{cut, fits};

/// The most characters of a path.
const LONGEST: usize = 200;

/// A path to a value. Under the three roots any name is valid, because events gain properties; a property that an event lacks
/// is not set. Dots lead into objects, as in `variables.ticket.assignee.id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    /// `event.properties.*`
    Event(String),
    /// `event.distinct_id`
    DistinctId,
    /// `variables.ticket.*`: not set until a step reads a ticket.
    Ticket(String),
}

impl Property {
    /// Reads a path. An error says, as a sentence, that there is no such property.
    pub fn parse(path: &str) -> Result<Self, String> {
        let known = if path == "event.distinct_id" {
            Some(Self::DistinctId)
        } else if let Some(rest) = path.strip_prefix("event.properties.") {
            is_path(rest).then(|| Self::Event(rest.to_owned()))
        } else if let Some(rest) = path.strip_prefix("variables.ticket.") {
            is_path(rest).then(|| Self::Ticket(rest.to_owned()))
        } else {
            None
        };
        known.filter(|_| fits(path, LONGEST)).ok_or_else(|| {
            let what = if path.is_empty() {
                "A property is missing".to_owned()
            } else {
                format!("There is no property '{}'", cut(path, LONGEST))
            };
            format!("{what}: use event.properties.*, event.distinct_id or variables.ticket.*.")
        })
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(rest) => write!(f, "event.properties.{rest}"),
            Self::DistinctId => f.write_str("event.distinct_id"),
            Self::Ticket(rest) => write!(f, "variables.ticket.{rest}"),
        }
    }
}

/// Names joined by dots, such as `$groups.company`.
pub(super) fn is_path(text: &str) -> bool {
    text.split('.').all(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_round_trip_and_others_are_named() {
        for path in [
            "event.properties.status",
            "event.properties.$groups.company",
            "event.distinct_id",
            "variables.ticket.tags",
            "variables.ticket.assignee.id",
        ] {
            assert_eq!(Property::parse(path).unwrap().to_string(), path);
        }
        for path in [
            "",
            "status",
            "event",
            "event.properties",
            "event.properties.",
            "event.properties..x",
            "event.properties.x.",
            "event.properties.a b",
            "event.distinct_id.x",
            "event.uuid",
            "variables.ticket",
            "variables.other.x",
            "Event.properties.x",
            &format!("event.properties.{}", "x".repeat(200)),
        ] {
            assert!(Property::parse(path).unwrap_err().contains(cut(path, LONGEST)), "{path}");
        }
        assert!(Property::parse("").unwrap_err().starts_with("A property is missing:"));
    }
}
