//! `(ticket, command, actor, now) -> Decision`: every change to a ticket, and the only place that makes one.

use crate::{
    activity::{self, Activity},
    actor::{Actor, Stamp},
    assignee::Assignee,
    claims::Claims,
    events::{Cause, EventName, is_muted},
    ids::MessageId,
    message::{Author, Content, Fingerprint, Message},
    patch::Patch,
    policies::follow::{Said, follow},
    rules::Rules,
    satisfaction::{self, Given, NotTaken, QUESTION, Satisfaction},
    tags::BadTags,
    text::{PREVIEW, cut},
    ticket::{RecentReply, Status, Ticket},
    time::Timestamp,
    traits::{self, Entries},
    wake,
};

/// How long an agent's identical message counts as a retry, in seconds (decision 16).
pub const REPLY_RETRY: i64 = 120;
/// How many recent replies a ticket remembers; the oldest is forgotten first, so that a script can't grow the item.
const REPLIES_REMEMBERED: usize = 64;

/// What someone wants of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Change its fields.
    Update(Box<Patch>),
    /// The customer writes.
    Receive(Box<FromCustomer>),
    /// An agent writes to the customer, or a note to the team.
    Reply(FromAgent),
    /// An agent rewrites a note of their own.
    EditNote {
        /// The note as it is.
        note: Box<Message>,
        /// What it shall say.
        content: Content,
    },
    /// An agent removes a note of their own.
    DeleteNote {
        /// The note as it is.
        note: Box<Message>,
    },
    /// An agent has seen the ticket.
    ReadByTeam,
    /// The customer has seen the ticket.
    ReadByCustomer,
    /// The customer says how it was.
    Rate(Given),
    /// The ticket's timer has fired, perhaps not for the first time.
    Wake,
    /// The rules of its project have changed, perhaps some time ago.
    Align,
    /// Whoever it is assigned to was removed from the project; a resolved ticket keeps them as its history.
    HandOver {
        /// Who was removed.
        from: Assignee,
        /// Whose it becomes.
        to: Option<Assignee>,
    },
}

/// A customer's message with what the browser tells beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct FromCustomer {
    /// What they wrote.
    pub content: Content,
    /// Traits in the order in which they were sent, merged key by key.
    pub traits: Entries,
    /// What the project's server says of its customer.
    pub claims: Claims,
    /// Their analytics session; replaces the one before.
    pub session_id: Option<String>,
    /// Its context, likewise.
    pub session_context: Entries,
    /// Whether the message came with a proof of identity.
    pub verified: bool,
    /// Random bits for the message's id.
    pub entropy: u64,
}

/// An agent's message.
#[derive(Debug, Clone, PartialEq)]
pub struct FromAgent {
    /// What they wrote.
    pub content: Content,
    /// For the team only.
    pub private: bool,
    /// To know a retry by.
    pub fingerprint: Fingerprint,
    /// The caller itself says what is a retry, by an `Idempotency-Key`: two keys are two effects even with equal content
    /// (decision 33). The message is remembered all the same, for a retry that comes without.
    pub keyed: bool,
    /// Random bits for the message's id.
    pub entropy: u64,
}

/// What is to be written: all of it, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The ticket as it will be.
    pub ticket: Ticket,
    /// What happens to the thread.
    pub entry: Option<Entry>,
    /// What the log will say.
    pub activity: Vec<Activity>,
}

/// A change to the thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A message or note is added.
    Added(Message),
    /// A note is rewritten.
    Edited(Message),
    /// A note is removed.
    Removed(Message),
}

/// What comes of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// This is to be written.
    Change(Box<Change>),
    /// It is so already; nothing is written.
    Nothing,
    /// The same reply was written a moment ago, at this time: answer with that one.
    Replay(Timestamp),
}

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only its author may change a note.
    #[error("You can only change your own notes.")]
    NotYourNote,
    /// The customer's answer would not do.
    #[error(transparent)]
    Satisfaction(#[from] NotTaken),
    /// The tags would not do.
    #[error(transparent)]
    Tags(#[from] BadTags),
    /// The time of this field lies too far ahead.
    #[error("Must be at most 100 years from now.")]
    TooFar(&'static str),
    /// Whoever the ticket would be assigned to is not of the project.
    #[error("{}", match .0 {
        Assignee::User(_) => "user is not a member of this project",
        Assignee::Role(_) => "role does not belong to this project",
    })]
    Outsider(Assignee),
}

/// Decides one command. Total and pure: the same arguments give the same result, and no state is out of bounds. Whatever
/// changes brings the ticket in line with the rules of the moment.
pub fn decide(ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp, rules: &Rules) -> Result<Decision, Refusal> {
    let mut after = ticket.clone();
    let (woken, aligned) = (command == Command::Wake, command == Command::Align);
    let Effect { entry, touches, late } = match carry_out(ticket, &mut after, command, actor, now, rules)? {
        CarriedOut::Change(effect) => effect,
        CarriedOut::Nothing => return Ok(Decision::Nothing),
        CarriedOut::Replay(earlier) => return Ok(Decision::Replay(earlier)),
    };
    // Nobody would look after it.
    let reopened = ticket.status == Status::Resolved && after.status != Status::Resolved;
    if reopened && after.assignee.is_some() && after.assignee == rules.gone {
        after.assignee = None;
    }
    let said = match &entry {
        Some(Entry::Added(message)) => said(message),
        Some(Entry::Edited(_) | Entry::Removed(_)) | None => Said::Nothing,
    };
    // What follows from other rules than before is no update by whoever came by.
    let touches = touches && after != *ticket;
    wait(ticket, &mut after, said, now);
    follow(&mut after, said, rules, now);
    // A change whose events are muted raises no alarm; other rules alone are no reason to tell of what those before had
    // promised; and what the clock wakes it tells of itself, unless it resolves it.
    let clock_tells = woken && after.status != Status::Resolved;
    if !clock_tells && !aligned && !is_muted(EventName::SlaBreached, Cause::of(actor.stamp())) {
        wake::tell_missed(ticket, &mut after, now);
    }
    if woken {
        after.wake_at = wake::wakes_again_at(ticket, &after, rules.life, now);
    } else {
        wake::arm(&mut after, rules.life, now);
    }
    if entry.is_none() && after == *ticket {
        return Ok(Decision::Nothing);
    }
    if touches {
        after.touch(now);
    }
    after.version += 1;
    after.changed_by = Some(match actor.stamp() {
        Stamp::System { .. } => Stamp::System { late_secs: late },
        other => other,
    });
    let activity = activity::between(ticket, &after, actor);
    Ok(Decision::Change(Box::new(Change { ticket: after, entry, activity })))
}

/// The ticket as it is by the rules of the moment; `None` if it follows them already.
pub fn aligned(ticket: &Ticket, now: Timestamp, rules: &Rules) -> Option<Ticket> {
    match decide(ticket, Command::Align, &Actor::System, now, rules) {
        Ok(Decision::Change(change)) => Some(change.ticket),
        Ok(Decision::Nothing | Decision::Replay(_)) | Err(_) => None,
    }
}

/// What a command did to a copy of the ticket.
enum CarriedOut {
    Change(Effect),
    /// It is so already.
    Nothing,
    /// It repeats the message of this time.
    Replay(Timestamp),
}

/// What a command did beside.
#[derive(Default)]
struct Effect {
    entry: Option<Entry>,
    /// Whether it counts as an update, which moves the ticket to the top of the inbox. An entry of the thread says so itself.
    touches: bool,
    /// How many seconds after its time the clock did it.
    late: u32,
}

impl Effect {
    const TOUCHES: Self = Self { entry: None, touches: true, late: 0 };

    fn entry(entry: Entry) -> Self {
        Self { entry: Some(entry), ..Self::default() }
    }
}

/// What `command` itself asks for; the rest follows from it.
fn carry_out(
    ticket: &Ticket,
    after: &mut Ticket,
    command: Command,
    actor: &Actor,
    now: Timestamp,
    rules: &Rules,
) -> Result<CarriedOut, Refusal> {
    Ok(CarriedOut::Change(match command {
        Command::Update(patch) => {
            if let Some(outsider) = patch.outsider(ticket) {
                return Err(Refusal::Outsider(outsider));
            }
            patch.apply(after, rules.zone, now)?;
            Effect::TOUCHES
        }
        Command::Receive(received) => {
            if rules.life.reopens(ticket, now) == Some(true) {
                after.status = Status::Open;
            }
            Effect::entry(Entry::Added(receive(after, *received, now)))
        }
        Command::Reply(reply) => {
            if let Some(earlier) = retried(ticket, &reply, now) {
                return Ok(CarriedOut::Replay(earlier));
            }
            Effect::entry(Entry::Added(add_reply(after, reply, actor, now)))
        }
        Command::EditNote { note, content } => {
            own(&note, actor)?;
            if note.content == content {
                return Ok(CarriedOut::Nothing);
            }
            let edits = note.edits.saturating_add(1);
            Effect::entry(Entry::Edited(Message { content, edits, ..*note }))
        }
        Command::DeleteNote { note } => {
            own(&note, actor)?;
            after.note_count = after.note_count.saturating_sub(1);
            // A retry of the removed note is a new note.
            after.recent_replies.retain(|reply| reply.at != note.created_at);
            Effect::entry(Entry::Removed(*note))
        }
        Command::ReadByTeam => {
            if std::mem::take(&mut after.unread_team_count) == 0 {
                return Ok(CarriedOut::Nothing);
            }
            // Looking at a ticket is no update of it: the inbox keeps its order.
            Effect::default()
        }
        Command::ReadByCustomer => {
            if std::mem::take(&mut after.unread_customer_count) == 0 {
                return Ok(CarriedOut::Nothing);
            }
            Effect::TOUCHES
        }
        Command::Rate(given) => {
            after.satisfaction = Some(satisfaction::answer(ticket.satisfaction.as_ref(), given, now)?);
            Effect::TOUCHES
        }
        Command::Align => Effect::default(),
        Command::HandOver { from, to } => {
            if ticket.assignee != Some(from) || ticket.status == Status::Resolved {
                return Ok(CarriedOut::Nothing);
            }
            after.assignee = to;
            Effect::TOUCHES
        }
        Command::Wake => {
            if ticket.wake_at.is_none_or(|at| now < at) {
                return Ok(CarriedOut::Nothing);
            }
            let life = rules.life.without_late_question(ticket, ticket.wake_at, now);
            let asks = life.asks_at(ticket).filter(|at| *at <= now);
            // What is due by today's rules, which may not be those that set the timer.
            follow(after, Said::Nothing, rules, now);
            let late = wake::wake(after, rules.life, now);
            let late = late.max(asks.map_or(0, |at| wake::lateness(at, ticket.wake_at, now)));
            Effect { entry: asks.map(|_| Entry::Added(ask(after, now))), touches: false, late }
        }
    }))
}

/// Keeps since when a ticket is resolved, or waits for its customer. One that sleeps waits for nobody: it begins to when it
/// wakes.
fn wait(before: &Ticket, after: &mut Ticket, said: Said, now: Timestamp) {
    let wakes = before.snoozed_until.is_some() && after.snoozed_until.is_none();
    let begins = before.status != after.status || said == Said::ByTeam || wakes;
    after.since = match (after.status, said) {
        (Status::Pending, Said::ByCustomer) | (Status::New | Status::Open | Status::OnHold, _) => None,
        (Status::Pending, _) if begins => Some(now),
        (Status::Resolved, _) if before.status != after.status => Some(now),
        (Status::Pending | Status::Resolved, _) => after.since,
    };
}

/// What a new message means to those who wait. What no person wrote is no answer.
fn said(message: &Message) -> Said {
    match &message.author {
        _ if message.private => Said::Nothing,
        Author::Customer => Said::ByCustomer,
        Author::Support { user: Some(_), .. } => Said::ByTeam,
        Author::Desk | Author::Support { user: None, .. } => Said::Nothing,
    }
}

/// Lets a new ticket, with the message it began with, follow the rules of its project.
pub fn begin(ticket: &mut Ticket, message: Option<&Message>, rules: &Rules, now: Timestamp) {
    follow(ticket, message.map_or(Said::Nothing, said), rules, now);
    ticket.since = matches!(ticket.status, Status::Pending | Status::Resolved).then_some(now);
    wake::arm(ticket, rules.life, now);
}

fn own(note: &Message, actor: &Actor) -> Result<(), Refusal> {
    match (&note.author, actor) {
        (Author::Support { user: Some(author), .. }, Actor::User { id, .. }) if author == id => Ok(()),
        _ => Err(Refusal::NotYourNote),
    }
}

fn receive(ticket: &mut Ticket, received: FromCustomer, now: Timestamp) -> Message {
    let FromCustomer { content, traits, claims, session_id, session_context, verified, entropy } = received;
    let claimed = claims.about(&ticket.distinct_id);
    traits::receive(&mut ticket.anonymous_traits, &mut ticket.proven_traits, traits, claimed);
    traits::merge(&mut ticket.session_context, session_context);
    if session_id.is_some() {
        ticket.session_id = session_id;
    }
    if verified {
        ticket.identity_verified = Some(true);
    }
    ticket.unread_team_count = ticket.unread_team_count.saturating_add(1);
    let draft = Draft { author: Author::Customer, content, private: false, entropy };
    append(ticket, draft, now)
}

fn add_reply(ticket: &mut Ticket, reply: FromAgent, actor: &Actor, now: Timestamp) -> Message {
    let FromAgent { content, private, fingerprint, keyed: _, entropy } = reply;
    let author = match actor {
        Actor::User { id, name } => Author::Support { user: Some(*id), name: name.clone() },
        Actor::Customer | Actor::Workflow(_) | Actor::System => Author::Support { user: None, name: "Support".to_owned() },
    };
    if !private {
        ticket.unread_customer_count = ticket.unread_customer_count.saturating_add(1);
    }
    let message = append(ticket, Draft { author, content, private, entropy }, now);
    ticket.recent_replies.retain(|recent| recent.at > now.plus_seconds(-REPLY_RETRY));
    let surplus = (ticket.recent_replies.len() + 1).saturating_sub(REPLIES_REMEMBERED);
    ticket.recent_replies.drain(..surplus);
    ticket.recent_replies.push(RecentReply { fingerprint, at: message.created_at });
    message
}

/// Asks the customer how it was, in a message of the desk's own.
fn ask(ticket: &mut Ticket, now: Timestamp) -> Message {
    ticket.unread_customer_count = ticket.unread_customer_count.saturating_add(1);
    // A ticket is asked about once: what tells it from others is enough.
    let entropy = ticket.id.0.as_u64_pair().1;
    let content = Content { text: QUESTION.to_owned(), rich: None };
    let message = append(ticket, Draft { author: Author::Desk, content, private: false, entropy }, now);
    ticket.satisfaction = Some(Satisfaction { asked_at: message.created_at, answer: None });
    message
}

fn retried(ticket: &Ticket, reply: &FromAgent, now: Timestamp) -> Option<Timestamp> {
    let same = |recent: &&RecentReply| recent.fingerprint == reply.fingerprint && recent.at > now.plus_seconds(-REPLY_RETRY);
    ticket.recent_replies.iter().filter(|_| !reply.keyed).find(same).map(|recent| recent.at)
}

struct Draft {
    author: Author,
    content: Content,
    private: bool,
    entropy: u64,
}

/// Adds to the thread, later than everything in it; a public message also moves the counts and the preview.
fn append(ticket: &mut Ticket, draft: Draft, now: Timestamp) -> Message {
    let Draft { author, content, private, entropy } = draft;
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

#[cfg(test)]
mod tests;
