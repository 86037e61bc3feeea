//! The record of who changed what on a ticket (decision 52).

use serde_json::{Value, json};

use crate::{
    actor::{Actor, Stamp},
    assignee::Assignee,
    policies::Metric,
    ticket::Ticket,
    wake::alarms,
};

/// What kind of change a row tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityKind {
    /// Fields other than the assignee.
    Updated,
    /// The assignee.
    Assigned,
}

impl ActivityKind {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Assigned => "assigned",
        }
    }
}

/// One row, as decided; the store adds when and its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// What kind of change.
    pub kind: ActivityKind,
    /// By whom.
    pub actor: Actor,
    /// Field by field.
    pub changes: Vec<FieldChange>,
}

/// A field's value before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field's name on the wire.
    pub field: &'static str,
    /// Before.
    pub before: Value,
    /// After.
    pub after: Value,
}

/// The rows that tell the difference between two states of a ticket; none if no field that is logged differs.
pub fn between(before: &Ticket, after: &Ticket, actor: &Actor) -> Vec<Activity> {
    let [(due_before, amount_before), (due_after, amount_after)] = set_deadlines(before, after);
    let updated = [
        ("status", json!(before.status), json!(after.status)),
        ("priority", json!(before.priority), json!(after.priority)),
        ("sla_due_at", due_before, due_after),
        ("sla_amount", amount_before, amount_after),
        ("snoozed_until", json!(before.snoozed_until), json!(after.snoozed_until)),
        ("satisfaction_rating", rating(before), rating(after)),
        ("tags", json!(before.tags), json!(after.tags)),
    ];
    let assigned = [("assignee", assignee_json(before.assignee), assignee_json(after.assignee))];
    let told = alarms(before, after);
    let done_late = match after.changed_by {
        Some(Stamp::System { late_secs }) => late_secs,
        _ => 0,
    };
    let late = told.iter().map(|news| news.told.late_secs).chain([done_late]).max().filter(|late| *late > 0);
    let told = told.iter().map(|news| {
        let field = match news.metric {
            None => "sla_state",
            Some(Metric::FirstResponse) => "sla_state_first_response",
            Some(Metric::NextResponse) => "sla_state_next_response",
            Some(Metric::Resolution) => "sla_state_resolution",
        };
        (field, json!(news.before.map(|told| told.alarm)), json!(news.told.alarm))
    });
    let updated = updated.into_iter().chain(told).chain([("late_seconds", Value::Null, json!(late))]);
    [row(ActivityKind::Updated, actor, updated), row(ActivityKind::Assigned, actor, assigned)].into_iter().flatten().collect()
}

/// The deadline that was set, before and after: when it is due, and if its clock is paused instead, to which amount it was set.
/// What follows from a policy goes without saying, and so does what a pause makes of a deadline.
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

fn rating(ticket: &Ticket) -> Value {
    let answer = ticket.satisfaction.as_ref().and_then(|satisfaction| satisfaction.answer.as_ref());
    json!(answer.map(|answer| answer.rating.number()))
}

/// An assignee as JSON without its name: `{"id", "type"}` or null (decision 23).
pub fn assignee_json(assignee: Option<Assignee>) -> Value {
    match assignee {
        None => Value::Null,
        Some(Assignee::User(id)) => json!({"id": id, "type": "user"}),
        Some(Assignee::Role(id)) => json!({"id": id, "type": "role"}),
    }
}
