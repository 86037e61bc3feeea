use serde_json::json;

use super::*;
use crate::{
    Command,
    assignee::Assignee,
    claims::Claims,
    create,
    decide::{Decision, ThreadChange, decide},
    ids::UserId,
    rules::{Life, Rules},
    tags::Tags,
    testing::{at, content, draft_of, object, opened, says},
    ticket::{Origin, Priority, Status},
};

const DAY: i64 = 24 * 3600;

/// A project whose customers reopen a ticket within ten days.
fn ten_days() -> Rules {
    Rules { life: Life { reopen_days: Some(10), ..Life::default() }, ..Rules::default() }
}

/// The moment at which the tickets here were resolved.
fn resolved_at() -> Timestamp {
    at(5_000_000)
}

/// Ada's ticket, with everything that a follow-up could take over.
fn resolved() -> Ticket {
    let draft = Draft {
        origin: Origin::Widget { session: Some("browser".into()), detail: None },
        session_id: Some("s1".into()),
        session_context: object(json!({"url": "/basket", "plan": "free"})),
        identity_verified: Some(true),
        message: says("help"),
        ..draft_of("Ada", "ada@example.com")
    };
    let mut ticket = opened(draft).0;
    ticket.fields.status = Status::Resolved;
    ticket.fields.priority = Some(Priority::High);
    ticket.fields.assignee = Some(Assignee::User(UserId(7)));
    ticket.fields.tags = Tags::new(vec!["vip".to_owned()]).unwrap();
    ticket.fields.escalation_reason = Some("angry".into());
    ticket.fields.ai_resolved = true;
    ticket.since = Some(resolved_at());
    ticket
}

fn received() -> FromCustomer {
    FromCustomer {
        content: content("it is broken again"),
        traits: Vec::new(),
        claims: Claims::default(),
        session_id: None,
        session_context: Vec::new(),
        verified: false,
        mail: None,
        entropy: 9,
    }
}

fn decided(ticket: &Ticket, received: FromCustomer, now: Timestamp, rules: &Rules) -> Decision {
    decide(ticket, Command::Receive(Box::new(received)), &Actor::Customer, now, rules).unwrap()
}

/// The follow-up of a message that comes 11 days after the ticket was resolved.
fn followed(ticket: &Ticket, received: FromCustomer) -> FollowUp {
    match decided(ticket, received, resolved_at().plus_seconds(11 * DAY), &ten_days()) {
        Decision::FollowUp(follow_up) => *follow_up,
        other => panic!("expected a follow-up, got {other:?}"),
    }
}

#[test]
fn a_message_in_time_reopens_and_a_later_one_opens_the_next_ticket() {
    let (ticket, last) = (resolved(), resolved_at().plus_seconds(10 * DAY));
    let Decision::Change(change) = decided(&ticket, received(), last, &ten_days()) else { panic!("the last moment is in time") };
    assert_eq!((change.ticket.fields.status, change.ticket.follow_up), (Status::Open, None));
    assert!(matches!(change.entry, Some(ThreadChange::Added(message)) if message.content.text == "it is broken again"));
    assert!(matches!(decided(&ticket, received(), last.next(), &ten_days()), Decision::FollowUp(_)));
}

#[test]
fn no_ticket_that_waits_or_is_worked_on_gets_a_follow_up() {
    for status in Status::ALL.iter().copied().filter(|status| *status != Status::Resolved) {
        let mut ticket = resolved();
        ticket.fields.status = status;
        let decision = decided(&ticket, received(), resolved_at().plus_seconds(1000 * DAY), &ten_days());
        assert!(matches!(decision, Decision::Change(change) if change.ticket.fields.status == status), "{status:?}");
    }
}

#[test]
fn without_a_setting_a_resolved_ticket_takes_the_message_and_stays_resolved() {
    let decision = decided(&resolved(), received(), resolved_at().plus_seconds(1000 * DAY), &Rules::default());
    assert!(matches!(decision, Decision::Change(change) if change.ticket.fields.status == Status::Resolved));
}

#[test]
fn only_a_customers_message_opens_the_next_ticket() {
    let late = resolved_at().plus_seconds(11 * DAY);
    for command in [Command::ReadByTeam, Command::Align, Command::Wake, Command::Update(Box::default())] {
        let decision = decide(&resolved(), command.clone(), &Actor::System, late, &ten_days()).unwrap();
        assert!(matches!(decision, Decision::Change(_) | Decision::Nothing), "{command:?}");
    }
}

#[test]
fn of_the_ended_ticket_nothing_changes_but_the_link() {
    let before = resolved();
    let FollowUp { ended, id, draft } = followed(&before, received());
    assert_eq!(id, TicketId::new(resolved_at().plus_seconds(11 * DAY), 9), "lists trust the time in an id");
    assert_eq!((ended.follow_up, ended.version), (Some(id), before.version + 1));
    assert_eq!(ended.changed_by, Some(Actor::Customer.stamp()));
    let Ticket { version, changed_by, .. } = before.clone();
    assert_eq!(Ticket { follow_up: None, version, changed_by, ..ended }, before);
    assert_eq!(draft.follows_up, Some(before.id));
}

#[test]
fn the_next_ticket_is_of_the_same_customer_and_its_work_begins_anew() {
    let before = resolved();
    let FollowUp { id, draft, .. } = followed(&before, received());
    assert_eq!(draft.fields.anonymous_traits, before.fields.anonymous_traits);
    let without_traits = Fields { anonymous_traits: traits::Object::new(), ..draft.fields.clone() };
    assert_eq!(without_traits, Fields::default(), "priority, assignee, tags and escalation are not taken over");
    let (next, message) = create::open(draft, id, 8, at(9_000_000), 1);
    assert_eq!((&next.origin, &next.distinct_id), (&before.origin, &before.distinct_id));
    assert_eq!((next.identity_verified, next.session_id.as_deref()), (Some(true), Some("s1")));
    assert_eq!((&next.session_context, next.follows_up), (&before.session_context, Some(before.id)));
    assert_eq!(next.thread.unread_team_count, 1);
    assert!(message.is_some_and(|message| message.author == Author::Customer && message.content.text == "it is broken again"));
}

#[test]
fn what_came_with_the_message_is_the_next_tickets_alone() {
    let mut before = resolved();
    before.identity_verified = Some(false);
    before.fields.proven_traits = traits::all_of(&object(json!({"email": ""})));
    let sent = FromCustomer {
        traits: vec![("name".into(), json!("Ada L.")), ("email".into(), json!("other@example.com"))],
        session_id: Some("s2".into()),
        session_context: vec![("url".into(), json!("/orders"))],
        verified: true,
        ..received()
    };
    let FollowUp { ended, draft, .. } = followed(&before, sent);
    let traits = json!({"name": "Ada L.", "email": "ada@example.com"});
    assert_eq!(draft.fields.anonymous_traits, object(traits), "a proven value is not overwritten by what a browser says");
    assert_eq!(draft.fields.proven_traits, before.fields.proven_traits);
    assert_eq!(draft.session_context, object(json!({"url": "/orders", "plan": "free"})));
    assert_eq!((draft.session_id.as_deref(), draft.identity_verified), (Some("s2"), Some(true)));
    assert_eq!((ended.fields, ended.session_id, ended.identity_verified), (before.fields, before.session_id, Some(false)));
}

#[test]
fn a_ticket_with_a_follow_up_hands_the_message_on() {
    let FollowUp { ended, id, .. } = followed(&resolved(), received());
    let later = resolved_at().plus_seconds(12 * DAY);
    assert_eq!(decided(&ended, received(), later, &ten_days()), Decision::HandOn(id));
    // An agent may reopen the ended ticket. Then the message stays there.
    let mut reopened = ended;
    reopened.fields.status = Status::Open;
    assert!(matches!(decided(&reopened, received(), later, &ten_days()), Decision::Change(_)));
}
