//! What openapi.json does not say of fields: what they need beside them, which refusals are no 400, and what nobody is shown.

use serde_json::Value;

use super::fields::Field;

const ATTACHMENTS: &str = "/api/projects/{project_id}/conversations/tickets/{id}/attachments";
const BULK: &str = "/api/projects/{project_id}/conversations/tickets/bulk_update";
const DRAFT: &str = "/api/projects/{project_id}/conversations/tickets/compose/attachments";
const DRY_RUN: &str = "/api/projects/{project_id}/conversations/workflows/{id}/dry_run";
const MESSAGE: &str = "/api/conversations/v1/widget/message";
const READ: &str = "/api/conversations/v1/widget/messages/{ticket_id}/read";
const RESTORE: &str = "/api/conversations/v1/widget/restore";
const RESTORE_REQUEST: &str = "/api/conversations/v1/widget/restore/request";
const REPLY: &str = "/api/projects/{project_id}/conversations/tickets/{id}/reply";
const TICKET: &str = "/api/projects/{project_id}/conversations/tickets/{id}";
const TRY: &str = "/api/projects/{project_id}/conversations/sla_policies/try";
const VIEW: &str = "/api/projects/{project_id}/conversations/views/{short_id}";
const VIEWS: &str = "/api/projects/{project_id}/conversations/views";

/// A hash that signs nothing.
const UNSIGNED: &str = r#"{"identity_hash": "0000000000000000000000000000000000000000000000000000000000000000"}"#;

/// Bodies for fields that need others beside them, by the beginning of what the field is called. What it says comes over the
/// row's body, and null takes a field away.
const BESIDE: &[(&str, &str, &str)] = &[
    (MESSAGE, "identity_distinct_id", UNSIGNED),
    (MESSAGE, "identity_hash", r#"{"identity_distinct_id": "visitor"}"#),
    // What a new ticket keeps of its customer.
    (MESSAGE, "distinct_id", r#"{"ticket_id": null, "message": "$new"}"#),
    (MESSAGE, "traits", r#"{"ticket_id": null, "message": "$new"}"#),
    (MESSAGE, "session", r#"{"ticket_id": null, "message": "$new"}"#),
    (READ, "identity_distinct_id", UNSIGNED),
    (READ, "identity_hash", r#"{"identity_distinct_id": "visitor"}"#),
    (BULK, "items", r#"{"ids": null, "changes": null, "items": [{"id": "$ticket", "changes": {"status": "pending"}}]}"#),
    (DRY_RUN, "event", r#"{"event": {"event": "$conversation_message_received", "distinct_id": "x", "properties": {}}}"#),
];

/// Fields whose refusal is no 400: the status, and why.
const OTHERWISE: &[(&str, &str, u16)] = &[
    // Nobody has signed it.
    (MESSAGE, "identity", 403),
    (READ, "identity", 403),
    // It is no page of the project's.
    (RESTORE_REQUEST, "request_url", 403),
    // There is no such ticket.
    (TRY, "ticket", 404),
    (DRY_RUN, "ticket_id", 404),
    // The ticket has other tags.
    (TICKET, "expect", 412),
];

/// Fields of which nobody is shown anything: what is tried and not kept, words that select, and keys that the desk does not
/// know. In a map of a script, what is kept is read frame by frame.
const NEVER_SHOWN: &[(&str, &str)] = &[
    ("/api/projects/{project_id}/conversations/sync", "filter"),
    (TRY, ""),
    ("/api/projects/{project_id}/conversations/sla_policies/holidays/preview", "text"),
    (DRY_RUN, "event"),
    (BULK, "items[0].expect"),
    ("/api/projects/{project_id}/source_maps", ""),
    // A trait of a browser is no object, and one that is none is left out.
    (MESSAGE, "traits as {\"plan"),
    // Whoever asks learns nothing of addresses and links that there are.
    (RESTORE, "restore_token"),
    (RESTORE_REQUEST, "email"),
    // What a file is called is shown with the message that brings it (`text/files.rs`), and its bytes tell what it is.
    (ATTACHMENTS, "name"),
    (ATTACHMENTS, "content_type"),
    (DRAFT, "name"),
    (DRAFT, "content_type"),
    // Copies are of answers that leave by mail, and this one does not.
    (REPLY, "cc"),
    (REPLY, "bcc"),
    (VIEWS, "filters as {\"$hostile"),
    (VIEW, "filters as {\"$hostile"),
    (VIEWS, "filters as {\"order_by"),
    (VIEW, "filters as {\"order_by"),
];

/// What the field needs beside it.
pub(super) fn beside(route: &str, field: &Field) -> Option<Value> {
    let is_it = |(of, begin, _): &&(&str, &str, &str)| *of == route && field.named().starts_with(begin);
    BESIDE.iter().find(is_it).map(|(_, _, beside)| serde_json::from_str(beside).expect("JSON"))
}

/// The status of a refusal that is no 400.
pub(super) fn otherwise(route: &str, field: &Field) -> Option<u16> {
    let is_it = |(of, begin, _): &&(&str, &str, u16)| *of == route && field.named().starts_with(begin);
    OTHERWISE.iter().find(is_it).map(|(_, _, status)| *status)
}

pub(super) fn is_never_shown(route: &str, field: &Field) -> bool {
    NEVER_SHOWN.iter().any(|(of, begin)| *of == route && field.named().starts_with(begin))
}

/// Every line of this file, as the route and the beginning of what the field is called.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let beside = BESIDE.iter().map(|(route, begin, _)| (*route, *begin));
    let otherwise = OTHERWISE.iter().map(|(route, begin, _)| (*route, *begin));
    beside.chain(otherwise).chain(NEVER_SHOWN.iter().copied())
}
