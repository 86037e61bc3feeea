//! Items that an older version wrote, and the clock that renews them.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_clock::Clock;
use lambdesk_store::{Renewed, meter::metered};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    support::{Desk, Time, desk_at},
    table::{Item, Table, text},
};

const MINUTE: i64 = 60;

impl Table<'_> {
    /// Replaces the row of a word with the row that an older version wrote.
    async fn misspell_word(&self, ticket: &str, today: &str, before: &str) {
        let first = |word: &str| word.chars().take(1).collect::<String>();
        let (pk, sk) = (format!("P#1#C#{}", first(today)), format!("{today}#{ticket}"));
        let mut row = self.get(&pk, &sk).await.expect("a row of today");
        self.delete(&pk, &sk).await;
        row.insert("PK".into(), text(&format!("P#1#C#{}", first(before))));
        row.insert("SK".into(), text(&format!("{before}#{ticket}")));
        self.put(row).await;
    }
}

/// Replaces a tag in an attribute, which is a list or a set of texts.
fn respell(item: &mut Item, attribute: &str, from: &str, to: &str) {
    let respelt = |tags: &[AttributeValue]| {
        let tag = |tag: &AttributeValue| if tag == &text(from) { text(to) } else { tag.clone() };
        tags.iter().map(tag).collect()
    };
    let value = match &item[attribute] {
        AttributeValue::L(tags) => AttributeValue::L(respelt(tags)),
        other => panic!("{other:?}"),
    };
    item.insert(attribute.to_owned(), value);
}

const TODAY: &str = "café";
const BEFORE: &str = "cafe\u{301}";

/// A desk with this many tickets of `Łukasz`, each with the tag `café` and a deadline, as an older version wrote them. In that
/// version, resolved tickets are in `by_sla` too.
async fn old_desk(tickets: u64) -> (Desk, Time, Vec<String>) {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let mut ids = Vec::new();
    for number in 1..=tickets {
        let status = if number % 3 == 0 { "resolved" } else { "open" };
        let traits = json!({"name": format!("Łukasz Wójcik n{number}")});
        let ticket =
            desk.tickets().create(json!({"message": "q", "status": status, "tags": [TODAY, "vip"], "anonymous_traits": traits}));
        let id = ticket.await["id"].as_str().unwrap().to_owned();
        let due = json!({"sla_due_at": "2026-03-20T09:00:00Z"});
        desk.tickets().patch(&id, due).await;
        ids.push(id);
    }
    desk.http.drain().await;
    let table = Table(&desk);
    for id in &ids {
        table.misspell_word(id, "lukasz", "łukasz").await;
        let mut ticket = table.get(&format!("P#1#T#{id}"), "~").await.unwrap();
        if let Some(due) = ticket.remove("due") {
            ticket.insert("sla".into(), due);
        }
        respell(&mut ticket, "tgs", TODAY, BEFORE);
        table.put(ticket).await;
        let mut shadow = table.get(&format!("F#1#{id}"), "TAGS").await.unwrap();
        respell(&mut shadow, "tags", TODAY, BEFORE);
        table.put(shadow).await;
    }
    let mut count = table.get("G#1", TODAY).await.unwrap();
    count.insert("SK".into(), text(BEFORE));
    table.put(count).await;
    table.delete("G#1", TODAY).await;
    let mut project = table.get("P#1", "PROJECT").await.unwrap();
    assert!(project.remove("folding").is_some(), "a new project carries the present version");
    table.put(project).await;
    table.delete("DESK", "RENEWED").await;
    // The project is cached for a minute, so a change drops it from the cache.
    desk.agent().configure(json!({"name": "Old"})).await;
    desk.http.drain().await;
    (desk, time, ids)
}

async fn found(desk: &Desk, typed: &str) -> usize {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("search", typed).finish();
    let page = desk.tickets().list(&format!("limit=1000&{query}")).await;
    page["results"].as_array().unwrap().len()
}

async fn tags(desk: &Desk) -> Value {
    desk.http.drain().await;
    desk.agent().tags("").await["results"].clone()
}

async fn ticks(desk: &Desk, time: &Time, minutes: u8) -> Value {
    let mut last = Value::Null;
    for _ in 0..minutes {
        time.pass(MINUTE);
        last = desk.http.tick().await;
    }
    last
}

/// Checks that everything is as the present version writes it.
async fn is_new(desk: &Desk, ids: &[String]) {
    let table = Table(desk);
    for id in ids {
        let ticket = table.get(&format!("P#1#T#{id}"), "~").await.unwrap();
        assert!(ticket["tgs"].as_l().unwrap().contains(&text(TODAY)), "{id}");
        let resolved = ticket["sts"] == text("1#resolved");
        assert_eq!((ticket.contains_key("sla"), ticket.contains_key("due")), (!resolved, resolved), "in by_sla while it runs");
        assert!(table.get("P#1#C#l", &format!("lukasz#{id}")).await.is_some(), "{id}");
        assert_eq!(table.get("P#1#C#ł", &format!("łukasz#{id}")).await, None, "{id}");
    }
    assert_eq!(table.get("G#1", BEFORE).await.filter(|row| row["n"] != AttributeValue::N("0".into())), None);
    assert_eq!(tags(desk).await, json!([{"name": TODAY, "count": ids.len()}, {"name": "vip", "count": ids.len()}]));
    for typed in ["lukasz", "łukasz", "ŁUKASZ wojcik", "wójcik"] {
        assert_eq!(found(desk, typed).await, ids.len(), "{typed}");
    }
}

#[tokio::test]
async fn what_an_older_version_left_is_written_anew_and_nothing_else_happens() {
    let (desk, time, ids) = old_desk(12).await;
    let seen = async || {
        let mut page = desk.tickets().list("limit=100&order_by=ticket_number").await;
        // The remaining time differs from one call to the next.
        for ticket in page["results"].as_array_mut().unwrap() {
            ticket["sla"]["remaining_seconds"].take();
        }
        (page["results"].clone(), page["count"].clone(), desk.tickets().unread_count().await["count"].clone())
    };
    let versions = async || {
        let table = Table(&desk);
        let mut versions = Vec::new();
        for id in &ids {
            versions.push(table.get(&format!("P#1#T#{id}"), "~").await.unwrap()["ver"].clone());
        }
        versions
    };
    let (before, events, stored) = (seen().await, desk.http.events(1).await.len(), versions().await);
    // Old rows are searched in their old spelling, and tags are shown in today's.
    assert_eq!((found(&desk, "łukasz").await, found(&desk, "wojcik").await), (12, 12));
    assert_eq!(tags(&desk).await, json!([{"name": TODAY, "count": 12}, {"name": "vip", "count": 12}]));
    for spelling in [TODAY, BEFORE] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("search", spelling).finish();
        assert_eq!(desk.agent().tags(&query).await["results"][0]["count"], 12, "{spelling}");
    }
    let done = ticks(&desk, &time, 1).await;
    assert_eq!((&done["renewals"]["tickets"], &done["renewals"]["changed"]), (&json!(12), &json!(12)));
    is_new(&desk, &ids).await;
    // The clock renews once more, for what processes of an older version wrote meanwhile, and then never again.
    let done = ticks(&desk, &time, 2).await;
    assert_eq!(done["renewals"], json!({"tickets": 12, "changed": 0, "more": false}));
    let project = Table(&desk).get("P#1", "PROJECT").await.unwrap();
    assert_eq!(project["folding"], AttributeValue::N(lambdesk_domain::folding::VERSION.to_string()));
    let done = ticks(&desk, &time, 3).await;
    assert_eq!(done["renewals"]["tickets"], 0);
    is_new(&desk, &ids).await;
    assert_eq!((seen().await, versions().await), (before, stored), "nothing happened to any ticket");
    assert_eq!(desk.http.events(1).await.len(), events, "and nothing is told");
    // Later changes go on from the renewed items.
    desk.tickets().patch(1, json!({"tags": ["x"], "anonymous_traits": {"name": "Ada"}})).await;
    desk.tickets().delete(2).await;
    desk.http.drain().await;
    assert_eq!(tags(&desk).await, json!([{"name": TODAY, "count": 10}, {"name": "vip", "count": 10}, {"name": "x", "count": 1}]));
    assert_eq!((found(&desk, "łukasz").await, found(&desk, "ada").await), (10, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_may_be_interrupted_and_under_way_twice_while_others_write() {
    let (desk, time, ids) = old_desk(130).await;
    let upkeep = desk.running.store.upkeep();
    let mut made = upkeep.made().await.unwrap();
    upkeep.note_renewals(&mut made).await.unwrap();
    let [noted] = made.renewals.as_slice() else { panic!("{made:?}") };
    let writer = async {
        for (number, id) in ids.iter().enumerate() {
            let status = ["pending", "open", "on_hold"][number % 3];
            let change = json!({"status": status});
            desk.tickets().patch(&id, change).await;
        }
    };
    // A part that ends after a page: two at the same time, and then one more from the beginning.
    let walker = async {
        let part = || Box::pin(upkeep.renew(noted.clone(), Instant::now()));
        let (one, other) = tokio::join!(part(), part());
        for part in [one.unwrap(), other.unwrap(), part().await.unwrap()] {
            assert!(part.tickets == 100 && part.more, "{part:?}");
        }
    };
    tokio::join!(writer, walker);
    let made = upkeep.made().await.unwrap();
    let [under_way] = made.renewals.as_slice() else { panic!("{made:?}") };
    let rest = Box::pin(upkeep.renew(under_way.clone(), Instant::now() + Duration::from_secs(5))).await.unwrap();
    assert!(matches!(rest, Renewed { tickets: 30, failed: 0, more: true, .. }), "{rest:?}");
    is_new(&desk, &ids).await;
    ticks(&desk, &time, 3).await;
    is_new(&desk, &ids).await;
    assert_eq!(upkeep.made().await.unwrap().renewals, []);
}

#[tokio::test]
async fn a_desk_of_today_is_looked_at_once_and_a_tick_at_rest_costs_one_read_for_it() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let clock = Clock { upkeep: desk.running.store.upkeep() };
    let renewed = async || Box::pin(metered(clock.renew(Instant::now() + Duration::from_secs(5)))).await;
    let ((made, first), _) = renewed().await;
    assert_eq!((made, first), (Some(2), lambdesk_clock::Renewals::default()));
    time.pass(MINUTE);
    let ((made, again), meter) = renewed().await;
    assert_eq!((made, again), (Some(2), lambdesk_clock::Renewals::default()));
    assert!(meter.read_units <= 0.5 && meter.write_units == 0.0, "{meter:?}");
    desk.admin(Method::POST, "/projects/", json!({"name": "New"})).await.expect(201);
    assert_eq!(renewed().await.0, (Some(3), lambdesk_clock::Renewals::default()));
    assert_eq!(clock.upkeep.made().await.unwrap().renewals, []);
}
