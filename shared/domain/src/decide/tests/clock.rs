//! What the desk does by itself, and since when a ticket waits.

use super::*;
use crate::{
    alarm::Alarm,
    policies::clock::Goal,
    rules::Life,
    satisfaction::{Given, NotTaken, QUESTION, Rating, Satisfaction},
};

const DAY: i64 = 86_400;

fn now() -> Timestamp {
    at(2_000_000_000)
}

/// Rules by which a resolved ticket's customer is asked after two days.
fn asking() -> Rules {
    Rules { life: Life { survey_days: Some(2), ..Life::default() }, ..Rules::default() }
}

fn done(ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp, rules: &Rules) -> Change {
    change(super::super::decide(ticket, command, actor, now, rules))
}

/// [`ticket`] as it is resolved [`now`].
fn resolved(rules: &Rules) -> Ticket {
    done(&ticket(), update(Patch { status: Some(Status::Resolved), ..Patch::default() }), &agent(1), now(), rules).ticket
}

#[test]
fn the_desk_asks_once_at_its_time() {
    let resolved = resolved(&asking());
    let due = now().plus_seconds(2 * DAY);
    assert_eq!(resolved.wake_at, Some(due));
    let woken = |now| super::super::decide(&resolved, Command::Wake, &Actor::System, now, &asking());
    assert_eq!(woken(at(due.micros() - 1)), Ok(Decision::Nothing));
    let asked = change(woken(due));
    let question = added(&asked);
    assert_eq!((question.content.text.as_str(), &question.author, question.private), (QUESTION, &Author::Desk, false));
    assert_eq!(asked.ticket.satisfaction, Some(Satisfaction { asked_at: question.created_at, answer: None }));
    assert_eq!((asked.ticket.wake_at, asked.ticket.thread.unread_customer_count), (None, 1));
    assert_eq!(asked.ticket.changed_by, Some(Stamp::System { late_secs: 0 }));
    let late = change(woken(due.plus_seconds(1000)));
    assert_eq!(late.ticket.changed_by, Some(Stamp::System { late_secs: 1000 }));
    assert_eq!(super::super::decide(&asked.ticket, Command::Wake, &Actor::System, due, &asking()), Ok(Decision::Nothing));
}

#[test]
fn a_timer_in_vain_is_set_anew() {
    let early = Ticket { wake_at: Some(now()), ..resolved(&asking()) };
    let woken = done(&early, Command::Wake, &Actor::System, now(), &asking());
    assert_eq!((woken.entry, woken.ticket.wake_at), (None, Some(now().plus_seconds(2 * DAY))));
    assert_eq!(woken.ticket.updated_at, early.updated_at);
    let none = Ticket { wake_at: None, ..early };
    assert_eq!(super::super::decide(&none, Command::Wake, &Actor::System, now(), &asking()), Ok(Decision::Nothing));
}

#[test]
fn a_question_is_answered_by_whoever_was_asked() {
    let asked = Ticket { satisfaction: Some(Satisfaction { asked_at: at(1), answer: None }), ..ticket() };
    let rate = Command::Rate(Given { rating: Rating::new(4), comment: None });
    let rated = done(&asked, rate.clone(), &Actor::Customer, now(), &Rules::default()).ticket;
    assert_eq!(rated.satisfaction.unwrap().answer.unwrap().rating.number(), 4);
    assert_eq!(rated.updated_at, now());
    assert_eq!(decide(&ticket(), rate, &Actor::Customer, now()), Err(Refusal::Satisfaction(NotTaken::NotAsked)));
}

#[test]
fn a_ticket_moves_to_another_browser_and_stays_in_its_place() {
    let restore = |session: &str| decide(&ticket(), Command::Restore { session: session.to_owned() }, &Actor::Customer, now());
    let moved = change(restore("other")).ticket;
    assert_eq!((moved.origin.session(), moved.updated_at), (Some("other"), ticket().updated_at));
    assert_eq!(restore("session"), Ok(Decision::Nothing));
}

#[test]
fn a_ticket_is_aligned_once_with_the_rules() {
    let rules = Rules { life: Life { auto_resolve_days: Some(3), ..Life::default() }, ..Rules::default() };
    let mut pending = ticket();
    (pending.fields.status, pending.since) = (Status::Pending, Some(now()));
    pending.statuses.take(Status::Pending, now());
    let follows = aligned(&pending, now(), &rules).unwrap();
    assert_eq!((follows.wake_at, follows.version), (Some(now().plus_seconds(3 * DAY)), pending.version + 1));
    assert_eq!((follows.updated_at, follows.since), (pending.updated_at, pending.since));
    assert_eq!(aligned(&follows, now(), &rules), None);
}

#[test]
fn a_change_moves_the_ticket_up_and_reading_it_does_not() {
    let read = done(&ticket(), Command::ReadByTeam, &agent(1), now(), &Rules::default()).ticket;
    assert_eq!(read.updated_at, ticket().updated_at);
    let unread = done(&read, Command::UnreadByTeam, &agent(1), now(), &Rules::default()).ticket;
    assert_eq!(unread.updated_at, ticket().updated_at);
    let named = update(Patch { priority: Some(Some(Priority::High)), ..Patch::default() });
    assert_eq!(done(&ticket(), named, &agent(1), now(), &Rules::default()).ticket.updated_at, now());
    let answered = done(&ticket(), reply("hi", false), &agent(1), at(1_500_000_000), &Rules::default()).ticket;
    assert_eq!(done(&answered, Command::ReadByCustomer, &Actor::Customer, now(), &Rules::default()).ticket.updated_at, now());
}

#[test]
fn who_is_gone_keeps_what_is_not_reopened() {
    let gone = Rules { gone: Some(LEFT), ..Rules::default() };
    let named = || update(Patch { priority: Some(Some(Priority::High)), ..Patch::default() });
    for status in [Status::Open, Status::Resolved] {
        assert_eq!(after(&assigned(status), named(), &gone).unwrap().fields.assignee, Some(LEFT), "{status:?}");
    }
    let ends = update(Patch { status: Some(Status::Resolved), ..Patch::default() });
    assert_eq!(after(&assigned(Status::Open), ends, &gone).unwrap().fields.assignee, Some(LEFT));
}

#[test]
fn a_note_that_stays_the_same_is_no_edit() {
    let noted = change(decide(&ticket(), reply("secret", true), &agent(1), now()));
    let note = Box::new(added(&noted).clone());
    let same = Command::EditNote { note, content: content("secret") };
    assert_eq!(decide(&noted.ticket, same, &agent(1), now()), Ok(Decision::Nothing));
}

#[test]
fn a_wait_for_the_customer_begins_with_what_the_team_says_to_them() {
    let set =
        |ticket: &Ticket, patch, seconds| change(decide(ticket, update(patch), &agent(1), now().plus_seconds(seconds))).ticket;
    let pending = set(&ticket(), Patch { status: Some(Status::Pending), ..Patch::default() }, 0);
    let named = set(&pending, Patch { priority: Some(Some(Priority::High)), ..Patch::default() }, 1);
    assert_eq!(named.since, Some(now()), "another change is no beginning");
    let noted = change(decide(&named, reply("secret", true), &agent(1), now().plus_seconds(2))).ticket;
    assert_eq!(noted.since, Some(now()), "nor is a note");
    let machine = change(decide(&named, reply("auto", false), &Actor::Workflow(None), now().plus_seconds(2))).ticket;
    assert_eq!(machine.since, Some(now()), "nor is what no person wrote");
    let written = change(decide(&noted, received("wait"), &Actor::Customer, now().plus_seconds(3))).ticket;
    assert_eq!(written.since, None);
    let until = Some(Some(now().plus_seconds(DAY)));
    let asleep = Patch { snoozed_until: until, status: Some(Status::Pending), ..Patch::default() };
    let asleep = set(&pending, asleep, 4);
    assert_eq!(asleep.since, Some(now()));
    let awake = set(&asleep, Patch { snoozed_until: Some(None), status: Some(Status::Pending), ..Patch::default() }, 5);
    assert_eq!(awake.since, Some(now().plus_seconds(5)), "the wait begins when it wakes");
}

#[test]
fn what_a_browser_sends_takes_the_place_of_what_it_sent() {
    let Command::Receive(mut sent) = received("hi") else { unreachable!() };
    (sent.session_id, sent.verified) = (Some("s2".to_owned()), true);
    let written = change(decide(&ticket(), Command::Receive(sent), &Actor::Customer, now())).ticket;
    assert_eq!((written.session_id.as_deref(), written.identity_verified), (Some("s2"), Some(true)));
    let again = change(decide(&written, received("and"), &Actor::Customer, now())).ticket;
    assert_eq!((again.session_id.as_deref(), again.identity_verified), (Some("s2"), Some(true)));
}

/// [`ticket`] with a deadline that passed before [`now`], and of which nobody was told.
fn missed() -> Ticket {
    let mut missed = ticket();
    missed.sla_clock.set = Some(Box::new(Goal::at(at(1_500_000_000), at(1_000_000_000))));
    (missed.sla_due_at, missed.wake_at) = (Some(at(1_500_000_000)), Some(at(1_500_000_000)));
    missed
}

fn alarm_of(ticket: &Ticket) -> Option<Alarm> {
    let set = ticket.sla_clock.set.as_ref().and_then(|goal| goal.counter.raised);
    set.or(ticket.sla_clock.resolution.raised).map(|raised| raised.alarm)
}

#[test]
fn a_missed_deadline_is_told_by_whoever_ends_the_ticket_but_a_workflow() {
    let ends = || update(Patch { status: Some(Status::Resolved), ..Patch::default() });
    for (actor, expected) in [
        (agent(1), Some(Alarm::Breached)),
        (Actor::Customer, Some(Alarm::Breached)),
        (Actor::System, Some(Alarm::Breached)),
        (Actor::Workflow(None), None),
    ] {
        assert_eq!(alarm_of(&done(&missed(), ends(), &actor, now(), &Rules::default()).ticket), expected, "{actor:?}");
    }
    let named = update(Patch { priority: Some(Some(Priority::High)), ..Patch::default() });
    assert_eq!(alarm_of(&done(&missed(), named, &agent(1), now(), &Rules::default()).ticket), None, "the clock will tell it");
}

#[test]
fn the_clock_tells_a_missed_deadline_even_as_it_resolves_the_ticket() {
    let rules = Rules { life: Life { auto_resolve_days: Some(0), ..Life::default() }, ..Rules::default() };
    let mut pending = missed();
    (pending.fields.status, pending.since) = (Status::Pending, Some(at(1_400_000_000)));
    let woken = done(&pending, Command::Wake, &Actor::System, now(), &rules).ticket;
    assert_eq!((woken.fields.status, alarm_of(&woken)), (Status::Resolved, Some(Alarm::Breached)));
}

#[test]
fn new_rules_do_not_tell_what_the_former_ones_had_promised() {
    let mut promised = ticket();
    promised.sla_clock.resolution.due = Some(at(1_500_000_000));
    promised.sla_due_at = Some(at(1_500_000_000));
    let by = |command| {
        let changed = done(&promised, command, &Actor::System, now(), &Rules::default()).ticket;
        (changed.sla_due_at, alarm_of(&changed))
    };
    assert_eq!(by(Command::Align), (None, None));
    let named = update(Patch { priority: Some(Some(Priority::High)), ..Patch::default() });
    assert_eq!(by(named), (None, Some(Alarm::Breached)));
}

#[test]
fn a_new_ticket_begins_to_wait_by_the_rules() {
    let rules = Rules { life: Life { auto_resolve_days: Some(3), ..Life::default() }, ..Rules::default() };
    for (status, since, wake_at) in [
        (Status::Open, None, None),
        (Status::Pending, Some(now()), Some(now().plus_seconds(3 * DAY))),
        (Status::Resolved, Some(now()), None),
    ] {
        let mut new = ticket();
        new.fields.status = status;
        begin(&mut new, None, &rules, now());
        assert_eq!((new.since, new.wake_at), (since, wake_at), "{status:?}");
    }
}
