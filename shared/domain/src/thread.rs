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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::MessageId,
        testing::{at, content},
    };

    fn message(author: Author, private: bool, seconds: i64) -> Message {
        let created_at = at(0).plus_seconds(seconds);
        let (id, content) = (MessageId::new(created_at, 1), content(&"é".repeat(501)));
        Message { id, created_at, author, content, private, edits: 0, follows: None, mailed: None }
    }

    fn reply(byte: u8, seconds: i64) -> RecentReply {
        RecentReply { fingerprint: Fingerprint([byte; 16]), at: at(0).plus_seconds(seconds) }
    }

    #[test]
    fn a_message_is_unread_by_the_other_side() {
        let support = Author::Support { user: None, name: "Support".to_owned() };
        for (author, team, customer) in [(Author::Customer, 1, 0), (Author::Desk, 0, 1), (support, 0, 1)] {
            let mut thread = Thread::new(at(0));
            thread.add(&message(author, false, 5));
            assert_eq!((thread.message_count, thread.note_count), (1, 0));
            assert_eq!((thread.unread_team_count, thread.unread_customer_count), (team, customer));
            assert_eq!((thread.last_message_at, thread.last_entry_at), (Some(at(5_000_000)), at(5_000_000)));
            assert_eq!(thread.last_message_text, Some("é".repeat(500)));
        }
    }

    #[test]
    fn a_note_is_counted_and_shown_to_nobody() {
        let mut thread = Thread::new(at(0));
        thread.add(&message(Author::Desk, true, 5));
        assert_eq!(thread, Thread { note_count: 1, last_entry_at: at(5_000_000), ..Thread::new(at(0)) });
    }

    #[test]
    fn a_removed_note_is_no_retry_of_another() {
        let mut thread = Thread { note_count: 2, recent_replies: vec![reply(1, 4), reply(2, 5)], ..Thread::new(at(0)) };
        thread.remove(&message(Author::Desk, true, 5));
        assert_eq!((thread.note_count, thread.recent_replies), (1, vec![reply(1, 4)]));
    }

    #[test]
    fn replies_are_remembered_for_two_minutes() {
        let mut thread = Thread::new(at(0));
        thread.remember(reply(1, 10), at(10_000_000));
        thread.remember(reply(2, 129), at(129_999_999));
        assert_eq!(thread.recent_replies, [reply(1, 10), reply(2, 129)]);
        thread.remember(reply(3, 130), at(130_000_000));
        assert_eq!(thread.recent_replies, [reply(2, 129), reply(3, 130)]);
    }

    #[test]
    fn the_latest_sixty_four_replies_are_remembered() {
        let mut thread = Thread::new(at(0));
        for byte in 0..64 {
            thread.remember(reply(byte, 10), at(10_000_000));
        }
        assert_eq!((thread.recent_replies.len(), thread.recent_replies[0]), (64, reply(0, 10)));
        thread.remember(reply(64, 10), at(10_000_000));
        assert_eq!(
            (thread.recent_replies.len(), thread.recent_replies[0], thread.recent_replies[63]),
            (64, reply(1, 10), reply(64, 10))
        );
    }

    #[test]
    fn the_same_reply_within_two_minutes_is_a_retry() {
        let thread = Thread { recent_replies: vec![reply(1, 10), reply(2, 20)], ..Thread::new(at(0)) };
        let retried = |byte, micros| thread.retried(Fingerprint([byte; 16]), at(micros));
        assert_eq!(retried(2, 139_999_999), Some(at(20_000_000)));
        assert_eq!(retried(2, 140_000_000), None);
        assert_eq!(retried(1, 129_999_999), Some(at(10_000_000)));
        assert_eq!(retried(3, 21_000_000), None);
    }
}
