//! A ticket remembers 64 statuses. What was before them has counted all the same.

use super::*;

#[test]
fn what_is_forgotten_has_counted() {
    let rules = simple();
    let mut ticket = opened(&rules, 0);
    for turn in 1..=150 {
        let (to, minute) = if turn % 2 == 0 { (Status::Open, turn) } else { (Status::Pending, turn) };
        status(&mut ticket, to, minute, &rules);
    }
    // The clock ran for 75 minutes. Its 60th minute, the target, ended at minute 119.
    assert_eq!(due(&ticket, &rules, 150), (Some(119), Some("first_response")));
    let raised = explain(&ticket, &rules.policies, at(150))["metrics"][0].clone();
    assert_eq!((&raised["counted_seconds"], &raised["remaining_seconds"]), (&json!(75 * 60), &json!(-15 * 60)));
}

#[test]
fn what_is_forgotten_has_counted_for_an_amount_set_on_the_ticket() {
    let (silent, says) = (Rules::default(), rules(&json!({"policies": [], "paused_by": ["pending"]})));
    for (rules, due_at, counted) in [(&silent, 60, 300 * 60), (&says, 119, 150 * 60)] {
        let mut ticket = opened(rules, 0);
        deadline(&mut ticket, hours(1.0, None), 0, rules);
        for minute in 1..=300 {
            status(&mut ticket, if minute % 2 == 0 { Status::Open } else { Status::Pending }, minute, rules);
        }
        assert_eq!(due(&ticket, rules, 300), (Some(due_at), None), "the minute in which the hour had counted");
        assert_eq!(explain(&ticket, &rules.policies, at(300))["set"]["counted_seconds"], counted);
    }
}

/// What a policy that came later would have found due before them was due by the first of them.
#[test]
fn a_target_that_was_passed_in_a_forgotten_time_is_due_by_its_end() {
    let (nothing, later) = (Rules::default(), simple());
    let mut ticket = opened(&nothing, 0);
    let mut known = opened(&later, 0);
    for minute in 1..=300 {
        let to = if minute % 2 == 0 { Status::Open } else { Status::Pending };
        status(&mut ticket, to, minute, &nothing);
        status(&mut known, to, minute, &later);
    }
    done(&mut ticket, Command::Align, &Actor::System, 301, &later);
    assert_eq!(due(&ticket, &later, 301), (Some(300 - 63), Some("first_response")));
    assert_eq!(due(&known, &later, 300), (Some(119), Some("first_response")), "a policy that was there knows the minute");
}
