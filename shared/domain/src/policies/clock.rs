//! Since when a ticket waits for what, and the deadlines that follow from it.
//!
//! A ticket carries times only: when a wait began, and which statuses it has had since ([`Statuses`]). How much of that
//! counts is for the rules of the moment to say, so each deadline is derived anew with each change.

use super::{Metric, Policies, Policy};
use crate::{
    calendar::{self, BusinessHours, Open},
    rules::Rules,
    sla::{Amount, Target, Told},
    statuses::{Spell, Statuses},
    ticket::{Status, Ticket},
    time::Timestamp,
};

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
    /// When so much will have counted as may; `None` while the clock stands still, or may run for ever.
    pub due: Option<Timestamp>,
    /// What was told of that.
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

/// What was said to whom, as far as it counts. A private note and an automatic reply answer nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing.
    Nothing,
    /// The customer wrote.
    ByCustomer,
    /// An agent answered the customer.
    ByTeam,
}

/// How time counts towards a deadline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub(super) target: Target,
    pub(super) hours: Option<&'a BusinessHours>,
    /// Whose word it is in which statuses nothing counts; `None` if all of them count.
    pub(super) stops: Option<&'a Policies>,
}

impl<'a> Measure<'a> {
    /// Of a policy's target.
    pub(super) fn of_policy(policy: &'a Policy, metric: Metric, policies: &'a Policies) -> Option<Self> {
        Some(Self { target: policy.target(metric)?, hours: policy.hours.as_ref(), stops: Some(policies) })
    }

    /// Of an amount that was set.
    pub(super) fn of_amount(amount: &'a Amount, policies: &'a Policies) -> Self {
        let stops = policies.pause_amounts().then_some(policies);
        Self { target: amount.target, hours: amount.hours.as_ref(), stops }
    }

    pub(super) fn runs_in(&self, status: Status) -> bool {
        self.stops.is_none_or(|policies| policies.runs_in(status))
    }

    /// The time that counts between two instants in a status that counts, in microseconds.
    fn counted(&self, from: Timestamp, to: Timestamp) -> i64 {
        counted(self.hours, from, to)
    }

    /// The windows of time that count between two such instants.
    pub(super) fn windows(&self, from: Timestamp, to: Timestamp) -> Vec<Open> {
        match self.hours {
            _ if to <= from => Vec::new(),
            None => vec![Open { from, to }],
            Some(hours) => calendar::open_windows(from, to, hours.schedule()),
        }
    }

    /// The instant at which so many more microseconds have counted. `None` if that is further than a deadline may lie.
    fn after(&self, from: Timestamp, micros: i64) -> Option<Timestamp> {
        match self.hours {
            Some(hours) if micros > 0 => calendar::after(from, micros, hours.schedule()).ok(),
            _ => Some(from.plus_micros(micros)),
        }
    }
}

fn counted(hours: Option<&BusinessHours>, from: Timestamp, to: Timestamp) -> i64 {
    match hours {
        _ if to <= from => 0,
        None => to.micros() - from.micros(),
        Some(hours) => calendar::open_time(from, to, hours.schedule()).num_microseconds().unwrap_or(i64::MAX),
    }
}

impl Counter {
    /// One that begins now.
    pub const fn new(began: Timestamp) -> Self {
        Self { began, from: began, spent: 0, due: None, told: None }
    }

    /// What has counted until `now`, in microseconds.
    pub(super) fn counted(&self, statuses: &Statuses, measure: &Measure<'_>, now: Timestamp) -> i64 {
        let until = |spell: &Spell| spell.to.map_or(now, |to| to.min(now));
        let spells = statuses.since(self.from).filter(|spell| measure.runs_in(spell.status));
        self.spent + spells.map(|spell| measure.counted(spell.from, until(&spell))).sum::<i64>()
    }

    /// When as much has counted as may: in a spell that is over, or in the present one. `None` while nothing counts.
    fn reached(&self, statuses: &Statuses, measure: &Measure<'_>) -> Option<Timestamp> {
        if !measure.runs_in(statuses.last()) {
            return None;
        }
        let mut left = measure.target.micros() - self.spent;
        for spell in statuses.since(self.from).filter(|spell| measure.runs_in(spell.status)) {
            match spell.to.map(|to| measure.counted(spell.from, to)) {
                Some(counted) if counted < left => left -= counted,
                _ => return measure.after(spell.from, left),
            }
        }
        None
    }

    /// Sets when it is due. One that moved and has not passed is told of anew.
    fn aim(&mut self, statuses: &Statuses, measure: Option<Measure<'_>>, now: Timestamp) {
        let due = measure.and_then(|measure| self.reached(statuses, &measure));
        if due != self.due && due.is_some_and(|due| now < due) {
            self.told = None;
        }
        self.due = due;
    }

    /// Keeps what counted in a spell that is about to be forgotten.
    fn keep(&mut self, spell: Spell, until: Timestamp, runs: bool, hours: Option<&BusinessHours>) {
        if self.from < until {
            if runs {
                self.spent += counted(hours, self.from.max(spell.from), until);
            }
            self.from = until;
        }
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

    fn counters_mut(&mut self) -> impl Iterator<Item = (Metric, &mut Counter)> {
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

    /// The next deadline that counts.
    pub fn due(&self) -> Option<Timestamp> {
        self.counting().filter_map(|(_, counter)| counter.due).min()
    }
}

impl Ticket {
    /// The deadline that was set on the ticket, while its clock runs.
    pub fn explicit_due(&self) -> Option<Timestamp> {
        self.sla_clock.set.as_ref().and_then(|goal| goal.counter.due)
    }
}

/// Brings the deadlines of a ticket in line with what was changed or said, and shows the next one.
pub(crate) fn follow(ticket: &mut Ticket, said: Said, rules: &Rules, now: Timestamp) {
    let resolved = ticket.status == Status::Resolved && ticket.statuses.last() != Status::Resolved;
    ticket.statuses.take(ticket.status, now);
    let clock = &mut ticket.sla_clock;
    match said {
        Said::ByTeam => {
            clock.answered = true;
            clock.response = None;
        }
        Said::ByCustomer if clock.response.is_none() => {
            clock.response = Some(Counter::new(ticket.last_message_at.unwrap_or(now)));
        }
        // Whoever resolves a ticket has said all that there is to say.
        Said::Nothing if resolved => clock.response = None,
        Said::ByCustomer | Said::Nothing => {}
    }
    aim(ticket, &rules.policies, now);
}

/// Sets when each deadline is due.
fn aim(ticket: &mut Ticket, policies: &Policies, now: Timestamp) {
    let policy = policies.of(ticket);
    let hours = policy.and_then(|policy| policy.hours.as_ref());
    let Ticket { sla_clock: clock, statuses, .. } = ticket;
    while let Some((spell, until)) = statuses.forget() {
        let runs = policies.runs_in(spell.status);
        clock.counters_mut().for_each(|(_, counter)| counter.keep(spell, until, runs, hours));
        if let Some(Goal { amount: Some(amount), counter }) = clock.set.as_deref_mut() {
            let runs = Measure::of_amount(amount, policies).runs_in(spell.status);
            counter.keep(spell, until, runs, amount.hours.as_ref());
        }
    }
    for (metric, counter) in clock.counters_mut() {
        let measure = policy.and_then(|policy| Measure::of_policy(policy, metric, policies));
        counter.aim(statuses, measure, now);
    }
    if let Some(Goal { amount: Some(amount), counter }) = clock.set.as_deref_mut() {
        counter.aim(statuses, Some(Measure::of_amount(amount, policies)), now);
    }
    ticket.sla_due_at = clock.due();
}
