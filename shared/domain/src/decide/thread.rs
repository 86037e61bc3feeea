//! Adds messages and notes to a ticket's thread.

use crate::{
    actor::Actor,
    command::{FromAgent, FromCustomer},
    ids::MessageId,
    message::{Author, Content, Message},
    satisfaction::{QUESTION, Satisfaction},
    text::{PREVIEW, cut},
    ticket::{RecentReply, Ticket},
    time::Timestamp,
    traits,
};

/// For how many seconds the same message of an agent counts as a retry (docs/decisions.md, 16).
pub const REPLY_RETRY: i64 = 120;
/// How many recent replies a ticket remembers. The bound keeps a script from growing the item; the oldest reply goes first.
pub(super) const REPLIES_REMEMBERED: usize = 64;

/// Adds a customer's message, and takes over what the browser sent with it.
pub(super) fn receive(ticket: &mut Ticket, received: FromCustomer, now: Timestamp) -> Message {
    let FromCustomer { content, traits, claims, session_id, session_context, verified, entropy } = received;
    let claimed = claims.about(&ticket.distinct_id);
    traits::receive(&mut ticket.fields.anonymous_traits, &mut ticket.fields.proven_traits, traits, claimed);
    traits::merge(&mut ticket.session_context, session_context);
    if session_id.is_some() {
        ticket.session_id = session_id;
    }
    if verified {
        ticket.identity_verified = Some(true);
    }
    ticket.unread_team_count = ticket.unread_team_count.saturating_add(1);
    let new = NewMessage { author: Author::Customer, content, private: false, entropy };
    append(ticket, new, now)
}

/// Adds an agent's message or note, and remembers it for two minutes.
pub(super) fn add_reply(ticket: &mut Ticket, reply: FromAgent, actor: &Actor, now: Timestamp) -> Message {
    let FromAgent { content, private, fingerprint, keyed: _, entropy } = reply;
    let author = match actor {
        Actor::User { id, name } => Author::Support { user: Some(*id), name: name.clone() },
        Actor::Customer | Actor::Workflow(_) | Actor::System => Author::Support { user: None, name: "Support".to_owned() },
    };
    if !private {
        ticket.unread_customer_count = ticket.unread_customer_count.saturating_add(1);
    }
    let message = append(ticket, NewMessage { author, content, private, entropy }, now);
    ticket.recent_replies.retain(|recent| recent.at > now.plus_seconds(-REPLY_RETRY));
    let surplus = (ticket.recent_replies.len() + 1).saturating_sub(REPLIES_REMEMBERED);
    ticket.recent_replies.drain(..surplus);
    ticket.recent_replies.push(RecentReply { fingerprint, at: message.created_at });
    message
}

/// Adds the desk's question for a rating.
pub(super) fn ask(ticket: &mut Ticket, now: Timestamp) -> Message {
    ticket.unread_customer_count = ticket.unread_customer_count.saturating_add(1);
    // The desk asks once for each ticket, so bits of the ticket's id make the message's id unique.
    let entropy = ticket.id.0.as_u64_pair().1;
    let content = Content { text: QUESTION.to_owned(), rich: None };
    let message = append(ticket, NewMessage { author: Author::Desk, content, private: false, entropy }, now);
    ticket.satisfaction = Some(Satisfaction { asked_at: message.created_at, answer: None });
    message
}

/// The time of the message that `reply` is a retry of; `None` if it is none.
pub(super) fn retried(ticket: &Ticket, reply: &FromAgent, now: Timestamp) -> Option<Timestamp> {
    let same = |recent: &&RecentReply| recent.fingerprint == reply.fingerprint && recent.at > now.plus_seconds(-REPLY_RETRY);
    ticket.recent_replies.iter().filter(|_| !reply.keyed).find(same).map(|recent| recent.at)
}

/// A message without its id and its time.
struct NewMessage {
    author: Author,
    content: Content,
    private: bool,
    entropy: u64,
}

/// Adds a message to the thread. Its time is later than everything in the thread. A public message also changes the counts and
/// the preview.
fn append(ticket: &mut Ticket, new: NewMessage, now: Timestamp) -> Message {
    let NewMessage { author, content, private, entropy } = new;
    let mut created_at = now.max(ticket.last_entry_at.next());
    if private {
        ticket.note_count = ticket.note_count.saturating_add(1);
    } else {
        created_at = created_at.max(ticket.updated_at.next());
    }
    ticket.last_entry_at = created_at;
    let message = Message {
        id: MessageId::new(created_at, entropy),
        created_at,
        author,
        content,
        private,
        edits: 0,
        follows: if private { None } else { ticket.last_message_at },
    };
    if !private {
        ticket.updated_at = created_at;
        ticket.message_count = ticket.message_count.saturating_add(1);
        ticket.last_message_at = Some(created_at);
        ticket.last_message_text = Some(cut(&message.content.text, PREVIEW).to_owned());
    }
    message
}
