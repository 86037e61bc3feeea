//! What a caller expects a ticket to be before it is changed. Whoever acts on what a page showed says what that was, so that a
//! change by someone else is not undone unseen.

use crate::{
    assignee::Assignee,
    tags::Tags,
    ticket::{Priority, Status, Ticket},
    time::{Timestamp, is_shown},
};

/// The state that a ticket must have. `None` expects nothing of a field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// The ticket's `updated_at` is one of these.
    pub updated_at: Option<Vec<Timestamp>>,
    /// Its status.
    pub status: Option<Status>,
    /// Its priority, or none.
    pub priority: Option<Option<Priority>>,
    /// Its assignee, or nobody.
    pub assignee: Option<Option<Assignee>>,
    /// All its tags, in any order.
    pub tags: Option<Tags>,
    /// Until when it sleeps, to the millisecond.
    pub snoozed_until: Option<Option<Timestamp>>,
    /// The deadline that it shows, to the millisecond.
    pub sla_due_at: Option<Option<Timestamp>>,
}

/// What is not as it was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// The ticket has changed since.
    Ticket,
    /// This field has another value.
    Field(&'static str),
}

impl Unmet {
    /// The field that has another value; `None` if the ticket as a whole is another.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::Ticket => None,
            Self::Field(field) => Some(field),
        }
    }
}

impl Expected {
    /// The first expectation that `ticket` does not meet.
    pub fn unmet(&self, ticket: &Ticket) -> Option<Unmet> {
        let Self { updated_at, status, priority, assignee, tags, snoozed_until, sla_due_at } = self;
        if updated_at.as_ref().is_some_and(|any| !any.contains(&ticket.updated_at)) {
            return Some(Unmet::Ticket);
        }
        let fields = &ticket.fields;
        let unmet = [
            ("status", status.is_some_and(|status| status != fields.status)),
            ("priority", priority.is_some_and(|priority| priority != fields.priority)),
            ("assignee", assignee.is_some_and(|assignee| assignee != fields.assignee)),
            ("tags", tags.as_ref().is_some_and(|tags| !are_same(tags, &fields.tags))),
            ("snoozed_until", snoozed_until.is_some_and(|until| !is_shown(until, fields.snoozed_until))),
            ("sla_due_at", sla_due_at.is_some_and(|due| !is_shown(due, ticket.sla_due_at))),
        ];
        unmet.into_iter().find_map(|(field, unmet)| unmet.then_some(Unmet::Field(field)))
    }
}

fn are_same(one: &Tags, other: &Tags) -> bool {
    let all_in = |one: &Tags, other: &Tags| one.iter().all(|tag| other.contains(tag));
    all_in(one, other) && all_in(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        UserId,
        testing::{draft_of, opened},
    };

    #[test]
    fn each_expectation_is_named_when_it_is_not_met() {
        let mut ticket = opened(draft_of("Ada", "ada@example.com")).0;
        ticket.fields.tags = Tags::new(["a", "b"]).unwrap();
        let later = ticket.updated_at.plus_seconds(1);
        let none = Expected::default();
        let met = Expected {
            updated_at: Some(vec![later, ticket.updated_at]),
            status: Some(ticket.fields.status),
            priority: Some(None),
            assignee: Some(None),
            tags: Some(Tags::new(["b", "a"]).unwrap()),
            snoozed_until: Some(None),
            sla_due_at: Some(ticket.sla_due_at),
        };
        assert_eq!((none.unmet(&ticket), met.unmet(&ticket)), (None, None));
        let somebody = Some(Assignee::User(UserId(1)));
        for (expected, unmet) in [
            (Expected { updated_at: Some(vec![later]), ..none.clone() }, Unmet::Ticket),
            (Expected { updated_at: Some(Vec::new()), ..met.clone() }, Unmet::Ticket),
            (Expected { status: Some(Status::Resolved), ..met.clone() }, Unmet::Field("status")),
            (Expected { priority: Some(Some(Priority::Low)), ..none.clone() }, Unmet::Field("priority")),
            (Expected { assignee: Some(somebody), ..none.clone() }, Unmet::Field("assignee")),
            (Expected { tags: Some(Tags::new(["a"]).unwrap()), ..none.clone() }, Unmet::Field("tags")),
            (Expected { snoozed_until: Some(Some(later)), ..none.clone() }, Unmet::Field("snoozed_until")),
            (Expected { sla_due_at: Some(Some(later)), ..none }, Unmet::Field("sla_due_at")),
        ] {
            assert_eq!(expected.unmet(&ticket), Some(unmet));
        }
    }

    #[test]
    fn what_is_unmet_names_its_field_unless_it_is_the_whole_ticket() {
        assert_eq!((Unmet::Ticket.field(), Unmet::Field("tags").field()), (None, Some("tags")));
    }

    #[test]
    fn a_time_is_expected_to_the_millisecond() {
        let mut ticket = opened(draft_of("Ada", "ada@example.com")).0;
        let micros = |micros| Timestamp::from_micros(micros);
        (ticket.fields.snoozed_until, ticket.sla_due_at) = (micros(5_000_999), micros(5_000_999));
        for (given, met) in [(5_000_000, true), (4_999_999, false), (5_001_998, true), (5_001_999, false)] {
            let snoozed = Expected { snoozed_until: Some(micros(given)), ..Expected::default() };
            let due = Expected { sla_due_at: Some(micros(given)), ..Expected::default() };
            let is_met = |expected: Expected| expected.unmet(&ticket).is_none();
            assert_eq!((is_met(snoozed), is_met(due)), (met, met), "{given}");
        }
    }
}
