use serde_json::json;

use super::{
    clock::SlaClock,
    explain::{Sla, explain},
    *,
};
use crate::{
    Actor, Command, Decision,
    alarm::Alarm,
    calendar::{Amount, SlaUnit},
    claims::{Claim, Claims},
    command::{FromAgent, FromCustomer},
    decide::{begin, decide},
    delivery::Copies,
    ids::{Fingerprint, UserId},
    message::{Author, Content},
    patch::Patch,
    rules::Rules,
    sla::{Deadline, Standing},
    statuses::Statuses,
    thread::Thread,
    ticket::{Fields, Priority},
    time::Timestamp,
    workflow::tests::ticket as bare,
};

mod diary;
mod forgotten;
mod read;
mod told;

fn at(minutes: i64) -> Timestamp {
    // A Monday at 09:00.
    "2026-03-09T09:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(minutes * 60)
}

fn rules(given: &Value) -> Rules {
    Rules { policies: Policies::parse(given.as_object().unwrap()).unwrap().into(), ..Rules::default() }
}

/// Targets of one hour for the first answer, two for the next, and five for the resolution.
fn simple() -> Rules {
    let hour = |amount: u8| json!({"amount": amount});
    let targets = json!({"first_response": hour(1), "next_response": hour(2), "resolution": hour(5)});
    rules(&json!({"policies": [{"name": "All", "targets": targets}]}))
}

fn content() -> Content {
    Content { text: "hi".into(), rich: None, files: Vec::new() }
}

fn opened(rules: &Rules, minute: i64) -> Ticket {
    let now = at(minute);
    let mut ticket = Ticket {
        created_at: now,
        updated_at: now,
        thread: Thread { last_message_at: Some(now), ..Thread::new(now) },
        fields: Fields { priority: None, ..bare().fields },
        statuses: Statuses::new(now, bare().fields.status),
        sla_clock: SlaClock::new(now),
        ..bare()
    };
    let message = crate::Message {
        id: crate::MessageId::new(now, 0),
        created_at: now,
        author: Author::Customer,
        content: content(),
        private: false,
        edits: 0,
        follows: None,
        mailed: None,
    };
    begin(&mut ticket, Some(&message), rules, now);
    ticket
}

fn done(ticket: &mut Ticket, command: Command, actor: &Actor, minute: i64, rules: &Rules) {
    if let Ok(Decision::Change(change)) = decide(ticket, command, actor, at(minute), rules) {
        *ticket = change.ticket;
    }
}

fn agent() -> Actor {
    Actor::User { id: UserId(1), name: "Agent".into() }
}

fn patch(ticket: &mut Ticket, patch: Patch, minute: i64, rules: &Rules) {
    done(ticket, Command::Update(Box::new(patch)), &agent(), minute, rules);
}

fn status(ticket: &mut Ticket, status: Status, minute: i64, rules: &Rules) {
    patch(ticket, Patch { status: Some(status), ..Patch::default() }, minute, rules);
}

fn deadline(ticket: &mut Ticket, deadline: Deadline, minute: i64, rules: &Rules) {
    patch(ticket, Patch { deadline: Some(deadline), ..Patch::default() }, minute, rules);
}

fn hours(amount: f64, hours: Option<Value>) -> Deadline {
    let hours = hours.map(|hours| BusinessHours::read(&hours).unwrap());
    Deadline::In(Box::new(Amount::new(amount, SlaUnit::Hour, hours).unwrap()))
}

fn reply(ticket: &mut Ticket, private: bool, actor: &Actor, minute: i64, rules: &Rules) {
    let reply = FromAgent {
        content: content(),
        private,
        fingerprint: Fingerprint([0; 16]),
        keyed: true,
        mailed: None,
        copies: Copies::NONE,
        entropy: 1,
    };
    done(ticket, Command::Reply(reply), actor, minute, rules);
}

fn write(ticket: &mut Ticket, minute: i64, rules: &Rules) {
    let received = FromCustomer {
        content: content(),
        traits: Vec::new(),
        claims: Claims::default(),
        session_id: None,
        session_context: Vec::new(),
        verified: false,
        mail: None,
        entropy: 2,
    };
    done(ticket, Command::Receive(Box::new(received)), &Actor::Customer, minute, rules);
}

/// The deadline in whole minutes, and what it is for.
fn due(ticket: &Ticket, rules: &Rules, minute: i64) -> (Option<i64>, Option<&'static str>) {
    let sla = Sla::of(ticket, &rules.policies, at(minute));
    assert_eq!(sla.due_at, ticket.sla_due_at.filter(|_| sla.state != Standing::None));
    (sla.due_at.map(|due| (due.seconds() - at(0).seconds()) / 60), sla.metric.map(Metric::name))
}

#[test]
fn the_next_deadline_is_shown() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    assert_eq!(due(&ticket, &rules, 0), (Some(60), Some("first_response")));
    write(&mut ticket, 30, &rules);
    assert_eq!(due(&ticket, &rules, 30), (Some(60), Some("first_response")), "the first of several messages counts");
    reply(&mut ticket, true, &agent(), 31, &rules);
    reply(&mut ticket, false, &Actor::System, 32, &rules);
    reply(&mut ticket, false, &Actor::Workflow(None), 33, &rules);
    assert_eq!(due(&ticket, &rules, 33), (Some(60), Some("first_response")), "neither a note nor an automatic reply answers");
    reply(&mut ticket, false, &agent(), 40, &rules);
    assert_eq!(due(&ticket, &rules, 40), (Some(300), Some("resolution")));
    write(&mut ticket, 50, &rules);
    write(&mut ticket, 55, &rules);
    assert_eq!(due(&ticket, &rules, 55), (Some(170), Some("next_response")));
    write(&mut ticket, 200, &rules);
    assert_eq!(due(&ticket, &rules, 200), (Some(170), Some("next_response")));
}

#[test]
fn a_pause_stops_the_clock_and_so_does_the_end() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Pending, 20, &rules);
    assert_eq!((due(&ticket, &rules, 20).0, ticket.sla_due_at), (None, None));
    let sla = Sla::of(&ticket, &rules.policies, at(500));
    assert_eq!((sla.state, sla.remaining_secs, sla.metric), (Standing::Paused, Some(40 * 60), Some(Metric::FirstResponse)));
    status(&mut ticket, Status::OnHold, 100, &rules);
    status(&mut ticket, Status::Open, 1000, &rules);
    assert_eq!(due(&ticket, &rules, 1000), (Some(1040), Some("first_response")));
    status(&mut ticket, Status::Resolved, 1010, &rules);
    assert_eq!(Sla::of(&ticket, &rules.policies, at(1011)).state, Standing::None);
    status(&mut ticket, Status::Open, 2000, &rules);
    assert_eq!(due(&ticket, &rules, 2000), (Some(2030), Some("first_response")), "taken back, and nobody has answered");
    status(&mut ticket, Status::Resolved, 2010, &rules);
    write(&mut ticket, 2100, &rules);
    status(&mut ticket, Status::Open, 2105, &rules);
    assert_eq!(due(&ticket, &rules, 2105), (Some(2165), Some("first_response")), "a question of its own");
}

#[test]
fn which_statuses_pause_is_the_projects_to_say() {
    let mut all = simple().policies.to_json();
    all.insert("paused_by".into(), json!(["on_hold"]));
    let rules = rules(&Value::Object(all));
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Pending, 20, &rules);
    assert_eq!(due(&ticket, &rules, 20), (Some(60), Some("first_response")));
    status(&mut ticket, Status::OnHold, 30, &rules);
    assert_eq!(Sla::of(&ticket, &rules.policies, at(40)).state, Standing::Paused);
}

#[test]
fn a_message_on_a_pending_ticket_counts_from_when_it_is_open_again() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    reply(&mut ticket, false, &agent(), 10, &rules);
    status(&mut ticket, Status::Pending, 10, &rules);
    write(&mut ticket, 400, &rules);
    assert_eq!(Sla::of(&ticket, &rules.policies, at(400)).state, Standing::Paused);
    status(&mut ticket, Status::Open, 410, &rules);
    assert_eq!(due(&ticket, &rules, 410), (Some(530), Some("next_response")));
}

#[test]
fn a_deadline_that_was_set_wins_until_it_is_cleared() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    deadline(&mut ticket, Deadline::Shown(Some(at(900))), 10, &rules);
    assert_eq!(due(&ticket, &rules, 10), (Some(900), None));
    reply(&mut ticket, false, &agent(), 20, &rules);
    write(&mut ticket, 30, &rules);
    status(&mut ticket, Status::Pending, 40, &rules);
    assert_eq!(due(&ticket, &rules, 40), (Some(900), None), "and is what it says");
    status(&mut ticket, Status::Open, 50, &rules);
    deadline(&mut ticket, Deadline::Clear, 60, &rules);
    assert_eq!(due(&ticket, &rules, 60), (Some(160), Some("next_response")), "what was counted meanwhile is not lost");
    // A client that sends back the deadline as it was shown, to the millisecond as browsers have it, sets nothing.
    let shown = Deadline::Shown(ticket.sla_due_at.map(|due| due.plus_micros(999)));
    deadline(&mut ticket, shown, 70, &rules);
    reply(&mut ticket, false, &agent(), 80, &rules);
    assert_eq!(due(&ticket, &rules, 80), (Some(310), Some("resolution")));
}

#[test]
fn the_first_policy_that_is_about_a_ticket_is_its() {
    let target = |minutes: u32| json!({"first_response": {"amount": minutes, "unit": "minute"}});
    let rules = rules(&json!({"policies": [
        {"name": "Urgent", "conditions": {"priority": "high"}, "targets": target(10)},
        {"name": "VIP", "conditions": {"tags": ["vip"], "traits": {"plan": ["Enterprise"]}}, "targets": target(20)},
        {"name": "Slack", "conditions": {"channel_source": ["slack"]}, "targets": target(30)},
        {"name": "Others", "conditions": {"traits": {"plan": ["free", "boost"]}}, "targets": target(40)},
    ]}));
    let name = |ticket: &Ticket| rules.policies.of(ticket).map(|policy| policy.name.clone());
    let mut ticket = opened(&rules, 0);
    assert_eq!((name(&ticket), ticket.sla_due_at), (None, None), "tagged, but on no plan");
    let plan = |plan: &str| Some(json!({"plan": plan}).as_object().unwrap().clone());
    patch(&mut ticket, Patch { anonymous_traits: plan("enterprise"), ..Patch::default() }, 5, &rules);
    assert_eq!(name(&ticket).as_deref(), Some("VIP"));
    assert_eq!(due(&ticket, &rules, 5).0, Some(20), "counted from the message, whatever it was then");
    patch(&mut ticket, Patch { priority: Some(Some(Priority::High)), ..Patch::default() }, 6, &rules);
    assert_eq!((name(&ticket).as_deref(), due(&ticket, &rules, 6).0), (Some("Urgent"), Some(10)));
    patch(&mut ticket, Patch { priority: Some(None), anonymous_traits: plan("Boost"), ..Patch::default() }, 7, &rules);
    assert_eq!((name(&ticket).as_deref(), due(&ticket, &rules, 7).0), (Some("Others"), Some(40)));
}

/// A browser can claim to be anybody.
#[test]
fn a_trait_that_is_not_proven_is_on_no_policy() {
    let rules = rules(&json!({"policies": [
        {"name": "VIP", "conditions": {"traits": {"plan": "enterprise"}}, "targets": {"first_response": {"amount": 1}}},
    ]}));
    let mut ticket = opened(&rules, 0);
    let says = |claims: Claims, minute: i64, ticket: &mut Ticket| {
        let received = FromCustomer {
            content: content(),
            traits: vec![("plan".to_owned(), json!("Enterprise"))],
            claims,
            session_id: None,
            session_context: Vec::new(),
            verified: true,
            mail: None,
            entropy: 2,
        };
        done(ticket, Command::Receive(Box::new(received)), &Actor::Customer, minute, &rules);
    };
    let claim = || Claim { field: "plan".to_owned(), value: "enterprise".to_owned(), expires_at: 0 };
    for claims in [Claims::default(), Claims::new("somebody else", [claim()])] {
        says(claims, 1, &mut ticket);
        assert_eq!((rules.policies.of(&ticket), ticket.sla_due_at), (None, None));
    }
    let why = explain(&ticket, &rules.policies, ticket.updated_at)["policies"][0].clone();
    assert_eq!((&why["matched"], &why["failing"]), (&json!(false), &json!("traits.plan")));
    assert!(why["why"].as_str().unwrap().contains("not proven"), "{why}");
    let distinct_id = ticket.distinct_id.clone();
    says(Claims::new(distinct_id, [claim()]), 2, &mut ticket);
    assert!(rules.policies.of(&ticket).is_some() && ticket.sla_due_at.is_some());
    assert_eq!(explain(&ticket, &rules.policies, ticket.updated_at)["policies"][0]["why"], Value::Null);
    // A trait that the team sends back unchanged is not proven by that.
    let mut claimed = opened(&rules, 0);
    says(Claims::default(), 1, &mut claimed);
    let traits = claimed.fields.anonymous_traits.clone();
    let back = Patch { anonymous_traits: Some(traits.clone()), traits_as_shown: true, ..Patch::default() };
    patch(&mut claimed, back, 2, &rules);
    assert_eq!(rules.policies.of(&claimed), None);
    patch(&mut claimed, Patch { anonymous_traits: Some(traits), ..Patch::default() }, 3, &rules);
    assert!(rules.policies.of(&claimed).is_some());
}

#[test]
fn business_hours_count_and_a_schedule_may_change_in_a_pause() {
    let within = |days: &[&str], time: Value| {
        let hours = json!({"days": days, "time": time, "timezone": "UTC"});
        let targets = json!({"first_response": {"amount": 10, "unit": "hour"}});
        rules(&json!({"policies": [{"name": "All", "targets": targets, "business_hours": hours}]}))
    };
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let day = within(&week, json!(["09:00", "17:00"]));
    let mut ticket = opened(&day, 0);
    assert_eq!(due(&ticket, &day, 0).0, Some(24 * 60 + 120), "eight hours on Monday, two on Tuesday");
    status(&mut ticket, Status::Pending, 4 * 60, &day);
    assert_eq!(Sla::of(&ticket, &day.policies, at(900)).remaining_secs, Some(6 * 3600));
    let short = within(&week, json!(["09:00", "11:00"]));
    status(&mut ticket, Status::Open, 24 * 60, &short);
    let thursday = (24 * 4 + 2) * 60;
    assert_eq!(due(&ticket, &short, 24 * 60).0, Some(thursday), "two hours on each day, Monday's as well");
    write(&mut ticket, 25 * 60, &day);
    assert_eq!(due(&ticket, &day, 25 * 60).0, Some((24 + 6) * 60), "and as if it had never been another");
}

#[test]
fn a_process_that_knows_of_no_policies_loses_no_time() {
    let (rules, nothing) = (simple(), Rules::default());
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Open, 20, &nothing);
    assert_eq!(due(&ticket, &nothing, 20), (None, None), "it shows none of it");
    patch(&mut ticket, Patch { priority: Some(Some(Priority::High)), ..Patch::default() }, 30, &rules);
    assert_eq!(due(&ticket, &rules, 30), (Some(60), Some("first_response")));
}

#[test]
fn policies_that_are_turned_on_know_who_waits_already() {
    let (rules, nothing) = (simple(), Rules::default());
    let mut waits = opened(&nothing, 0);
    let mut answered = opened(&nothing, 0);
    reply(&mut answered, false, &agent(), 5, &nothing);
    status(&mut answered, Status::Pending, 6, &nothing);
    for ticket in [&mut waits, &mut answered] {
        assert_eq!(due(ticket, &nothing, 10), (None, None));
        done(ticket, Command::Align, &Actor::System, 20, &rules);
    }
    assert_eq!(due(&waits, &rules, 20), (Some(60), Some("first_response")));
    let sla = Sla::of(&answered, &rules.policies, at(20));
    assert_eq!((sla.state, sla.remaining_secs), (Standing::Paused, Some((300 - 6) * 60)), "and what paused it");
    let again = decide(&waits, Command::Align, &Actor::System, at(30), &rules);
    assert_eq!(again, Ok(Decision::Nothing));
}

#[test]
fn pauses_put_an_amount_off_where_the_project_says_what_pauses() {
    let (silent, says) = (Rules::default(), rules(&json!({"policies": [], "paused_by": ["pending"]})));
    for (rules, open, resolved) in [(&silent, Some(240), Some(240)), (&says, Some(340), Some(440))] {
        let mut ticket = opened(rules, 0);
        deadline(&mut ticket, hours(4.0, None), 0, rules);
        assert_eq!(due(&ticket, rules, 0), (Some(240), None));
        status(&mut ticket, Status::Pending, 60, rules);
        let sla = Sla::of(&ticket, &rules.policies, at(100));
        if rules == &says {
            assert_eq!((sla.state, sla.due_at, sla.remaining_secs), (Standing::Paused, None, Some(180 * 60)));
            assert_eq!(explain(&ticket, &rules.policies, at(100))["source"], "explicit");
        } else {
            assert_eq!(sla.due_at, Some(at(240)), "an amount is an instant, as it always was");
        }
        status(&mut ticket, Status::Open, 160, rules);
        assert_eq!(due(&ticket, rules, 160).0, open);
        status(&mut ticket, Status::Resolved, 170, rules);
        status(&mut ticket, Status::Open, 270, rules);
        assert_eq!(due(&ticket, rules, 270).0, resolved);
        deadline(&mut ticket, Deadline::Shown(Some(at(900))), 280, rules);
        status(&mut ticket, Status::Pending, 290, rules);
        assert_eq!(due(&ticket, rules, 290).0, Some(900), "nothing puts an instant off");
        deadline(&mut ticket, hours(4.0, None), 300, rules);
        let shown = Deadline::Shown(ticket.sla_due_at);
        deadline(&mut ticket, shown, 305, rules);
        assert!(ticket.sla_clock.set.is_some(), "null for a paused clock sets nothing");
        deadline(&mut ticket, Deadline::Clear, 310, rules);
        assert_eq!((due(&ticket, rules, 310), Sla::of(&ticket, &rules.policies, at(310)).state), ((None, None), Standing::None));
    }
}

#[test]
fn hours_without_a_zone_are_by_the_projects_wall_clock() {
    let rules = Rules { zone: "Asia/Kolkata".parse().unwrap(), ..Rules::default() };
    let given = |zone: Option<&str>| {
        let mut given = json!({"days": ["monday", "tuesday"], "time": ["09:00", "17:00"]});
        if let Some(zone) = zone {
            given["timezone"] = json!(zone);
        }
        Some(given)
    };
    // 09:00 in London is 14:30 in Kolkata.
    for (zone, minutes) in [(None, (24 - 5) * 60 - 30 + 90), (Some("UTC"), 240)] {
        let mut ticket = opened(&rules, 0);
        deadline(&mut ticket, hours(4.0, given(zone)), 0, &rules);
        assert_eq!(due(&ticket, &rules, 0).0, Some(minutes), "{zone:?}");
        let named = &explain(&ticket, &rules.policies, at(0))["set"]["business_hours"]["timezone"];
        assert_eq!(*named, zone.unwrap_or("Asia/Kolkata"));
    }
    let targets = json!({"first_response": {"amount": 4}});
    let policies = json!({"policies": [{"name": "All", "targets": targets, "business_hours": given(None).unwrap()}]});
    let policies = Policies::parse(policies.as_object().unwrap()).unwrap().in_zone(rules.zone);
    let rules = Rules { policies: policies.into(), ..rules };
    assert_eq!(due(&opened(&rules, 0), &rules, 0).0, Some((24 - 5) * 60 - 30 + 90));
}

/// An alarm is raised once for a deadline, even if its clock is paused and resumed before time counts again.
#[test]
fn a_pause_that_moves_no_deadline_is_no_reason_to_tell_of_it_again() {
    let office = json!({"days": ["monday", "tuesday"], "time": ["09:00", "17:00"], "timezone": "UTC"});
    let targets = json!({"first_response": {"amount": 8.5}});
    let rules = rules(&json!({"policies": [{"name": "All", "targets": targets, "business_hours": office}]}));
    let mut ticket = opened(&rules, 0);
    let tuesday = 24 * 60;
    let raised = |ticket: &Ticket| ticket.sla_clock.response.and_then(|counter| counter.raised);
    done(&mut ticket, Command::Wake, &Actor::System, tuesday - 30, &rules);
    let at_risk = raised(&ticket);
    assert_eq!(at_risk.map(|raised| (raised.alarm, raised.due)), Some((Alarm::AtRisk, at(tuesday + 30))));
    status(&mut ticket, Status::Pending, tuesday - 20, &rules);
    status(&mut ticket, Status::Open, tuesday - 10, &rules);
    done(&mut ticket, Command::Wake, &Actor::System, tuesday, &rules);
    assert_eq!((due(&ticket, &rules, tuesday).0, raised(&ticket)), (Some(tuesday + 30), at_risk));
    // A deadline that has passed stays passed, and its alarm is raised although the clock is paused by then.
    status(&mut ticket, Status::Pending, tuesday + 31, &rules);
    assert_eq!(Sla::of(&ticket, &rules.policies, at(tuesday + 31)).state, Standing::Breached);
    done(&mut ticket, Command::Wake, &Actor::System, tuesday + 32, &rules);
    assert_eq!(raised(&ticket).map(|raised| raised.alarm), Some(Alarm::Breached));
    assert_eq!(ticket.wake_at, None);
}

/// A snooze held the alarm back until after its hour had begun. The alarm is not late for that.
#[test]
fn what_a_wake_brings_about_is_on_time() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    let until = Some(Some(at(200)));
    patch(&mut ticket, Patch { snoozed_until: until, ..Patch::default() }, 50, &rules);
    done(&mut ticket, Command::Wake, &Actor::System, 200, &rules);
    assert_eq!((ticket.fields.status, due(&ticket, &rules, 200).0, ticket.wake_at), (Status::Open, Some(210), Some(at(200))));
    done(&mut ticket, Command::Wake, &Actor::System, 200, &rules);
    let raised = ticket.sla_clock.response.and_then(|counter| counter.raised).unwrap();
    assert_eq!((raised.alarm, raised.late_secs, ticket.wake_at), (Alarm::AtRisk, 0, Some(at(210))));
}

/// Every missed deadline raises its alarm, even if someone ends the wait before the clock comes to it.
#[test]
fn a_deadline_that_was_missed_is_told_of_by_whoever_ends_the_wait() {
    let rules = simple();
    let missed = |end: &dyn Fn(&mut Ticket)| {
        let mut ticket = opened(&rules, 0);
        let before = ticket.clone();
        end(&mut ticket);
        let raised = crate::wake::new_alarms(&before, &ticket);
        raised.iter().map(|new| (new.metric, new.raised.alarm, new.raised.due, new.raised.late_secs)).collect::<Vec<_>>()
    };
    let breach = |late| vec![(Some(Metric::FirstResponse), Alarm::Breached, at(60), late)];
    assert_eq!(missed(&|ticket| reply(ticket, false, &agent(), 61, &rules)), breach(0));
    assert_eq!(missed(&|ticket| reply(ticket, false, &agent(), 120, &rules)), breach(3600), "the clock was down");
    assert_eq!(missed(&|ticket| status(ticket, Status::Resolved, 61, &rules)), breach(0));
    let covered = missed(&|ticket| deadline(ticket, Deadline::Shown(Some(at(500))), 61, &rules));
    assert_eq!(covered, breach(0), "it is there still, and does not count any more");
    for set in [Deadline::Shown(Some(at(90))), hours(1.5, None)] {
        let nothing = Rules::default();
        let mut ticket = opened(&nothing, 0);
        deadline(&mut ticket, set, 0, &nothing);
        let before = ticket.clone();
        status(&mut ticket, Status::Resolved, 91, &nothing);
        let raised = crate::wake::new_alarms(&before, &ticket);
        assert_eq!(raised.iter().map(|new| (new.metric, new.raised.due)).collect::<Vec<_>>(), [(None, at(90))]);
        assert_eq!(before.fields.status, Status::New);
        let mut by_workflow = before.clone();
        let change = Patch { deadline: Some(Deadline::Clear), ..Patch::default() };
        done(&mut by_workflow, Command::Update(Box::new(change)), &Actor::Workflow(None), 91, &nothing);
        assert_eq!(crate::wake::new_alarms(&before, &by_workflow).len(), 0, "which publishes nothing, and logs nothing of it");
    }
    // The clock itself resolves the ticket.
    let life = crate::rules::Life { auto_resolve_days: Some(1), ..crate::rules::Life::default() };
    let rules = Rules { life, ..Rules::default() };
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Pending, 0, &rules);
    deadline(&mut ticket, Deadline::Shown(Some(at(24 * 60 - 5))), 0, &rules);
    let before = ticket.clone();
    done(&mut ticket, Command::Wake, &Actor::System, 24 * 60 + 1, &rules);
    assert_eq!((ticket.fields.status, crate::wake::new_alarms(&before, &ticket).len()), (Status::Resolved, 1));
    let rules = simple();
    assert_eq!(missed(&|ticket| reply(ticket, false, &agent(), 59, &rules)), []);
    assert_eq!(missed(&|ticket| reply(ticket, true, &agent(), 61, &rules)), [], "a note ends nothing");
    // The alarm is raised once, even if the stopped clock goes on.
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Resolved, 61, &rules);
    status(&mut ticket, Status::Open, 70, &rules);
    done(&mut ticket, Command::Wake, &Actor::System, 71, &rules);
    assert_eq!(ticket.sla_clock.response.and_then(|counter| counter.raised).map(|raised| raised.at), Some(at(61)));
    // The reply doesn't repeat the alarm that the clock has raised.
    let mut ticket = opened(&rules, 0);
    done(&mut ticket, Command::Wake, &Actor::System, 61, &rules);
    done(&mut ticket, Command::Wake, &Actor::System, 61, &rules);
    let before = ticket.clone();
    reply(&mut ticket, false, &agent(), 62, &rules);
    assert_eq!(crate::wake::new_alarms(&before, &ticket).len(), 0);
}

#[test]
fn a_change_that_changes_nothing_is_no_update() {
    let (rules, nothing) = (simple(), Rules::default());
    let mut ticket = opened(&nothing, 0);
    let updated = ticket.updated_at;
    status(&mut ticket, Status::New, 10, &rules);
    assert_eq!((due(&ticket, &rules, 10).0, ticket.updated_at), (Some(60), updated), "the rules are followed all the same");
    status(&mut ticket, Status::Open, 11, &rules);
    assert_eq!(ticket.updated_at, at(11));
}

/// The windows in an explanation add up to its deadline.
#[test]
fn an_explanation_shows_windows_and_pauses() {
    let day = json!({"days": ["monday", "tuesday"], "time": [["09:00", "12:00"], ["13:00", "17:00"]], "timezone": "UTC"});
    let targets = json!({"first_response": {"amount": 8}});
    let rules = rules(&json!({"policies": [{"name": "All", "targets": targets, "business_hours": day}]}));
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Open, 30, &rules);
    status(&mut ticket, Status::Pending, 60, &rules);
    status(&mut ticket, Status::OnHold, 70, &rules);
    status(&mut ticket, Status::Open, 120, &rules);
    let raised = explain(&ticket, &rules.policies, at(130));
    let metric = &raised["metrics"][0];
    let window = |from: i64, to: i64| json!({"from": at(from), "to": at(to)});
    let tuesday = 24 * 60;
    let windows = [window(0, 60), window(120, 180), window(240, 480), window(tuesday, tuesday + 120)];
    assert_eq!((&metric["windows"], &metric["earlier_seconds"]), (&json!(windows), &json!(0.0)));
    let pause = |from: i64, to: i64, status: &str| json!({"from": at(from), "to": at(to), "status": status});
    assert_eq!(metric["pauses"], json!([pause(60, 70, "pending"), pause(70, 120, "on_hold")]));
    assert_eq!((&metric["due_at"], &metric["counted_seconds"]), (&json!(at(tuesday + 120)), &json!(70 * 60)));
    status(&mut ticket, Status::Pending, 130, &rules);
    let metric = explain(&ticket, &rules.policies, at(1000))["metrics"][0].clone();
    assert_eq!((&metric["state"], &metric["windows"]), (&json!("paused"), &json!([window(0, 60), window(120, 130)])));
    assert_eq!(metric["pauses"][2], json!({"from": at(130), "to": null, "status": "pending"}));
}

/// If a target is shortened while the timer waits, the alarm goes by the new target and is not late.
#[test]
fn a_timer_goes_by_the_policies_of_today() {
    let within = |hours: u8| rules(&json!({"policies": [{"name": "All", "targets": {"first_response": {"amount": hours}}}]}));
    let mut ticket = opened(&within(3), 0);
    assert_eq!(ticket.wake_at, Some(at(120)), "an hour before the end");
    done(&mut ticket, Command::Wake, &Actor::System, 120, &within(1));
    let raised = ticket.sla_clock.response.and_then(|counter| counter.raised).unwrap();
    assert_eq!((raised.alarm, raised.at, raised.late_secs), (Alarm::Breached, at(120), 0));

    // A breach that was raised is not raised again when the target is shortened.
    let mut late = opened(&within(3), 0);
    done(&mut late, Command::Wake, &Actor::System, 181, &within(3));
    done(&mut late, Command::Wake, &Actor::System, 181, &within(3));
    done(&mut late, Command::Align, &Actor::System, 190, &within(1));
    assert_eq!((due(&late, &within(1), 190).0, crate::wake::wakes_at(&late, crate::rules::Life::default())), (Some(60), None));

    let mut paused = opened(&within(3), 0);
    let on_hold = rules(&json!({
        "policies": [{"name": "All", "targets": {"first_response": {"amount": 3}}}], "paused_by": ["new"],
    }));
    done(&mut paused, Command::Wake, &Actor::System, 120, &on_hold);
    assert_eq!(paused.sla_clock.response.and_then(|counter| counter.raised), None, "it has not passed");
}

#[test]
fn the_handbook_is_an_example() {
    let rules = rules(&serde_json::from_str(HANDBOOK).unwrap());
    for (plan, hours) in [("pay-as-you-go", 72), ("Boost", 48), ("scale", 24), ("enterprise", 8)] {
        let mut ticket = opened(&rules, 0);
        let traits = json!({"plan": plan}).as_object().unwrap().clone();
        patch(&mut ticket, Patch { anonymous_traits: Some(traits), ..Patch::default() }, 0, &rules);
        assert_eq!(due(&ticket, &rules, 0), (Some(hours * 60), Some("first_response")), "{plan}");
        // Friday, 17:00: the weekend does not count.
        reply(&mut ticket, false, &agent(), 1, &rules);
        let friday = (4 * 24 + 8) * 60;
        write(&mut ticket, friday, &rules);
        assert_eq!(due(&ticket, &rules, friday), (Some(friday + (48 + hours) * 60), Some("next_response")), "{plan}");
    }
    assert_eq!(opened(&rules, 0).sla_due_at, None, "free: community support only");
}

/// The moment of the deadline counts: by then it has passed, and a pause that begins is none of it.
#[test]
fn a_pause_at_the_moment_of_the_deadline_undoes_nothing() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Pending, 60, &rules);
    assert_eq!(due(&ticket, &rules, 60), (Some(60), Some("first_response")));
    assert_eq!(Sla::of(&ticket, &rules.policies, at(60)).state, Standing::Breached);
    let metric = explain(&ticket, &rules.policies, at(90))["metrics"][0].clone();
    assert_eq!((&metric["windows"], &metric["pauses"]), (&json!([{"from": at(0), "to": at(60)}]), &json!([])));
}
