//! The ticket and the words its fields take.

use crate::{
    actor::Stamp,
    assignee::Assignee,
    ids::{TicketId, TicketNumber},
    message::Fingerprint,
    policies::clock::SlaClock,
    satisfaction::Satisfaction,
    statuses::Statuses,
    tags::Tags,
    time::Timestamp,
    traits::{Object, Proven, text},
    words::words,
};

pub use crate::{
    origin::{Channel, ChannelDetail, Origin},
    statuses::Status,
};

words! {
    /// How urgent a ticket is; a ticket may also have none (decision 1).
    Priority {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
    }
}

/// A customer's conversation with the team.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Its number within the project.
    pub number: TicketNumber,
    /// Where it came from.
    pub origin: Origin,
    /// The customer, as the analytics side knows them.
    pub distinct_id: String,
    /// Whether the customer's identity was proven: `None` where the question does not arise.
    pub identity_verified: Option<bool>,
    /// What the team sets and sees.
    pub fields: Fields,
    /// The customer's analytics session.
    pub session_id: Option<String>,
    /// Its replay, the page the conversation started on.
    pub session_context: Object,
    /// The next deadline that counts, while its clock runs.
    pub sla_due_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed in a way its readers care about; strictly increasing.
    pub updated_at: Timestamp,
    /// Public messages.
    pub message_count: u32,
    /// Private notes.
    pub note_count: u32,
    /// When the last public message was written.
    pub last_message_at: Option<Timestamp>,
    /// Its first 500 characters.
    pub last_message_text: Option<String>,
    /// Messages the team has not seen.
    pub unread_team_count: u32,
    /// Messages the customer has not seen.
    pub unread_customer_count: u32,
    /// When the last message or note was written: each new one is later than this, whatever the clocks say.
    pub last_entry_at: Timestamp,
    /// Agents' messages of the last two minutes, to know a retry by (decision 16).
    pub recent_replies: Vec<RecentReply>,
    /// Who changed it last; `None` while nobody has since it was created.
    pub changed_by: Option<Stamp>,
    /// Since when it is resolved, or waits for its customer as a pending ticket that they have not answered.
    pub since: Option<Timestamp>,
    /// The ticket that goes on where this one ended.
    pub follow_up: Option<TicketId>,
    /// The ticket that this one goes on with.
    pub follows_up: Option<TicketId>,
    /// How its customer found it, once they were asked.
    pub satisfaction: Option<Satisfaction>,
    /// The statuses it has had.
    pub statuses: Statuses,
    /// What its deadlines follow from.
    pub sla_clock: SlaClock,
    /// When its timer fires: there is one at this time, and no other.
    pub wake_at: Option<Timestamp>,
    /// Where traits and context are stored, if they are too large to be written with every message.
    pub profile: Option<StoredProfile>,
    /// Counts the writes to this ticket; every write requires the number it read.
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

/// Traits and context that are stored beside a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredProfile {
    /// The version of the ticket that wrote them.
    pub version: u64,
    /// How many bytes they take.
    pub bytes: u32,
}

/// An agent's message that a retry may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentReply {
    /// What was said, by whom and how.
    pub fingerprint: Fingerprint,
    /// The message's `created_at`, which is its key.
    pub at: Timestamp,
}

impl Ticket {
    /// The customer's name, if known.
    pub fn customer_name(&self) -> Option<&str> {
        text(&self.fields.anonymous_traits, "name")
    }

    /// The customer's e-mail, if known.
    pub fn customer_email(&self) -> Option<&str> {
        text(&self.fields.anonymous_traits, "email")
    }

    /// Whether its customer is whoever came along: they wrote in the widget without proving who they are, and no agent has
    /// answered. A ticket that was filed over the API has someone who filed it.
    pub fn is_of_a_stranger(&self) -> bool {
        self.identity_verified == Some(false) && !self.sla_clock.answered
    }

    /// The deadline, unless the ticket is resolved: what it shows then is history.
    pub const fn running_deadline(&self) -> Option<Timestamp> {
        if matches!(self.fields.status, Status::Resolved) { None } else { self.sla_due_at }
    }

    /// Whether the customer's e-mail is known, and more than a browser's word.
    pub fn customer_email_proven(&self) -> bool {
        self.customer_email().is_some() && self.fields.proven_traits.contains("email")
    }

    /// The deadline that was set on the ticket, unless its clock is paused.
    pub fn explicit_due(&self) -> Option<Timestamp> {
        self.sla_clock.set.as_ref().and_then(|goal| goal.counter.due)
    }

    /// Moves `updated_at` forward, strictly, even where this clock is behind the one that wrote last.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        self.updated_at = now.max(self.updated_at.next());
    }
}
