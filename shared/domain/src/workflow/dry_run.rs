//! What a workflow would do to a ticket: the same run, on a copy that nobody keeps (docs/decisions.md, 42).

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Definition,
    assignee::no_assignee,
    known::Occurrence,
    record::{StepLog, StepResult},
    run::{Action, ActionOutcome, Next, Run},
    trigger::FilterOutcome,
    variables::{changed, ticket_variables},
};
use crate::{
    actor::Actor,
    assignee::Assignee,
    command::Command,
    decide::{Decision, decide},
    events::{About, EventName, assigned, deadline, failed, satisfied, tagged},
    rules::Rules,
    ticket::Ticket,
    time::Timestamp,
    traits::Object,
};

/// What a workflow would do on an event.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct DryRun {
    /// Whether the workflow would start.
    pub matched: bool,
    /// Each of its trigger's filters.
    pub filters: Vec<FilterOutcome>,
    /// What it would do; empty if it would not start.
    pub steps: Vec<DryStep>,
}

/// What one step would do.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct DryStep {
    /// The step's place, such as `steps[0].branches[1].steps[0]`.
    pub step: String,
    /// The branch that would be taken: `branches[0]` and so on, `else`, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The fields that would change, with their new values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub would: Option<Object>,
    /// Why the step would fail, if it would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// Performs `definition` on a copy of `ticket`. Each step sees what the steps before it would have changed. `has` says who
/// belongs to the project.
pub fn dry_run(
    definition: &Definition,
    occurrence: &Occurrence,
    ticket: &Ticket,
    has: impl Fn(Assignee) -> bool,
    now: Timestamp,
    rules: &Rules,
) -> DryRun {
    let matching = definition.trigger.matches(occurrence);
    let matched = matching.matched();
    let mut run = Run::new(definition, occurrence);
    let mut copy = ticket.clone();
    if matched {
        while let Next::Act { action, .. } = run.advance() {
            // `perform` returns an outcome that fits its action, so this error can't happen.
            if run.tell(perform(action, &mut copy, &has, now, rules)).is_err() {
                break;
            }
        }
    }
    DryRun { matched, filters: matching.filters, steps: run.log().iter().map(dry_step).collect() }
}

fn dry_step(log: &StepLog) -> DryStep {
    let told = || log.detail.as_ref().and_then(Value::as_str).map(str::to_owned);
    let step = DryStep { step: log.step.clone(), branch: None, would: None, failed: None };
    match log.result {
        StepResult::Done => DryStep { would: log.detail.as_ref().and_then(Value::as_object).cloned(), ..step },
        StepResult::Branch => DryStep { branch: told(), ..step },
        StepResult::Failed => DryStep { failed: told(), ..step },
    }
}

fn perform(action: Action, copy: &mut Ticket, has: impl Fn(Assignee) -> bool, now: Timestamp, rules: &Rules) -> ActionOutcome {
    let (Action::GetTicket { ticket_id } | Action::UpdateTicket { ticket_id, .. }) = action;
    if ticket_id != copy.id {
        return ActionOutcome::Failed("A dry run knows no other ticket than the one it is given.".to_owned());
    }
    let Action::UpdateTicket { patch, .. } = action else { return ActionOutcome::Ticket(ticket_variables(copy)) };
    if let Some(reason) = no_assignee(&patch, has) {
        return ActionOutcome::Failed(reason.to_owned());
    }
    match decide(copy, Command::Update(Box::new(patch)), &Actor::Workflow(None), now, rules) {
        Ok(Decision::Change(change)) => {
            *copy = change.ticket;
            ActionOutcome::Updated(changed(&change.activity))
        }
        Ok(Decision::Nothing | Decision::Replay(_) | Decision::FollowUp(_) | Decision::HandOn(_)) => {
            ActionOutcome::Updated(Object::new())
        }
        Err(refusal) => ActionOutcome::Failed(refusal.to_string()),
    }
}

/// The event `name` with the present values of a ticket, for a dry run that is given no event. Values that only the past knows,
/// such as the status before, are null.
pub fn present(name: EventName, ticket: &Ticket) -> Occurrence {
    let mut properties = About::of(ticket).base();
    let mut add = |key: &str, value: Value| properties.insert(key.to_owned(), value);
    match name {
        EventName::TicketCreated => {}
        EventName::StatusChanged => {
            add("old_status", Value::Null);
            add("new_status", json!(ticket.fields.status));
        }
        EventName::PriorityChanged => {
            add("old_priority", Value::Null);
            add("new_priority", json!(ticket.fields.priority));
        }
        EventName::Assigned => properties.extend(assigned(ticket.fields.assignee)),
        EventName::TagsChanged => properties.extend(tagged(&ticket.fields.tags, &[], &[])),
        EventName::MessageSent | EventName::MessageReceived => {
            let author = if name == EventName::MessageSent { "team" } else { "customer" };
            add("author_type", json!(author));
            add("message_content", json!(ticket.thread.last_message_text));
        }
        EventName::SatisfactionAsked | EventName::SatisfactionAnswered => {
            properties.extend(ticket.satisfaction.as_ref().map(satisfied).unwrap_or_default());
        }
        EventName::DeliveryFailed => properties.extend(ticket.undelivered.as_ref().map(failed).unwrap_or_default()),
        EventName::SlaAtRisk | EventName::SlaBreached => {
            let (metric, counter) = ticket.sla_clock.next().unzip();
            let raised = counter.and_then(|counter| counter.raised);
            let (at, late) = raised.map_or((ticket.updated_at, 0), |raised| (raised.at, raised.late_secs));
            properties.extend(deadline(metric.flatten(), ticket.sla_due_at, at, late));
        }
    }
    Occurrence { name, distinct_id: ticket.distinct_id.clone(), properties }
}
