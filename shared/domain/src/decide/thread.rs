//! Adds messages and notes to a ticket's thread.

use crate::{
    actor::Actor,
    command::{FromAgent, FromCustomer, FromDesk, Returned},
    delivery::Undelivered,
    ids::MessageId,
    mail::Mailed,
    message::{Author, Content, Message},
    satisfaction::{QUESTION, Satisfaction},
    thread::RecentReply,
    ticket::Ticket,
    time::Timestamp,
    traits,
};

/// Adds a customer's message, and takes over what the browser sent with it.
pub(super) fn receive(ticket: &mut Ticket, received: FromCustomer, now: Timestamp) -> Message {
    let FromCustomer { content, traits, claims, session_id, session_context, verified, mail, entropy } = received;
    let claimed = claims.about(&ticket.distinct_id);
    traits::receive(&mut ticket.fields.anonymous_traits, &mut ticket.fields.proven_traits, traits, claimed);
    traits::merge(&mut ticket.session_context, session_context);
    if session_id.is_some() {
        ticket.session_id = session_id;
    }
    if verified {
        ticket.identity_verified = Some(true);
    }
    let (author, mailed) = match mail.map(|mail| *mail) {
        Some(mail) => {
            if let Some(route) = &mut ticket.route {
                route.join(mail.joins);
            }
            (mail.participant.map_or(Author::Customer, Author::Participant), Some(Box::new(mail.mailed)))
        }
        None => (Author::Customer, None),
    };
    let new = NewMessage { author, content, private: false, mailed, entropy };
    append(ticket, new, now)
}

/// Adds an agent's message or note, and remembers it for two minutes.
pub(super) fn add_reply(ticket: &mut Ticket, reply: FromAgent, actor: &Actor, now: Timestamp) -> Message {
    let FromAgent { content, private, fingerprint, keyed: _, mailed, copies: _, entropy } = reply;
    let author = match actor {
        Actor::User { id, name } => Author::Support { user: Some(*id), name: name.clone() },
        Actor::Customer | Actor::Workflow(_) | Actor::System => Author::Support { user: None, name: "Support".to_owned() },
    };
    let message = append(ticket, NewMessage { author, content, private, mailed, entropy }, now);
    ticket.thread.remember(RecentReply { fingerprint, at: message.created_at }, now);
    message
}

/// Adds a private note of the desk.
pub(super) fn note(ticket: &mut Ticket, note: FromDesk, now: Timestamp) -> Message {
    let FromDesk { content, mailed, entropy } = note;
    append(ticket, NewMessage { author: Author::Desk, content, private: true, mailed, entropy }, now)
}

/// Adds a private note of the desk about a message that did not reach somebody, which the team has yet to read.
pub(super) fn undelivered(ticket: &mut Ticket, returned: Returned, now: Timestamp) -> Message {
    let Returned { failure, entropy } = returned;
    let (content, message, status) = (failure.content(), failure.message, failure.status);
    let note = note(ticket, FromDesk { content, mailed: None, entropy }, now);
    ticket.thread.unread_team_count = ticket.thread.unread_team_count.saturating_add(1);
    ticket.undelivered = Some(Undelivered { message, status, at: note.created_at });
    note
}

/// Adds the desk's question for a rating.
pub(super) fn ask(ticket: &mut Ticket, now: Timestamp) -> Message {
    // The desk asks once for each ticket, so bits of the ticket's id make the message's id unique.
    let entropy = ticket.id.0.as_u64_pair().1;
    let content = Content { text: QUESTION.to_owned(), rich: None, files: Vec::new() };
    let message = append(ticket, NewMessage { author: Author::Desk, content, private: false, mailed: None, entropy }, now);
    ticket.satisfaction = Some(Satisfaction { asked_at: message.created_at, answer: None });
    message
}

/// A message without its id and its time.
struct NewMessage {
    author: Author,
    content: Content,
    private: bool,
    mailed: Option<Box<Mailed>>,
    entropy: u64,
}

/// Adds a message to the thread. Its time is later than everything in the thread.
fn append(ticket: &mut Ticket, new: NewMessage, now: Timestamp) -> Message {
    let NewMessage { author, content, private, mailed, entropy } = new;
    let mut created_at = now.max(ticket.thread.last_entry_at.next());
    if !private {
        created_at = created_at.max(ticket.updated_at.next());
        ticket.updated_at = created_at;
    }
    let message = Message {
        id: MessageId::new(created_at, entropy),
        created_at,
        author,
        content,
        private,
        edits: 0,
        follows: if private { None } else { ticket.thread.last_message_at },
        mailed,
    };
    ticket.thread.add(&message);
    message
}
