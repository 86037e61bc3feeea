//! When the desk acts on a ticket by itself, and what it does then.
//!
//! A ticket has at most one timer, at `wake_at`: the earliest of all moments at which something is due. An earlier moment moves
//! the timer. A moment that is put off or falls away leaves the timer: it fires, finds nothing to do and is set anew. So
//! putting a deadline off costs nothing extra, and a timer that fires twice, late or in vain does no harm.

use crate::{
    actor::Stamp,
    alarm::{Alarm, RaisedAlarm, is_breached},
    cause::Cause,
    events::{muting::is_muted, name::EventName},
    policies::{Metric, clock::Counter},
    rules::Life,
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// How many seconds before its deadline a ticket is at risk.
pub const RISK: i64 = 3600;
/// How many seconds after its moment an action is still on time: two ticks, as the first may just miss the moment, and the time
/// that a tick takes.
pub const ON_TIME: i64 = 150;

/// The earliest moment at which something is due for a ticket that nobody touches; `None` if there is none.
pub fn wakes_at(ticket: &Ticket, life: Life) -> Option<Timestamp> {
    let alarms = running_waits(ticket).filter_map(|(_, counter)| next_alarm(counter)).map(|(_, moment)| moment);
    other_moments(ticket, life).chain(alarms).min()
}

/// The same for a ticket that was just woken, from `before`. A deadline that this wake brought about can't have been missed:
/// its moment is now at the earliest. A deadline that was there before keeps its moment, which may be late.
pub(crate) fn wakes_again_at(before: &Ticket, ticket: &Ticket, life: Life, now: Timestamp) -> Option<Timestamp> {
    let was_there = |metric, due| before.sla_clock.all().any(|(of, counter)| of == metric && counter.due == due);
    let life = life.without_late_question(ticket, before.wake_at, now);
    let alarms = running_waits(ticket).filter_map(|(metric, counter)| {
        let (_, moment) = next_alarm(counter)?;
        Some(if was_there(metric, counter.due) { moment } else { moment.max(now) })
    });
    other_moments(ticket, life).chain(alarms).min()
}

/// The moments at which something other than an alarm is due.
fn other_moments(ticket: &Ticket, life: Life) -> impl Iterator<Item = Timestamp> {
    [ticket.fields.snoozed_until, life.resolves_at(ticket), life.asks_at(ticket)].into_iter().flatten()
}

/// Sets the timer of a ticket that someone changed, unless the timer is early enough already. What was due before `now` is done
/// with the next tick.
pub(crate) fn arm(ticket: &mut Ticket, life: Life, now: Timestamp) {
    let life = life.without_late_question(ticket, ticket.wake_at, now);
    if let Some(moment) = wakes_at(ticket, life) {
        let moment = moment.max(now);
        ticket.wake_at = Some(ticket.wake_at.map_or(moment, |set| set.min(moment)));
    }
}

/// Does what is due at `now`, apart from asking for a rating. Returns how many seconds late that was, zero if it was on time.
/// For a missed deadline it raises one alarm at a time: the next timer then lies in the past and is due at once.
pub(crate) fn wake(ticket: &mut Ticket, life: Life, now: Timestamp) -> u32 {
    let set = ticket.wake_at.take();
    let mut late = 0;
    if let Some(until) = ticket.fields.snoozed_until.filter(|until| *until <= now) {
        late = lateness(until, set, now);
        ticket.fields.snoozed_until = None;
        if matches!(ticket.fields.status, Status::OnHold | Status::Pending) {
            ticket.fields.status = Status::Open;
        }
        ticket.touch(now);
    }
    if let Some(at) = life.resolves_at(ticket).filter(|at| *at <= now) {
        late = late.max(lateness(at, set, now));
        ticket.fields.status = Status::Resolved;
        ticket.touch(now);
    }
    // Resolving a ticket stops its clock.
    if ticket.fields.status == Status::Resolved {
        return late;
    }
    for counter in ticket.sla_clock.counting_mut() {
        raise_next(counter, set, now);
    }
    late
}

/// How many seconds too late `now` is for a moment, or for its timer if that was set for later; zero if it is on time.
pub(crate) fn lateness(moment: Timestamp, set: Option<Timestamp>, now: Timestamp) -> u32 {
    let late = now.seconds() - moment.max(set.unwrap_or(moment)).seconds();
    if late > ON_TIME { u32::try_from(late).unwrap_or(u32::MAX) } else { 0 }
}

/// Raises the next alarm of a deadline if it is due. The timer was set for `set`. A moment that had passed by then is late only
/// from `set` on, and a deadline that had passed by then skips the at-risk alarm.
fn raise_next(counter: &mut Counter, set: Option<Timestamp>, now: Timestamp) {
    let Some((due, (alarm, moment))) = counter.due.zip(next_alarm(counter)) else { return };
    let moment = moment.max(set.unwrap_or(moment));
    if moment <= now {
        let alarm = if due <= moment { Alarm::Breached } else { alarm };
        counter.raised = Some(RaisedAlarm { alarm, due, at: now, late_secs: lateness(moment, set, now) });
    }
}

/// The waits that run: those whose deadlines apply, with their metrics. None runs on a resolved ticket.
pub(crate) fn running_waits(ticket: &Ticket) -> impl Iterator<Item = (Option<Metric>, &Counter)> {
    ticket.sla_clock.counting().filter(|_| ticket.fields.status != Status::Resolved)
}

/// The next alarm of a deadline, and when it is due. A deadline that has moved raises its alarms anew. The exception: a breach
/// was raised in this wait, and the new deadline had passed by then as well.
fn next_alarm(counter: &Counter) -> Option<(Alarm, Timestamp)> {
    let due = counter.due?;
    match counter.raised {
        Some(RaisedAlarm { alarm: Alarm::Breached, due: of, at, .. }) if of == due || due <= at => None,
        Some(RaisedAlarm { alarm: Alarm::AtRisk, due: of, .. }) if of == due => Some((Alarm::Breached, due)),
        _ => Some((Alarm::AtRisk, due.plus_seconds(-RISK))),
    }
}

/// An alarm that a change raised.
pub(crate) struct NewAlarm {
    /// The metric of its deadline; `None` if the deadline was set on the ticket.
    pub(crate) metric: Option<Metric>,
    pub(crate) before: Option<RaisedAlarm>,
    pub(crate) raised: RaisedAlarm,
}

/// Whether the clock changed the ticket, or raised an alarm, later than it should have.
pub fn was_late(before: &Ticket, after: &Ticket) -> bool {
    let done = matches!(after.changed_by, Some(Stamp::System { late_secs: 1.. }));
    done || new_alarms(before, after).iter().any(|alarm| alarm.raised.late_secs > 0)
}

/// The alarms that `after` has and `before` had not. The clock raises most of them. If a wait ended after its deadline but
/// before the clock's next tick, the change that ended the wait raises the alarm. An alarm that only `before` had is not
/// reported: its deadline has moved.
pub(crate) fn new_alarms(before: &Ticket, after: &Ticket) -> Vec<NewAlarm> {
    let known = |metric| before.sla_clock.all().find(|(of, _)| *of == metric).and_then(|(_, counter)| counter.raised);
    let new_alarm = |(metric, counter): (Option<Metric>, &Counter)| {
        let before = known(metric);
        let raised = counter.raised.filter(|raised| before != Some(*raised))?;
        Some(NewAlarm { metric, before, raised })
    };
    // A change whose events are muted raises no alarm.
    let raises = !is_muted(EventName::SlaBreached, Cause::of_write(Some(before), after));
    let ended = missed(before, after.updated_at).filter(|_| raises);
    let ended = ended
        .filter(|(metric, counter, _)| !after.sla_clock.all().any(|(of, wait)| of == *metric && wait.began == counter.began));
    let ended = ended.map(|(metric, counter, raised)| NewAlarm { metric, before: counter.raised, raised });
    after.sla_clock.all().filter_map(new_alarm).chain(ended).collect()
}

/// Raises the breach of deadlines that had passed before a change, if the clock would not raise it afterwards. That is so if
/// the change stops or moves the deadline, or sets another one over it.
pub(crate) fn raise_missed(before: &Ticket, after: &mut Ticket, now: Timestamp) {
    for (metric, counter, raised) in missed(before, now) {
        let is_same = |of: Option<Metric>, wait: &Counter| of == metric && wait.began == counter.began;
        if !running_waits(after).any(|(of, wait)| is_same(of, wait) && wait.due == counter.due)
            && let Some((_, wait)) = after.sla_clock.all_mut().find(|(of, wait)| is_same(*of, wait))
        {
            wait.raised = Some(raised);
        }
    }
}

/// The deadlines that had passed by `now` without a breach alarm, and the alarm to raise for each.
pub(crate) fn missed(ticket: &Ticket, now: Timestamp) -> impl Iterator<Item = (Option<Metric>, &Counter, RaisedAlarm)> {
    running_waits(ticket).filter_map(move |(metric, counter)| {
        let due = counter.due.filter(|due| is_breached(*due, now))?;
        next_alarm(counter)?;
        let late_secs = lateness(due, ticket.wake_at, now);
        Some((metric, counter, RaisedAlarm { alarm: Alarm::Breached, due, at: now, late_secs }))
    })
}

#[cfg(test)]
mod tests;
