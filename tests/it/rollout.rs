//! Changed rules reach existing tickets, even those that nobody touches.

use std::time::{Duration, Instant};

use lambdesk_clock::Clock;
use lambdesk_domain::ticket::Status;
use lambdesk_store::meter::metered;
use serde_json::{Value, json};

use crate::support::{Desk, Time, desk_at};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

async fn put(desk: &Desk, hours: u8) {
    let policies = json!({"policies": [{"name": "All", "targets": {"first_response": {"amount": hours}}}]});
    desk.agent().set_sla_policies(policies).await;
}

async fn ticks(desk: &Desk, time: &Time, minutes: u8) {
    for _ in 0..minutes {
        time.pass(MINUTE);
        desk.http.tick().await;
    }
}

/// The names of the events of a ticket that the desk itself caused.
async fn told(desk: &Desk, id: &str) -> Vec<String> {
    desk.http.drain().await;
    let events = desk.http.events(1).await.into_iter().map(|event| event["detail"].clone());
    let about = events.filter(|it| it["properties"]["ticket_id"] == id);
    let names = about.map(|it| it["event"].as_str().unwrap().trim_start_matches("$conversation_").to_owned());
    names.filter(|name| name.contains("sla")).collect()
}

async fn rollouts(desk: &Desk) -> usize {
    desk.running.store.upkeep().rollouts().await.unwrap().0.len()
}

#[tokio::test]
async fn policies_that_are_turned_on_find_who_waits_already() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let visitor = desk.customer();
    let (waits, answered, paused, done) =
        (visitor.open("a").await, visitor.open("b").await, visitor.open("c").await, visitor.open("d").await);
    desk.tickets().reply(&answered, "yes").await;
    desk.tickets().patch(&paused, json!({"status": "pending"})).await;
    desk.tickets().patch(&done, json!({"status": "resolved"})).await;
    time.pass(3 * 60 * MINUTE);
    put(&desk, 2).await;
    let order = desk.tickets().list("").await;
    assert!(order["results"].as_array().unwrap().iter().all(|ticket| ticket["sla_due_at"].is_null()));
    let ticked = desk.http.tick().await;
    assert_eq!((&ticked["rules"]["tickets"], &ticked["rules"]["changed"]), (&json!(3), &json!(1)), "{ticked}");
    assert_eq!(desk.tickets().get(&waits).await["sla_due_at"].as_str().unwrap()[..16], *"2026-03-09T11:00");
    assert_eq!(desk.tickets().get(&waits).await["sla"]["state"], "breached", "whatever was promised when they wrote");
    assert_eq!(desk.tickets().get(&answered).await["sla"]["state"], "none");
    let paused = desk.tickets().get(&paused).await;
    assert_eq!((&paused["sla"]["state"], &paused["sla"]["metric"]), (&json!("paused"), &json!("first_response")));
    let ids = |list: &Value| -> Vec<_> { list["results"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect() };
    assert_eq!(ids(&desk.tickets().list("").await), ids(&order), "the inbox keeps its order");
    ticks(&desk, &time, 4).await;
    assert_eq!(told(&desk, &waits).await, ["sla_breached"]);
    assert_eq!(rollouts(&desk).await, 0);
    // A deadline that is no longer promised is removed too.
    desk.agent().set_sla_policies(json!({"policies": []})).await;
    ticks(&desk, &time, 1).await;
    assert_eq!(desk.tickets().get(&waits).await["sla_due_at"], Value::Null);
}

#[tokio::test]
async fn a_setting_that_is_turned_on_resolves_what_was_pending_for_long() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let visitor = desk.customer();
    let (long, short) = (visitor.open("a").await, visitor.open("b").await);
    desk.tickets().patch(&long, json!({"status": "pending"})).await;
    time.pass(9 * DAY);
    desk.tickets().patch(&short, json!({"status": "pending"})).await;
    let settings = json!({"conversations_settings": {"auto_resolve_pending_days": 7}});
    desk.agent().configure(settings).await;
    ticks(&desk, &time, 2).await;
    assert_eq!(
        (&desk.tickets().get(&long).await["status"], &desk.tickets().get(&short).await["status"]),
        (&json!("resolved"), &json!("pending"))
    );
    time.pass(7 * DAY);
    ticks(&desk, &time, 1).await;
    assert_eq!(desk.tickets().get(&short).await["status"], "resolved");
    // A change of other settings records no rollout.
    let settings = json!({"name": "Renamed", "conversations_settings": {"widget_color": "#fff"}});
    desk.agent().configure(settings).await;
    assert_eq!(rollouts(&desk).await, 0);
}

/// A process that still has the old rules cached writes tickets by them. A later walk must find those tickets.
#[tokio::test]
async fn a_walk_is_repeated_until_everyone_knows_the_rules() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    put(&desk, 2).await;
    ticks(&desk, &time, 1).await;
    assert_eq!(rollouts(&desk).await, 1, "another process may not know yet");
    ticks(&desk, &time, 2).await;
    assert_eq!(rollouts(&desk).await, 0);
    let (none, usage) = Box::pin(metered(desk.running.store.upkeep().rollouts())).await;
    assert_eq!((none.unwrap(), usage.calls), ((Vec::new(), 0), 1));
    assert!(usage.read_units <= 0.5, "what it costs at rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_may_be_interrupted_changed_and_doubled() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let mut ids = Vec::new();
    for number in 0..230 {
        let id = desk.tickets().create(json!({"message": "help", "channel_source": "api"})).id().await;
        if number % 3 > 0 {
            let status = [Status::Open, Status::Pending][number % 2];
            desk.tickets().patch(&id, json!({"status": status})).await;
        }
        ids.push(id);
    }
    put(&desk, 2).await;
    let upkeep = desk.running.store.upkeep();
    // The time is over when it begins, so a part is one page of one status.
    let part = async || {
        let rollout = upkeep.rollouts().await.unwrap().0.remove(0);
        let part = upkeep.roll_out(rollout, Instant::now()).await.unwrap();
        assert!(part.tickets <= 100, "{part:?}");
        part
    };
    let first = part().await;
    assert!(first.more && first.changed > 0 && first.changed < 100, "{first:?}");
    let interrupted = upkeep.rollouts().await.unwrap().0.remove(0);
    // Another change begins a new walk, which the interrupted one cannot end.
    put(&desk, 3).await;
    time.pass(2 * MINUTE);
    upkeep.roll_out(interrupted, Instant::now() + Duration::from_mins(1)).await.unwrap();
    assert_eq!(rollouts(&desk).await, 1);
    let mut parts = vec![part().await, part().await];
    let clock = Clock { upkeep };
    let (one, other) = tokio::join!(clock.tick(), clock.tick());
    assert!(one.succeeded() && other.succeeded(), "{one:?} {other:?}");
    parts.extend([one.rules.rolled_out, other.rules.rolled_out]);
    assert!(parts.iter().all(|part| part.tickets < 230) && parts[0].more, "they went on where the last one was: {parts:?}");
    assert_eq!(rollouts(&desk).await, 0);
    for (number, id) in ids.iter().enumerate() {
        let seen = desk.tickets().get(id).await;
        let pending = seen["status"] == "pending";
        assert_eq!(seen["sla"]["state"] == "paused", pending, "{number}: {seen}");
        assert!(pending || seen["sla_due_at"].as_str().unwrap()[..13] == *"2026-03-09T12", "{number}: {seen}");
    }
}
