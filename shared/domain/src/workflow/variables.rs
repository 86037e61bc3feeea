//! Tickets as workflows see them.

use serde_json::{Value, json};

use crate::{
    activity::{Activity, assignee_json},
    ticket::Ticket,
    traits::Object,
};

/// What `get_ticket` puts into `variables.ticket`: the output fields of PostHog's documentation, and `tags` and `assignee`.
/// `customer_email_proven` says whether the customer's address is more than a browser's claim (docs/decisions.md, 55).
pub fn ticket_variables(ticket: &Ticket) -> Object {
    let fields = [
        ("id", json!(ticket.id)),
        ("ticket_number", json!(ticket.number)),
        ("status", json!(ticket.fields.status)),
        ("priority", json!(ticket.fields.priority)),
        ("channel_source", json!(ticket.origin.channel())),
        ("distinct_id", json!(ticket.distinct_id)),
        ("created_at", json!(ticket.created_at)),
        ("updated_at", json!(ticket.updated_at)),
        ("message_count", json!(ticket.thread.message_count)),
        ("last_message_at", json!(ticket.thread.last_message_at)),
        ("last_message_text", json!(ticket.thread.last_message_text)),
        ("unread_team_count", json!(ticket.thread.unread_team_count)),
        ("unread_customer_count", json!(ticket.thread.unread_customer_count)),
        ("sla_due_at", json!(ticket.sla_due_at)),
        ("tags", json!(ticket.fields.tags)),
        ("assignee", assignee_json(ticket.fields.assignee)),
        ("customer_email_proven", json!(ticket.customer_email_proven())),
    ];
    fields.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect()
}

/// What a step changed, as the run's record shows it: each field with its new value.
pub fn changed(activity: &[Activity]) -> Object {
    let changes = activity.iter().flat_map(|row| &row.changes);
    changes.map(|change| (change.field.to_owned(), change.after.clone())).collect()
}
