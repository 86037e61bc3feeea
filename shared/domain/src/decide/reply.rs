//! An agent's message that minds what others wrote, with a change of the ticket in the same write.

use crate::{
    actor::Actor,
    command::ReplyAndChange,
    decide::{CarriedOut, Decision, Effect, ThreadChange, thread::add_reply},
    delivery::{MOST_RECIPIENTS, addressees},
    refusal::Refusal,
    rules::Rules,
    ticket::Ticket,
    time::Timestamp,
};

pub(super) fn reply_and_change(
    ticket: &Ticket,
    after: &mut Ticket,
    both: ReplyAndChange,
    actor: &Actor,
    now: Timestamp,
    rules: &Rules,
) -> Result<CarriedOut, Refusal> {
    let ReplyAndChange { reply, seen_until, changes } = both;
    if let Some(earlier) = reply.repeats(&ticket.thread, now) {
        return Ok(CarriedOut::Settled(Decision::Replay(earlier)));
    }
    // Who wrote the last message is not on the ticket. The caller looks: its own messages are no news to a sender.
    if seen_until.is_some_and(|seen| ticket.thread.last_message_at.is_some_and(|last| last > seen)) {
        return Err(Refusal::NewerMessage);
    }
    if let Some(outsider) = changes.as_ref().and_then(|changes| changes.outsider(ticket)) {
        return Err(Refusal::Outsider(outsider));
    }
    let (private, copies) = (reply.private, reply.copies.clone());
    let addressed = ticket.route.as_deref().filter(|_| !private).map(|route| addressees(route, &copies).len());
    if addressed.is_some_and(|addressed| addressed > MOST_RECIPIENTS) {
        return Err(Refusal::TooManyRecipients);
    }
    let entry = ThreadChange::Added(add_reply(after, reply, actor, now));
    if let Some(changes) = changes {
        changes.apply(after, rules.zone, now)?;
    }
    // A public message moves `updated_at` by itself. A note does so only for what is changed with it.
    let touches = private && after.fields != ticket.fields;
    Ok(CarriedOut::Change(Box::new(Effect { entry: Some(entry), touches, late: 0, copies })))
}
