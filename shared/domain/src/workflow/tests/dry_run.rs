use super::*;
use crate::rules::Rules;

fn dry(body: Value, event: &Occurrence) -> Value {
    let definition = Definition::parse(&object(body)).unwrap();
    serde_json::to_value(super::dry_run(
        &definition,
        event,
        &ticket(),
        |assignee| assignee == Assignee::User(UserId(4)),
        at(1_000_000),
        &Rules::default(),
    ))
    .unwrap()
}

#[test]
fn tells_what_would_be_different() {
    let body = json!({
        "trigger": {"event": "$conversation_ticket_created", "filters": [
            {"property": "event.properties.priority", "operator": "in", "value": ["high", "medium"]},
            {"not": {"property": "variables.ticket.id", "operator": "is_set"}},
        ]},
        "steps": [
            {"action": "get_ticket"},
            {"branches": [{
                "when": {"property": "event.properties.customer_email", "operator": "ends_with", "value": "@bigcorp.com"},
                "steps": [
                    update(json!({"status": "new", "priority": "low", "sla_amount": 1, "tags": ["{variables.ticket.tags}", "big"]})),
                    {"action": "get_ticket"},
                    update(json!({"status": "{variables.ticket.priority}"})),
                ],
            }]},
        ],
    });
    assert_eq!(
        dry(body, &present(EventName::TicketCreated, &ticket())),
        json!({
            "matched": true,
            "filters": [
                {"filter": "trigger.filters[0]", "matched": true},
                {"filter": "trigger.filters[1]", "matched": true},
            ],
            "steps": [
                {"step": "steps[0]"},
                {"step": "steps[1]", "branch": "branches[0]"},
                {"step": "steps[1].branches[0].steps[0]",
                 "would": {"priority": "low", "sla_due_at": "1970-01-01T01:00:01.000000Z", "tags": ["vip", "big"]}},
                {"step": "steps[1].branches[0].steps[1]"},
                {"step": "steps[1].branches[0].steps[2]", "failed": "status: Must be new, open, pending, on_hold or resolved."},
            ],
        })
    );
}

#[test]
fn tells_why_it_would_not_start() {
    let body = json!({
        "trigger": {"event": "$conversation_ticket_status_changed", "filters": [
            {"property": "event.properties.new_status", "operator": "equals", "value": "pending"},
        ]},
        "steps": [update(json!({"status": "open"}))],
    });
    let missed = json!({"matched": false, "filters": [{"filter": "trigger.filters[0]", "matched": false}], "steps": []});
    assert_eq!(dry(body.clone(), &present(EventName::StatusChanged, &ticket())), missed);
    assert_eq!(dry(body, &present(EventName::TicketCreated, &ticket())), missed, "another event");
}

#[test]
fn tells_who_is_not_of_the_project_any_more() {
    let assign = |id: u32| update(json!({"assignee": {"type": "user", "id": id}}));
    let body = json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [assign(4), assign(5), assign(4)]});
    assert_eq!(
        dry(body, &present(EventName::TicketCreated, &ticket()))["steps"],
        json!([
            {"step": "steps[0]", "would": {"assignee": {"type": "user", "id": 4}}},
            {"step": "steps[1]", "failed": "The user is not a member of this project any more."},
        ])
    );
}

#[test]
fn the_present_stands_for_each_event() {
    let mut ticket = ticket();
    ticket.fields.assignee = Some(Assignee::User(UserId(4)));
    let property = |name, key: &str| present(name, &ticket).properties.get(key).cloned();
    assert_eq!(property(EventName::TicketCreated, "customer_email"), Some(json!("ada@BigCorp.com")));
    assert_eq!(property(EventName::StatusChanged, "new_status"), Some(json!("new")));
    assert_eq!(property(EventName::PriorityChanged, "new_priority"), Some(json!("high")));
    assert_eq!(property(EventName::Assigned, "assignee_id"), Some(json!(4)));
    assert_eq!(property(EventName::MessageSent, "author_type"), Some(json!("team")));
    assert_eq!(property(EventName::MessageReceived, "message_content"), Some(json!("help")));
}
