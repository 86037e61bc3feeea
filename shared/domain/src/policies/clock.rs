//! What has counted for a ticket so far, and what follows from it.

use super::{Metric, Policies, Policy};
use crate::{
    sla::Told,
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// What counts for a ticket of a project that has policies.
#[derive(Debug, Clone, PartialEq)]
pub struct SlaClock {
    /// Whether the team has answered before.
    pub answered: bool,
    /// Since the first message that nobody answered; `None` while no answer is due.
    pub response: Option<Counter>,
    /// Since the ticket was created, or its project's first policy was.
    pub resolution: Counter,
}

/// Time that counts while it runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counter {
    /// When it began.
    pub began: Timestamp,
    /// What had counted when it was paused last, in microseconds.
    pub spent: i64,
    /// Since when it runs; `None` while it is paused or stopped.
    pub running: Option<Timestamp>,
    /// When it will have counted as much as the ticket's policy allows; `None` while it does not run, or may run for ever.
    pub due: Option<Timestamp>,
    /// What was told of that.
    pub told: Option<Told>,
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

impl Counter {
    const fn from(began: Timestamp) -> Self {
        Self { began, spent: 0, running: None, due: None, told: None }
    }

    /// Starts or stops it.
    fn set_running(&mut self, runs: bool, policy: Option<&Policy>, now: Timestamp) {
        match (self.running, runs) {
            (None, true) => self.running = Some(now.max(self.began)),
            (Some(from), false) => {
                self.spent += policy.map_or(now.micros() - from.micros(), |policy| policy.counted(from, now)).max(0);
                self.running = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }

    /// Sets when it is due. One that moved and has not passed is told of anew.
    fn aim(&mut self, metric: Metric, policy: Option<&Policy>, now: Timestamp) {
        let target = policy.and_then(|policy| policy.target(metric).map(|target| (policy, target)));
        let due = self.running.zip(target).and_then(|(from, (policy, target))| policy.after(from, target.micros() - self.spent));
        if due != self.due && due.is_some_and(|due| now < due) {
            self.told = None;
        }
        self.due = due;
    }

    /// What has counted until `now`, in microseconds.
    pub fn counted(&self, policy: Option<&Policy>, now: Timestamp) -> i64 {
        let since = |from: Timestamp| policy.map_or(now.micros() - from.micros(), |policy| policy.counted(from, now));
        self.spent + self.running.map_or(0, since)
    }
}

impl SlaClock {
    /// Each counter, with what it counts for.
    pub fn counters(&self) -> impl Iterator<Item = (Metric, &Counter)> {
        let response = if self.answered { Metric::NextResponse } else { Metric::FirstResponse };
        self.response.iter().map(move |counter| (response, counter)).chain([(Metric::Resolution, &self.resolution)])
    }

    pub(crate) fn counters_mut(&mut self) -> impl Iterator<Item = (Metric, &mut Counter)> {
        let response = if self.answered { Metric::NextResponse } else { Metric::FirstResponse };
        self.response.iter_mut().map(move |counter| (response, counter)).chain([(Metric::Resolution, &mut self.resolution)])
    }

    /// The next of their deadlines.
    pub fn due(&self) -> Option<Timestamp> {
        self.counters().filter_map(|(_, counter)| counter.due).min()
    }
}

impl Ticket {
    /// A deadline that was set and does not follow from a policy. It wins until it is cleared.
    pub fn explicit_due(&self) -> Option<Timestamp> {
        let by_policy = self.sla_clock.as_ref().and_then(SlaClock::due);
        self.sla_due_at.filter(|due| Some(*due) != by_policy)
    }
}

/// Counts on after a change from `before`, and shows the next deadline.
pub(crate) fn follow(before: Option<&Ticket>, ticket: &mut Ticket, said: Said, policies: &Policies, now: Timestamp) {
    let explicit = ticket.explicit_due();
    // Where there are no policies a clock that is there goes on and shows nothing: a process may not know of them yet, and what
    // has counted can't be had back.
    if !policies.is_empty() || ticket.sla_clock.is_some() {
        let clock = ticket.sla_clock.take();
        let mut clock = clock.unwrap_or_else(|| SlaClock { answered: false, response: None, resolution: Counter::from(now) });
        let resolved = ticket.status == Status::Resolved && before.is_some_and(|before| before.status != Status::Resolved);
        match said {
            Said::ByTeam => {
                clock.answered = true;
                clock.response = None;
            }
            Said::ByCustomer if clock.response.is_none() => {
                clock.response = Some(Counter::from(ticket.last_message_at.unwrap_or(now)));
            }
            // Whoever resolves a ticket has said all that there is to say.
            Said::Nothing if resolved => clock.response = None,
            Said::ByCustomer | Said::Nothing => {}
        }
        let (policy, runs) = (policies.of(ticket), policies.runs_in(ticket.status));
        for (metric, counter) in clock.counters_mut() {
            counter.set_running(runs, policy, now);
            counter.aim(metric, policy, now);
        }
        ticket.sla_clock = Some(clock);
    }
    ticket.sla_due_at = explicit.or_else(|| ticket.sla_clock.as_ref().and_then(SlaClock::due));
}
