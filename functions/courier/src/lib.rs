//! Sends mail (docs/mail.md). Two rules invoke it: one with the fact that a message waits, and one with what the sending service
//! tells of a mail. Both come at least once and in no order.
//!
//! Whoever sends a message takes its delivery first. A call whose outcome nobody knows leaves the delivery as it is: the sending
//! service tells of what it has sent, and if it does not, the delivery's timer has the message sent again.

mod due;
mod letter;
mod report;
mod sender;
mod settle;

use lambdesk_domain::{MessageId, ProjectId, TicketId, facts::FactKind};
use lambdesk_store::{ChangeError, StoreError};
use serde::Deserialize;
use serde_json::Value;

pub use sender::Sender;

/// The function that sends mail.
#[derive(Clone)]
pub struct Courier {
    /// The handle on the deliveries of projects.
    pub store: lambdesk_store::Courier,
    /// The domain of the desk's addresses.
    pub mail_domain: String,
    /// What sends.
    pub sender: Sender,
}

/// Why an event was not followed. It may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It is none that can be read.
    #[error("the event can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A ticket could not be told of it.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// An event as EventBridge delivers it.
#[derive(Deserialize)]
struct Delivered {
    source: String,
    detail: Value,
}

#[derive(Deserialize)]
struct Due {
    fact: FactKind,
    project_id: ProjectId,
    ticket_id: TicketId,
    message_id: Option<MessageId>,
}

/// The source of what the sending service tells.
const SERVICE: &str = "aws.ses";

impl Courier {
    /// Follows an event. If it fails, it may be tried again.
    pub async fn handle(&self, event: Value) -> Result<(), Failure> {
        let Delivered { source, detail } = serde_json::from_value(event)?;
        if source == SERVICE {
            return match report::read(detail)? {
                Some(told) => self.told(told).await,
                None => Ok(()),
            };
        }
        let Due { fact, project_id, ticket_id, message_id } = serde_json::from_value(detail)?;
        match (fact, message_id.and_then(MessageId::created_at)) {
            (FactKind::DeliveryDue, Some(written_at)) => self.due(project_id, ticket_id, written_at).await,
            // The rule lets no other through.
            _ => Ok(()),
        }
    }
}
