use super::*;
use crate::{
    alarm::{Alarm, RaisedAlarm},
    calendar::{Amount, SlaUnit},
    ids::{RoleId, UserId},
    mail::MailRoute,
    policies::clock::{Counter, Goal},
    satisfaction::{Answer, Rating, Satisfaction},
    tags::Tags,
    testing::{at, route, ticket},
    ticket::{Fields, Priority, Status},
    time::Timestamp,
};

/// What the log tells of a change: each row's kind, and its fields before and after.
fn told(before: &Ticket, after: &Ticket) -> Value {
    let row = |row: &Activity| {
        let changes = row.changes.iter().map(|change| json!([change.field, change.before, change.after]));
        json!([row.kind.name(), changes.collect::<Vec<_>>()])
    };
    between(before, after, &Actor::System).iter().map(row).collect()
}

#[test]
fn each_field_that_differs_is_told_before_and_after() {
    let before = ticket();
    assert_eq!(between(&before, &before, &Actor::System), []);
    let answer = Answer { rating: Rating::new(4).unwrap(), comment: None, at: at(6) };
    let route = MailRoute { cc: vec!["cy@example.com".to_owned()], ..route() };
    let fields = Fields {
        status: Status::Pending,
        priority: Some(Priority::High),
        assignee: Some(Assignee::User(UserId(7))),
        tags: Tags::new(["vip"]).unwrap(),
        snoozed_until: Some(at(9)),
        ..Fields::default()
    };
    let after = Ticket {
        fields,
        satisfaction: Some(Satisfaction { asked_at: at(5), answer: Some(answer) }),
        route: Some(Box::new(route)),
        ..before.clone()
    };
    let updated = json!([
        ["status", "new", "pending"],
        ["priority", null, "high"],
        ["snoozed_until", null, "1970-01-01T00:00:00.000009Z"],
        ["satisfaction_rating", null, 4],
        ["tags", [], ["vip"]],
        ["cc_participants", null, ["cy@example.com"]],
    ]);
    let assigned = json!([["assignee", null, {"id": 7, "type": "user"}]]);
    assert_eq!(told(&before, &after), json!([["updated", updated], ["assigned", assigned]]));
    let role = RoleId(uuid::Uuid::nil());
    assert_eq!(assignee_json(Some(Assignee::Role(role))), json!({"id": role, "type": "role"}));
    let actor = Actor::User { id: UserId(7), name: "Grace".to_owned() };
    assert!(between(&before, &after, &actor).iter().all(|row| row.actor == actor));
}

fn with(goal: Option<Goal>) -> Ticket {
    let mut ticket = ticket();
    ticket.sla_clock.set = goal.map(Box::new);
    ticket
}

#[test]
fn a_deadline_is_told_as_it_was_set_and_not_as_pauses_move_it() {
    let instant = Goal::at(at(9_000_000), at(1_000_000));
    let due = "1970-01-01T00:00:09.000000Z";
    let set = json!([["updated", [["sla_due_at", null, due]]]]);
    assert_eq!(told(&with(None), &with(Some(instant.clone()))), set);
    assert_eq!(told(&with(Some(instant.clone())), &with(None)), json!([["updated", [["sla_due_at", due, null]]]]));
    assert_eq!(told(&with(Some(instant.clone())), &with(Some(instant.clone()))), json!([]));
    let paused = Goal::after(Amount::new(2.0, SlaUnit::Hour, None).unwrap(), at(1_000_000));
    let amount = json!({"amount": 2.0, "unit": "hour", "set_at": "1970-01-01T00:00:01.000000Z"});
    let changes = json!([["sla_due_at", due, null], ["sla_amount", null, amount]]);
    assert_eq!(told(&with(Some(instant)), &with(Some(paused.clone()))), json!([["updated", changes]]));
    let runs = Goal { counter: Counter { due: Some(at(5_000_000)), ..paused.counter }, ..paused.clone() };
    assert_eq!(told(&with(Some(paused)), &with(Some(runs))), json!([]), "the clock goes on");
}

fn raised(alarm: Alarm, late_secs: u32) -> RaisedAlarm {
    RaisedAlarm { alarm, due: at(9), at: at(10), late_secs }
}

#[test]
fn an_alarm_is_told_of_its_own_deadline() {
    let mut before = ticket();
    before.sla_clock.response = Some(Counter::new(Timestamp::EPOCH));
    for (answered, field) in [(false, "sla_state_first_response"), (true, "sla_state_next_response")] {
        before.sla_clock.answered = answered;
        let mut after = before.clone();
        after.sla_clock.response.as_mut().unwrap().raised = Some(raised(Alarm::AtRisk, 0));
        assert_eq!(told(&before, &after), json!([["updated", [[field, null, "at_risk"]]]]));
    }
    let mut after = before.clone();
    before.sla_clock.resolution.raised = Some(raised(Alarm::AtRisk, 0));
    after.sla_clock.resolution.raised = Some(raised(Alarm::Breached, 0));
    assert_eq!(told(&before, &after), json!([["updated", [["sla_state_resolution", "at_risk", "breached"]]]]));
    let set = with(Some(Goal::at(at(9), at(1))));
    let mut after = set.clone();
    after.sla_clock.set.as_mut().unwrap().counter.raised = Some(raised(Alarm::Breached, 0));
    assert_eq!(told(&set, &after), json!([["updated", [["sla_state", null, "breached"]]]]));
}

#[test]
fn the_longest_lateness_is_told() {
    let before = ticket();
    let late = |by_alarm, by_clock| {
        let mut after = Ticket { changed_by: by_clock, ..before.clone() };
        after.fields.priority = Some(Priority::Low);
        after.sla_clock.resolution.raised = Some(raised(Alarm::AtRisk, by_alarm));
        between(&before, &after, &Actor::System)[0]
            .changes
            .iter()
            .find(|it| it.field == "late_seconds")
            .map(|it| it.after.clone())
    };
    let clock = |late_secs| Some(Stamp::System { late_secs });
    assert_eq!(late(0, None), None);
    assert_eq!(late(0, clock(0)), None);
    assert_eq!(late(1, clock(0)), Some(json!(1)));
    assert_eq!(late(5, clock(9)), Some(json!(9)));
    assert_eq!(late(9, clock(5)), Some(json!(9)));
    assert_eq!(late(0, clock(3)), Some(json!(3)));
}
