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
