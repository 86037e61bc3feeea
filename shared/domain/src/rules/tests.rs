use super::*;
use crate::{
    satisfaction::Satisfaction,
    testing::{at, draft, opened},
};

#[test]
fn a_customer_is_asked_once_and_where_the_conversation_ended() {
    let life = Life { survey_days: Some(2), ..Life::default() };
    let mut resolved = opened(draft()).0;
    resolved.fields.status = Status::Resolved;
    resolved.since = Some(at(5));
    assert_eq!(life.asks_at(&resolved), Some(at(5).plus_seconds(2 * DAY)));
    assert_eq!(Life::default().asks_at(&resolved), None);
    let mut open = resolved.clone();
    open.fields.status = Status::Open;
    let asked = Ticket { satisfaction: Some(Satisfaction { asked_at: at(6), answer: None }), ..resolved.clone() };
    let went_on = Ticket { follow_up: Some(crate::TicketId(uuid::Uuid::nil())), ..resolved };
    for ticket in [open, asked, went_on] {
        assert_eq!(life.asks_at(&ticket), None);
    }
}

/// The moment at which tickets here were resolved or began to wait.
fn since(days: i64) -> Timestamp {
    at(5).plus_seconds(days * 86_400)
}

fn ticket_in(status: Status) -> Ticket {
    let mut ticket = opened(draft()).0;
    ticket.fields.status = status;
    ticket.since = Some(since(0));
    ticket
}

#[test]
fn a_pending_ticket_is_resolved_after_its_days_unless_it_sleeps() {
    let life = Life { auto_resolve_days: Some(3), ..Life::default() };
    let pending = ticket_in(Status::Pending);
    assert_eq!(life.resolves_at(&pending), Some(since(3)));
    assert_eq!(Life::default().resolves_at(&pending), None);
    assert_eq!(life.resolves_at(&Ticket { since: None, ..pending.clone() }), None);
    let mut asleep = pending;
    asleep.fields.snoozed_until = Some(since(1));
    assert_eq!(life.resolves_at(&asleep), None);
    for status in [Status::New, Status::Open, Status::OnHold, Status::Resolved] {
        assert_eq!(life.resolves_at(&ticket_in(status)), None, "{status:?}");
    }
}

#[test]
fn a_question_that_waited_too_long_is_asked_only_if_a_timer_was_set_for_it() {
    let life = Life { survey_days: Some(2), reopen_days: Some(9), ..Life::default() };
    let resolved = ticket_in(Status::Resolved);
    let days = |timer, now| life.without_late_question(&resolved, timer, now).survey_days;
    let (asked_at, last) = (since(2), since(4));
    assert_eq!(days(None, last), Some(2));
    assert_eq!(days(None, last.next()), None);
    assert_eq!(days(Some(asked_at), last.next()), Some(2), "its own timer");
    assert_eq!(days(Some(since(1)), last.next()), Some(2), "an earlier timer");
    assert_eq!(days(Some(asked_at.next()), last.next()), None, "a timer of something else");
    assert_eq!(days(Some(asked_at.next()), last), Some(2));
    assert_eq!(life.without_late_question(&resolved, None, since(5)), Life { survey_days: None, ..life });
    let never = Life { survey_days: None, ..life };
    assert_eq!(never.without_late_question(&resolved, None, since(5)), never);
    let at_once = Life { survey_days: Some(0), ..life };
    assert_eq!(at_once.without_late_question(&resolved, None, since(0)), at_once);
}

#[test]
fn a_message_reopens_a_resolved_ticket_within_its_days() {
    let life = Life { reopen_days: Some(3), ..Life::default() };
    let resolved = ticket_in(Status::Resolved);
    assert_eq!(
        [since(0), since(3), since(3).next()].map(|now| life.reopens(&resolved, now)),
        [Some(true), Some(true), Some(false)]
    );
    assert_eq!(Life::default().reopens(&resolved, since(1)), None);
    assert_eq!(life.reopens(&ticket_in(Status::Pending), since(1)), None);
    let unknown = Ticket { since: None, updated_at: since(1), ..resolved };
    assert_eq!([since(4), since(4).next()].map(|now| life.reopens(&unknown, now)), [Some(true), Some(false)]);
}

#[test]
fn a_customer_sees_a_resolved_ticket_as_pending_where_they_may_go_on() {
    let goes_on = Life { reopen_days: Some(3), ..Life::default() };
    for status in Status::ALL.iter().copied() {
        let expected = if status == Status::Resolved { Status::Pending } else { status };
        assert_eq!(goes_on.status_for_customer(&ticket_in(status)), expected);
        assert_eq!(Life::default().status_for_customer(&ticket_in(status)), status);
    }
}

#[test]
fn some_rules_make_a_difference_for_tickets_that_nobody_touches() {
    let policies = |given: serde_json::Value| Arc::new(Policies::parse(given.as_object().unwrap()).unwrap());
    let target = serde_json::json!({"resolution": {"amount": 5}});
    let plain = policies(serde_json::json!({"policies": [{"name": "All", "targets": target}]}));
    let open = serde_json::json!({"days": ["monday"], "time": ["09:00", "17:00"]});
    let hours = policies(serde_json::json!({"policies": [{"name": "All", "targets": target, "business_hours": open}]}));
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    let rules = Rules::default();
    let with = |life| Rules { life, ..rules.clone() };
    let gone = Some(Assignee::User(crate::ids::UserId(7)));
    for (other, expected) in [
        (rules.clone(), false),
        (with(Life { auto_resolve_days: Some(3), ..Life::default() }), true),
        (with(Life { reopen_days: Some(3), survey_days: Some(3), ..Life::default() }), false),
        (Rules { gone, ..rules.clone() }, false),
        (Rules { zone, ..rules.clone() }, false),
        (Rules { policies: plain, ..rules.clone() }, true),
    ] {
        assert_eq!((rules.differ_for_untouched(&other), other.differ_for_untouched(&rules)), (expected, expected), "{other:?}");
    }
    let here = Rules { policies: hours, ..rules };
    assert!(here.differ_for_untouched(&Rules { zone, ..here.clone() }), "the hours name no zone themselves");
}
