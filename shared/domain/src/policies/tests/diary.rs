//! Checks deadlines against a simple model: a diary of the status in each minute.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::policies::clock::{Counter, Measure};

#[derive(Debug, Clone)]
enum Step {
    Write,
    Reply,
    Status(Status),
    Set(Option<i64>),
    Amount(u16),
    Rules(usize),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Write),
        3 => Just(Step::Reply),
        5 => prop::sample::select(Status::ALL).prop_map(Step::Status),
        1 => prop::option::of(-60..400_i64).prop_map(Step::Set),
        2 => (10..400_u16).prop_map(Step::Amount),
        2 => (0..RULES).prop_map(Step::Rules),
        4 => Just(Step::Tick),
    ]
}

/// How many sets of rules a project may change between, see [`turn`].
const RULES: usize = 4;

fn turn(which: usize) -> Rules {
    let policies = |minutes: [u16; 3], paused_by: Value| {
        let target = |minutes: u16| json!({"amount": minutes, "unit": "minute"});
        let [first, next, end] = minutes.map(target);
        let targets = json!({"first_response": first, "next_response": next, "resolution": end});
        rules(&json!({"policies": [{"name": "All", "targets": targets}], "paused_by": paused_by}))
    };
    match which {
        0 => {
            let life = crate::rules::Life { auto_resolve_days: Some(1), ..crate::rules::Life::default() };
            Rules { life, ..policies([60, 120, 300], json!(["pending", "on_hold"])) }
        }
        1 => policies([200, 30, 500], json!(["on_hold", "new"])),
        2 => rules(&json!({"policies": [], "paused_by": ["pending"]})),
        _ => Rules::default(),
    }
}

/// What happened to a ticket, minute by minute.
struct Diary {
    /// The status in which it spent each minute.
    spent: Vec<Status>,
    response: Option<usize>,
    answered: bool,
    /// An amount that was set on the ticket, and the minute in which it was set.
    amount: Option<(i64, usize)>,
}

impl Diary {
    /// The minute in which a count since minute `since` reaches `target`, or will if nothing changes. `None` if it stands
    /// still.
    fn due(&self, since: usize, target: i64, now: Status, runs: impl Fn(Status) -> bool) -> Option<i64> {
        let mut left = target;
        let past = self.spent[since..].iter().map(|status| runs(*status));
        let ahead = std::iter::repeat_n(runs(now), usize::try_from(target).unwrap() + 1);
        let reached = past.chain(ahead).position(|runs| {
            left -= i64::from(runs);
            left == 0
        });
        reached.map(|minutes| i64::try_from(since + minutes).unwrap() + 1)
    }
}

proptest! {
    /// The diary looks at minutes only. Each deadline must equal the diary's, whatever happens in between, and whatever the
    /// project says of pauses and targets in the end.
    #[test]
    fn deadlines_are_those_of_a_diary(steps in prop::collection::vec((step(), 1..90_usize), 1..50)) {
        let mut rules = turn(0);
        let mut ticket = opened(&rules, 0);
        let mut diary = Diary { spent: Vec::new(), response: Some(0), answered: false, amount: None };
        let (mut raised, mut dues) = (HashSet::new(), HashMap::new());
        for (step, passed) in steps {
            let before = ticket.clone();
            let ticket_was = ticket.fields.status;
            // A deadline that a change of rules takes away raises no alarm.
            let by_rules = matches!(step, Step::Rules(_));
            diary.spent.extend(std::iter::repeat_n(ticket.fields.status, passed));
            let minute = i64::try_from(diary.spent.len()).unwrap();
            match step {
                Step::Write => {
                    write(&mut ticket, minute, &rules);
                    let again = ticket_was == Status::Resolved;
                    diary.response = diary.response.filter(|_| !again).or(Some(diary.spent.len()));
                }
                Step::Reply => {
                    reply(&mut ticket, false, &agent(), minute, &rules);
                    (diary.response, diary.answered) = (None, true);
                }
                Step::Status(to) => {
                    status(&mut ticket, to, minute, &rules);
                }
                Step::Set(due) => {
                    let due = due.map(|ahead| at(minute + ahead).plus_seconds(7));
                    deadline(&mut ticket, due.map_or(Deadline::Clear, |due| Deadline::Shown(Some(due))), minute, &rules);
                    diary.amount = None;
                }
                Step::Amount(minutes) => {
                    let amount = Amount::new(f64::from(minutes), SlaUnit::Minute, None).unwrap();
                    deadline(&mut ticket, Deadline::In(Box::new(amount)), minute, &rules);
                    diary.amount = Some((i64::from(minutes), diary.spent.len()));
                }
                Step::Rules(which) => {
                    rules = turn(which);
                    done(&mut ticket, Command::Align, &Actor::System, minute, &rules);
                }
                Step::Tick => {
                    done(&mut ticket, Command::Wake, &Actor::System, minute, &rules);
                }
            }
            let policies = &rules.policies;
            let target = |metric| policies.of(&ticket)?.target(metric).map(|target| target.micros() / 60_000_000);
            let runs = |status| status != Status::Resolved && !policies.pausing().contains(&status);
            let stopped = ticket.fields.status == Status::Resolved;
            let awaited = if diary.answered { Metric::NextResponse } else { Metric::FirstResponse };
            let due = |since, metric| diary.due(since, target(metric)?, ticket.fields.status, runs).filter(|_| !stopped);
            let found = |counter: &Counter| counter.due.map(|due| (due.micros() - at(0).micros()) / 60_000_000);
            prop_assert_eq!(ticket.sla_clock.answered, diary.answered);
            prop_assert_eq!(ticket.sla_clock.response.is_some(), diary.response.is_some());
            let response = diary.response.and_then(|since| due(since, awaited));
            prop_assert_eq!(ticket.sla_clock.response.as_ref().and_then(found), response);
            prop_assert_eq!(found(&ticket.sla_clock.resolution), due(0, Metric::Resolution));
            if let Some((minutes, since)) = diary.amount {
                let stands = policies.paused_by.is_none();
                let expected = diary.due(since, minutes, ticket.fields.status, |status| stands || runs(status));
                let expected = expected.filter(|_| stands || !stopped);
                prop_assert_eq!(found(&ticket.sla_clock.set.as_ref().unwrap().counter), expected);
            }
            // The explanation's windows add up to what has counted.
            for (metric, counter) in ticket.sla_clock.counters() {
                let Some(policy) = policies.of(&ticket) else { continue };
                let measure = Measure::of_policy(policy, metric, policies).unwrap();
                let raised = explain(&ticket, policies, at(minute));
                let raised = raised["metrics"].as_array().unwrap().iter().find(|raised| raised["metric"] == metric.name()).unwrap().clone();
                let seconds = |window: &Value| {
                    let time = |key: &str| window[key].as_str().unwrap().parse::<Timestamp>().unwrap().seconds();
                    time("to") - time("from")
                };
                let shown: i64 = raised["windows"].as_array().unwrap().iter().map(seconds).sum();
                let all = f64::from(i32::try_from(shown).unwrap()) + raised["earlier_seconds"].as_f64().unwrap();
                let counted = counter.counted(&ticket.statuses, &measure, counter.due.unwrap_or(at(minute))) / 1_000_000;
                prop_assert!((all - f64::from(i32::try_from(counted).unwrap())).abs() < 1e-6);
                prop_assert!(counter.due.is_none() || counted == measure.target.micros() / 1_000_000);
            }
            // Each deadline of a wait raises each alarm once unless it moves, and a breach is raised only after its deadline
            // has passed.
            for (metric, counter) in ticket.sla_clock.all() {
                if let Some(due) = counter.due && dues.insert((metric, counter.began), due).is_some_and(|before| before != due) {
                    raised.retain(|(of, began, _, _)| (*of, *began) != (metric, counter.began));
                }
            }
            for new in crate::wake::new_alarms(&before, &ticket) {
                let now = ticket.sla_clock.all().find(|(metric, it)| *metric == new.metric && it.raised == Some(new.raised));
                let ended = || before.sla_clock.all().find(|(metric, _)| *metric == new.metric);
                let began = now.or_else(ended).unwrap().1.began;
                prop_assert!(raised.insert((new.metric, began, new.raised.due, new.raised.alarm)), "{:?}", new.raised);
                prop_assert!(new.raised.alarm == Alarm::AtRisk || new.raised.due <= at(minute));
                prop_assert!(new.raised.due <= at(minute + 60));
            }
            // A deadline that has passed has raised its alarm, or the clock still has to raise it. Only new rules may take it
            // away.
            for (metric, counter, _) in crate::wake::missed(&before, at(minute)) {
                let is_raised = |it: &Counter| it.raised.is_some_and(|raised| Some(raised.due) == counter.due);
                let raised = crate::wake::new_alarms(&before, &ticket).iter().any(|it| it.metric == metric && Some(it.raised.due) == counter.due);
                let runs = crate::wake::running_waits(&ticket).any(|(of, it)| of == metric && (it.due == counter.due || is_raised(it)));
                prop_assert!(raised || runs || by_rules, "{metric:?} {counter:?}");
            }
            // The timer fires no later than the moment it is set for.
            let moment = crate::wake::wakes_at(&ticket, crate::rules::Life::default());
            prop_assert!(moment.is_none_or(|moment| ticket.wake_at.is_some_and(|set| set <= moment.max(at(minute)))));
        }
    }
}
