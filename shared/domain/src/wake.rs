//! When the desk looks at a ticket by itself, and what it does then.
//!
//! A ticket has one timer at most, at `wake_at`, whatever it waits for: the earliest of all its moments. A moment that
//! comes earlier moves the timer; one that is put off or falls away leaves it, and it finds nothing to do when it fires and
//! is set anew. So putting a deadline off costs nothing, and a timer that fires twice, late or in vain does no harm.

use crate::{
    actor::Stamp,
    alarm::{Alarm, Told},
    policies::{Metric, clock::Counter},
    rules::Life,
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// How long before its deadline a ticket is at risk, in seconds.
pub const RISK: i64 = 3600;
/// How many seconds after its moment something is done that is still on time: a tick, the next one if the first just missed
/// it, and the time that a tick takes.
pub const ON_TIME: i64 = 150;

/// The earliest moment at which there is something to do for a ticket that nobody touches.
pub fn wakes_at(ticket: &Ticket, life: Life) -> Option<Timestamp> {
    let alarms = deadlines(ticket).filter_map(|(_, counter)| next_alarm(counter)).map(|(_, moment)| moment);
    waits(ticket, life).chain(alarms).min()
}

/// The same for one that was woken just now, from `before`. A moment of a deadline that came to be with that can't have been
/// missed, and is now at the earliest; one that was slept through is late.
pub(crate) fn wakes_again_at(before: &Ticket, ticket: &Ticket, life: Life, now: Timestamp) -> Option<Timestamp> {
    let was_there = |metric, due| before.sla_clock.all().any(|(of, counter)| of == metric && counter.due == due);
    let life = life.without_late_question(ticket, before.wake_at, now);
    let alarms = deadlines(ticket).filter_map(|(metric, counter)| {
        let (_, moment) = next_alarm(counter)?;
        Some(if was_there(metric, counter.due) { moment } else { moment.max(now) })
    });
    waits(ticket, life).chain(alarms).min()
}

/// The moments at which a ticket waits for something other than a deadline.
fn waits(ticket: &Ticket, life: Life) -> impl Iterator<Item = Timestamp> {
    [ticket.snoozed_until, life.resolves_at(ticket), life.asks_at(ticket)].into_iter().flatten()
}

/// Sets the timer of a ticket that someone changed, unless it is early enough already. What should have been done before
/// `now` is done with the next tick.
pub(crate) fn arm(ticket: &mut Ticket, life: Life, now: Timestamp) {
    let life = life.without_late_question(ticket, ticket.wake_at, now);
    if let Some(moment) = wakes_at(ticket, life) {
        let moment = moment.max(now);
        ticket.wake_at = Some(ticket.wake_at.map_or(moment, |set| set.min(moment)));
    }
}

/// Does what is due at `now`, but for the question; says how many seconds too late that was, zero if it was on time. Of a
/// deadline that was slept through one alarm is told at a time; the timer that is set next is in the past, and due at once.
pub(crate) fn wake(ticket: &mut Ticket, life: Life, now: Timestamp) -> u32 {
    let set = ticket.wake_at.take();
    let mut late = 0;
    if let Some(until) = ticket.snoozed_until.filter(|until| *until <= now) {
        late = lateness(until, set, now);
        ticket.snoozed_until = None;
        if matches!(ticket.status, Status::OnHold | Status::Pending) {
            ticket.status = Status::Open;
        }
        ticket.touch(now);
    }
    if let Some(at) = life.resolves_at(ticket).filter(|at| *at <= now) {
        late = late.max(lateness(at, set, now));
        ticket.status = Status::Resolved;
        ticket.touch(now);
    }
    // Resolving a ticket stops its clock.
    if ticket.status == Status::Resolved {
        return late;
    }
    for counter in ticket.sla_clock.counting_mut() {
        tell(counter, set, now);
    }
    late
}

/// How many seconds after a moment, or after its timer was set for if that was later, is too late; zero if it is on time.
pub(crate) fn lateness(moment: Timestamp, set: Option<Timestamp>, now: Timestamp) -> u32 {
    let late = now.seconds() - moment.max(set.unwrap_or(moment)).seconds();
    if late > ON_TIME { u32::try_from(late).unwrap_or(u32::MAX) } else { 0 }
}

/// Tells of a deadline what is next and due. The timer was set for `set`: what had passed by then is not late before that,
/// and a deadline that had passed was never at risk.
fn tell(counter: &mut Counter, set: Option<Timestamp>, now: Timestamp) {
    let Some((due, (alarm, moment))) = counter.due.zip(next_alarm(counter)) else { return };
    let moment = moment.max(set.unwrap_or(moment));
    if moment <= now {
        let alarm = if due <= moment { Alarm::Breached } else { alarm };
        counter.told = Some(Told { alarm, due, at: now, late_secs: lateness(moment, set, now) });
    }
}

/// The deadlines that count, with what each is for. Resolving a ticket stops them.
pub(crate) fn deadlines(ticket: &Ticket) -> impl Iterator<Item = (Option<Metric>, &Counter)> {
    ticket.sla_clock.counting().filter(|_| ticket.status != Status::Resolved)
}

/// What is to be told next of a deadline, and when. One that has moved is told of anew, unless its customer was told to be
/// waiting too long already, and still is.
fn next_alarm(counter: &Counter) -> Option<(Alarm, Timestamp)> {
    let due = counter.due?;
    match counter.told {
        Some(Told { alarm: Alarm::Breached, due: of, at, .. }) if of == due || due <= at => None,
        Some(Told { alarm: Alarm::AtRisk, due: of, .. }) if of == due => Some((Alarm::Breached, due)),
        _ => Some((Alarm::AtRisk, due.plus_seconds(-RISK))),
    }
}

/// What a change told of a deadline.
pub(crate) struct News {
    /// Of which; `None` if it was set on the ticket.
    pub(crate) metric: Option<Metric>,
    pub(crate) before: Option<Told>,
    pub(crate) told: Told,
}

/// Whether what the clock made of a ticket came later than it should have.
pub fn was_late(before: &Ticket, after: &Ticket) -> bool {
    let done = matches!(after.changed_by, Some(Stamp::System { late_secs: 1.. }));
    done || alarms(before, after).iter().any(|news| news.told.late_secs > 0)
}

/// What is told in the second of two states of a ticket and was not in the first: by the clock, or, of a wait that ended after
/// its deadline and before the clock came by, by whoever ended it. That nothing is told any more goes without saying: the
/// deadline has moved.
pub(crate) fn alarms(before: &Ticket, after: &Ticket) -> Vec<News> {
    let known = |metric| before.sla_clock.all().find(|(of, _)| *of == metric).and_then(|(_, counter)| counter.told);
    let news = |(metric, counter): (Option<Metric>, &Counter)| {
        let before = known(metric);
        let told = counter.told.filter(|told| before != Some(*told))?;
        Some(News { metric, before, told })
    };
    // A workflow's change publishes nothing, and so tells of nothing.
    let tells = !matches!(after.changed_by, Some(Stamp::Workflow(_)));
    let ended = missed(before, after.updated_at).filter(|_| tells);
    let ended = ended
        .filter(|(metric, counter, _)| !after.sla_clock.all().any(|(of, waits)| of == *metric && waits.began == counter.began));
    let ended = ended.map(|(metric, counter, told)| News { metric, before: counter.told, told });
    after.sla_clock.all().filter_map(news).chain(ended).collect()
}

/// Tells of the deadlines that had passed before a change after which the clock would not: since it stops or moves them, or sets
/// another one over them.
pub(crate) fn tell_missed(before: &Ticket, after: &mut Ticket, now: Timestamp) {
    for (metric, counter, told) in missed(before, now) {
        let is_same = |of: Option<Metric>, waits: &Counter| of == metric && waits.began == counter.began;
        if !deadlines(after).any(|(of, waits)| is_same(of, waits) && waits.due == counter.due)
            && let Some((_, waits)) = after.sla_clock.all_mut().find(|(of, waits)| is_same(*of, waits))
        {
            waits.told = Some(told);
        }
    }
}

/// The deadlines that had passed by `now` and were not told of as such, and what is to be told of them.
pub(crate) fn missed(ticket: &Ticket, now: Timestamp) -> impl Iterator<Item = (Option<Metric>, &Counter, Told)> {
    deadlines(ticket).filter_map(move |(metric, counter)| {
        let due = counter.due.filter(|due| *due <= now)?;
        next_alarm(counter)?;
        let late_secs = lateness(due, ticket.wake_at, now);
        Some((metric, counter, Told { alarm: Alarm::Breached, due, at: now, late_secs }))
    })
}

#[cfg(test)]
mod tests;
