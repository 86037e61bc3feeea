//! When the desk looks at a ticket by itself, and what it does then.
//!
//! A ticket has one timer at most, at `wake_at`, whatever it waits for: the earliest of all its moments. A moment that
//! comes earlier moves the timer; one that is put off or falls away leaves it, and it finds nothing to do when it fires and
//! is set anew. So putting a deadline off costs nothing, and a timer that fires twice, late or in vain does no harm.

use crate::{
    decide::touch,
    sla::{Alarm, Told},
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// How long before its deadline a ticket is at risk, in seconds.
pub const RISK: i64 = 3600;
/// How many seconds after its moment something is done that is still on time: a tick, the next one if the first just missed
/// it, and the time that a tick takes.
pub const ON_TIME: i64 = 150;

/// The earliest moment at which there is something to do for a ticket that nobody touches.
pub fn wakes_at(ticket: &Ticket) -> Option<Timestamp> {
    [ticket.snoozed_until, next_alarm(ticket).map(|(_, moment)| moment)].into_iter().flatten().min()
}

/// Sets the timer of a ticket that someone changed, unless it is early enough already. What should have been done before
/// `now` is done with the next tick.
pub(crate) fn arm(ticket: &mut Ticket, now: Timestamp) {
    if let Some(moment) = wakes_at(ticket) {
        let moment = moment.max(now);
        ticket.wake_at = Some(ticket.wake_at.map_or(moment, |set| set.min(moment)));
    }
}

/// Does what is due at `now`, and sets the timer anew. Of a deadline that was slept through one alarm is told at a time; the
/// timer then is in the past, and due at once.
pub(crate) fn wake(ticket: &mut Ticket, now: Timestamp) {
    let set = ticket.wake_at.take();
    if ticket.snoozed_until.is_some_and(|until| until <= now) {
        ticket.snoozed_until = None;
        if matches!(ticket.status, Status::OnHold | Status::Pending) {
            ticket.status = Status::Open;
        }
        touch(ticket, now);
    }
    if let Some((alarm, moment)) = next_alarm(ticket) {
        // What had passed when it was set is not late before that, and a deadline that had passed was never at risk.
        let moment = moment.max(set.unwrap_or(moment));
        let passed = ticket.sla_due_at.is_some_and(|due| due <= moment);
        if moment <= now {
            let alarm = if passed { Alarm::Breached } else { alarm };
            let late = now.seconds() - moment.seconds();
            let late_secs = if late > ON_TIME { u32::try_from(late).unwrap_or(u32::MAX) } else { 0 };
            ticket.sla_told = Some(Told { alarm, at: now, late_secs });
        }
    }
    ticket.wake_at = wakes_at(ticket);
}

/// What is to be told next of the deadline, and when. Resolving a ticket stops its clock.
fn next_alarm(ticket: &Ticket) -> Option<(Alarm, Timestamp)> {
    let due = ticket.sla_due_at.filter(|_| ticket.status != Status::Resolved)?;
    match ticket.sla_told.map(|told| told.alarm) {
        None => Some((Alarm::AtRisk, due.plus_seconds(-RISK))),
        Some(Alarm::AtRisk) => Some((Alarm::Breached, due)),
        Some(Alarm::Breached) => None,
    }
}

#[cfg(test)]
mod tests;
