//! The ticket.

use crate::{
    actor::Stamp,
    assignee::Assignee,
    capture::SessionId,
    delivery::Undelivered,
    ids::{TicketId, TicketNumber},
    mail::MailRoute,
    policies::clock::SlaClock,
    satisfaction::Satisfaction,
    statuses::Statuses,
    tags::Tags,
    thread::Thread,
    time::Timestamp,
    traits::{Object, Proven, text},
    words::words,
};

pub use crate::{
    origin::{Channel, ChannelDetail, Origin},
    statuses::Status,
};

words! {
    /// How urgent a ticket is; a ticket may also have none.
    Priority {
        /// It can wait.
        Low = "low",
        /// It takes its turn.
        Medium = "medium",
        /// It comes first.
        High = "high",
    }
}

/// A customer's conversation with the team.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Random, with the time of creation in its first bits.
    pub id: TicketId,
    /// Counts from 1 in each project.
    pub number: TicketNumber,
    /// Where it came from.
    pub origin: Origin,
    /// The customer's id in analytics.
    pub distinct_id: String,
    /// Whether the customer proved who they are. `None` if the team filed the ticket and no customer has written on it through
    /// the widget with a proof since.
    pub identity_verified: Option<bool>,
    /// What the team sets, and what is known of the customer.
    pub fields: Fields,
    /// The customer's latest analytics session.
    pub session_id: Option<String>,
    /// The analytics session in which the ticket was opened. `None` if it was opened without one, even if its customer has
    /// written from a session since.
    pub first_session_id: Option<String>,
    /// What the browser sent of that session, such as the addresses of the page and of the replay.
    pub session_context: Object,
    /// The next deadline. `None` while its clock is paused, and if there is none.
    pub sla_due_at: Option<Timestamp>,
    /// When the ticket was created.
    pub created_at: Timestamp,
    /// When the ticket last changed in a way that lists show. Each change moves it strictly forward.
    pub updated_at: Timestamp,
    /// How many messages there are, which of them are unread, and the last one.
    pub thread: Thread,
    /// Who changed the ticket last. `None` until someone does.
    pub changed_by: Option<Stamp>,
    /// Since when the ticket is resolved, or is pending without an answer from its customer. `None` in any other state.
    pub since: Option<Timestamp>,
    /// The ticket that continues this one.
    pub follow_up: Option<TicketId>,
    /// The ticket that this one continues.
    pub follows_up: Option<TicketId>,
    /// The conversation by mail that the ticket is, if it is one.
    pub route: Option<Box<MailRoute>>,
    /// The ticket that the first mail pointed to, on which its sender may not write.
    pub related: Option<TicketNumber>,
    /// The last message that did not reach somebody.
    pub undelivered: Option<Undelivered>,
    /// The customer's rating. `None` until the desk has asked for it.
    pub satisfaction: Option<Satisfaction>,
    /// Which statuses the ticket has had, and since when.
    pub statuses: Statuses,
    /// What the deadlines are computed from.
    pub sla_clock: SlaClock,
    /// When the ticket's timer fires. The ticket has exactly this timer, or none.
    pub wake_at: Option<Timestamp>,
    /// Set if traits and context are stored in an item of their own, because they are too large to be written with every
    /// message.
    pub profile: Option<StoredProfile>,
    /// How often the ticket was written. Each write requires the number that was read.
    pub version: u64,
}

/// The fields of a ticket that a [draft](crate::create::Draft) gives and a [patch](crate::patch::Patch) changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// How far the work on the ticket is.
    pub status: Status,
    /// How urgent the ticket is.
    pub priority: Option<Priority>,
    /// The user or role who is responsible.
    pub assignee: Option<Assignee>,
    /// Words by which the team sorts tickets.
    pub tags: Tags,
    /// What is known of the customer: `name`, `email`, and other keys that the browser or the team gave.
    pub anonymous_traits: Object,
    /// The keys of the traits whose value is proven. All other traits are only what a browser said.
    pub proven_traits: Proven,
    /// Whether an AI resolved the ticket.
    pub ai_resolved: bool,
    /// Why the ticket was escalated.
    pub escalation_reason: Option<String>,
    /// Until when the ticket sleeps.
    pub snoozed_until: Option<Timestamp>,
}

/// The item in which traits and context are stored beside a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredProfile {
    /// The version of the ticket that wrote the item.
    pub version: u64,
    /// The size of the item in bytes.
    pub bytes: u32,
}

impl Ticket {
    /// The browser session in which the ticket was opened, if its id is one that browsers use.
    pub fn first_session(&self) -> Option<SessionId> {
        self.first_session_id.as_deref().and_then(|id| id.parse().ok())
    }

    /// The customer's name, if known.
    pub fn customer_name(&self) -> Option<&str> {
        text(&self.fields.anonymous_traits, "name")
    }

    /// What people call the customer by: the name trait, else the e-mail trait.
    pub fn customer_label(&self) -> Option<&str> {
        self.customer_name().or(self.customer_email())
    }

    /// The customer's e-mail, if known.
    pub fn customer_email(&self) -> Option<&str> {
        text(&self.fields.anonymous_traits, "email")
    }

    /// Whether the customer is a stranger: they wrote without a proof of identity, and no agent has answered. A ticket that the
    /// team filed is no stranger's.
    pub fn is_of_a_stranger(&self) -> bool {
        self.identity_verified == Some(false) && !self.sla_clock.answered
    }

    /// The deadline of a ticket that is not resolved. A resolved ticket shows its last deadline, but nothing is due.
    pub const fn running_deadline(&self) -> Option<Timestamp> {
        if matches!(self.fields.status, Status::Resolved) { None } else { self.sla_due_at }
    }

    /// Whether the customer's e-mail is known and proven.
    pub fn customer_email_proven(&self) -> bool {
        self.customer_email().is_some() && self.fields.proven_traits.contains("email")
    }

    /// The deadline that someone set on the ticket. `None` while its clock is paused.
    pub fn explicit_due(&self) -> Option<Timestamp> {
        self.sla_clock.set.as_ref().and_then(|goal| goal.counter.due)
    }

    /// Moves `updated_at` strictly forward, even if this clock is behind the clock that wrote last.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.updated_at = now.max(self.updated_at.next());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        create::Draft,
        policies::clock::Goal,
        testing::{at, draft, draft_of, object, opened, ticket},
    };

    #[test]
    fn a_customer_is_called_by_their_name_else_by_their_address() {
        let known = opened(draft_of("Ada", "ada@example.com")).0;
        assert_eq!((known.customer_name(), known.customer_email()), (Some("Ada"), Some("ada@example.com")));
        assert_eq!(known.customer_label(), Some("Ada"));
        let anonymous_traits = object(json!({"email": "ada@example.com"}));
        let nameless = opened(Draft { fields: Fields { anonymous_traits, ..Fields::default() }, ..draft() }).0;
        assert_eq!((nameless.customer_name(), nameless.customer_label()), (None, Some("ada@example.com")));
        assert_eq!((ticket().customer_label(), ticket().customer_email()), (None, None));
    }

    #[test]
    fn an_address_is_proven_if_its_trait_is_and_it_is_known() {
        let mut known = opened(draft_of("Ada", "ada@example.com")).0;
        assert!(!known.customer_email_proven());
        known.fields.proven_traits.insert("name".to_owned());
        assert!(!known.customer_email_proven());
        known.fields.proven_traits.insert("email".to_owned());
        assert!(known.customer_email_proven());
        known.fields.anonymous_traits.clear();
        assert!(!known.customer_email_proven());
    }

    #[test]
    fn a_stranger_has_no_proof_and_no_answer() {
        let stranger = |identity_verified, answered| {
            let mut ticket = Ticket { identity_verified, ..ticket() };
            ticket.sla_clock.answered = answered;
            ticket.is_of_a_stranger()
        };
        assert!(stranger(Some(false), false));
        assert!(!stranger(Some(false), true) && !stranger(Some(true), false) && !stranger(None, false));
    }

    #[test]
    fn nothing_is_due_on_a_resolved_ticket() {
        for status in Status::ALL.iter().copied() {
            let mut due = Ticket { sla_due_at: Some(at(9)), ..ticket() };
            due.fields.status = status;
            assert_eq!(due.running_deadline(), if status == Status::Resolved { None } else { Some(at(9)) });
        }
    }

    #[test]
    fn a_deadline_that_was_set_is_told_from_a_policys() {
        let mut due = Ticket { sla_due_at: Some(at(9)), ..ticket() };
        assert_eq!(due.explicit_due(), None);
        due.sla_clock.set = Some(Box::new(Goal::at(at(9), at(1))));
        assert_eq!(due.explicit_due(), Some(at(9)));
    }

    #[test]
    fn a_browser_session_is_known_by_an_id_that_browsers_use() {
        let session = |id: Option<&str>| opened(Draft { session_id: id.map(str::to_owned), ..draft() }).0.first_session();
        assert_eq!(session(Some("s-1")), Some("s-1".parse().unwrap()));
        assert_eq!((session(Some("s#1")), session(None)), (None, None));
    }

    #[test]
    fn a_touch_moves_strictly_forward() {
        let touched = |now| {
            let mut touched = Ticket { updated_at: at(10), ..ticket() };
            touched.touch(at(now));
            touched.updated_at
        };
        assert_eq!([5, 10, 11, 12].map(touched), [at(11), at(11), at(11), at(12)]);
    }
}
