//! The activity log: who changed what on a ticket (docs/decisions.md, 52).

use serde_json::{Value, json};

use crate::{
    actor::{Actor, Stamp},
    assignee::Assignee,
    policies::Metric,
    ticket::Ticket,
    wake::new_alarms,
};

/// The kind of change that a row records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityKind {
    /// Fields other than the assignee.
    Updated,
    /// The assignee, which has a row of its own.
    Assigned,
}

impl ActivityKind {
    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Assigned => "assigned",
        }
    }
}

/// One row of the log. The store adds its id and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// The kind of change.
    pub kind: ActivityKind,
    /// Who made the change, with the name that they had then.
    pub actor: Actor,
    /// The fields that differ.
    pub changes: Vec<FieldChange>,
}

/// A field's value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field's name in JSON.
    pub field: &'static str,
    /// The value before the change; null if the field was not set.
    pub before: Value,
    /// The value after the change; null if the field was cleared.
    pub after: Value,
}

/// The rows for the difference between two states of a ticket; none if no logged field differs.
pub fn between(before: &Ticket, after: &Ticket, actor: &Actor) -> Vec<Activity> {
    let [(due_before, amount_before), (due_after, amount_after)] = set_deadlines(before, after);
    let updated = [
        ("status", json!(before.fields.status), json!(after.fields.status)),
        ("priority", json!(before.fields.priority), json!(after.fields.priority)),
        ("sla_due_at", due_before, due_after),
        ("sla_amount", amount_before, amount_after),
        ("snoozed_until", json!(before.fields.snoozed_until), json!(after.fields.snoozed_until)),
        ("satisfaction_rating", rating(before), rating(after)),
        ("tags", json!(before.fields.tags), json!(after.fields.tags)),
        ("cc_participants", participants(before), participants(after)),
    ];
    let assigned = [("assignee", assignee_json(before.fields.assignee), assignee_json(after.fields.assignee))];
    let alarms = new_alarms(before, after);
    let done_late = match after.changed_by {
        Some(Stamp::System { late_secs }) => late_secs,
        _ => 0,
    };
    let late = alarms.iter().map(|alarm| alarm.raised.late_secs).chain([done_late]).max().filter(|late| *late > 0);
    let raised = alarms.iter().map(|alarm| {
        let field = match alarm.metric {
            None => "sla_state",
            Some(Metric::FirstResponse) => "sla_state_first_response",
            Some(Metric::NextResponse) => "sla_state_next_response",
            Some(Metric::Resolution) => "sla_state_resolution",
        };
        (field, json!(alarm.before.map(|before| before.alarm)), json!(alarm.raised.alarm))
    });
    let updated = updated.into_iter().chain(raised).chain([("late_seconds", Value::Null, json!(late))]);
    [row(ActivityKind::Updated, actor, updated), row(ActivityKind::Assigned, actor, assigned)].into_iter().flatten().collect()
}

/// The deadline that was set on the ticket, before and after: the instant, or while its clock is paused the amount. A deadline
/// that follows from a policy is not logged, nor is the move of a deadline by a pause.
fn set_deadlines(before: &Ticket, after: &Ticket) -> [(Value, Value); 2] {
    let is_same = match (&before.sla_clock.set, &after.sla_clock.set) {
        (Some(before), Some(after)) => before.is_same_as(after),
        (before, after) => before.is_none() && after.is_none(),
    };
    if is_same {
        return Default::default();
    }
    [before, after].map(|ticket| {
        let paused = ticket.sla_clock.set.as_ref().filter(|goal| goal.counter.due.is_none());
        let amount = paused.and_then(|goal| Some((goal.amount.as_ref()?, goal.counter.began)));
        let amount = amount.map(|(amount, set_at)| {
            let mut json = amount.target.to_json();
            json["set_at"] = json!(set_at);
            json
        });
        (json!(ticket.explicit_due()), json!(amount))
    })
}

fn row(kind: ActivityKind, actor: &Actor, fields: impl IntoIterator<Item = (&'static str, Value, Value)>) -> Option<Activity> {
    let changes: Vec<FieldChange> = fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| FieldChange { field, before, after })
        .collect();
    (!changes.is_empty()).then(|| Activity { kind, actor: actor.clone(), changes })
}

fn participants(ticket: &Ticket) -> Value {
    json!(ticket.route.as_ref().map(|route| &route.cc).filter(|cc| !cc.is_empty()))
}

fn rating(ticket: &Ticket) -> Value {
    let answer = ticket.satisfaction.as_ref().and_then(|satisfaction| satisfaction.answer.as_ref());
    json!(answer.map(|answer| answer.rating.number()))
}

/// An assignee as JSON without its name: `{"id", "type"}`, or null for nobody.
pub fn assignee_json(assignee: Option<Assignee>) -> Value {
    match assignee {
        None => Value::Null,
        Some(Assignee::User(id)) => json!({"id": id, "type": "user"}),
        Some(Assignee::Role(id)) => json!({"id": id, "type": "role"}),
    }
}

#[cfg(test)]
mod tests;
