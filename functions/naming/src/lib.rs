//! Hears which tickets name which browser sessions, and which tickets are gone. Only sessions that a ticket names are recorded, and
//! what a session sent goes with the last ticket that names it.
//!
//! It is a function of its own, because strangers call the one that takes recordings: that one can remove nothing, and a flood of
//! calls to it does not keep this one from hearing.
//!
//! A rule invokes it with each fact, at least once and in no order. Everything here may be done twice.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, capture::SessionId, facts::FactKind};
use lambdesk_store::StoreError;
use serde::Deserialize;
use serde_json::Value;

/// The function that hears of tickets and their sessions.
#[derive(Clone)]
pub struct Naming {
    /// The handle on what browsers sent.
    pub naming: lambdesk_store::Naming,
}

/// A fact as EventBridge delivers it.
#[derive(Deserialize)]
struct Delivered {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    fact: FactKind,
    project_id: ProjectId,
    ticket_id: TicketId,
    session_id: Option<SessionId>,
    named_at: Option<Timestamp>,
}

/// Why a fact was not followed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It is none that can be read.
    #[error("the fact can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Naming {
    /// Follows a fact. If it fails, it may be tried again.
    pub async fn handle(&self, event: Value) -> Result<(), Failure> {
        let Delivered { detail } = serde_json::from_value(event)?;
        let Detail { fact, project_id, ticket_id, session_id, named_at } = detail;
        match (fact, session_id, named_at) {
            (FactKind::SessionNamed, Some(session), Some(at)) => {
                self.naming.named(project_id, ticket_id, &session, at).await?;
            }
            (FactKind::TicketDeleted, ..) => self.naming.gone(project_id, ticket_id).await?,
            // The rule lets no other through.
            _ => {}
        }
        Ok(())
    }
}
