//! Times that are far away, time zones whose rules change, and dates as clients write them.

use std::{collections::HashMap, time::Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_clock::Clock;
use lambdesk_domain::Timestamp;
use lambdesk_store::{Store, Upkeep};
use proptest::{
    prop_oneof,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, desk, desk_at};

const SATURDAY: &str = "2026-11-28T12:00:00Z";
const DAY: i64 = 24 * 3600;

async fn ticket(desk: &Desk) -> String {
    desk.tickets().create(json!({"message": "help"})).id().await
}

#[tokio::test]
async fn office_hours_follow_the_clocks_of_today() {
    let (desk, _) = desk_at(SATURDAY).await;
    let due = async |zone: &str| {
        let id = ticket(&desk).await;
        let hours = json!({
            "days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "time": ["09:00", "17:00"], "timezone": zone,
        });
        desk.http.external(Method::PATCH, &id, json!({"sla_amount": 1, "sla_business_hours": hours})).await.expect(200);
        desk.tickets().get(&id).await["sla_due_at"].as_str().unwrap()[..16].to_owned()
    };
    for (zone, monday) in [
        ("America/Vancouver", "2026-11-30T17:00"),
        ("Canada/Pacific", "2026-11-30T17:00"),
        ("America/Edmonton", "2026-11-30T16:00"),
        ("America/Winnipeg", "2026-11-30T15:00"),
        ("Africa/Casablanca", "2026-11-30T10:00"),
        ("Europe/Chisinau", "2026-11-30T08:00"),
        ("America/Havana", "2026-11-30T14:00"),
    ] {
        assert_eq!(due(zone).await, monday, "{zone}");
    }
    let id = ticket(&desk).await;
    let hours = json!({"days": ["monday"], "time": "any", "timezone": "america/vancouver"});
    desk.http.external(Method::PATCH, &id, json!({"sla_amount": 1, "sla_business_hours": hours})).await.expect(400);
}

fn key(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("PK".into(), AttributeValue::S(pk.into())), ("SK".into(), AttributeValue::S(sk.into()))])
}

/// A deployment brings newer time zone rules than those that open tickets follow.
#[tokio::test]
async fn another_release_of_the_zones_reaches_the_tickets_that_nobody_touches() {
    let (desk, time) = desk_at(SATURDAY).await;
    let hours = json!({
        "days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "time": ["09:00", "17:00"],
        "timezone": "America/Vancouver",
    });
    let policies = json!({"policies": [
        {"name": "All", "targets": {"first_response": {"amount": 1}}, "business_hours": hours},
    ]});
    desk.agent().set_sla_policies(policies).await;
    for _ in 0..4 {
        time.pass(60);
        desk.http.tick().await;
    }
    let id = desk.customer().open("help").await;
    assert_eq!(desk.tickets().get(&id).await["sla_due_at"].as_str().unwrap()[..16], *"2026-11-30T17:00");
    let table = &desk.running.dynamodb;
    // The deadline as the older rules had it: an hour later.
    let (client, name) = (table.client(), table.table.clone());
    let stored = client.get_item().table_name(&name).set_key(Some(key(&format!("P#1#T#{id}"), "~"))).send().await.unwrap();
    let mut stored = stored.item.unwrap();
    let (right, wrong) = ("2026-11-30T17:00:00Z", "2026-11-30T18:00:00Z");
    let micros = |text: &str| text.parse::<Timestamp>().unwrap().micros().to_string();
    for value in stored.values_mut() {
        match value {
            AttributeValue::S(text) if text.contains(&micros(right)) => *text = text.replace(&micros(right), &micros(wrong)),
            AttributeValue::N(text) if *text == micros(right) => *text = micros(wrong),
            _ => {}
        }
    }
    client.put_item().table_name(&name).set_item(Some(stored)).send().await.unwrap();
    assert_eq!(desk.tickets().get(&id).await["sla_due_at"].as_str().unwrap()[..16], *"2026-11-30T18:00");
    let mut mark = key("ROLLOUT", "ZONES");
    mark.extend([("rel".into(), AttributeValue::S("2025b".into())), ("n".into(), AttributeValue::N("4294967295".into()))]);
    client.put_item().table_name(&name).set_item(Some(mark)).send().await.unwrap();

    // A process of the new deployment.
    let now = time.clone();
    let clock = Clock { upkeep: Store::with_clock(client.clone(), name.clone(), move || now.now()).upkeep() };
    let ticked = Box::pin(clock.tick()).await;
    assert!(ticked.succeeded() && ticked.rules.rolled_out.tickets == 1 && ticked.rules.rolled_out.changed == 1, "{ticked:?}");
    assert_eq!(desk.tickets().get(&id).await["sla_due_at"].as_str().unwrap()[..16], *"2026-11-30T17:00");
    // Once the deployment is complete, every ticket is checked once more.
    time.pass(10 * 60);
    let ticked = Box::pin(clock.tick()).await;
    assert_eq!((ticked.rules.rolled_out.tickets, ticked.rules.rolled_out.changed), (1, 0));
    time.pass(60);
    assert_eq!(Box::pin(clock.tick()).await.rules, lambdesk_clock::Rollouts::default());
    let now = time.clone();
    let again = Clock { upkeep: Store::with_clock(client, name, move || now.now()).upkeep() };
    assert_eq!(Box::pin(again.tick()).await.rules, lambdesk_clock::Rollouts::default(), "who starts later has nothing to do");
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

/// Times of all kinds, most of them far away.
fn instants() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let micros = prop_oneof![0..253_402_300_799_999_999_i64, 4_900_000_000_000_000..5_000_000_000_000_000_i64];
    let random = (0..24).map(|_| {
        let micros = micros.new_tree(&mut runner).unwrap().current();
        Timestamp::from_micros(micros).unwrap().to_string()
    });
    let known =
        ["2290-01-01T00:00:00Z", "2286-11-21T00:00:00Z", "5200-01-01T00:00Z", "7000-06-01T00:00:00+02:00", "9999-12-31T23:59Z"];
    random.chain(known.map(str::to_owned)).collect()
}

#[tokio::test]
async fn no_time_is_stored_that_lies_beyond_a_century() {
    let (desk, time) = desk_at(SATURDAY).await;
    let far = |at: &str| at.parse::<Timestamp>().unwrap().is_beyond(time.now());
    for at in instants() {
        for field in ["sla_due_at", "snoozed_until"] {
            let id = ticket(&desk).await;
            let change = json!({field: at});
            let answers = [
                desk.tickets().patch(&id, change.clone()).reply().await,
                desk.tickets().put(&id, change.clone()).reply().await,
                desk.http.external(Method::PATCH, &id, change).await,
            ];
            for (route, answer) in answers.into_iter().enumerate() {
                assert_eq!(answer.status, if far(&at) { 400 } else { 200 }, "{field} {at} on route {route}: {}", answer.text);
                assert!(!far(&at) || answer.text.contains(field) || answer.text.contains("100 years"), "{}", answer.text);
            }
            let seen = desk.tickets().get(&id).await;
            assert_eq!(seen[field].is_null(), far(&at), "{field} {at}");
        }
        // A filter accepts any time.
        for filter in ["date_from", "date_to", "updated_from", "updated_to"] {
            desk.tickets().list(&format!("{filter}={}", at.replace('+', "%2B"))).await;
        }
    }
    // Timers that are due fire; those ahead wait.
    for _ in 0..3 {
        desk.http.tick().await;
    }
    assert_eq!(desk.http.tick().await["timers"]["due"], 0);
    let later = ticket(&desk).await;
    desk.tickets().patch(&later, json!({"snoozed_until": "2126-11-01T00:00Z"})).await;
    assert_eq!(desk.http.tick().await["timers"]["due"], 0);
    // A cursor may have any time.
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let seen = async |after: &str| visitor.poll(&id, Some(after)).await.expect(200).json["messages"].as_array().unwrap().len();
    assert_eq!(
        (seen("1970-01-01T00:00:00Z").await, seen("2290-01-01T00:00Z").await, seen("9999-12-31T23:59:59Z").await),
        (1, 0, 0)
    );
}

/// A timer that an earlier release set for a time whose key had one digit more.
#[tokio::test]
async fn a_timer_that_was_due_for_ever_is_set_where_it_belongs() {
    let (desk, time) = desk_at(SATURDAY).await;
    let (id, gone) = (ticket(&desk).await, "01890000-0000-7000-8000-0000000000ff");
    desk.tickets().patch(&id, json!({"snoozed_until": time.hence(40 * DAY)})).await;
    let table = &desk.running.dynamodb;
    let (client, name) = (table.client(), table.table.clone());
    let far = "2290-01-01T00:00:00Z".parse::<Timestamp>().unwrap().micros();
    let update = client.update_item().table_name(&name).set_key(Some(key(&format!("P#1#T#{id}"), "~")));
    let update = update.update_expression("SET wak = :far, snz = :far");
    update.expression_attribute_values(":far", AttributeValue::N(far.to_string())).send().await.unwrap();
    for id in [id.as_str(), gone] {
        let shard = u8::from_str_radix(&id[34..], 16).unwrap() % u8::try_from(Upkeep::timer_shards().count()).unwrap();
        let mut timer = key(&format!("TIMER#{shard}"), &format!("{far}#1#{id}"));
        timer.insert("ver".into(), AttributeValue::N("2".into()));
        client.put_item().table_name(&name).set_item(Some(timer)).send().await.unwrap();
    }
    let ticked = desk.http.tick().await;
    assert_eq!((&ticked["timers"]["due"], &ticked["status"]), (&json!(2), &json!("ok")), "{ticked}");
    assert_eq!(desk.http.tick().await["timers"]["due"], 0);
    let seen = desk.tickets().get(&id).await;
    assert_eq!(seen["snoozed_until"], "2290-01-01T00:00:00.000000Z", "nobody was woken");
    // The time that is shown can be written back, and cleared.
    desk.tickets().patch(&id, json!({"snoozed_until": seen["snoozed_until"]})).await;
    assert_eq!(desk.tickets().patch(&id, json!({"snoozed_until": time.hence(60)})).await["status"], "on_hold");
    time.pass(120);
    desk.http.tick().await;
    assert_eq!(desk.tickets().get(&id).await["status"], "open");
    assert!(timers(&desk).await <= 2);
}

/// One project has more timers due than a tick has time for, and all of them were due earlier than those of other projects.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_with_many_timers_keeps_no_other_waiting() {
    let (desk, time) = desk_at(SATURDAY).await;
    let many = 900;
    let filing = (0..many).map(|n| {
        let until = time.hence(600 + n % 60);
        let desk = &desk;
        async move {
            let id = ticket(desk).await;
            desk.tickets().patch(&id, json!({"snoozed_until": until})).await;
        }
    });
    let filed = futures_util::StreamExt::buffer_unordered(futures_util::stream::iter(filing), 16);
    futures_util::StreamExt::collect::<Vec<_>>(filed).await;
    let mut others = Vec::new();
    for _ in 0..8 {
        let path = "/projects/2/conversations/tickets/";
        let filed = desk.by("phx_other", Method::POST, path, json!({"message": "me too"})).await.expect(201).json;
        let path = format!("{path}{}/", filed["id"].as_str().unwrap());
        desk.by("phx_other", Method::PATCH, &path, json!({"snoozed_until": time.hence(1200)})).await.expect(200);
        others.push(path);
    }
    time.pass(1800);
    let clock = Clock { upkeep: desk.running.store.upkeep() };
    // The time is over when the tick begins, so each part takes one step.
    let ticked = clock.timers(Instant::now()).await;
    assert!(ticked.more && ticked.rung.wakes < usize::try_from(many).unwrap(), "{ticked:?}");
    for path in &others {
        let seen = desk.by("phx_other", Method::GET, path, Value::Null).await.expect(200).json;
        assert_eq!(seen["status"], "open", "{seen}");
    }
}

#[tokio::test]
async fn a_ticket_that_sleeps_is_not_resolved() {
    let (desk, time) = desk_at(SATURDAY).await;
    let settings = json!({"conversations_settings": {"auto_resolve_pending_days": 7}});
    desk.agent().configure(settings).await;
    let sleeps = async |days: i64, status: &str| {
        let id = ticket(&desk).await;
        desk.tickets().patch(&id, json!({"status": "pending"})).await;
        desk.tickets().patch(&id, json!({"snoozed_until": time.hence(days * DAY), "status": status})).await;
        id
    };
    let (long, short, woken) = (sleeps(20, "pending").await, sleeps(3, "pending").await, sleeps(20, "pending").await);
    let days = async |days: i64| {
        for _ in 0..days {
            time.pass(DAY);
            desk.http.tick().await;
        }
    };
    days(4).await;
    assert_eq!(
        (&desk.tickets().get(&long).await["status"], &desk.tickets().get(&short).await["status"]),
        (&json!("pending"), &json!("open"))
    );
    days(1).await;
    // A ticket that is woken by hand waits for its customer from now on.
    desk.tickets().patch(&woken, json!({"snoozed_until": null, "status": "pending"})).await;
    days(4).await;
    let seen = desk.tickets().get(&long).await;
    assert_eq!((&seen["status"], seen["snoozed_until"].is_string()), (&json!("pending"), true), "on the ninth day");
    assert_eq!(desk.tickets().get(&woken).await["status"], "pending");
    days(4).await;
    assert_eq!(desk.tickets().get(&woken).await["status"], "resolved", "eight days after it was woken");
    days(8).await;
    let seen = desk.tickets().get(&long).await;
    assert_eq!((&seen["status"], &seen["snoozed_until"]), (&json!("open"), &Value::Null));
    // A clock that was down for long still wakes the ticket, and does not resolve it.
    let late = sleeps(2, "pending").await;
    time.pass(30 * DAY);
    desk.http.tick().await;
    assert_eq!(desk.tickets().get(&late).await["status"], "open");
}

#[tokio::test]
async fn dates_are_taken_as_clients_write_them() {
    let (desk, _) = desk_at(SATURDAY).await;
    let id = ticket(&desk).await;
    let visitor = desk.customer();
    let polled = visitor.open("hello").await;
    let shown = "2026-12-24T15:00:00.000000Z";
    for text in [
        "2026-12-24T15:00Z",
        "2026-12-24t15:00z",
        "2026-12-24T16:00+01:00[Europe/Paris]",
        "2026-12-24T15:00:00.0000000Z",
        "2026-12-24T17:00:00+0200",
        "2026-12-24T17:00:00+02",
        "2026-12-24 15:00:00",
        "2026-12-24 16:00:00 +0100",
        "2026-12-24T15:00:00,000Z",
        "20261224T150000Z",
    ] {
        for field in ["sla_due_at", "snoozed_until"] {
            desk.tickets().patch(&id, json!({field: null})).await;
            assert_eq!(desk.tickets().patch(&id, json!({field: text})).await[field], shown, "{text}");
            desk.http.external(Method::PATCH, &id, json!({field: null})).await.expect(200);
            desk.http.external(Method::PATCH, &id, json!({field: text})).await.expect(200);
            assert_eq!(desk.tickets().get(&id).await[field], shown, "{text}");
        }
        let escaped = text.replace('+', "%2B").replace(' ', "%20");
        for (filter, count) in [("date_from", 0), ("date_to", 2), ("updated_from", 0), ("updated_to", 2)] {
            // A space may be a plus sign that the client did not escape.
            for sent in [escaped.clone(), text.replace(' ', "%20")] {
                let found = desk.tickets().list(&format!("{filter}={sent}")).await;
                assert_eq!(found["count"], count, "{filter}={sent}");
            }
        }
        assert_eq!(visitor.poll(&polled, Some(&escaped)).await.expect(200).json["messages"], json!([]), "{text}");
    }
    for text in ["2026-12-24", "2026-12-24T24:00Z", "24.12.2026 15:00", "1798124400", "tomorrow", ""] {
        let refused = desk.tickets().patch(&id, json!({"sla_due_at": text})).expect(400).await;
        assert_eq!(refused.json["attr"], "sla_due_at", "{text}");
        desk.http.external(Method::PATCH, &id, json!({"snoozed_until": text})).await.expect(400);
    }
}

#[tokio::test]
async fn tags_that_change_are_told_and_set_off_workflows() {
    let desk = desk().await;
    let workflow = json!({
        "name": "Refunds are urgent",
        "trigger": {
            "event": "$conversation_ticket_tags_changed",
            "filters": [{"property": "event.properties.added", "operator": "contains", "value": "refund"}],
        },
        "steps": [{"action": "update_ticket", "inputs": {"priority": "high", "tags": ["seen"], "tags_mode": "add"}}],
    });
    let saved = desk.agent().workflows().create(workflow).await;
    let mut ids = Vec::new();
    for tags in [json!([]), json!(["vip"])] {
        ids.push(desk.tickets().create(json!({"message": "help", "tags": tags})).id().await);
    }
    let path = format!("/workflows/{}/dry_run/", saved["id"].as_str().unwrap());
    let dry = desk.http.agent(Method::POST, &path, json!({"ticket_id": ids[0]})).await.expect(200).json;
    assert_eq!(dry["matched"], false, "{dry}");
    let told = async || -> Vec<Value> {
        desk.http.drain().await;
        let events = desk.http.events(1).await.into_iter();
        events.map(|event| event["detail"].clone()).filter(|it| it["event"] == "$conversation_ticket_tags_changed").collect()
    };
    assert_eq!(told().await, Vec::<Value>::new(), "a new ticket's tags are part of its creation");
    let change = json!({"ids": ids, "action": "add", "tags": ["Refund", "vip"]});
    desk.http.agent(Method::POST, "/tickets/bulk_update_tags/", change).await.expect(200);
    let events = told().await;
    assert_eq!(events.len(), 2, "one each, and none for what the workflow did: {events:?}");
    let of = |id: &str| events.iter().find(|it| it["properties"]["ticket_id"] == id).unwrap()["properties"].clone();
    let (first, second) = (of(&ids[0]), of(&ids[1]));
    assert_eq!(
        (&first["tags"], &first["added"], &first["removed"]),
        (&json!(["refund", "vip"]), &json!(["refund", "vip"]), &json!([]))
    );
    assert_eq!((&second["tags"], &second["added"]), (&json!(["vip", "refund"]), &json!(["refund"])));
    assert_eq!((&first["actor_type"], &first["actor_id"], &first["status"]), (&json!("user"), &json!(1), &json!("new")));
    for id in &ids {
        let seen = desk.tickets().get(id).await;
        assert_eq!(seen["priority"], "high");
        assert!(seen["tags"].as_array().unwrap().contains(&json!("seen")));
    }
    desk.tickets().patch(&ids[1], json!({"tags": ["seen", "refund"]})).await;
    let last = told().await.pop().unwrap()["properties"].clone();
    assert_eq!((&last["added"], &last["removed"]), (&json!([]), &json!(["vip"])));
    desk.tickets().patch(&ids[1], json!({"tags": ["refund", "seen"]})).await;
    assert_eq!(told().await.len(), 3, "another order is no other tags");
}

/// Eight people and scripts write on one ticket while the rest of the desk is busy.
#[tokio::test(flavor = "multi_thread")]
async fn eight_writers_on_one_ticket_of_a_busy_desk_are_all_heard_once() {
    let desk = desk().await;
    let id = ticket(&desk).await;
    let writers = (0..8).map(|writer| {
        let (http, path) = (desk.http.clone(), format!("/tickets/{id}/reply/"));
        tokio::spawn(async move {
            for n in 0..12 {
                let body = json!({"message": format!("{writer}-{n}"), "is_private": n % 4 == 3});
                http.agent(Method::POST, &path, body).await.expect(201);
            }
        })
    });
    let others = (0..16).map(|_| {
        let visitor = desk.customer();
        tokio::spawn(async move {
            let id = visitor.open("hello").await;
            for n in 0..6 {
                visitor.send(Some(&id), &n.to_string()).await.expect(200);
            }
        })
    });
    let all = futures_util::future::join_all(writers.chain(others).collect::<Vec<_>>()).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let thread = desk.tickets().messages(&id).query("limit=200").await;
    let mut texts: Vec<_> = crate::support::texts(&thread["results"]).into_iter().map(str::to_owned).collect();
    texts.retain(|text| text != "help");
    texts.sort_unstable();
    let mut sent: Vec<_> = (0..8).flat_map(|writer| (0..12).map(move |n| format!("{writer}-{n}"))).collect();
    sent.sort_unstable();
    assert_eq!(texts, sent);
}
