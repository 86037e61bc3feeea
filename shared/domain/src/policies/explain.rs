//! Why a ticket stands as it does with its deadline.

use serde_json::{Value, json};

use super::{
    Metric, Policies, Policy, Target,
    clock::{Counter, SlaClock},
};
use crate::{
    calendar::{self, BusinessHours, Open},
    sla::Standing,
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// The most windows of counted time that are shown, the latest of them.
const WINDOWS: usize = 20;

/// How a ticket stands with its deadline.
#[derive(Debug, Clone, PartialEq)]
pub struct Sla<'a> {
    /// In a word.
    pub state: Standing,
    /// The deadline; none while the clock is paused.
    pub due_at: Option<Timestamp>,
    /// Until then, below zero since then; what is left to count while the clock is paused.
    pub remaining_secs: Option<i64>,
    /// The policy that it follows from.
    pub policy: Option<&'a str>,
    /// What is due by then.
    pub metric: Option<Metric>,
}

impl<'a> Sla<'a> {
    /// As it is at `now`.
    pub fn of(ticket: &Ticket, policies: &'a Policies, now: Timestamp) -> Self {
        let policy = policies.of(ticket);
        let none = Sla { state: Standing::None, due_at: None, remaining_secs: None, policy: None, metric: None };
        let state = Standing::of(ticket, now);
        let until = |due: Timestamp| Some(due.seconds() - now.seconds());
        if ticket.status == Status::Resolved {
            return none;
        }
        if let Some(due) = ticket.explicit_due() {
            return Sla { state, due_at: Some(due), remaining_secs: until(due), ..none };
        }
        let (Some(clock), Some(policy)) = (&ticket.sla_clock, policy) else { return none };
        let name = Some(policy.name.as_str());
        let next = clock.counters().filter_map(|(metric, counter)| Some((counter.due?, metric))).min();
        if let Some((due, metric)) = next {
            return Sla { state, due_at: Some(due), remaining_secs: until(due), policy: name, metric: Some(metric) };
        }
        let left = |(metric, counter): (Metric, &Counter)| Some((policy.target(metric)?.micros() - counter.spent, metric));
        let paused = clock.counters().filter(|(_, counter)| counter.running.is_none()).filter_map(left).min();
        paused.map_or(none, |(left, metric)| Sla {
            state: Standing::Paused,
            due_at: None,
            remaining_secs: Some(left.div_euclid(1_000_000)),
            policy: name,
            metric: Some(metric),
        })
    }
}

/// All that [`Sla::of`] follows from, in words.
pub fn explain(ticket: &Ticket, policies: &Policies, now: Timestamp) -> Value {
    let sla = Sla::of(ticket, policies, now);
    let policy = policies.of(ticket);
    let source = match (ticket.explicit_due(), sla.policy) {
        (Some(_), _) => "explicit",
        (None, Some(_)) => "policy",
        (None, None) => "none",
    };
    let rules: Vec<_> = policies.policies.iter().map(|rule| rule_json(rule, ticket, policy)).collect();
    let metrics: Vec<_> = policy.map(|policy| metrics(ticket, policy, now)).unwrap_or_default();
    json!({
        "source": source,
        "reason": reason(ticket, policies, &sla),
        "business_hours": policy.and_then(|policy| policy.hours.as_ref()).map(BusinessHours::given),
        "paused_by": policies.paused_by,
        "metrics": metrics,
        "policies": rules,
    })
}

fn reason(ticket: &Ticket, policies: &Policies, sla: &Sla<'_>) -> String {
    let status = ticket.status.name();
    match (sla.state, ticket.explicit_due(), sla.policy, sla.metric) {
        (Standing::None, ..) if ticket.status == Status::Resolved => "The ticket is resolved, which stops its clock.".to_owned(),
        (_, Some(_), ..) if policies.is_empty() => "The deadline was set on the ticket.".to_owned(),
        (_, Some(_), ..) => "The deadline was set on the ticket, and wins over policies until it is cleared.".to_owned(),
        (Standing::Paused, _, Some(policy), Some(metric)) => {
            format!("Policy {policy} has a target for {}; while the ticket is {status}, its clock is paused.", metric.name())
        }
        (_, _, Some(policy), Some(metric)) => format!("Policy {policy}: the target for {} is the next one due.", metric.name()),
        _ if policies.is_empty() => "No deadline was set, and the project has no policies.".to_owned(),
        _ if policies.of(ticket).is_none() => "No deadline was set, and no policy is about this ticket.".to_owned(),
        _ => "No deadline was set, and nothing that the ticket's policy has a target for is due.".to_owned(),
    }
}

fn rule_json(rule: &Policy, ticket: &Ticket, chosen: Option<&Policy>) -> Value {
    let failing = rule.conditions.failing(ticket);
    let applies = chosen.is_some_and(|chosen| chosen.name == rule.name);
    json!({"name": rule.name, "matched": failing.is_none(), "applies": applies, "failing": failing})
}

fn metrics(ticket: &Ticket, policy: &Policy, now: Timestamp) -> Vec<Value> {
    let counters: Vec<_> = ticket.sla_clock.iter().flat_map(SlaClock::counters).collect();
    let shown = |(metric, target): &(Metric, Target)| {
        let counter = counters.iter().find(|(of, _)| of == metric).map(|(_, counter)| *counter);
        metric_json(*metric, *target, counter, policy, now)
    };
    policy.targets.iter().map(shown).collect()
}

fn metric_json(metric: Metric, target: Target, counter: Option<&Counter>, policy: &Policy, now: Timestamp) -> Value {
    let Some(counter) = counter else {
        return json!({"metric": metric, "target": target.to_json(), "state": "not_waiting"});
    };
    let spent = counter.counted(Some(policy), now);
    let seconds = |micros: i64| micros.div_euclid(1_000_000);
    json!({
        "metric": metric,
        "target": target.to_json(),
        "state": if counter.running.is_some() { "running" } else { "paused" },
        "began_at": counter.began,
        "running_since": counter.running,
        "counted_seconds": seconds(spent),
        "remaining_seconds": seconds(target.micros() - spent),
        "due_at": counter.due,
        "told": counter.told.map(|told| json!({"state": told.alarm, "at": told.at, "late_seconds": told.late_secs})),
        // What counts between the last start of the clock and the deadline.
        "windows": counter.running.zip(counter.due).map(|(from, due)| windows(from, due, policy)),
    })
}

fn windows(from: Timestamp, due: Timestamp, policy: &Policy) -> Vec<Value> {
    let open = match &policy.hours {
        None => vec![Open { from, to: due }],
        Some(hours) => calendar::open_windows(from, due, hours.schedule()),
    };
    let passed_over = open.len().saturating_sub(WINDOWS);
    open[passed_over..].iter().map(|open| json!({"from": open.from, "to": open.to})).collect()
}
