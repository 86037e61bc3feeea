//! A message did not reach somebody: what the team is told.

use super::{Delivery, DeliveryStatus, Recipient};
use crate::{ids::MessageId, message::Content, time::Timestamp};

/// A message that did not reach somebody, as its ticket remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undelivered {
    /// The message.
    pub message: MessageId,
    /// What became of it.
    pub status: DeliveryStatus,
    /// When the team was told.
    pub at: Timestamp,
}

/// What the team is told of a message that did not reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The message.
    pub message: MessageId,
    /// What became of it.
    pub status: DeliveryStatus,
    /// The words of the desk's note.
    pub text: String,
}

impl Delivery {
    /// What the team is to be told, now that the delivery is so and no more as it was before.
    pub fn failure_since(&self, before: &Self) -> Option<Failure> {
        let was_known = |recipient: &Recipient| {
            let earlier = before.recipients.iter().find(|earlier| earlier.address == recipient.address);
            earlier.is_some_and(|earlier| earlier.status.is_failure())
        };
        let new: Vec<_> = self.recipients.iter().filter(|it| it.status.is_failure() && !was_known(it)).collect();
        let first = new.first()?;
        let addresses = new.iter().map(|recipient| recipient.address.as_str()).collect::<Vec<_>>().join(", ");
        let reason = first.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let text = match first.status {
            DeliveryStatus::Complained => format!("{addresses} reports a mail of this ticket as spam{reason}"),
            DeliveryStatus::Failed => format!("A mail could not be sent to {addresses}{reason}"),
            _ => format!("A mail did not reach {addresses}{reason}"),
        };
        Some(Failure { message: self.message, status: first.status, text })
    }
}

impl Failure {
    /// The note.
    pub fn content(&self) -> Content {
        Content { text: self.text.clone(), rich: None, files: Vec::new() }
    }
}
