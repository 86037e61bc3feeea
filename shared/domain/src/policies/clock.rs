//! Since when a ticket waits for what, and when that is due.
//!
//! A ticket stores times only: when a wait began, and which statuses the ticket has had since ([`Statuses`]). The project's
//! present rules decide how much of that time counts. So every change of the ticket derives each deadline anew.

use crate::{
    alarm::RaisedAlarm,
    calendar::{Amount, BusinessHours, Open, Target, counting},
    statuses::{Spell, Status, Statuses},
    time::Timestamp,
    words::words,
};

words! {
    /// What a target asks for.
    Metric {
        /// The team's first answer to the customer.
        FirstResponse = "first_response",
        /// Each further answer to the customer.
        NextResponse = "next_response",
        /// The end: the ticket is resolved.
        Resolution = "resolution",
    }
}

/// What the deadlines of a ticket are derived from. It is kept even while the project has no policies.
#[derive(Debug, Clone, PartialEq)]
pub struct SlaClock {
    /// Whether the team has answered the customer at least once.
    pub answered: bool,
    /// The wait since the first unanswered message; `None` while no answer is due.
    pub response: Option<Counter>,
    /// The wait since the ticket was created.
    pub resolution: Counter,
    /// The deadline that was set on the ticket. It wins over the policies' deadlines until it is cleared.
    pub set: Option<Box<Goal>>,
}

/// A wait, and its deadline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counter {
    /// When the wait began.
    pub began: Timestamp,
    /// The instant from which the remembered statuses are counted: `began`, or later if the ticket has forgotten its oldest
    /// statuses.
    pub from: Timestamp,
    /// What had counted before `from`, in microseconds.
    pub spent: i64,
    /// The deadline: when the target's time has counted, in the future or the past. `None` while the clock is paused or
    /// stopped, and without a target.
    pub due: Option<Timestamp>,
    /// The last alarm raised in this wait. Its deadline may have moved since.
    pub raised: Option<RaisedAlarm>,
}

/// A deadline that someone set on the ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// The amount that it was set to. `None` if it was set to an instant, which no pause moves.
    pub amount: Option<Amount>,
    /// The wait since it was set.
    pub counter: Counter,
}

/// How time counts towards a deadline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub(super) target: Target,
    pub(super) hours: Option<&'a BusinessHours>,
    /// The statuses that pause the clock; resolved stops it as well. `None` if no status does either.
    pub(super) paused_by: Option<&'a [Status]>,
}

impl Measure<'_> {
    pub(super) fn runs_in(&self, status: Status) -> bool {
        self.paused_by.is_none_or(|paused_by| status != Status::Resolved && !paused_by.contains(&status))
    }

    fn is_stopped(&self, statuses: &Statuses) -> bool {
        self.paused_by.is_some() && statuses.last() == Status::Resolved
    }
}

impl Counter {
    /// A wait that begins at `began`.
    pub const fn new(began: Timestamp) -> Self {
        Self { began, from: began, spent: 0, due: None, raised: None }
    }

    /// The time that has counted until `now`, in microseconds.
    pub(super) fn counted(&self, statuses: &Statuses, measure: &Measure<'_>, now: Timestamp) -> i64 {
        let spells = statuses.since(self.from).filter(|spell| measure.runs_in(spell.status));
        let counted = |spell: Spell| counting::counted(measure.hours, spell.from, spell.to.map_or(now, |to| to.min(now)));
        self.spent + spells.map(counted).sum::<i64>()
    }

    /// When the target's time has counted, or will have if the status stays. A deadline that has passed stays, even if the
    /// clock is paused now. Resolving the ticket stops the clock: `None`.
    fn reached(&self, statuses: &Statuses, measure: &Measure<'_>) -> Option<Timestamp> {
        if measure.is_stopped(statuses) {
            return None;
        }
        let mut left = measure.target.micros() - self.spent;
        if left <= 0 {
            // The deadline passed within a spell that is forgotten now. `due` was computed while the spell was known.
            return Some(self.due.filter(|due| *due <= self.from).unwrap_or(self.from));
        }
        for spell in statuses.since(self.from).filter(|spell| measure.runs_in(spell.status)) {
            match spell.to.map(|to| counting::counted(measure.hours, spell.from, to)) {
                Some(counted) if counted < left => left -= counted,
                _ => return counting::after(measure.hours, spell.from, left).ok(),
            }
        }
        None
    }

    /// Derives the deadline. Without a measure there is none.
    pub(super) fn aim(&mut self, statuses: &Statuses, measure: Option<&Measure<'_>>) {
        self.due = measure.and_then(|measure| self.reached(statuses, measure));
    }

    /// Adds what counted in `spell`, which ended at `to` and is being forgotten.
    pub(super) fn keep(&mut self, spell: Spell, to: Timestamp, runs: bool, hours: Option<&BusinessHours>) {
        if self.from < to {
            if runs {
                self.spent += counting::counted(hours, self.from.max(spell.from), to);
            }
            self.from = to;
        }
    }

    /// The windows from `from` to `until` in which time counts, and the spells between them in which it does not.
    pub(super) fn spans(&self, statuses: &Statuses, measure: &Measure<'_>, until: Timestamp) -> (Vec<Open>, Vec<Spell>) {
        let (mut windows, mut pauses) = (Vec::<Open>::new(), Vec::new());
        for spell in statuses.since(self.from).filter(|spell| spell.from < until) {
            if !measure.runs_in(spell.status) {
                pauses.push(spell);
                continue;
            }
            for open in counting::windows(measure.hours, spell.from, spell.to.map_or(until, |to| to.min(until))) {
                match windows.last_mut() {
                    Some(last) if last.to == open.from => last.to = open.to,
                    _ => windows.push(open),
                }
            }
        }
        (windows, pauses)
    }
}

impl Goal {
    /// A deadline set now, to an instant.
    pub fn at(due: Timestamp, now: Timestamp) -> Self {
        Self { amount: None, counter: Counter { due: Some(due), ..Counter::new(now) } }
    }

    /// A deadline set now, to an amount of time from now.
    pub const fn after(amount: Amount, now: Timestamp) -> Self {
        Self { amount: Some(amount), counter: Counter::new(now) }
    }

    /// Whether both are the same deadline, even if pauses have moved its instant.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let instant = |goal: &Self| goal.counter.due.filter(|_| goal.amount.is_none());
        self.amount == other.amount && self.counter.began == other.counter.began && instant(self) == instant(other)
    }
}

impl SlaClock {
    /// The clock of a ticket that is created now and has no message yet.
    pub const fn new(created_at: Timestamp) -> Self {
        Self { answered: false, response: None, resolution: Counter::new(created_at), set: None }
    }

    /// Each wait that policies have targets for, with its metric.
    pub fn counters(&self) -> impl Iterator<Item = (Metric, &Counter)> {
        let response = self.response.iter().map(|counter| (self.awaited(), counter));
        response.chain([(Metric::Resolution, &self.resolution)])
    }

    pub(super) fn counters_mut(&mut self) -> impl Iterator<Item = (Metric, &mut Counter)> {
        let awaited = self.awaited();
        let response = self.response.iter_mut().map(move |counter| (awaited, counter));
        response.chain([(Metric::Resolution, &mut self.resolution)])
    }

    const fn awaited(&self) -> Metric {
        if self.answered { Metric::NextResponse } else { Metric::FirstResponse }
    }

    /// All waits, including those whose deadlines don't apply at present. The deadline set on the ticket has no metric.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Option<Metric>, &Counter)> {
        let set = self.set.iter().map(|goal| (None, &goal.counter));
        set.chain(self.counters().map(|(metric, counter)| (Some(metric), counter)))
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = (Option<Metric>, &mut Counter)> {
        let awaited = self.awaited();
        let set = self.set.iter_mut().map(|goal| (None, &mut goal.counter));
        let response = self.response.iter_mut().map(move |counter| (Some(awaited), counter));
        set.chain(response).chain([(Some(Metric::Resolution), &mut self.resolution)])
    }

    /// The waits whose deadlines apply: the one that was set, or else those of policies.
    pub(crate) fn counting(&self) -> impl Iterator<Item = (Option<Metric>, &Counter)> {
        let is_set = self.set.is_some();
        self.all().filter(move |(metric, _)| metric.is_none() == is_set)
    }

    pub(crate) fn counting_mut(&mut self) -> impl Iterator<Item = &mut Counter> {
        let is_set = self.set.is_some();
        let set = self.set.iter_mut().map(|goal| &mut goal.counter);
        let by_policy = self.response.iter_mut().chain([&mut self.resolution]).filter(move |_| !is_set);
        set.chain(by_policy)
    }

    /// Of those, the wait whose deadline comes first; it may have passed.
    pub(crate) fn next(&self) -> Option<(Option<Metric>, &Counter)> {
        self.counting().filter(|(_, counter)| counter.due.is_some()).min_by_key(|(_, counter)| counter.due)
    }

    /// The first of the deadlines that apply, if there is one.
    pub fn due(&self) -> Option<Timestamp> {
        self.next().and_then(|(_, counter)| counter.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{calendar::SlaUnit, testing::at};

    fn hours(hours: f64, now: i64) -> Goal {
        Goal::after(Amount::new(hours, SlaUnit::Hour, None).unwrap(), at(now))
    }

    #[test]
    fn a_deadline_that_pauses_moved_is_the_same_one() {
        let moved = |goal: Goal, due: i64| Goal { counter: Counter { due: Some(at(due)), ..goal.counter }, ..goal };
        assert!(hours(1.0, 5).is_same_as(&moved(hours(1.0, 5), 900)));
        assert!(Goal::at(at(90), at(5)).is_same_as(&Goal::at(at(90), at(5))));
        for (one, other) in [
            (hours(1.0, 5), hours(2.0, 5)),
            (hours(1.0, 5), hours(1.0, 6)),
            (Goal::at(at(90), at(5)), Goal::at(at(91), at(5))),
            (Goal::at(at(90), at(5)), Goal::at(at(90), at(6))),
            (Goal::at(at(90), at(5)), moved(hours(1.0, 5), 90)),
        ] {
            assert!(!one.is_same_as(&other) && !other.is_same_as(&one), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_deadline_that_was_set_stands_for_all_others() {
        let due = |due: i64| Counter { due: Some(at(due)), ..Counter::new(at(0)) };
        let mut clock = SlaClock { response: Some(due(30)), resolution: due(20), ..SlaClock::new(at(0)) };
        let dues = |clock: &SlaClock| clock.counting().map(|(metric, it)| (metric, it.due)).collect::<Vec<_>>();
        let by_policies = [(Some(Metric::FirstResponse), Some(at(30))), (Some(Metric::Resolution), Some(at(20)))];
        assert_eq!((dues(&clock), clock.due()), (by_policies.to_vec(), Some(at(20))));
        clock.answered = true;
        assert_eq!(dues(&clock)[0], (Some(Metric::NextResponse), Some(at(30))));
        clock.set = Some(Box::new(Goal::at(at(40), at(0))));
        assert_eq!((dues(&clock), clock.due()), (vec![(None, Some(at(40)))], Some(at(40))));
        assert_eq!(clock.counting_mut().map(|it| it.due).collect::<Vec<_>>(), [Some(at(40))]);
        let all = [None, Some(Metric::NextResponse), Some(Metric::Resolution)];
        assert_eq!(clock.all().map(|(metric, _)| metric).collect::<Vec<_>>(), all);
        assert_eq!(clock.all_mut().map(|(metric, _)| metric).collect::<Vec<_>>(), all);
    }
}
