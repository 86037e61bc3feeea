//! Since when a ticket waits for what, and when that is due.
//!
//! A ticket carries times only: when a wait began, and which statuses it has had since ([`Statuses`]). How much of that
//! counts is for the rules of the moment to say, so each deadline is derived anew with each change.

use crate::{
    alarm::Told,
    calendar::{Amount, BusinessHours, Open, Target, counting},
    statuses::{Spell, Status, Statuses},
    time::Timestamp,
    words::words,
};

words! {
    /// What a target is for.
    Metric {
        /// The team's first answer to the customer.
        FirstResponse = "first_response",
        /// Each further answer.
        NextResponse = "next_response",
        /// That the ticket is resolved.
        Resolution = "resolution",
    }
}

/// What deadlines of a ticket follow from, whether its project promises anything today or not.
#[derive(Debug, Clone, PartialEq)]
pub struct SlaClock {
    /// Whether the team has answered before.
    pub answered: bool,
    /// Since the first message that nobody answered; `None` while no answer is due.
    pub response: Option<Counter>,
    /// Since the ticket was created.
    pub resolution: Counter,
    /// The deadline that was set on the ticket. It wins over those of policies until it is cleared.
    pub set: Option<Box<Goal>>,
}

/// A wait, and the deadline that it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counter {
    /// When it began.
    pub began: Timestamp,
    /// From when on the statuses that the ticket remembers are those of the wait: when it began, unless that is forgotten.
    pub from: Timestamp,
    /// What had counted before that, in microseconds.
    pub spent: i64,
    /// When so much will have counted as may, or had; `None` while the clock stands still, or may run for ever.
    pub due: Option<Timestamp>,
    /// What was told of it last, or of the deadline that it had then.
    pub told: Option<Told>,
}

/// A deadline that someone set.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// The amount that it was set to; `None` for an instant, which nothing puts off.
    pub amount: Option<Amount>,
    /// Since it was set.
    pub counter: Counter,
}

/// How time counts towards a deadline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub(super) target: Target,
    pub(super) hours: Option<&'a BusinessHours>,
    /// The statuses in which the clock is paused, beside resolved, in which it is stopped; `None` if nothing does either.
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
    /// One that begins now.
    pub const fn new(began: Timestamp) -> Self {
        Self { began, from: began, spent: 0, due: None, told: None }
    }

    /// What has counted until `now`, in microseconds.
    pub(super) fn counted(&self, statuses: &Statuses, measure: &Measure<'_>, now: Timestamp) -> i64 {
        let spells = statuses.since(self.from).filter(|spell| measure.runs_in(spell.status));
        let counted = |spell: Spell| counting::counted(measure.hours, spell.from, spell.to.map_or(now, |to| to.min(now)));
        self.spent + spells.map(counted).sum::<i64>()
    }

    /// When as much has counted as may. What has passed stays so, whatever pauses the clock now; resolving the ticket stops it.
    fn reached(&self, statuses: &Statuses, measure: &Measure<'_>) -> Option<Timestamp> {
        if measure.is_stopped(statuses) {
            return None;
        }
        let mut left = measure.target.micros() - self.spent;
        if left <= 0 {
            // In a spell that is forgotten; it was known when it was.
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

    /// Sets when it is due.
    pub(super) fn aim(&mut self, statuses: &Statuses, measure: Option<&Measure<'_>>) {
        self.due = measure.and_then(|measure| self.reached(statuses, measure));
    }

    /// Keeps what counted in a spell that is forgotten and ended at `to`.
    pub(super) fn keep(&mut self, spell: Spell, to: Timestamp, runs: bool, hours: Option<&BusinessHours>) {
        if self.from < to {
            if runs {
                self.spent += counting::counted(hours, self.from.max(spell.from), to);
            }
            self.from = to;
        }
    }

    /// The windows of time that count since `from`, until an instant, and the spells between that do not.
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
    /// A deadline that is set now, to an instant.
    pub fn at(due: Timestamp, now: Timestamp) -> Self {
        Self { amount: None, counter: Counter { due: Some(due), ..Counter::new(now) } }
    }

    /// One that is set now, to an amount.
    pub const fn after(amount: Amount, now: Timestamp) -> Self {
        Self { amount: Some(amount), counter: Counter::new(now) }
    }

    /// Whether it is the same deadline, wherever pauses have put it.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let instant = |goal: &Self| goal.counter.due.filter(|_| goal.amount.is_none());
        self.amount == other.amount && self.counter.began == other.counter.began && instant(self) == instant(other)
    }
}

impl SlaClock {
    /// That of a ticket that is created now, and for which nobody waits yet.
    pub const fn new(created_at: Timestamp) -> Self {
        Self { answered: false, response: None, resolution: Counter::new(created_at), set: None }
    }

    /// Each counter for policies, with what it counts for.
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

    /// All deadlines there are, those that do not count as well; without a metric the one that was set.
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

    /// Those that count: the one that was set, or else those of policies.
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

    /// The one of them that is due next, or was first.
    pub(crate) fn next(&self) -> Option<(Option<Metric>, &Counter)> {
        self.counting().filter(|(_, counter)| counter.due.is_some()).min_by_key(|(_, counter)| counter.due)
    }

    /// When that is due.
    pub fn due(&self) -> Option<Timestamp> {
        self.next().and_then(|(_, counter)| counter.due)
    }
}
