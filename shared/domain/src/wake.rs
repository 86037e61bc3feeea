//! When the desk looks at a ticket by itself, and what it does then.
//!
//! A ticket has one timer at most, at `wake_at`, whatever it waits for: the earliest of all its moments. A moment that
//! comes earlier moves the timer; one that is put off or falls away leaves it, and it finds nothing to do when it fires and
//! is set anew. So putting a deadline off costs nothing, and a timer that fires twice, late or in vain does no harm.

use crate::{
    decide::touch,
    policies::{Metric, clock::SlaClock},
    rules::Life,
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
pub fn wakes_at(ticket: &Ticket, life: Life) -> Option<Timestamp> {
    let alarms = deadlines(ticket).filter_map(|(due, told)| next_alarm(due, told)).map(|(_, moment)| moment);
    let waits = [ticket.snoozed_until, life.resolves_at(ticket), life.asks_at(ticket)];
    waits.into_iter().flatten().chain(alarms).min()
}

/// Sets the timer of a ticket that someone changed, unless it is early enough already. What should have been done before
/// `now` is done with the next tick.
pub(crate) fn arm(ticket: &mut Ticket, life: Life, now: Timestamp) {
    // Who turns the question on means tickets from now on, and not those of a year ago that someone touches.
    let late = ticket.wake_at.is_none() && life.asks_too_late(ticket, now);
    let life = if late { Life { survey_days: None, ..life } } else { life };
    if let Some(moment) = wakes_at(ticket, life) {
        let moment = moment.max(now);
        ticket.wake_at = Some(ticket.wake_at.map_or(moment, |set| set.min(moment)));
    }
}

/// Does what is due at `now`. Of a deadline that was slept through one alarm is told at a time; the
/// timer that is set next is in the past, and due at once.
pub(crate) fn wake(ticket: &mut Ticket, life: Life, now: Timestamp) {
    let set = ticket.wake_at.take();
    if ticket.snoozed_until.is_some_and(|until| until <= now) {
        ticket.snoozed_until = None;
        if matches!(ticket.status, Status::OnHold | Status::Pending) {
            ticket.status = Status::Open;
        }
        touch(ticket, now);
    }
    if life.resolves_at(ticket).is_some_and(|at| at <= now) {
        ticket.status = Status::Resolved;
        touch(ticket, now);
    }
    // Resolving a ticket stops its clock, and a deadline that was set wins over those of policies.
    if ticket.status == Status::Resolved {
        return;
    }
    if let Some(due) = ticket.explicit_due() {
        tell(due, &mut ticket.sla_told, set, now);
    } else if let Some(clock) = &mut ticket.sla_clock {
        for (_, counter) in clock.counters_mut() {
            if let Some(due) = counter.due {
                tell(due, &mut counter.told, set, now);
            }
        }
    }
}

/// Tells of a deadline what is next and due. The timer was set for `set`: what had passed by then is not late before that,
/// and a deadline that had passed was never at risk.
fn tell(due: Timestamp, told: &mut Option<Told>, set: Option<Timestamp>, now: Timestamp) {
    let Some((alarm, moment)) = next_alarm(due, *told) else { return };
    let moment = moment.max(set.unwrap_or(moment));
    if moment <= now {
        let alarm = if due <= moment { Alarm::Breached } else { alarm };
        let late = now.seconds() - moment.seconds();
        let late_secs = if late > ON_TIME { u32::try_from(late).unwrap_or(u32::MAX) } else { 0 };
        *told = Some(Told { alarm, at: now, late_secs });
    }
}

/// The deadlines that count, with what was told of each.
fn deadlines(ticket: &Ticket) -> impl Iterator<Item = (Timestamp, Option<Told>)> {
    let runs = ticket.status != Status::Resolved;
    let explicit = ticket.explicit_due();
    let counters = ticket.sla_clock.iter().flat_map(SlaClock::counters).filter(move |_| explicit.is_none());
    let by_policy = counters.filter_map(|(_, counter)| Some((counter.due?, counter.told)));
    explicit.map(|due| (due, ticket.sla_told)).into_iter().chain(by_policy).filter(move |_| runs)
}

/// What is to be told next of a deadline, and when.
fn next_alarm(due: Timestamp, told: Option<Told>) -> Option<(Alarm, Timestamp)> {
    match told.map(|told| told.alarm) {
        None => Some((Alarm::AtRisk, due.plus_seconds(-RISK))),
        Some(Alarm::AtRisk) => Some((Alarm::Breached, due)),
        Some(Alarm::Breached) => None,
    }
}

/// What a change told of a deadline.
pub(crate) struct News {
    /// Of which; `None` if it was set on the ticket.
    pub(crate) metric: Option<Metric>,
    pub(crate) due: Timestamp,
    pub(crate) before: Option<Told>,
    pub(crate) told: Told,
}

/// Whether what was told between two states of a ticket came later than it should have.
pub fn told_late(before: &Ticket, after: &Ticket) -> bool {
    alarms(before, after).iter().any(|news| news.told.late_secs > 0)
}

/// What is told in the second of two states of a ticket and was not in the first. That nothing is told any more goes without
/// saying: the deadline has moved.
pub(crate) fn alarms(before: &Ticket, after: &Ticket) -> Vec<News> {
    let news = |metric, due: Option<Timestamp>, before: Option<Told>, told: Option<Told>| {
        let told = told.filter(|told| before != Some(*told))?;
        Some(News { metric, due: due?, before, told })
    };
    let explicit = news(None, after.sla_due_at, before.sla_told, after.sla_told);
    let known = |metric: Metric| {
        let mut counters = before.sla_clock.iter().flat_map(SlaClock::counters);
        counters.find(|(of, _)| *of == metric).and_then(|(_, counter)| counter.told)
    };
    let counters = after.sla_clock.iter().flat_map(SlaClock::counters);
    let by_policy = counters.filter_map(|(metric, counter)| news(Some(metric), counter.due, known(metric), counter.told));
    explicit.into_iter().chain(by_policy).collect()
}

#[cfg(test)]
mod tests;
