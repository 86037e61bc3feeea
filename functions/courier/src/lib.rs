//! Sends mail (docs/mail.md). Three rules invoke it: with the fact that a message waits, with the event that a ticket is new, and with
//! what the sending service tells of a mail. All of them come at least once and in no order.
//!
//! Whoever sends a message takes its delivery first. A call whose outcome nobody knows leaves the delivery as it is: the sending
//! service tells of what it has sent, and if it does not, the delivery's timer has the message sent again.

mod announce;
mod away;
mod carry;
mod due;
mod letter;
mod report;
mod restore;
mod sender;
mod settle;
mod words;

use lambdesk_bucket::Bucket;
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
    /// Where the files of messages are.
    pub files: Bucket,
    /// The desk's own address, without a slash at its end, for links.
    pub link_base: String,
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

/// The event that a ticket is new.
#[derive(Deserialize)]
struct Opened {
    project_id: ProjectId,
    properties: OfTicket,
}

#[derive(Deserialize)]
struct OfTicket {
    ticket_id: TicketId,
}

/// The source of what the sending service tells.
const SERVICE: &str = "aws.ses";
/// The source of events.
const EVENTS: &str = "lambdesk";

impl Courier {
    /// Follows an event. If it fails, it may be tried again.
    pub async fn handle(&self, event: Value) -> Result<(), Failure> {
        let Delivered { source, detail } = serde_json::from_value(event)?;
        if source == SERVICE {
            return match report::read(detail)? {
                Some(told) => Box::pin(self.told(told)).await,
                None => Ok(()),
            };
        }
        if source == EVENTS {
            // The rule lets no other through than that a ticket is new.
            let Opened { project_id, properties: OfTicket { ticket_id } } = serde_json::from_value(detail)?;
            return Box::pin(self.opened(project_id, ticket_id)).await;
        }
        let Due { fact, project_id, ticket_id, message_id } = serde_json::from_value(detail)?;
        match (fact, message_id.and_then(MessageId::created_at)) {
            (FactKind::DeliveryDue, Some(written_at)) => Box::pin(self.due(project_id, ticket_id, written_at)).await,
            // The rule lets no other through.
            _ => Ok(()),
        }
    }
}
