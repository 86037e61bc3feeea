//! Explains why a ticket stands as it does with its deadline.

use serde_json::{Value, json};

mod rule;

use super::{
    Metric, Policies, Policy,
    clock::{Counter, Goal, Measure},
};
use crate::{
    alarm::Alarm,
    calendar::{BusinessHours, Open},
    sla::Standing,
    statuses::{Spell, Statuses},
    ticket::{Status, Ticket},
    time::Timestamp,
};

/// How many windows of counted time, and how many pauses, are shown at most: the latest ones.
const SHOWN: usize = 20;
/// The microseconds of a second.
const SECOND: i64 = 1_000_000;

/// How a ticket stands with its deadline.
#[derive(Debug, Clone, PartialEq)]
pub struct Sla<'a> {
    /// Its state in one word.
    pub state: Standing,
    /// The deadline; `None` while the clock is paused or stopped, or if there is none.
    pub due_at: Option<Timestamp>,
    /// Seconds until the deadline, below zero once it has passed. While the clock is paused: the seconds that are left to
    /// count.
    pub remaining_secs: Option<i64>,
    /// The name of the policy that the deadline follows from; `None` if it was set on the ticket.
    pub policy: Option<&'a str>,
    /// What is due by then; `None` if the deadline was set on the ticket.
    pub metric: Option<Metric>,
}

impl<'a> Sla<'a> {
    /// The state at `now`. A resolved ticket has no deadline.
    pub fn of(ticket: &Ticket, policies: &'a Policies, now: Timestamp) -> Self {
        let none = Sla { state: Standing::None, due_at: None, remaining_secs: None, policy: None, metric: None };
        if ticket.fields.status == Status::Resolved {
            return none;
        }
        let policy = policies.of(ticket);
        let name = |metric: Option<Metric>| metric.and(policy).map(|policy| policy.name.as_str());
        if let Some((metric, Counter { due: Some(due), .. })) = ticket.sla_clock.next() {
            let remaining_secs = Some(remaining(due.micros() - now.micros()));
            let state = Standing::of(ticket, now);
            return Sla { state, due_at: Some(*due), remaining_secs, policy: name(metric), metric };
        }
        let left = |(metric, counter): (Option<Metric>, &Counter)| {
            let measure = measure(ticket, metric, policy, policies).filter(|measure| !measure.runs_in(ticket.fields.status))?;
            Some((measure.target.micros() - counter.counted(&ticket.statuses, &measure, now), metric))
        };
        ticket.sla_clock.counting().filter_map(left).min().map_or(none, |(left, metric)| Sla {
            state: Standing::Paused,
            due_at: None,
            remaining_secs: Some(remaining(left)),
            policy: name(metric),
            metric,
        })
    }
}

/// The whole seconds left, rounded up. What has counted is rounded down, so both add up to the target.
const fn remaining(micros: i64) -> i64 {
    -(-micros).div_euclid(SECOND)
}

/// How time counts towards one of a ticket's deadlines. `None` if no policy has a target for it, or if it was set to an
/// instant.
fn measure<'a>(
    ticket: &'a Ticket,
    metric: Option<Metric>,
    policy: Option<&'a Policy>,
    policies: &'a Policies,
) -> Option<Measure<'a>> {
    match metric {
        Some(metric) => Measure::of_policy(policy?, metric, policies),
        None => Some(Measure::of_amount(ticket.sla_clock.set.as_ref()?.amount.as_ref()?, policies)),
    }
}

/// All that [`Sla::of`] follows from, with the reason in words.
pub fn explain(ticket: &Ticket, policies: &Policies, now: Timestamp) -> Value {
    let sla = Sla::of(ticket, policies, now);
    let policy = policies.of(ticket);
    let set = ticket.sla_clock.set.as_deref();
    let source = match (set, sla.policy) {
        (Some(_), _) => "explicit",
        (None, Some(_)) => "policy",
        (None, None) => "none",
    };
    let metrics = policy.into_iter().flat_map(|policy| policy.targets.iter().map(|(metric, _)| *metric));
    let metrics: Vec<_> = metrics.map(|metric| metric_json(ticket, metric, policy, policies, now)).collect();
    json!({
        "source": source,
        "reason": reason(ticket, policies, &sla),
        "set": set.map(|goal| goal_json(goal, &ticket.statuses, policies, now)),
        "business_hours": policy.and_then(|policy| policy.hours.as_ref()).map(BusinessHours::with_zone),
        "paused_by": policies.paused_by.as_deref().unwrap_or_default(),
        "metrics": metrics,
        "policies": rule::all_json(policies, ticket),
    })
}

fn reason(ticket: &Ticket, policies: &Policies, sla: &Sla<'_>) -> String {
    let status = ticket.fields.status.name();
    let paused = |what: String| format!("{what}; while the ticket is {status}, its clock is paused.");
    match (sla.state, &ticket.sla_clock.set, sla.policy, sla.metric) {
        (Standing::None, ..) if ticket.fields.status == Status::Resolved => {
            "The ticket is resolved, which stops its clock.".to_owned()
        }
        (Standing::Paused, Some(_), ..) => paused("The deadline was set on the ticket".to_owned()),
        (_, Some(_), ..) if policies.is_empty() => "The deadline was set on the ticket.".to_owned(),
        (_, Some(_), ..) => "The deadline was set on the ticket, and wins over policies until it is cleared.".to_owned(),
        (Standing::Breached, _, Some(policy), Some(metric)) => {
            format!("Policy {policy}: the target for {} has passed, and no pause undoes that.", metric.name())
        }
        (Standing::Paused, _, Some(policy), Some(metric)) => {
            paused(format!("Policy {policy} has a target for {}", metric.name()))
        }
        (_, _, Some(policy), Some(metric)) => format!("Policy {policy}: the target for {} is the next one due.", metric.name()),
        _ if policies.is_empty() => "No deadline was set, and the project has no policies.".to_owned(),
        _ if policies.of(ticket).is_none() => "No deadline was set, and no policy is about this ticket.".to_owned(),
        _ => "No deadline was set, and nothing that the ticket's policy has a target for is due.".to_owned(),
    }
}

/// One target of the ticket's policy, and what has counted towards it.
fn metric_json(ticket: &Ticket, metric: Metric, policy: Option<&Policy>, policies: &Policies, now: Timestamp) -> Value {
    let measure = measure(ticket, Some(metric), policy, policies);
    let counter = ticket.sla_clock.counters().find(|(of, _)| *of == metric).map(|(_, counter)| counter);
    let mut json = match (counter, &measure) {
        (Some(counter), Some(measure)) => counted_json(counter, &ticket.statuses, measure, now),
        _ => json!({"state": "not_waiting"}),
    };
    json["metric"] = json!(metric);
    json["target"] = json!(measure.map(|measure| measure.target.to_json()));
    json
}

/// The deadline that was set on the ticket, and what has counted towards it if it was set to an amount.
fn goal_json(goal: &Goal, statuses: &Statuses, policies: &Policies, now: Timestamp) -> Value {
    let Some(amount) = &goal.amount else {
        return json!({"set_at": goal.counter.began, "due_at": goal.counter.due, "target": null, "told": raised_json(&goal.counter)});
    };
    let mut json = counted_json(&goal.counter, statuses, &Measure::of_amount(amount, policies), now);
    json["set_at"] = json!(goal.counter.began);
    json["target"] = amount.target.to_json();
    json["business_hours"] = json!(amount.hours.as_ref().map(BusinessHours::with_zone));
    json
}

/// What a deadline follows from. `windows` and `earlier_seconds` add up to the target, or while the clock is paused to what has
/// counted.
fn counted_json(counter: &Counter, statuses: &Statuses, measure: &Measure<'_>, now: Timestamp) -> Value {
    let state = match statuses.last() {
        Status::Resolved => "stopped",
        status if measure.runs_in(status) => "running",
        _ => "paused",
    };
    let (windows, pauses) = counter.spans(statuses, measure, counter.due.unwrap_or(now));
    let length = |open: &Open| open.to.micros() - open.from.micros();
    let shown = windows.len().saturating_sub(SHOWN);
    let earlier = counter.spent + windows[..shown].iter().map(length).sum::<i64>();
    let windows: Vec<_> = windows[shown..].iter().map(|open| json!({"from": open.from, "to": open.to})).collect();
    let pause = |spell: &Spell| json!({"from": spell.from, "to": spell.to, "status": spell.status});
    let pauses: Vec<_> = pauses[pauses.len().saturating_sub(SHOWN)..].iter().map(pause).collect();
    let spent = counter.counted(statuses, measure, now);
    #[expect(clippy::cast_precision_loss, reason = "exact for 285 years")]
    let earlier = earlier as f64 / SECOND as f64;
    json!({
        "state": state,
        "began_at": counter.began,
        "counted_seconds": spent.div_euclid(SECOND),
        "remaining_seconds": remaining(measure.target.micros() - spent),
        "due_at": counter.due,
        "told": raised_json(counter),
        "earlier_seconds": earlier,
        "windows": windows,
        "pauses": pauses,
    })
}

/// The alarm raised for this deadline. A breach also covers a deadline that moved since, if that had passed by then.
fn raised_json(counter: &Counter) -> Value {
    let raised = counter.raised.filter(|raised| {
        counter.due.is_some_and(|due| due == raised.due || (raised.alarm == Alarm::Breached && due <= raised.at))
    });
    json!(raised.map(|raised| json!({"state": raised.alarm, "at": raised.at, "late_seconds": raised.late_secs})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{alarm::RaisedAlarm, testing::at};

    #[test]
    fn an_alarm_is_told_of_while_it_is_about_the_deadline() {
        let told = |due: Option<i64>, raised: Option<(Alarm, i64, i64)>| {
            let raised = raised.map(|(alarm, due, now)| RaisedAlarm { alarm, due: at(due), at: at(now), late_secs: 7 });
            raised_json(&Counter { due: due.map(at), raised, ..Counter::new(at(0)) })
        };
        let of = |alarm: &str, now: i64| json!({"state": alarm, "at": at(now), "late_seconds": 7});
        for (due, raised, expected) in [
            (Some(90), None, Value::Null),
            (None, Some((Alarm::Breached, 90, 95)), Value::Null),
            (Some(90), Some((Alarm::AtRisk, 90, 50)), of("at_risk", 50)),
            (Some(90), Some((Alarm::Breached, 90, 95)), of("breached", 95)),
            (Some(40), Some((Alarm::AtRisk, 90, 50)), Value::Null),
            (Some(40), Some((Alarm::Breached, 90, 95)), of("breached", 95)),
            (Some(95), Some((Alarm::Breached, 90, 95)), of("breached", 95)),
            (Some(96), Some((Alarm::Breached, 90, 95)), Value::Null),
        ] {
            assert_eq!(told(due, raised), expected, "{due:?} {raised:?}");
        }
    }
}
