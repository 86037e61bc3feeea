//! Derives a ticket's deadlines anew after a change or a message, by the project's present rules.

use super::{
    Metric, Policies, Policy,
    clock::{Counter, Goal, Measure},
};
use crate::{
    calendar::Amount,
    rules::Rules,
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// Who wrote to whom, as far as deadlines count it. A private note and an automatic reply answer nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// Nothing that counts.
    Nothing,
    /// The customer wrote.
    ByCustomer,
    /// An agent answered the customer.
    ByTeam,
}

impl<'a> Measure<'a> {
    /// The measure for a policy's target; `None` if the policy has no target for the metric.
    pub(super) fn of_policy(policy: &'a Policy, metric: Metric, policies: &'a Policies) -> Option<Self> {
        let target = policy.target(metric)?;
        Some(Self { target, hours: policy.hours.as_ref(), paused_by: Some(policies.pausing()) })
    }

    /// The measure for an amount that was set on a ticket. If the project has not said what pauses its clocks, nothing does,
    /// and the deadline stays at the instant it was set to, as PostHog Support has it.
    pub(super) fn of_amount(amount: &'a Amount, policies: &'a Policies) -> Self {
        Self { target: amount.target, hours: amount.hours.as_ref(), paused_by: policies.paused_by.as_deref() }
    }
}

/// Derives a ticket's deadlines and sets `sla_due_at` to the next one.
pub(crate) fn follow(ticket: &mut Ticket, said: Said, rules: &Rules, now: Timestamp) {
    let was_resolved = ticket.statuses.last() == Status::Resolved;
    ticket.statuses.take(ticket.fields.status, now);
    let clock = &mut ticket.sla_clock;
    match said {
        Said::ByTeam => {
            clock.answered = true;
            clock.response = None;
        }
        // Resolving a ticket settles all that was asked, so a message on a resolved ticket starts a new wait. A ticket that is
        // reopened without a message goes on with its earlier wait.
        Said::ByCustomer if clock.response.is_none() || was_resolved => {
            clock.response = Some(Counter::new(ticket.thread.last_message_at.unwrap_or(now)));
        }
        Said::ByCustomer | Said::Nothing => {}
    }
    let policies = &rules.policies;
    forget(ticket, policies);
    aim(ticket, policies);
    ticket.sla_due_at = ticket.sla_clock.due();
}

/// Derives the instant at which each wait is due.
fn aim(ticket: &mut Ticket, policies: &Policies) {
    let policy = policies.of(ticket);
    let Ticket { sla_clock: clock, statuses, .. } = ticket;
    for (metric, counter) in clock.counters_mut() {
        let measure = policy.and_then(|policy| Measure::of_policy(policy, metric, policies));
        counter.aim(statuses, measure.as_ref());
    }
    if let Some(Goal { amount: Some(amount), counter }) = clock.set.as_deref_mut() {
        counter.aim(statuses, Some(&Measure::of_amount(amount, policies)));
    }
}

/// Counts the time in statuses that a ticket forgets. The present rules decide, and no later rule can recount that time.
fn forget(ticket: &mut Ticket, policies: &Policies) {
    while let Some((spell, to)) = ticket.statuses.forget() {
        let hours = policies.of(ticket).and_then(|policy| policy.hours.as_ref());
        let runs = spell.status != Status::Resolved && !policies.pausing().contains(&spell.status);
        ticket.sla_clock.counters_mut().for_each(|(_, counter)| counter.keep(spell, to, runs, hours));
        if let Some(Goal { amount: Some(amount), counter }) = ticket.sla_clock.set.as_deref_mut() {
            let runs = Measure::of_amount(amount, policies).runs_in(spell.status);
            counter.keep(spell, to, runs, amount.hours.as_ref());
        }
    }
}
