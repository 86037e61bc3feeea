//! Filters on the date of creation, in a project whose tickets came unevenly over a year. Finding a date takes few reads
//! wherever the date is.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    create::{Draft, open},
    tags::Tags,
    testing::draft,
    ticket::{Fields, Status},
};
use lambdesk_store::Load;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{AGENT, Desk, Reply, desk};

const TICKETS: i64 = 1500;
const YEAR: i64 = 365 * 24 * 3600 * 1_000_000;

/// When a ticket was created: fewer and fewer tickets as the year goes on, and none for a while after the 700th.
fn created(now: Timestamp, number: i64) -> Timestamp {
    created_of(TICKETS, now, number)
}

fn created_of(tickets: i64, now: Timestamp, number: i64) -> Timestamp {
    let into_year = YEAR / (tickets * tickets) * number * number;
    now.plus_micros((if number > 700 { into_year } else { into_year / 5 * 4 }) - YEAR)
}

/// Fills project 1 with 1,500 tickets over a year, as a bulk load does.
pub(crate) async fn fill(desk: &Desk, now: Timestamp) {
    fill_with(desk, now, TICKETS).await;
}

/// Fills project 1 with this many tickets.
pub(crate) async fn fill_with(desk: &Desk, now: Timestamp, tickets: i64) {
    let client = desk.running.dynamodb.client();
    let mut load = Load::new(ProjectId(1));
    let mut items = Vec::new();
    for number in 1..=tickets {
        let at = created_of(tickets, now, number);
        let id = TicketId::new(at, fastrand::u64(..));
        let draft = Draft {
            distinct_id: Uuid::new_v4().to_string(),
            fields: Fields {
                status: if number % 3 == 0 { Status::Resolved } else { Status::Open },
                tags: Tags::new(["old"].iter().filter(|_| number % 7 == 0)).unwrap(),
                ..Fields::default()
            },
            ..draft()
        };
        items.extend(load.items(&open(draft, id, number.try_into().unwrap(), at, 0).0, None));
    }
    items.extend(load.end());
    // The engine writes a transaction at once, but each item of a batch by itself.
    for items in items.chunks(100) {
        let puts = items.iter().map(|item| {
            let put = Put::builder().table_name(&desk.running.dynamodb.table).set_item(Some(item.clone())).build().unwrap();
            TransactWriteItem::builder().put(put).build()
        });
        client.transact_write_items().set_transact_items(Some(puts.collect())).send().await.unwrap();
    }
    desk.http.drain().await;
}

async fn list(desk: &Desk, query: &str) -> Reply {
    let headers = [("authorization", AGENT), ("x-lambdesk-debug", "1")];
    desk.http
        .call(Method::GET, &format!("/api/projects/1/conversations/tickets/?{query}"), &headers, Value::Null)
        .await
        .expect(200)
}

fn numbers(page: &Reply) -> Vec<i64> {
    page.json["results"].as_array().unwrap().iter().map(|ticket| ticket["ticket_number"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_a_date_is_short_wherever_it_lies() {
    let now = Timestamp::from(chrono::Utc::now());
    let desk = desk().await;
    fill(&desk, now).await;
    assert_eq!(list(&desk, "limit=1").await.json["count"], TICKETS, "a load is counted once, whatever the stream says of it");
    for part in [0, 1, 300, 699, 700, 701, 1100, 1499, 1500] {
        let at = created(now, part);
        let until: Vec<_> = (1..=TICKETS).filter(|number| created(now, *number) <= at).rev().take(50).collect();
        let since: Vec<_> = (1..=TICKETS).filter(|number| created(now, *number) >= at).take(50).collect();
        let newest = format!("limit=50&order_by=-created_at&date_to={at}");
        let oldest = format!("limit=50&order_by=created_at&date_from={at}");
        for (query, expected) in [(newest, until), (oldest, since)] {
            let page = list(&desk, &query).await;
            assert_eq!(numbers(&page), expected, "{part}: {query}");
            let cost = desk.http.cheapest(&format!("/tickets/?{query}")).await.cost();
            println!("{part}: {cost:?}");
            assert!(cost.round_trips <= 9.0 && cost.rcu <= 100.0, "{part}: {cost:?}");
        }
    }
}
