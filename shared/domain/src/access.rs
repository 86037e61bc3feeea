//! Which tickets a customer may open (widget.md section 10).

use crate::ticket::Ticket;

/// A customer, as far as the desk knows who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// Holds a random session id, which is its only key.
    Anonymous {
        /// The bearer secret, a UUID in lower-case text.
        session: String,
    },
    /// Proved its distinct id with the project's secret.
    Verified {
        /// Who.
        distinct_id: String,
        /// The session id that its tickets carry, made from the proof.
        session: String,
    },
}

impl Visitor {
    /// Whether `ticket` is this visitor's. Once a customer has proven who they are on it, a session id alone opens it no
    /// more: neither one made from an old proof, nor that of someone who opened it under their name. A verified visitor also
    /// sees the anonymous tickets of the same distinct id (decision 51).
    pub fn may_open(&self, ticket: &Ticket) -> bool {
        match self {
            Self::Anonymous { session } => {
                ticket.widget_session_id.as_ref() == Some(session) && ticket.identity_verified != Some(true)
            }
            Self::Verified { distinct_id, .. } => ticket.distinct_id == *distinct_id,
        }
    }

    /// The session id that a ticket of this visitor carries.
    pub fn session(&self) -> &str {
        match self {
            Self::Anonymous { session } | Self::Verified { session, .. } => session,
        }
    }

    /// What limits count by (decision 31), unambiguous between the two kinds.
    pub fn key(&self) -> String {
        match self {
            Self::Anonymous { session } => format!("session:{session}"),
            Self::Verified { distinct_id, .. } => format!("identity:{distinct_id}"),
        }
    }
}
