use proptest::prelude::*;
use serde_json::json;

use super::{clock::SlaClock, explain::Sla, *};
use crate::{
    Actor, Command, Decision,
    decide::{FromAgent, FromCustomer, begin, decide},
    ids::UserId,
    message::{Author, Content, Fingerprint},
    patch::Patch,
    rules::Rules,
    sla::Standing,
    workflow::tests::ticket as bare,
};

fn at(minutes: i64) -> Timestamp {
    // A Monday, at nine.
    "2026-03-09T09:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(minutes * 60)
}

fn rules(given: &Value) -> Rules {
    Rules { policies: Policies::parse(given.as_object().unwrap()).unwrap().into(), ..Rules::default() }
}

/// Answers within an hour, the end within five.
fn simple() -> Rules {
    let hour = |amount: u8| json!({"amount": amount});
    let targets = json!({"first_response": hour(1), "next_response": hour(2), "resolution": hour(5)});
    rules(&json!({"policies": [{"name": "All", "targets": targets}]}))
}

fn content() -> Content {
    Content { text: "hi".into(), rich: None }
}

fn opened(rules: &Rules, minute: i64) -> Ticket {
    let now = at(minute);
    let mut ticket =
        Ticket { created_at: now, updated_at: now, last_entry_at: now, last_message_at: Some(now), priority: None, ..bare() };
    let message = crate::Message {
        id: crate::MessageId::new(now, 0),
        created_at: now,
        author: Author::Customer,
        content: content(),
        private: false,
        edits: 0,
        follows: None,
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

fn reply(ticket: &mut Ticket, private: bool, actor: &Actor, minute: i64, rules: &Rules) {
    let reply = FromAgent { content: content(), private, fingerprint: Fingerprint([0; 16]), keyed: true, entropy: 1 };
    done(ticket, Command::Reply(reply), actor, minute, rules);
}

fn write(ticket: &mut Ticket, minute: i64, rules: &Rules) {
    let received = FromCustomer {
        content: content(),
        traits: Object::new(),
        session_id: None,
        session_context: Object::new(),
        verified: false,
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
    assert_eq!(due(&ticket, &rules, 2000), (Some(2000 + 300 - 30), Some("resolution")), "nobody waits for an answer any more");
    write(&mut ticket, 2010, &rules);
    assert_eq!(due(&ticket, &rules, 2010), (Some(2070), Some("first_response")));
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
    patch(&mut ticket, Patch { sla_due_at: Some(Some(at(900))), ..Patch::default() }, 10, &rules);
    assert_eq!(due(&ticket, &rules, 10), (Some(900), None));
    reply(&mut ticket, false, &agent(), 20, &rules);
    write(&mut ticket, 30, &rules);
    status(&mut ticket, Status::Pending, 40, &rules);
    assert_eq!(due(&ticket, &rules, 40), (Some(900), None), "and is what it says");
    status(&mut ticket, Status::Open, 50, &rules);
    patch(&mut ticket, Patch { sla_due_at: Some(None), ..Patch::default() }, 60, &rules);
    assert_eq!(due(&ticket, &rules, 60), (Some(160), Some("next_response")), "what was counted meanwhile is not lost");
    // A client that sends back what it was shown sets nothing.
    let shown = ticket.sla_due_at;
    patch(&mut ticket, Patch { sla_due_at: Some(shown), ..Patch::default() }, 70, &rules);
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
    assert_eq!(due(&ticket, &short, 24 * 60).0, Some((24 * 3 + 2) * 60), "two on each of Tuesday, Wednesday and Thursday");
    // One that changes while the clock runs counts from when it began to run.
    write(&mut ticket, 25 * 60, &day);
    assert_eq!(due(&ticket, &day, 25 * 60).0, Some((24 + 6) * 60));
}

#[test]
fn a_process_that_knows_of_no_policies_loses_no_time() {
    let (rules, nothing) = (simple(), Rules::default());
    let mut ticket = opened(&rules, 0);
    status(&mut ticket, Status::Open, 20, &nothing);
    assert_eq!(due(&ticket, &nothing, 20), (None, None), "it shows none of it");
    patch(&mut ticket, Patch { priority: Some(Some(Priority::High)), ..Patch::default() }, 30, &rules);
    assert_eq!(due(&ticket, &rules, 30), (Some(60), Some("first_response")));
    let mut free = opened(&nothing, 0);
    status(&mut free, Status::Open, 1, &nothing);
    assert_eq!(free.sla_clock, None, "where there never were policies there is no clock");
}

/// A target that is shortened while its timer stands is told of as it is now, and not as late.
#[test]
fn a_timer_goes_by_the_policies_of_today() {
    let within = |hours: u8| rules(&json!({"policies": [{"name": "All", "targets": {"first_response": {"amount": hours}}}]}));
    let mut ticket = opened(&within(3), 0);
    assert_eq!(ticket.wake_at, Some(at(120)), "an hour before the end");
    done(&mut ticket, Command::Wake, &Actor::System, 120, &within(1));
    let told = ticket.sla_clock.as_ref().and_then(|clock| clock.response.as_ref()?.told).unwrap();
    assert_eq!((told.alarm, told.at, told.late_secs), (crate::sla::Alarm::Breached, at(120), 0));

    let mut paused = opened(&within(3), 0);
    let on_hold = rules(&json!({
        "policies": [{"name": "All", "targets": {"first_response": {"amount": 3}}}], "paused_by": ["new"],
    }));
    done(&mut paused, Command::Wake, &Actor::System, 120, &on_hold);
    assert_eq!(paused.sla_clock.as_ref().and_then(|clock| clock.response.as_ref()?.told), None, "it has not passed");
}

#[test]
fn the_handbook_is_an_example() {
    let rules = rules(&serde_json::from_str(HANDBOOK).unwrap());
    for (plan, hours) in [("pay-as-you-go", 72), ("Boost", 48), ("scale", 24), ("enterprise", 8)] {
        let mut ticket = opened(&rules, 0);
        let traits = json!({"plan": plan}).as_object().unwrap().clone();
        patch(&mut ticket, Patch { anonymous_traits: Some(traits), ..Patch::default() }, 0, &rules);
        assert_eq!(due(&ticket, &rules, 0), (Some(hours * 60), Some("first_response")), "{plan}");
        // Friday at five in the afternoon: the weekend does not count.
        reply(&mut ticket, false, &agent(), 1, &rules);
        let friday = (4 * 24 + 8) * 60;
        write(&mut ticket, friday, &rules);
        assert_eq!(due(&ticket, &rules, friday), (Some(friday + (48 + hours) * 60), Some("next_response")), "{plan}");
    }
    assert_eq!(opened(&rules, 0).sla_due_at, None, "free: community support only");
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let targets = json!({"first_response": {"amount": 1}});
    let one = |policy: Value| json!({"policies": [policy]});
    for (given, place) in [
        (json!({}), "policies"),
        (json!({"policies": {}}), "policies"),
        (json!({"policies": [], "paused": []}), "paused"),
        (json!({"policies": [], "paused_by": ["resolved"]}), "paused_by"),
        (json!({"policies": [], "paused_by": ["asleep"]}), "paused_by[0]"),
        (one(json!({"targets": targets})), "policies[0].name"),
        (one(json!({"name": " ", "targets": targets})), "policies[0].name"),
        (one(json!({"name": "A"})), "policies[0].targets"),
        (one(json!({"name": "A", "targets": {}})), "policies[0].targets"),
        (one(json!({"name": "A", "targets": {"reply": {"amount": 1}}})), "policies[0].targets.reply"),
        (one(json!({"name": "A", "targets": {"resolution": {"amount": 0}}})), "policies[0].targets.resolution.amount"),
        (
            one(json!({"name": "A", "targets": {"resolution": {"amount": 1, "unit": "week"}}})),
            "policies[0].targets.resolution.unit",
        ),
        (
            one(json!({"name": "A", "targets": targets, "conditions": {"priority": ["urgent"]}})),
            "policies[0].conditions.priority[0]",
        ),
        (one(json!({"name": "A", "targets": targets, "conditions": {"tags": []}})), "policies[0].conditions.tags"),
        (
            one(json!({"name": "A", "targets": targets, "conditions": {"traits": {"plan": [1]}}})),
            "policies[0].conditions.traits.plan[0]",
        ),
        (one(json!({"name": "A", "targets": targets, "business_hours": {"days": []}})), "policies[0].business_hours"),
        (json!({"policies": [{"name": "A", "targets": targets}, {"name": "a", "targets": targets}]}), "policies[1].name"),
    ] {
        let refused = Policies::parse(given.as_object().unwrap()).unwrap_err();
        assert_eq!(refused.place, place, "{given}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write,
    Reply,
    Status(Status),
    Explicit(Option<i64>),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Write),
        2 => Just(Step::Reply),
        3 => prop::sample::select(Status::ALL).prop_map(Step::Status),
        1 => prop::option::of(-60..400_i64).prop_map(Step::Explicit),
        3 => Just(Step::Tick),
    ]
}

proptest! {
    /// Against one who counts each minute: what has counted, and so the deadline, is the same whatever happens in between.
    #[test]
    fn counters_count_the_minutes_in_which_they_run(steps in prop::collection::vec((step(), 1..90_i64), 1..40)) {
        let rules = simple();
        let mut ticket = opened(&rules, 0);
        let (mut minute, mut response, mut answered, mut resolution) = (0, Some(0_i64), false, 0_i64);
        for (step, passed) in steps {
            if rules.policies.runs_in(ticket.status) {
                response = response.map(|counted| counted + passed);
                resolution += passed;
            }
            minute += passed;
            match step {
                Step::Write => {
                    write(&mut ticket, minute, &rules);
                    response = response.or(Some(0));
                }
                Step::Reply => {
                    reply(&mut ticket, false, &agent(), minute, &rules);
                    (response, answered) = (None, true);
                }
                Step::Status(to) => {
                    if to == Status::Resolved && ticket.status != to {
                        response = None;
                    }
                    status(&mut ticket, to, minute, &rules);
                }
                Step::Explicit(due) => {
                    let due = due.map(|ahead| at(minute + ahead).plus_seconds(7));
                    patch(&mut ticket, Patch { sla_due_at: Some(due), ..Patch::default() }, minute, &rules);
                }
                Step::Tick => done(&mut ticket, Command::Wake, &Actor::System, minute, &rules),
            }
            let clock: &SlaClock = ticket.sla_clock.as_ref().unwrap();
            prop_assert_eq!(clock.answered, answered);
            let minutes = |micros: i64| (micros + 30_000_000).div_euclid(60_000_000);
            let policy = rules.policies.of(&ticket);
            let counted = clock.response.as_ref().map(|counter| minutes(counter.counted(policy, at(minute))));
            prop_assert_eq!(counted, response);
            prop_assert_eq!(minutes(clock.resolution.counted(policy, at(minute))), resolution);
            let runs = rules.policies.runs_in(ticket.status);
            let target = if answered { 120 } else { 60 };
            let expected = response.map(|counted| target - counted).into_iter().chain([300 - resolution]).min();
            if ticket.explicit_due().is_none() {
                let left = ticket.sla_due_at.map(|due| minutes(due.micros() - at(minute).micros()));
                prop_assert_eq!(left, expected.filter(|_| runs));
            }
            // The timer is never later than what it is for.
            let moment = crate::wake::wakes_at(&ticket, crate::rules::Life::default());
            prop_assert!(moment.is_none_or(|moment| ticket.wake_at.is_some_and(|set| set <= moment.max(at(minute)))));
        }
    }
}
