//! What is told of a ticket's deadline: the state, the time left and the reason.

use super::*;

#[test]
fn the_time_left_is_in_whole_seconds_rounded_up() {
    let rules = simple();
    let ticket = opened(&rules, 0);
    let left = |now: Timestamp| Sla::of(&ticket, &rules.policies, now).remaining_secs;
    for (now, expected) in
        [(at(0), 3600), (at(20), 2400), (at(60).plus_micros(-1), 1), (at(60), 0), (at(60).plus_micros(999_999), 0), (at(61), -60)]
    {
        assert_eq!(left(now), Some(expected), "{now}");
    }
}

#[test]
fn the_reason_is_told_in_words() {
    let (rules, nothing) = (simple(), Rules::default());
    let reason = |ticket: &Ticket, rules: &Rules, minute: i64| explain(ticket, &rules.policies, at(minute))["reason"].clone();
    let mut ticket = opened(&rules, 0);
    assert_eq!(reason(&ticket, &rules, 1), "Policy All: the target for first_response is the next one due.");
    assert_eq!(reason(&ticket, &rules, 61), "Policy All: the target for first_response has passed, and no pause undoes that.");
    status(&mut ticket, Status::OnHold, 10, &rules);
    let paused = "Policy All has a target for first_response; while the ticket is on_hold, its clock is paused.";
    assert_eq!(reason(&ticket, &rules, 11), paused);
    deadline(&mut ticket, hours(1.0, None), 12, &rules);
    let paused = "The deadline was set on the ticket; while the ticket is on_hold, its clock is paused.";
    assert_eq!(reason(&ticket, &rules, 13), paused);
    status(&mut ticket, Status::Open, 14, &rules);
    let wins = "The deadline was set on the ticket, and wins over policies until it is cleared.";
    assert_eq!((reason(&ticket, &rules, 15), reason(&ticket, &rules, 500)), (json!(wins), json!(wins)));
    assert_eq!(reason(&ticket, &nothing, 15), "The deadline was set on the ticket.");
    status(&mut ticket, Status::Resolved, 20, &rules);
    assert_eq!(reason(&ticket, &rules, 21), "The ticket is resolved, which stops its clock.");
    let bare = opened(&nothing, 0);
    assert_eq!(reason(&bare, &nothing, 1), "No deadline was set, and the project has no policies.");
    let target = json!({"resolution": {"amount": 1}});
    let others =
        super::rules(&json!({"policies": [{"name": "Slack", "conditions": {"channel_source": "slack"}, "targets": target}]}));
    assert_eq!(reason(&bare, &others, 1), "No deadline was set, and no policy is about this ticket.");
}

#[test]
fn a_ticket_whose_policy_has_no_target_for_its_wait_has_no_deadline() {
    let targets = json!({"first_response": {"amount": 1}});
    let rules = rules(&json!({"policies": [{"name": "All", "targets": targets}]}));
    let mut ticket = opened(&rules, 0);
    reply(&mut ticket, false, &agent(), 10, &rules);
    let told = explain(&ticket, &rules.policies, at(11));
    assert_eq!(told["reason"], "No deadline was set, and nothing that the ticket's policy has a target for is due.");
    assert_eq!((&told["source"], &told["metrics"][0]["state"]), (&json!("none"), &json!("not_waiting")));
}

#[test]
fn a_clock_runs_is_paused_or_is_stopped() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    for (minute, to, state) in [
        (1, Status::Open, "running"),
        (2, Status::Pending, "paused"),
        (3, Status::OnHold, "paused"),
        (4, Status::Resolved, "stopped"),
    ] {
        status(&mut ticket, to, minute, &rules);
        for metric in [0, 2] {
            assert_eq!(explain(&ticket, &rules.policies, at(minute))["metrics"][metric]["state"], state, "{to:?}");
        }
    }
    let mut instant = opened(&Rules::default(), 0);
    deadline(&mut instant, hours(1.0, None), 0, &Rules::default());
    status(&mut instant, Status::Resolved, 10, &Rules::default());
    assert_eq!(explain(&instant, &Rules::default().policies, at(11))["set"]["state"], "stopped", "although no pause moves it");
}

/// The latest 20 windows and pauses are shown, and of the windows before them how long they were.
#[test]
fn a_long_explanation_is_cut_at_its_beginning() {
    let targets = json!({"first_response": {"amount": 50}});
    let rules = rules(&json!({"policies": [{"name": "All", "targets": targets}]}));
    let mut ticket = opened(&rules, 0);
    // It waits for ten minutes of each twenty: 24 windows and 24 pauses.
    for turn in 0..24 {
        status(&mut ticket, Status::Pending, turn * 20 + 10, &rules);
        status(&mut ticket, Status::Open, turn * 20 + 20, &rules);
    }
    status(&mut ticket, Status::Pending, 480, &rules);
    let metric = explain(&ticket, &rules.policies, at(500))["metrics"][0].clone();
    let (windows, pauses) = (metric["windows"].as_array().unwrap(), metric["pauses"].as_array().unwrap());
    assert_eq!((windows.len(), pauses.len()), (20, 20));
    assert_eq!((&windows[0]["from"], &windows[19]["from"]), (&json!(at(80)), &json!(at(460))));
    assert_eq!((&pauses[0]["from"], &pauses[19]["from"]), (&json!(at(110)), &json!(at(480))));
    assert_eq!((&metric["earlier_seconds"], &metric["counted_seconds"]), (&json!(2400.0), &json!(14_400)));
}
