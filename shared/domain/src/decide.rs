//! `(ticket, command, actor, now, rules) -> Decision`. Every change of a ticket is decided here and nowhere else.

use crate::{
    activity::{self, Activity},
    actor::{Actor, Stamp},
    cause::Cause,
    command::Command,
    delivery::{Copies, Delivery, plan},
    events::{muting::is_muted, name::EventName},
    follow_up::FollowUp,
    ids::TicketId,
    message::{Author, Message},
    policies::follow::{Said, follow},
    refusal::Refusal,
    rules::Rules,
    satisfaction,
    ticket::{Status, Ticket},
    time::Timestamp,
    wake,
};

mod reply;
mod thread;

use reply::reply_and_change;
use thread::{add_reply, ask, note, receive, undelivered};

/// What to write, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The ticket as it will be.
    pub ticket: Ticket,
    /// The change of the thread.
    pub entry: Option<ThreadChange>,
    /// The new rows of the activity log.
    pub activity: Vec<Activity>,
    /// What leaves the desk by mail.
    pub delivery: Option<Delivery>,
}

/// A change to the thread.
#[derive(Debug, Clone, PartialEq)]
pub enum ThreadChange {
    /// A message or note is added.
    Added(Message),
    /// A note is rewritten.
    Edited(Message),
    /// A note is removed.
    Removed(Message),
}

/// The result of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Write this, if the ticket is still at the version that was decided on.
    Change(Box<Change>),
    /// Write nothing: the ticket is as the command wants it.
    Nothing,
    /// Write nothing, and answer with the message of this time: the command is a retry of it.
    Replay(Timestamp),
    /// Write this: the customer's message comes too late for the ticket, and opens the next one.
    FollowUp(Box<FollowUp>),
    /// Write nothing, and give the command to this ticket: the customer's message comes too late for the one before it.
    HandOn(TicketId),
}

/// Decides one command. The function is pure and total: the same arguments give the same result, and it accepts every state of
/// a ticket. Each change also recomputes what follows from the project's present rules.
pub fn decide(ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp, rules: &Rules) -> Result<Decision, Refusal> {
    let mut after = ticket.clone();
    let (woken, aligned) = (command == Command::Wake, command == Command::Align);
    let Effect { entry, touches, late, copies } = match carry_out(ticket, &mut after, command, actor, now, rules)? {
        CarriedOut::Change(effect) => *effect,
        CarriedOut::Settled(decision) => return Ok(decision),
    };
    // Nobody would look after a reopened ticket whose assignee has left the project.
    let reopened = ticket.fields.status == Status::Resolved && after.fields.status != Status::Resolved;
    if reopened && after.fields.assignee.is_some() && after.fields.assignee == rules.gone {
        after.fields.assignee = None;
    }
    let said = match &entry {
        Some(ThreadChange::Added(message)) => said(message),
        Some(ThreadChange::Edited(_) | ThreadChange::Removed(_)) | None => Said::Nothing,
    };
    // `updated_at` moves for what the command changed, and not for what other rules change below.
    let touches = touches && after != *ticket;
    set_since(ticket, &mut after, said, now);
    follow(&mut after, said, rules, now);
    // A missed deadline is recorded here, so that an event is published for it. There are three exceptions: a change whose
    // events are muted, as a workflow's are; a change of rules, which does not publish what the former rules had promised; and
    // waking a ticket, which records its deadlines itself, unless it resolves the ticket.
    let clock_raises = woken && after.fields.status != Status::Resolved;
    if !clock_raises && !aligned && !is_muted(EventName::SlaBreached, Cause::of(actor.stamp())) {
        wake::raise_missed(ticket, &mut after, now);
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
    let delivery = match &entry {
        Some(ThreadChange::Added(message)) => plan(&after, message, &copies, now),
        Some(ThreadChange::Edited(_) | ThreadChange::Removed(_)) | None => None,
    };
    Ok(Decision::Change(Box::new(Change { ticket: after, entry, activity, delivery })))
}

/// The ticket as it is by the project's present rules; `None` if it follows them already.
pub fn aligned(ticket: &Ticket, now: Timestamp, rules: &Rules) -> Option<Ticket> {
    match decide(ticket, Command::Align, &Actor::System, now, rules) {
        Ok(Decision::Change(change)) => Some(change.ticket),
        Ok(Decision::Nothing | Decision::Replay(_) | Decision::FollowUp(_) | Decision::HandOn(_)) | Err(_) => None,
    }
}

/// What a command came to.
enum CarriedOut {
    /// It changed the copy of the ticket, and the project's rules are yet to follow.
    Change(Box<Effect>),
    /// This is the decision, and nothing follows from it.
    Settled(Decision),
}

impl CarriedOut {
    const NOTHING: Self = Self::Settled(Decision::Nothing);
}

/// What a command did beside changing the ticket.
#[derive(Default)]
struct Effect {
    entry: Option<ThreadChange>,
    /// Whether `updated_at` moves, which puts the ticket on top of the inbox. A public message moves it by itself.
    touches: bool,
    /// How many seconds too late the clock did it.
    late: u32,
    /// Who else gets the message.
    copies: Copies,
}

impl Effect {
    const TOUCHES: Self = Self { entry: None, touches: true, late: 0, copies: Copies::NONE };

    fn entry(entry: ThreadChange) -> Self {
        Self { entry: Some(entry), ..Self::default() }
    }
}

/// Does what `command` itself asks for. What follows from it is computed by [`decide()`].
fn carry_out(
    ticket: &Ticket,
    after: &mut Ticket,
    command: Command,
    actor: &Actor,
    now: Timestamp,
    rules: &Rules,
) -> Result<CarriedOut, Refusal> {
    let effect = match command {
        Command::Update(patch) => {
            if let Some(outsider) = patch.outsider(ticket) {
                return Err(Refusal::Outsider(outsider));
            }
            patch.apply(after, rules.zone, now)?;
            Effect::TOUCHES
        }
        Command::Receive(received) => {
            match (rules.life.reopens(ticket, now), ticket.follow_up) {
                (Some(false), Some(next)) => return Ok(CarriedOut::Settled(Decision::HandOn(next))),
                (Some(false), None) => {
                    let follow_up = FollowUp::of(ticket, *received, actor, now);
                    return Ok(CarriedOut::Settled(Decision::FollowUp(Box::new(follow_up))));
                }
                (Some(true), _) => after.fields.status = Status::Open,
                (None, _) => {}
            }
            Effect::entry(ThreadChange::Added(receive(after, *received, now)))
        }
        Command::Reply(reply) => {
            if let Some(earlier) = reply.repeats(&ticket.thread, now) {
                return Ok(CarriedOut::Settled(Decision::Replay(earlier)));
            }
            let copies = reply.copies.clone();
            Effect { copies, ..Effect::entry(ThreadChange::Added(add_reply(after, reply, actor, now))) }
        }
        Command::ReplyAndChange(both) => return reply_and_change(ticket, after, *both, actor, now, rules),
        Command::Note(given) => Effect::entry(ThreadChange::Added(note(after, *given, now))),
        Command::Undelivered(returned) => Effect::entry(ThreadChange::Added(undelivered(after, *returned, now))),
        Command::EditNote { note, content } => {
            require_own_note(&note, actor)?;
            if note.content == content {
                return Ok(CarriedOut::NOTHING);
            }
            let edits = note.edits.saturating_add(1);
            Effect::entry(ThreadChange::Edited(Message { content, edits, ..*note }))
        }
        Command::DeleteNote { note } => {
            require_own_note(&note, actor)?;
            after.thread.remove(&note);
            Effect::entry(ThreadChange::Removed(*note))
        }
        Command::ReadByTeam => {
            if std::mem::take(&mut after.thread.unread_team_count) == 0 {
                return Ok(CarriedOut::NOTHING);
            }
            // Reading a ticket keeps the order of the inbox.
            Effect::default()
        }
        Command::UnreadByTeam => {
            if ticket.thread.unread_team_count > 0 {
                return Ok(CarriedOut::NOTHING);
            }
            after.thread.unread_team_count = 1;
            // Nobody wrote: the order of the inbox stays.
            Effect::default()
        }
        Command::ReadByCustomer => {
            if std::mem::take(&mut after.thread.unread_customer_count) == 0 {
                return Ok(CarriedOut::NOTHING);
            }
            Effect::TOUCHES
        }
        Command::Rate(given) => {
            after.satisfaction = Some(satisfaction::answer(ticket.satisfaction.as_ref(), given, now)?);
            Effect::TOUCHES
        }
        Command::Restore { session } => {
            if !after.origin.move_to(session) {
                return Ok(CarriedOut::NOTHING);
            }
            // Nobody wrote: the order of the inbox stays.
            Effect::default()
        }
        Command::Align => Effect::default(),
        Command::HandOver { from, to } => {
            if ticket.fields.assignee != Some(from) || ticket.fields.status == Status::Resolved {
                return Ok(CarriedOut::NOTHING);
            }
            after.fields.assignee = to;
            Effect::TOUCHES
        }
        Command::Wake => {
            if ticket.wake_at.is_none_or(|at| now < at) {
                return Ok(CarriedOut::NOTHING);
            }
            let life = rules.life.without_late_question(ticket, ticket.wake_at, now);
            let asks = life.asks_at(ticket).filter(|at| *at <= now);
            // The rules may have changed since the timer was set. What is due is decided by the present rules.
            follow(after, Said::Nothing, rules, now);
            let late = wake::wake(after, rules.life, now);
            let late = late.max(asks.map_or(0, |at| wake::lateness(at, ticket.wake_at, now)));
            Effect { entry: asks.map(|_| ThreadChange::Added(ask(after, now))), late, ..Effect::default() }
        }
    };
    Ok(CarriedOut::Change(Box::new(effect)))
}

/// Records since when a ticket is resolved, or waits for its customer. A ticket that sleeps does not wait: its wait begins when
/// it wakes.
fn set_since(before: &Ticket, after: &mut Ticket, said: Said, now: Timestamp) {
    let wakes = before.fields.snoozed_until.is_some() && after.fields.snoozed_until.is_none();
    let begins = before.fields.status != after.fields.status || said == Said::ByTeam || wakes;
    after.since = match (after.fields.status, said) {
        (Status::Pending, Said::ByCustomer) | (Status::New | Status::Open | Status::OnHold, _) => None,
        (Status::Pending, _) if begins => Some(now),
        (Status::Resolved, _) if before.fields.status != after.fields.status => Some(now),
        (Status::Pending | Status::Resolved, _) => after.since,
    };
}

/// What a new message means for waits. A message that no person wrote is no answer.
fn said(message: &Message) -> Said {
    match &message.author {
        _ if message.private => Said::Nothing,
        Author::Customer | Author::Participant(_) => Said::ByCustomer,
        Author::Support { user: Some(_), .. } => Said::ByTeam,
        Author::Desk | Author::Support { user: None, .. } => Said::Nothing,
    }
}

/// Applies the project's rules to a new ticket with its first message.
pub fn begin(ticket: &mut Ticket, message: Option<&Message>, rules: &Rules, now: Timestamp) {
    follow(ticket, message.map_or(Said::Nothing, said), rules, now);
    ticket.since = matches!(ticket.fields.status, Status::Pending | Status::Resolved).then_some(now);
    wake::arm(ticket, rules.life, now);
}

fn require_own_note(note: &Message, actor: &Actor) -> Result<(), Refusal> {
    match (&note.author, actor) {
        (Author::Support { user: Some(author), .. }, Actor::User { id, .. }) if author == id => Ok(()),
        _ => Err(Refusal::NotYourNote),
    }
}

#[cfg(test)]
mod tests;
