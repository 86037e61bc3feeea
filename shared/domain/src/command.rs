//! The changes that can be asked of a ticket.

use crate::{
    assignee::Assignee,
    claims::Claims,
    delivery::{Copies, Failure},
    ids::Fingerprint,
    mail::{ByMail, Mailed},
    message::{Content, Message},
    patch::Patch,
    satisfaction::Given,
    thread::Thread,
    time::Timestamp,
    traits::Entries,
};

/// A change that someone asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Changes all given fields, or none if one breaks a rule.
    Update(Box<Patch>),
    /// Adds a message of the customer.
    Receive(Box<FromCustomer>),
    /// Adds an agent's message to the customer, or a private note.
    Reply(FromAgent),
    /// The same, unless someone else has written meanwhile, and changes fields in the same write.
    ReplyAndChange(Box<ReplyAndChange>),
    /// Adds a private note of the desk itself.
    Note(Box<FromDesk>),
    /// Tells the team that a message did not reach somebody.
    Undelivered(Box<Returned>),
    /// Rewrites a private note. Only its author may.
    EditNote {
        /// The note as it is.
        note: Box<Message>,
        /// The text that takes the place of the present one.
        content: Content,
    },
    /// Removes a private note. Only its author may.
    DeleteNote {
        /// The note as it is.
        note: Box<Message>,
    },
    /// Marks every message as read by the team.
    ReadByTeam,
    /// Marks the ticket as one that the team has yet to read.
    UnreadByTeam,
    /// Marks every message as read by the customer.
    ReadByCustomer,
    /// Records the customer's rating.
    Rate(Given),
    /// Gives the ticket to another browser of its customer, who has lost the one before.
    Restore {
        /// The browser's session.
        session: String,
    },
    /// Does what is due: the ticket's timer has fired. The timer may fire more than once.
    Wake,
    /// Recomputes what follows from the project's rules, because the rules have changed.
    Align,
    /// Assigns the ticket anew, because its assignee was removed from the project. A resolved ticket keeps its assignee.
    HandOver {
        /// The assignee who was removed.
        from: Assignee,
        /// The new assignee; `None` for nobody.
        to: Option<Assignee>,
    },
}

/// A customer's message, and what the browser sends with it.
#[derive(Debug, Clone, PartialEq)]
pub struct FromCustomer {
    /// What they wrote, within a customer's bounds.
    pub content: Content,
    /// Traits in the order in which they were sent, merged key by key.
    pub traits: Entries,
    /// Traits that the project's server has signed.
    pub claims: Claims,
    /// The customer's analytics session. It replaces the one before.
    pub session_id: Option<String>,
    /// What the browser sends of that session, merged key by key.
    pub session_context: Entries,
    /// Whether the message came with a proof of identity.
    pub verified: bool,
    /// What the mail brings that the message came by.
    pub mail: Option<Box<ByMail>>,
    /// Random bits for the message's id, or for that of the ticket that it opens.
    pub entropy: u64,
}

/// An agent's message to the customer, or a private note.
#[derive(Debug, Clone, PartialEq)]
pub struct FromAgent {
    /// The message or note.
    pub content: Content,
    /// Whether it is a private note.
    pub private: bool,
    /// A digest that identifies a retry.
    pub fingerprint: Fingerprint,
    /// Whether the request has an `Idempotency-Key`. Then the key alone says what is a retry: two keys are two messages, even
    /// with equal content (docs/decisions.md, 33). The ticket still remembers the message, for a retry without a key.
    pub keyed: bool,
    /// What is known of the mail that the message came by.
    pub mailed: Option<Box<Mailed>>,
    /// Who else gets it, if it leaves by mail.
    pub copies: Copies,
    /// Random bits for the message's id.
    pub entropy: u64,
}

impl FromAgent {
    /// When the same message was written, if it was a moment ago: then this one is a retry of it.
    pub fn repeats(&self, thread: &Thread, now: Timestamp) -> Option<Timestamp> {
        thread.retried(self.fingerprint, now).filter(|_| !self.keyed)
    }
}

/// A private note that the desk writes.
#[derive(Debug, Clone, PartialEq)]
pub struct FromDesk {
    /// What it says.
    pub content: Content,
    /// What is known of the mail that it tells of.
    pub mailed: Option<Box<Mailed>>,
    /// Random bits for the note's id.
    pub entropy: u64,
}

/// A message that did not reach somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Returned {
    /// What the team is told.
    pub failure: Failure,
    /// Random bits for the note's id.
    pub entropy: u64,
}

/// An agent's message, the newest message that its sender saw, and a change of the ticket. All of it is written, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyAndChange {
    /// The message or note.
    pub reply: FromAgent,
    /// The time of the newest public message that the sender saw. `None` sends the message whatever came since.
    pub seen_until: Option<Timestamp>,
    /// What else the sender changes.
    pub changes: Option<Patch>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{at, content},
        thread::RecentReply,
    };

    #[test]
    fn a_key_alone_says_what_is_a_retry() {
        let mut thread = Thread::new(at(1));
        thread.recent_replies = vec![RecentReply { fingerprint: Fingerprint([1; 16]), at: at(5) }];
        let reply = |keyed| FromAgent {
            content: content("hi"),
            private: false,
            fingerprint: Fingerprint([1; 16]),
            keyed,
            mailed: None,
            copies: Copies::NONE,
            entropy: 1,
        };
        assert_eq!(reply(false).repeats(&thread, at(6)), Some(at(5)));
        assert_eq!(reply(true).repeats(&thread, at(6)), None);
        assert_eq!(reply(false).repeats(&Thread::new(at(1)), at(6)), None);
    }
}
