//! Which alarm comes when, and whose it is.

use super::*;
use crate::{
    alarm::{Alarm::AtRisk, Alarm::Breached, RaisedAlarm},
    policies::clock::Goal,
    rules::Life,
    ticket::Status,
};

fn raised(alarm: Alarm, due: i64, now: i64) -> RaisedAlarm {
    RaisedAlarm { alarm, due: at(due), at: at(now), late_secs: 0 }
}

/// A wait since 1000 that is due then.
fn counter(due: Option<i64>, raised: Option<RaisedAlarm>) -> Counter {
    Counter { due: due.map(at), raised, ..Counter::new(at(1000)) }
}

/// A ticket whose resolution is due then, and whose answer is awaited without a deadline since the same moment.
fn to_resolve(due: i64) -> Ticket {
    let mut ticket = ticket();
    (ticket.sla_clock.response, ticket.sla_clock.resolution) = (Some(counter(None, None)), counter(Some(due), None));
    ticket
}

/// A ticket with a deadline that was set on it.
fn set(due: i64, began: i64) -> Ticket {
    let mut ticket = ticket();
    ticket.sla_clock.set = Some(Box::new(Goal::at(at(due), at(began))));
    ticket
}

#[test]
fn a_deadline_raises_both_alarms_once_and_anew_when_it_has_moved() {
    for (due, known, expected) in [
        (None, None, None),
        (Some(50_000), None, Some((AtRisk, at(46_400)))),
        (Some(50_000), Some(raised(AtRisk, 50_000, 47_000)), Some((Breached, at(50_000)))),
        (Some(60_000), Some(raised(AtRisk, 50_000, 47_000)), Some((AtRisk, at(56_400)))),
        (Some(50_000), Some(raised(Breached, 50_000, 50_000)), None),
        (Some(50_000), Some(raised(Breached, 50_000, 49_999)), None),
        (Some(49_000), Some(raised(Breached, 50_000, 52_000)), None),
        (Some(52_000), Some(raised(Breached, 50_000, 52_000)), None),
        (Some(52_001), Some(raised(Breached, 50_000, 52_000)), Some((AtRisk, at(48_401)))),
    ] {
        assert_eq!(next_alarm(&counter(due, known)), expected, "{due:?} {known:?}");
    }
}

#[test]
fn two_and_a_half_minutes_are_on_time() {
    let late = |set: Option<i64>, now| lateness(at(1000), set.map(at), at(now));
    assert_eq!([late(None, 1000), late(None, 1150), late(None, 1151)], [0, 0, 151]);
    assert_eq!([late(Some(2000), 2150), late(Some(2000), 2151), late(Some(500), 1151)], [0, 151, 151]);
    assert_eq!(late(None, 10), 0);
}

#[test]
fn a_deadline_that_a_wake_brings_about_is_not_missed() {
    let (now, life) = (at(30_000), Life::default());
    let again = |before: &Ticket, after: &Ticket| wakes_again_at(before, after, life, now);
    let mut known = set(20_000, 1000);
    known.sla_clock.set.as_mut().unwrap().counter.raised = Some(raised(AtRisk, 20_000, 30_000));
    assert_eq!(again(&set(20_000, 1000), &known), Some(at(20_000)), "it was there before");
    assert_eq!(again(&to_resolve(20_000), &known), Some(now), "another one was due then");
    assert_eq!(again(&set(25_000, 1000), &known), Some(now), "it was due at another time");
    assert_eq!(again(&ticket(), &ticket()), None);
}

#[test]
fn what_is_due_is_done_at_its_moment() {
    let mut asleep = ticket();
    (asleep.fields.status, asleep.fields.snoozed_until) = (Status::OnHold, Some(at(5000)));
    for (now, status) in [(4999, Status::OnHold), (5000, Status::Open)] {
        let mut woken = asleep.clone();
        assert_eq!(wake(&mut woken, Life::default(), at(now)), 0);
        assert_eq!(woken.fields.status, status);
    }
    let mut waits = ticket();
    (waits.fields.status, waits.since) = (Status::Pending, Some(at(5000)));
    let life = Life { auto_resolve_days: Some(1), ..Life::default() };
    for (now, status, late) in
        [(91_399, Status::Pending, 0), (91_400, Status::Resolved, 0), (91_400 + 400, Status::Resolved, 400)]
    {
        let mut woken = waits.clone();
        assert_eq!(wake(&mut woken, life, at(now)), late);
        assert_eq!(woken.fields.status, status);
    }
}

#[test]
fn no_clock_runs_on_a_resolved_ticket() {
    let mut resolved = set(20_000, 1000);
    resolved.fields.status = Status::Resolved;
    wake(&mut resolved, Life::default(), at(30_000));
    assert_eq!(raised_of(&resolved), None);
    assert_eq!(wakes_at(&resolved, Life::default()), None);
}

#[test]
fn the_clock_was_late_if_it_acted_or_raised_an_alarm_late() {
    let before = to_resolve(20_000);
    let late = |by_clock, by_alarm| {
        let mut after = Ticket { changed_by: Some(Stamp::System { late_secs: by_clock }), ..before.clone() };
        after.sla_clock.resolution.raised = Some(RaisedAlarm { late_secs: by_alarm, ..raised(Breached, 20_000, 20_010) });
        was_late(&before, &after)
    };
    assert_eq!([late(0, 0), late(1, 0), late(0, 1)], [false, true, true]);
    let by_customer = Ticket { changed_by: Some(Stamp::Customer), ..before.clone() };
    assert!(!was_late(&before, &by_customer));
}

#[test]
fn a_deadline_that_was_missed_is_told_when_a_change_stops_or_moves_it() {
    let (before, now) = (to_resolve(20_000), at(20_100));
    let after = |change: fn(&mut Ticket)| {
        let mut after = before.clone();
        change(&mut after);
        raise_missed(&before, &mut after, now);
        assert_eq!(after.sla_clock.response.and_then(|wait| wait.raised), None, "the other wait has no deadline");
        after.sla_clock.resolution.raised
    };
    let breach = Some(raised(Breached, 20_000, 20_100));
    assert_eq!(after(|ticket| ticket.fields.priority = None), None, "the clock will tell it");
    assert_eq!(after(|ticket| ticket.fields.status = Status::Resolved), breach);
    assert_eq!(after(|ticket| ticket.sla_clock.resolution.due = Some(at(40_000))), breach);
    assert_eq!(after(|ticket| ticket.sla_clock.resolution.due = None), breach);
    let set_over = |due: i64, began: i64| Some(Box::new(Goal::at(at(due), at(began))));
    let mut other = before.clone();
    other.sla_clock.set = set_over(20_000, 1000);
    raise_missed(&before, &mut other, now);
    assert_eq!((raised_of(&other), other.sla_clock.resolution.raised), (None, breach));
}

#[test]
fn only_what_has_passed_without_a_breach_was_missed() {
    let missed_of =
        |ticket: &Ticket, now| missed(ticket, at(now)).map(|(metric, _, raised)| (metric, raised)).collect::<Vec<_>>();
    let resolve = to_resolve(20_000);
    assert_eq!(missed_of(&resolve, 19_999), []);
    assert_eq!(missed_of(&resolve, 20_000), [(Some(Metric::Resolution), raised(Breached, 20_000, 20_000))]);
    let late = missed_of(&resolve, 20_151);
    assert_eq!(late[0].1.late_secs, 151);
    let mut told = resolve.clone();
    told.sla_clock.resolution.raised = Some(raised(Breached, 20_000, 20_010));
    assert_eq!(missed_of(&told, 20_100), []);
    let over = Ticket {
        sla_clock: crate::policies::clock::SlaClock { set: set(50_000, 1000).sla_clock.set, ..resolve.sla_clock.clone() },
        ..resolve
    };
    assert_eq!(missed_of(&over, 20_100), [], "a deadline that was set is over it");
}

#[test]
fn a_missed_deadline_that_is_gone_is_told_unless_a_workflow_took_it_away() {
    let before = Ticket { version: 1, ..set(20_000, 1000) };
    let cleared = |by| Ticket {
        changed_by: Some(by),
        updated_at: at(20_100),
        ..Ticket { sla_clock: ticket().sla_clock, ..before.clone() }
    };
    let told = |after: &Ticket| {
        new_alarms(&before, after).into_iter().map(|new| (new.metric, new.before, new.raised)).collect::<Vec<_>>()
    };
    let breach = (None, None, raised(Breached, 20_000, 20_100));
    assert_eq!(told(&cleared(Stamp::Customer)), [breach]);
    assert_eq!(told(&cleared(Stamp::Workflow(None))), []);
    let kept = Ticket { changed_by: Some(Stamp::Customer), updated_at: at(20_100), ..before.clone() };
    assert_eq!(told(&kept), [], "the clock will tell it");
    let anew = Ticket { sla_clock: set(50_000, 20_100).sla_clock, ..kept.clone() };
    assert_eq!(told(&anew), [breach], "another deadline was set");
    let mut resolution = cleared(Stamp::Customer);
    resolution.sla_clock.resolution.began = at(1000);
    assert_eq!(told(&resolution), [breach], "a wait that began with it is another one");
    let mut known = kept;
    known.sla_clock.set.as_mut().unwrap().counter.raised = Some(raised(AtRisk, 20_000, 17_000));
    assert_eq!(new_alarms(&known, &known).len(), 0);
}
