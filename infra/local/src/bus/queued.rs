//! What queues hold and hand out: messages, receipts of them, and dead letters.

use serde::{Deserialize, Serialize};

/// A received message, to be deleted once it is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Names this receipt, for deleting the message or giving it back.
    pub handle: Handle,
    /// The message's id, the same each time it is received.
    pub id: String,
    /// The event, as JSON.
    pub body: String,
    /// How often the message was received, this time included.
    pub receive_count: u32,
}

/// One receipt of a message. Once the message is received again, the handle has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    pub(super) place: i64,
    pub(super) receive_count: u32,
}

/// How many messages a queue has, without dead letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages that are visible, in flight, or waiting for a retry.
    pub queue: u64,
    /// Messages that were sent with a delay and have not been received: they wait because of the limit on workflows.
    pub waiting: u64,
}

/// A message that was received too often, or that a function sent to the dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The queue that the message was in.
    pub queue: String,
    /// The message's id.
    pub id: String,
    /// The event, as JSON.
    pub body: String,
    /// How often the message was received. Where a function sent the dead letter: how many failures the message states.
    pub receive_count: u32,
    /// Why the function gave up, if a function sent the dead letter and stated a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The `lambdesk` field that a function adds to a message when it sends the message to the dead letters.
#[derive(Default, Deserialize)]
pub(super) struct Mark {
    #[serde(default)]
    pub(super) failures: u32,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

impl Mark {
    pub(super) fn read(body: &str) -> Self {
        #[derive(Deserialize)]
        struct Marked {
            lambdesk: Mark,
        }
        serde_json::from_str::<Marked>(body).map(|marked| marked.lambdesk).unwrap_or_default()
    }
}
