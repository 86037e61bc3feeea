//! What a ticket tells of its thread, so that lists need not read the messages.

use crate::{
    ids::Fingerprint,
    message::{Author, Message},
    text::{PREVIEW, cut},
    time::Timestamp,
};

/// For how many seconds the same message of an agent counts as a retry (docs/decisions.md, 16).
pub const REPLY_RETRY: i64 = 120;
/// How many recent replies a ticket remembers. The bound keeps a script from growing the item; the oldest reply goes first.
pub(crate) const REPLIES_REMEMBERED: usize = 64;

/// The counts, the last message and the latest replies of a ticket's thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// How many public messages there are.
    pub message_count: u32,
    /// How many private notes there are.
    pub note_count: u32,
    /// When the last public message was written.
    pub last_message_at: Option<Timestamp>,
    /// The first 500 characters of that message.
    pub last_message_text: Option<String>,
    /// How many messages the team has not seen.
    pub unread_team_count: u32,
    /// How many messages the customer has not seen.
    pub unread_customer_count: u32,
    /// When the last message or note was written, or the ticket was created. Each new entry is later, even if the writer's clock
    /// is behind.
    pub last_entry_at: Timestamp,
    /// The agents' messages of the last two minutes, which identify a retry (docs/decisions.md, 16).
    pub recent_replies: Vec<RecentReply>,
}

/// A recent message of an agent. The same message within two minutes is a retry of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentReply {
    /// A digest of text, author and kind.
    pub fingerprint: Fingerprint,
    /// The `created_at` of the message, which is its key.
    pub at: Timestamp,
}

impl Thread {
    /// The thread of a ticket that is created at this time, before its first message.
    pub const fn new(created_at: Timestamp) -> Self {
        Self {
            message_count: 0,
            note_count: 0,
            last_message_at: None,
            last_message_text: None,
            unread_team_count: 0,
            unread_customer_count: 0,
            last_entry_at: created_at,
            recent_replies: Vec::new(),
        }
    }

    /// Counts a new message or note. A customer's message is unread by the team, and any other public message by the customer.
    pub(crate) fn add(&mut self, message: &Message) {
        self.last_entry_at = message.created_at;
        if message.private {
            self.note_count = self.note_count.saturating_add(1);
            return;
        }
        self.message_count = self.message_count.saturating_add(1);
        self.last_message_at = Some(message.created_at);
        self.last_message_text = Some(cut(&message.content.text, PREVIEW).to_owned());
        let unread = match message.author {
            Author::Customer | Author::Participant(_) => &mut self.unread_team_count,
            Author::Desk | Author::Support { .. } => &mut self.unread_customer_count,
        };
        *unread = unread.saturating_add(1);
    }

    /// Takes a removed note from the count. A retry of the note is a new note.
    pub(crate) fn remove(&mut self, note: &Message) {
        self.note_count = self.note_count.saturating_sub(1);
        self.recent_replies.retain(|reply| reply.at != note.created_at);
    }

    /// Remembers an agent's message, so that a retry of it is known as one.
    pub(crate) fn remember(&mut self, reply: RecentReply, now: Timestamp) {
        self.recent_replies.retain(|recent| recent.at > now.plus_seconds(-REPLY_RETRY));
        let surplus = (self.recent_replies.len() + 1).saturating_sub(REPLIES_REMEMBERED);
        self.recent_replies.drain(..surplus);
        self.recent_replies.push(reply);
    }

    /// When the message was written that an agent sends again; `None` for a message that is no retry.
    pub(crate) fn retried(&self, fingerprint: Fingerprint, now: Timestamp) -> Option<Timestamp> {
        let same = |recent: &&RecentReply| recent.fingerprint == fingerprint && recent.at > now.plus_seconds(-REPLY_RETRY);
        self.recent_replies.iter().find(same).map(|recent| recent.at)
    }
}
