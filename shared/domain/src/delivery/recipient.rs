//! Who gets a message, and what became of it on the way to them.

use crate::{time::Timestamp, words::words};

words! {
    /// What became of a message on the way to somebody. They stand in the order in which they may follow each other; the last two
    /// are ends.
    DeliveryStatus {
        /// It waits.
        Queued = "queued",
        /// It is being sent, or was a moment ago and nobody knows yet.
        Sending = "sending",
        /// The sending service has it.
        Sent = "sent",
        /// Their server has it.
        Delivered = "delivered",
        /// Their server does not take it.
        Bounced = "bounced",
        /// They say that it is spam.
        Complained = "complained",
        /// It can't be sent.
        Failed = "failed",
        /// There was no need to send it.
        Skipped = "skipped",
    }
}

impl DeliveryStatus {
    /// Whether the message did not reach them as it should.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Bounced | Self::Complained | Self::Failed)
    }

    /// Whether another status may follow.
    pub(super) fn may_become(self, next: Self) -> bool {
        !matches!(self, Self::Failed | Self::Skipped) && self < next
    }
}

words! {
    /// As what somebody gets a message.
    RecipientKind {
        /// It is for them.
        To = "to",
        /// They get a copy.
        Cc = "cc",
        /// They get a copy that the others don't see.
        Bcc = "bcc",
    }
}

/// Somebody who gets a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Their address.
    pub address: String,
    /// As what they get it.
    pub kind: RecipientKind,
    /// What became of it.
    pub status: DeliveryStatus,
    /// Why, in the words of whoever said so.
    pub detail: Option<String>,
    /// Since when.
    pub at: Timestamp,
}
