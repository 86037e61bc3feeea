mod alarms;

use proptest::prelude::*;

use super::*;
use crate::{
    Actor, Command, Decision,
    patch::Patch,
    sla::{Deadline, Standing},
    workflow::tests::ticket,
};

/// [`decide::decide`] under the default rules.
fn decide(ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp) -> Result<Decision, crate::Refusal> {
    crate::decide::decide(ticket, command, actor, now, &crate::rules::Rules::default())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(seconds)
}

fn tick(ticket: &mut Ticket, now: i64, raised: &mut Vec<(Timestamp, Alarm)>) {
    while ticket.wake_at.is_some_and(|wake| wake <= at(now)) {
        let before = ticket.clone();
        let Ok(Decision::Change(change)) = decide(ticket, Command::Wake, &Actor::System, at(now)) else { panic!("nothing due") };
        *ticket = change.ticket;
        raised.extend(new_alarms(&before, ticket).into_iter().map(|new| (new.raised.due, new.raised.alarm)));
    }
}

fn raised_of(ticket: &Ticket) -> Option<RaisedAlarm> {
    ticket.sla_clock.set.as_ref().and_then(|goal| goal.counter.raised)
}

#[derive(Debug, Clone)]
enum Step {
    Due(Option<i64>),
    Snooze(Option<i64>),
    Status(Status),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop::option::of(-7200..20_000_i64).prop_map(Step::Due),
        1 => prop::option::of(-600..9000_i64).prop_map(Step::Snooze),
        1 => prop::sample::select(Status::ALL).prop_map(Step::Status),
        4 => Just(Step::Tick),
    ]
}

/// Steps, each with the seconds that pass before it.
fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    prop::collection::vec((step(), 1..4000_i64), 1..60)
}

/// A ticket after a step.
struct After {
    ticket: Ticket,
    now: i64,
    ticked: bool,
    /// The alarms that were raised since the deadline was last moved.
    raised: Vec<(Timestamp, Alarm)>,
}

/// What a ticket becomes by these steps.
fn history(steps: Vec<(Step, i64)>) -> Vec<After> {
    let (mut ticket, mut now, mut raised) = (ticket(), 10_000, Vec::new());
    let mut all = Vec::new();
    for (step, passed) in steps {
        now += passed;
        let patch = match step {
            Step::Due(due) => Patch { deadline: Some(Deadline::Shown(due.map(|due| at(now + due)))), ..Patch::default() },
            Step::Snooze(until) => Patch { snoozed_until: Some(until.map(|until| at(now + until))), ..Patch::default() },
            Step::Status(status) => Patch { status: Some(status), ..Patch::default() },
            Step::Tick => {
                tick(&mut ticket, now, &mut raised);
                all.push(After { ticket: ticket.clone(), now, ticked: true, raised: raised.clone() });
                continue;
            }
        };
        let update = Command::Update(Box::new(patch));
        if let Ok(Decision::Change(change)) = decide(&ticket, update, &Actor::Workflow(None), at(now)) {
            if change.ticket.sla_due_at != ticket.sla_due_at {
                raised.clear();
            }
            ticket = change.ticket;
        }
        all.push(After { ticket: ticket.clone(), now, ticked: false, raised: raised.clone() });
    }
    all
}

proptest! {
    #[test]
    fn no_ticket_sleeps_past_its_time_after_a_tick(steps in steps()) {
        for After { ticket, now, .. } in history(steps).into_iter().filter(|after| after.ticked) {
            prop_assert!(ticket.fields.snoozed_until.is_none_or(|until| at(now) < until));
        }
    }

    #[test]
    fn alarms_are_as_a_deadline_stands_after_a_tick(steps in steps()) {
        for After { ticket, now, .. } in history(steps).into_iter().filter(|after| after.ticked) {
            let raised = raised_of(&ticket).map(|raised| raised.alarm);
            match Standing::of(&ticket, at(now)) {
                // At the very second of the deadline the breach may have been raised already.
                Standing::AtRisk => prop_assert!(raised.is_some()),
                Standing::Breached => prop_assert_eq!(raised, Some(Alarm::Breached)),
                Standing::OnTrack => prop_assert!(raised.is_none()),
                Standing::None | Standing::Paused => {}
            }
        }
    }

    #[test]
    fn an_alarm_is_raised_once(steps in steps()) {
        for After { raised, .. } in history(steps) {
            let once: std::collections::BTreeSet<_> = raised.iter().collect();
            prop_assert_eq!(once.len(), raised.len());
        }
    }

    #[test]
    fn a_timer_is_never_later_than_a_moment(steps in steps()) {
        for After { ticket, now, .. } in history(steps).into_iter().filter(|after| !after.ticked) {
            let moment = wakes_at(&ticket, crate::rules::Life::default());
            prop_assert!(moment.is_none_or(|moment| ticket.wake_at.is_some_and(|set| set <= moment.max(at(now)))));
        }
    }
}

#[test]
fn lateness_counts_from_when_something_could_be_done() {
    let due = |ticket: &Ticket, due, now| {
        let patch = Patch { deadline: Some(Deadline::Shown(Some(at(due)))), ..Patch::default() };
        match decide(ticket, Command::Update(Box::new(patch)), &Actor::System, at(now)) {
            Ok(Decision::Change(change)) => change.ticket,
            other => panic!("{other:?}"),
        }
    };
    let woken = |ticket: &Ticket, now| {
        let mut ticket = ticket.clone();
        wake(&mut ticket, crate::rules::Life::default(), at(now));
        let raised = raised_of(&ticket).unwrap();
        (raised.alarm, raised.late_secs)
    };
    let set = due(&ticket(), 20_000, 10_000);
    assert_eq!(set.wake_at, Some(at(16_400)));
    assert_eq!(woken(&set, 16_460), (Alarm::AtRisk, 0));
    assert_eq!(woken(&set, 17_400), (Alarm::AtRisk, 1000));
    assert_eq!(woken(&set, 30_000), (Alarm::AtRisk, 13_600), "one after the other");
    let short = due(&ticket(), 10_600, 10_000);
    assert_eq!((short.wake_at, woken(&short, 10_060)), (Some(at(10_000)), (Alarm::AtRisk, 0)));
    let past = due(&ticket(), 9000, 10_000);
    assert_eq!(woken(&past, 10_060), (Alarm::Breached, 0));
    assert_eq!(woken(&past, 11_000), (Alarm::Breached, 1000));
    // A timer left over from an earlier deadline fires too early for the new one, which does not excuse a late alarm
    // afterwards.
    let off = due(&set, 40_000, 11_000);
    assert_eq!(off.wake_at, set.wake_at);
    assert_eq!(woken(&off, 37_400), (Alarm::AtRisk, 1000));
}
