//! Which tickets a customer may open.

use crate::ticket::Ticket;

/// A customer, as far as the desk knows who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// A customer with a random session id, which is their only key.
    Anonymous {
        /// The bearer secret, a UUID in lower-case text.
        session: String,
    },
    /// A customer who proved their distinct id by a signature with the project's secret.
    Verified {
        /// The distinct id that they proved, as analytics names them.
        distinct_id: String,
        /// The session id that their tickets carry, derived from the proof.
        session: String,
    },
}

impl Visitor {
    /// Whether this visitor may open `ticket`. Once a customer has proven who they are on it, a session id alone no longer
    /// opens it. That holds for a session id derived from an old proof, and for that of someone who opened the ticket under
    /// their name. A verified visitor also sees the anonymous tickets of the same distinct id (docs/decisions.md, 51).
    pub fn may_open(&self, ticket: &Ticket) -> bool {
        match self {
            Self::Anonymous { session } => {
                ticket.origin.session() == Some(session.as_str()) && ticket.identity_verified != Some(true)
            }
            Self::Verified { distinct_id, .. } => ticket.distinct_id == *distinct_id,
        }
    }

    /// The session id that this visitor's tickets carry.
    pub fn session(&self) -> &str {
        match self {
            Self::Anonymous { session } | Self::Verified { session, .. } => session,
        }
    }

    /// The key that rate limits count by, different for the two kinds of visitors (docs/decisions.md, 31).
    pub fn key(&self) -> String {
        match self {
            Self::Anonymous { session } => format!("session:{session}"),
            Self::Verified { distinct_id, .. } => format!("identity:{distinct_id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        create::Draft,
        testing::{draft, opened},
        ticket::Origin,
    };

    #[test]
    fn visitors_are_told_apart_by_their_kind() {
        let anonymous = Visitor::Anonymous { session: "s1".to_owned() };
        let verified = Visitor::Verified { distinct_id: "ada".to_owned(), session: "s2".to_owned() };
        assert_eq!([anonymous.session(), verified.session()], ["s1", "s2"]);
        assert_eq!([anonymous.key(), verified.key()], ["session:s1", "identity:ada"]);
    }

    fn opened_by(session: Option<&str>, distinct_id: &str, verified: Option<bool>) -> Ticket {
        let origin = Origin::Widget { session: session.map(str::to_owned), detail: None };
        opened(Draft { origin, distinct_id: distinct_id.to_owned(), identity_verified: verified, ..draft() }).0
    }

    #[test]
    fn a_session_opens_its_own_tickets_until_one_is_proven() {
        let anonymous = Visitor::Anonymous { session: "s1".to_owned() };
        for (session, verified, expected) in [
            (Some("s1"), Some(false), true),
            (Some("s1"), None, true),
            (Some("s1"), Some(true), false),
            (Some("s2"), Some(false), false),
            (None, Some(false), false),
        ] {
            let ticket = opened_by(session, "ada", verified);
            assert_eq!(anonymous.may_open(&ticket), expected, "{session:?} {verified:?}");
        }
    }

    #[test]
    fn a_proven_customer_opens_all_tickets_of_their_distinct_id() {
        let verified = Visitor::Verified { distinct_id: "ada".to_owned(), session: "s2".to_owned() };
        for proven in [None, Some(false), Some(true)] {
            assert!(verified.may_open(&opened_by(Some("s1"), "ada", proven)));
            assert!(!verified.may_open(&opened_by(Some("s2"), "bob", proven)));
        }
    }
}
