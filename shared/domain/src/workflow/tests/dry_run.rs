use super::*;
use crate::{
    alarm::{Alarm, RaisedAlarm},
    delivery::{DeliveryStatus, Undelivered},
    ids::MessageId,
    policies::clock::Counter,
    rules::Rules,
    satisfaction::{Answer, Rating, Satisfaction},
};

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

#[test]
fn a_role_that_left_the_project_is_told() {
    let assign = update(json!({"assignee": {"type": "role", "id": uuid(5)}}));
    let body = json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [assign]});
    assert_eq!(
        dry(body, &present(EventName::TicketCreated, &ticket()))["steps"],
        json!([{"step": "steps[0]", "failed": "The role does not belong to this project any more."}])
    );
}

#[test]
fn another_ticket_is_not_known() {
    let reason = "A dry run knows no other ticket than the one it is given.";
    let other = json!({"ticket_id": uuid(2), "status": "open"});
    for step in [json!({"action": "get_ticket", "inputs": {"ticket_id": uuid(2)}}), update(other)] {
        let body = json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [step]});
        let dry = dry(body, &present(EventName::TicketCreated, &ticket()));
        assert_eq!(dry["steps"], json!([{"step": "steps[0]", "failed": reason}]));
    }
}

#[test]
fn what_changes_nothing_or_is_refused_is_told() {
    let tags: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let steps = [update(json!({"status": "new"})), update(json!({"tags": tags, "tags_mode": "add"}))];
    let body = json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": steps});
    assert_eq!(
        dry(body, &present(EventName::TicketCreated, &ticket()))["steps"],
        json!([
            {"step": "steps[0]", "would": {}},
            {"step": "steps[1]", "failed": "A ticket can have at most 100 tags."},
        ])
    );
}

/// What an event has beside the properties that every event carries.
fn beside(name: EventName, ticket: &Ticket) -> Value {
    let all = present(EventName::TicketCreated, ticket).properties;
    let mut own = present(name, ticket).properties;
    own.retain(|key, _| !all.contains_key(key));
    Value::Object(own)
}

#[test]
fn what_only_the_past_knows_is_null() {
    let ticket = ticket();
    for (name, own) in [
        (EventName::StatusChanged, json!({"old_status": null, "new_status": "new"})),
        (EventName::PriorityChanged, json!({"old_priority": null, "new_priority": "high"})),
        (EventName::Assigned, json!({"assignee_type": null, "assignee_id": null})),
        (EventName::TagsChanged, json!({"tags": ["vip"], "added": [], "removed": []})),
        (EventName::MessageSent, json!({"author_type": "team", "message_content": "help"})),
        (EventName::MessageReceived, json!({"author_type": "customer", "message_content": "help"})),
        (EventName::SatisfactionAsked, json!({})),
        (EventName::SatisfactionAnswered, json!({})),
        (EventName::DeliveryFailed, json!({})),
    ] {
        assert_eq!(beside(name, &ticket), own, "{name:?}");
    }
}

#[test]
fn the_present_has_the_answer_and_the_failure_of_the_ticket() {
    let message = MessageId::new(at(5_000_000), 0);
    let answer = Answer { rating: Rating::ALL[3], comment: Some("thanks".to_owned()), at: at(7_000_000) };
    let ticket = Ticket {
        satisfaction: Some(Satisfaction { asked_at: at(6_000_000), answer: Some(answer) }),
        undelivered: Some(Undelivered { message, status: DeliveryStatus::Bounced, at: at(8_000_000) }),
        ..ticket()
    };
    let answered = json!({
        "satisfaction_asked_at": "1970-01-01T00:00:06.000000Z", "satisfaction_rating": 4, "satisfaction_comment": "thanks",
    });
    assert_eq!(beside(EventName::SatisfactionAsked, &ticket), answered);
    assert_eq!(beside(EventName::SatisfactionAnswered, &ticket), answered);
    assert_eq!(beside(EventName::DeliveryFailed, &ticket), json!({"message_id": message, "delivery_status": "bounced"}));
}

#[test]
fn the_present_has_the_next_deadline_and_the_alarm_raised_for_it() {
    let mut ticket = ticket();
    let due = at(60_000_000);
    ticket.sla_due_at = Some(due);
    ticket.sla_clock.response = Some(Counter { due: Some(due), ..Counter::new(at(1_000_000)) });
    let deadline = |breached: bool, delta: i32, late: u32| {
        json!({
            "sla_metric": "first_response", "sla_due_at": due, "sla_active": true, "sla_breached": breached,
            "sla_delta_seconds": delta, "late": late > 0, "late_seconds": late,
        })
    };
    for name in [EventName::SlaAtRisk, EventName::SlaBreached] {
        assert_eq!(beside(name, &ticket), deadline(false, -59, 0), "as of the last change: {name:?}");
    }
    let raised = RaisedAlarm { alarm: Alarm::Breached, due, at: at(75_000_000), late_secs: 15 };
    ticket.sla_clock.response = ticket.sla_clock.response.map(|counter| Counter { raised: Some(raised), ..counter });
    for name in [EventName::SlaAtRisk, EventName::SlaBreached] {
        assert_eq!(beside(name, &ticket), deadline(true, 15, 15), "as of the alarm: {name:?}");
    }
}
