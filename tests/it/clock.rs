//! What the desk does by itself: deadlines that pass, tickets that wake, and clocks that run late, twice or only in part.

use std::time::{Duration, Instant};

use lambdesk_clock::Clock;
use lambdesk_store::{Upkeep, meter::metered};
use serde_json::{Value, json};

use crate::{
    support::{Desk, Time, desk_at},
    table::{Table, text},
};

const MONDAY: &str = "2026-03-09T09:00:00Z";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// A ticket whose deadline is this many seconds from now.
async fn due_in(desk: &Desk, time: &Time, seconds: i64) -> String {
    let id = desk.tickets().create(json!({"message": "help"})).id().await;
    desk.tickets().patch(&id, json!({"sla_due_at": time.hence(seconds)})).await;
    id
}

/// The events of a ticket except its creation and its messages, oldest first.
async fn told(desk: &Desk, id: &str) -> Vec<(String, Value)> {
    desk.http.drain().await;
    let events = desk.http.events(1).await.into_iter().map(|event| event["detail"].clone());
    let about = events.filter(|detail| detail["properties"]["ticket_id"] == id);
    let named = about.map(|detail| (detail["event"].as_str().unwrap().to_owned(), detail["properties"].clone()));
    named.filter(|(name, _)| !name.contains("created") && !name.contains("message")).collect()
}

fn names(told: &[(String, Value)]) -> Vec<&str> {
    told.iter().map(|(name, _)| name.trim_start_matches("$conversation_")).collect()
}

/// The number of timers on the desk.
async fn timers(desk: &Desk) -> usize {
    let latest = "9000-01-01T00:00:00Z".parse().unwrap();
    let mut timers = 0;
    for shard in Upkeep::timer_shards() {
        timers += desk.running.store.upkeep().due_timers(shard, latest, None, 1000).await.unwrap().timers.len();
    }
    timers
}

/// The changes in the ticket's log, latest first, as `(field, after)`.
async fn log(desk: &Desk, id: &str) -> Vec<(String, Value)> {
    let log = desk.tickets().activity(&id).await;
    let rows = log["results"].as_array().unwrap().clone();
    let changes = rows.iter().flat_map(|row| row["changes"].as_array().unwrap().clone());
    changes.map(|change| (change["field"].as_str().unwrap().to_owned(), change["after"].clone())).collect()
}

#[tokio::test]
async fn a_deadline_is_at_risk_and_then_breached_once_each() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 2 * HOUR).await;
    let seen = desk.tickets().get(&id).await;
    assert_eq!((&seen["sla"]["state"], &seen["sla"]["policy"]), (&json!("on_track"), &Value::Null));
    assert_eq!(seen["sla"]["due_at"], seen["sla_due_at"]);
    desk.http.tick().await;
    assert_eq!(told(&desk, &id).await, []);

    time.pass(HOUR + 30);
    assert_eq!(desk.tickets().get(&id).await["sla"]["state"], "at_risk", "a state follows the time and no tick");
    for _ in 0..3 {
        desk.http.tick().await;
    }
    let events = told(&desk, &id).await;
    assert_eq!(names(&events), ["sla_at_risk"]);
    let delta = events[0].1["sla_delta_seconds"].as_i64().unwrap();
    assert!((-HOUR + 29..=-HOUR + 31).contains(&delta), "below zero before the deadline: {delta}");
    assert_eq!((&events[0].1["late"], &events[0].1["sla_breached"]), (&json!(false), &json!(false)));

    time.pass(HOUR);
    for _ in 0..3 {
        desk.http.tick().await;
    }
    let events = told(&desk, &id).await;
    assert_eq!(names(&events), ["sla_at_risk", "sla_breached"]);
    assert_eq!((&events[1].1["late"], &events[1].1["sla_breached"]), (&json!(false), &json!(true)));
    let seen = desk.tickets().get(&id).await;
    assert_eq!(seen["sla"]["state"], "breached");
    assert!(seen["sla"]["remaining_seconds"].as_i64().unwrap() < 0);
    assert_eq!(log(&desk, &id).await[..2], [("sla_state".into(), json!("breached")), ("sla_state".into(), json!("at_risk"))]);
    assert_eq!(timers(&desk).await, 0);
}

#[tokio::test]
async fn a_deadline_that_moves_is_told_of_anew() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 30 * MINUTE).await;
    desk.http.tick().await;
    desk.tickets().patch(&id, json!({"sla_due_at": time.hence(3 * HOUR)})).await;
    desk.http.tick().await;
    time.pass(3 * HOUR - 10 * MINUTE);
    desk.http.tick().await;
    desk.tickets().patch(&id, json!({"sla_due_at": null})).await;
    time.pass(HOUR);
    desk.http.tick().await;
    // A deadline that has passed already when it is set is never reported as at risk.
    desk.tickets().patch(&id, json!({"sla_due_at": time.hence(-HOUR)})).await;
    desk.http.tick().await;
    desk.http.tick().await;
    let events = told(&desk, &id).await;
    assert_eq!(names(&events), ["sla_at_risk", "sla_at_risk", "sla_breached"]);
    assert!(!events[2].1["late"].as_bool().unwrap(), "it was told as soon as it was set");
    assert_eq!(timers(&desk).await, 0);
}

#[tokio::test]
async fn a_resolved_ticket_breaches_nothing_until_it_is_open_again() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 2 * HOUR).await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    assert_eq!(desk.tickets().get(&id).await["sla"]["state"], "none");
    time.pass(3 * HOUR);
    desk.http.tick().await;
    assert_eq!(names(&told(&desk, &id).await), ["ticket_status_changed"]);
    desk.tickets().patch(&id, json!({"status": "open"})).await;
    desk.http.tick().await;
    assert_eq!(names(&told(&desk, &id).await)[2..], ["sla_breached"]);
}

#[tokio::test]
async fn a_snoozed_ticket_wakes() {
    let (desk, time) = desk_at(MONDAY).await;
    let mut ids = Vec::new();
    for status in ["on_hold", "pending", "open", "new", "resolved"] {
        let id = desk.tickets().create(json!({"message": "later"})).id().await;
        desk.tickets().patch(&id, json!({"snoozed_until": time.hence(HOUR), "status": status})).await;
        ids.push((status, id));
    }
    desk.http.tick().await;
    assert!(desk.tickets().get(&ids[0].1).await["snoozed_until"].is_string());
    time.pass(HOUR + 1);
    desk.http.tick().await;
    desk.http.tick().await;
    for (status, id) in &ids {
        let seen = desk.tickets().get(id).await;
        assert_eq!(seen["snoozed_until"], Value::Null);
        let wakes = ["on_hold", "pending"].contains(status);
        assert_eq!(seen["status"], if wakes { "open" } else { *status });
        let by_system: Vec<_> =
            told(&desk, id).await.into_iter().filter(|(_, properties)| properties["actor_type"] == "system").collect();
        assert_eq!(by_system.len(), usize::from(wakes), "{status}: {by_system:?}");
        assert!(by_system.iter().all(|(name, it)| name == "$conversation_ticket_status_changed" && it["new_status"] == "open"));
    }
    assert_eq!(timers(&desk).await, 0);
}

#[tokio::test]
async fn a_clock_that_was_down_does_everything_once_and_says_that_it_is_late() {
    let (desk, time) = desk_at(MONDAY).await;
    let soon = due_in(&desk, &time, 90 * MINUTE).await;
    let asleep = desk.tickets().create(json!({"message": "later"})).id().await;
    desk.tickets().patch(&asleep, json!({"snoozed_until": time.hence(30 * MINUTE)})).await;
    time.pass(3 * HOUR);
    let ticked = desk.http.tick().await;
    assert_eq!((&ticked["timers"]["due"], &ticked["timers"]["late"]), (&json!(2), &json!(3)), "{ticked}");
    desk.http.tick().await;
    let events = told(&desk, &soon).await;
    assert_eq!(names(&events), ["sla_at_risk", "sla_breached"], "nothing is lost");
    let woken = told(&desk, &asleep).await;
    assert_eq!(names(&woken), ["ticket_status_changed", "ticket_status_changed"]);
    assert_eq!(woken[1].1["late"], true, "what woke too late says so as well");
    assert!((149 * MINUTE..=151 * MINUTE).contains(&woken[1].1["late_seconds"].as_i64().unwrap()));
    assert!(log(&desk, &asleep).await.iter().any(|(field, _)| field == "late_seconds"));
    let late: Vec<_> =
        events.iter().map(|(_, it)| (it["late"].as_bool().unwrap(), it["late_seconds"].as_i64().unwrap())).collect();
    assert!(late[0].0 && late[1].0 && late[0].1 / MINUTE == 150 && late[1].1 / MINUTE == 90, "{late:?}");
    assert!(log(&desk, &soon).await.contains(&("late_seconds".into(), json!(late[1].1))));
    assert_eq!(desk.tickets().get(&asleep).await["status"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clocks_at_once_do_everything_once() {
    let (desk, time) = desk_at(MONDAY).await;
    let mut ids = Vec::new();
    for n in 0..60 {
        ids.push(due_in(&desk, &time, HOUR + n).await);
    }
    time.pass(2 * HOUR + 2 * MINUTE);
    let clock = || Clock { upkeep: desk.running.store.upkeep() };
    let clocks = [clock(), clock(), clock()];
    let ticked = futures_util::future::join_all(clocks.iter().map(Clock::tick)).await;
    assert!(ticked.iter().all(lambdesk_clock::Ticked::succeeded), "{ticked:?}");
    assert_eq!(ticked.iter().map(|ticked| ticked.timers.rung.wakes).sum::<usize>(), 120, "{ticked:?}");
    for id in &ids {
        assert_eq!(names(&told(&desk, id).await), ["sla_at_risk", "sla_breached"]);
    }
    assert_eq!(timers(&desk).await, 0);
}

#[tokio::test]
async fn a_timer_that_fires_twice_does_nothing_the_second_time() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 30 * MINUTE).await;
    let upkeep = desk.running.store.upkeep();
    let mut due = Vec::new();
    for shard in Upkeep::timer_shards() {
        due.extend(upkeep.due_timers(shard, time.now(), None, 10).await.unwrap().timers);
    }
    assert_eq!(due.len(), 1);
    assert_eq!(upkeep.ring(&due).await.wakes, 1);
    let again = upkeep.ring(&due).await;
    assert_eq!((again.wakes, again.stale, again.failed), (0, 1, 0));
    assert_eq!(names(&told(&desk, &id).await), ["sla_at_risk"]);
    assert_eq!(timers(&desk).await, 1, "the one of the deadline itself");
}

/// The ticket changes after its timer was read and before the timer fires.
#[tokio::test]
async fn a_deadline_that_moves_while_its_timer_fires_is_the_one_that_counts() {
    let (desk, time) = desk_at(MONDAY).await;
    let upkeep = desk.running.store.upkeep();
    let read = async || {
        let mut due = Vec::new();
        for shard in Upkeep::timer_shards() {
            due.extend(upkeep.due_timers(shard, time.now(), None, 10).await.unwrap().timers);
        }
        due
    };
    // The deadline is put off: the timer stays, fires without effect, and is set again.
    let id = due_in(&desk, &time, 30 * MINUTE).await;
    let due = read().await;
    desk.tickets().patch(&id, json!({"sla_due_at": time.hence(5 * HOUR)})).await;
    upkeep.ring(&due).await;
    assert_eq!(told(&desk, &id).await, []);
    assert_eq!(timers(&desk).await, 1);
    time.pass(4 * HOUR + MINUTE);
    desk.http.tick().await;
    assert_eq!(names(&told(&desk, &id).await), ["sla_at_risk"]);
    // The deadline is brought forward: the timer that was read no longer exists.
    time.pass(HOUR);
    let due = read().await;
    desk.tickets().patch(&id, json!({"sla_due_at": time.hence(-MINUTE), "status": "open"})).await;
    upkeep.ring(&due).await;
    desk.http.tick().await;
    let breached = told(&desk, &id).await.iter().filter(|(name, _)| name.contains("breached")).count();
    assert_eq!((breached, timers(&desk).await), (1, 0));
}

#[tokio::test]
async fn a_deadline_that_is_brought_forward_leaves_a_timer_that_goes() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 9 * HOUR).await;
    for hours in [8, 7, 6] {
        desk.tickets().patch(&id, json!({"sla_due_at": time.hence(hours * HOUR)})).await;
    }
    assert_eq!(timers(&desk).await, 4);
    time.pass(10 * HOUR);
    let ticked = desk.http.tick().await;
    assert_eq!((&ticked["timers"]["due"], &ticked["timers"]["stale"]), (&json!(4), &json!(3)), "{ticked}");
    assert_eq!(names(&told(&desk, &id).await), ["sla_at_risk", "sla_breached"]);
    assert_eq!(timers(&desk).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_who_move_deadlines_under_a_clock_lose_nothing() {
    let (desk, time) = desk_at(MONDAY).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(due_in(&desk, &time, 2 * HOUR).await);
    }
    let clock = Clock { upkeep: desk.running.store.upkeep() };
    let ticking = async {
        for _ in 0..40 {
            clock.tick().await;
            time.pass(5 * MINUTE);
        }
    };
    let moving = async {
        for n in 0..60 {
            let change = json!({"sla_due_at": time.hence((n % 7 - 2) * HOUR)});
            desk.tickets().patch(&ids[usize::try_from(n).unwrap() % 8], change).await;
        }
    };
    tokio::join!(ticking, moving);
    time.pass(12 * HOUR);
    desk.http.tick().await;
    assert_eq!(timers(&desk).await, 0, "all deadlines have passed");
    for id in &ids {
        let last = told(&desk, id).await;
        assert_eq!(names(&last).last(), Some(&"sla_breached"), "{last:?}");
        assert_eq!(desk.tickets().get(id).await["sla"]["state"], "breached");
    }
}

#[tokio::test]
async fn a_deleted_ticket_takes_its_timer_along() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 2 * HOUR).await;
    assert_eq!(timers(&desk).await, 1);
    desk.tickets().delete(&id).await;
    // The clock may run before the relay has handled the deletion.
    time.pass(3 * HOUR);
    let ticked = desk.http.tick().await;
    assert_eq!(ticked["timers"]["wakes"], 0);
    desk.http.drain().await;
    assert_eq!((told(&desk, &id).await, timers(&desk).await), (vec![], 0));
}

/// The relay removes what a deleted ticket leaves behind with the permissions of its own role, the timer among it.
#[tokio::test]
async fn a_deleted_ticket_with_a_timer_leaves_nothing_behind() {
    let (desk, time) = desk_at(MONDAY).await;
    let id = due_in(&desk, &time, 2 * HOUR).await;
    let note = json!({"message": "private", "is_private": true});
    desk.tickets().reply(&id, note).await;
    desk.http.drain().await;
    assert!(timers(&desk).await == 1 && left_of(&desk, &id).await > 0);
    desk.tickets().delete(&id).await;
    desk.http.drain().await;
    assert_eq!((timers(&desk).await, left_of(&desk, &id).await), (0, 0));
    assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
}

/// How many items lie in a ticket's partition.
async fn left_of(desk: &Desk, id: &str) -> usize {
    let partition = text(&format!("P#1#T#{id}"));
    Table(desk).scan().await.iter().filter(|item| item["PK"] == partition).count()
}

#[tokio::test]
async fn the_events_set_off_workflows() {
    let (desk, time) = desk_at(MONDAY).await;
    for (event, tag) in [("$conversation_sla_at_risk", "hurry"), ("$conversation_sla_breached", "late")] {
        let update = json!({"action": "update_ticket", "inputs": {"tags": [tag], "tags_mode": "add"}});
        let workflow = json!({"name": tag, "trigger": {"event": event}, "steps": [update]});
        desk.agent().workflows().create(workflow).await;
    }
    let id = due_in(&desk, &time, 30 * MINUTE).await;
    desk.http.tick().await;
    desk.http.drain().await;
    assert_eq!(desk.tickets().get(&id).await["tags"], json!(["hurry"]));
    time.pass(HOUR);
    desk.http.tick().await;
    desk.http.drain().await;
    assert_eq!(desk.tickets().get(&id).await["tags"], json!(["hurry", "late"]));
}

#[tokio::test]
async fn a_tick_with_nothing_due_reads_each_part_once() {
    let (desk, time) = desk_at(MONDAY).await;
    for _ in 0..20 {
        due_in(&desk, &time, 9 * HOUR).await;
    }
    let clock = Clock { upkeep: desk.running.store.upkeep() };
    let (ticked, usage) = metered(clock.timers(Instant::now() + Duration::from_mins(1))).await;
    assert_eq!(ticked, lambdesk_clock::Timers::default());
    let parts = u32::try_from(Upkeep::timer_shards().count()).unwrap();
    println!("{usage:?} for {parts} parts");
    assert!(usage.calls == parts && usage.read_units <= 0.5 * f64::from(parts) && usage.write_units <= 0.0);
}

/// A change that neither sets nor moves a deadline costs nothing for timers.
#[tokio::test]
async fn a_timer_costs_only_those_who_set_it() {
    let (desk, time) = desk_at(MONDAY).await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let plain = desk.tickets().patch(&id, json!({"priority": "low"})).reply().await.cost();
    let set = async |seconds: i64| {
        let change = json!({"sla_due_at": time.hence(seconds)});
        desk.tickets().patch(&id, change).expect(200).await.cost()
    };
    let first = set(9 * HOUR).await;
    let later = set(10 * HOUR).await;
    let earlier = set(8 * HOUR).await;
    let again = desk.tickets().patch(&id, json!({"priority": "high"})).reply().await.cost();
    println!("plain {plain:?}, first {first:?}, later {later:?}, earlier {earlier:?}");
    assert!(again.wcu <= plain.wcu, "{again:?} {plain:?}");
    assert!(first.wcu <= plain.wcu + 3.0, "the index and the timer: {first:?}");
    assert!(later.wcu <= plain.wcu + 2.0, "the index: {later:?}");
    assert!(earlier.wcu <= plain.wcu + 4.0, "the index and a timer: {earlier:?}");
    let message = visitor.send(Some(&id), "more").await.expect(200).cost();
    assert!(message.wcu <= 8.0, "{message:?}");
}

/// The cost of a tick follows what is due: tickets are read by the page and written twenty at a time. With
/// `LAMBDESK_TIMERS=10000` the test prints how long the full number takes, which should be less than 20 s.
#[tokio::test(flavor = "multi_thread")]
async fn many_timers_are_done_in_bounded_batches() {
    let (desk, time) = desk_at(MONDAY).await;
    let many: u32 = std::env::var("LAMBDESK_TIMERS").map_or(300, |many| many.parse().unwrap());
    let filing = (0..many).map(|_| due_in(&desk, &time, 2 * HOUR));
    let filed = futures_util::StreamExt::buffer_unordered(futures_util::stream::iter(filing), 16);
    futures_util::StreamExt::collect::<Vec<_>>(filed).await;
    // These are not due, so the clock must not touch them.
    for _ in 0..many / 3 {
        due_in(&desk, &time, 90 * HOUR).await;
    }
    time.pass(HOUR + MINUTE);
    let clock = Clock { upkeep: desk.running.store.upkeep() };
    let started = Instant::now();
    let (ticked, usage) = metered(clock.timers(Instant::now() + Duration::from_mins(1))).await;
    println!("{many} timers in {:?}, {usage:?}", started.elapsed());
    let all = usize::try_from(many).unwrap();
    assert_eq!((ticked.rung.timers, ticked.rung.wakes, ticked.rung.failed, ticked.more), (all, all, 0, false));
    let parts = u32::try_from(Upkeep::timer_shards().count()).unwrap();
    // Each part asks for its timers and for the project's rules. A hundred tickets are one read, and twenty of them one write.
    let reads = parts + many / 100;
    assert!(usage.calls <= 2 * parts + reads + many / 20 + reads, "{usage:?}");
    let (read_units, write_units) = (1.1 * f64::from(many) + 10.0, 9.0 * f64::from(many));
    assert!(usage.read_units <= read_units && usage.write_units <= write_units, "{usage:?}");
}
