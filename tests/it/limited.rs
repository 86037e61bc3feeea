//! More events than a project's workflows may act on: all of them are carried out, as fast as the limit allows, and none
//! twice (decision 44).

use std::collections::{BTreeMap, HashSet};

use lambdesk_domain::{limit::EXTERNAL, workflow::RunOutcome};
use lambdesk_store::Stretch;
use serde_json::json;

use crate::apart::Apart;

const EVENTS: usize = 1000;
const TICKETS: usize = 20;

/// A stretch that ends where a log does.
fn from(after: Option<&str>) -> Stretch<'_> {
    Stretch { after, skip: 0, limit: 500 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_at_once_are_all_carried_out_within_the_limit() {
    let mut apart = Apart::new().await;
    // A deadline counts from now: each run changes the ticket anew, and leaves a row in its log.
    let workflow = apart.workflow(json!({"sla_amount": "1"})).await;
    let mut tickets = Vec::new();
    for _ in 0..TICKETS {
        tickets.push(apart.ticket().await);
    }
    for number in 0..EVENTS {
        let event = apart.event(tickets[number % TICKETS]);
        // One in ten comes twice, as SQS may deliver it.
        if number % 10 == 0 {
            apart.send(event.clone(), 0);
        }
        apart.send(event, 0);
    }
    let started = apart.now();
    let put_back = apart.until_empty().await;
    let minutes = (apart.now().seconds() - started.seconds()) / 60;
    println!("{minutes} minutes, {put_back} times put back");
    assert!(put_back < 15 * EVENTS, "they do not all come back for each place that is free: {put_back}");
    // 600 go at once, and the other 400 as they slide out of the hour, of which 40 minutes may be counted in the next bucket.
    assert!((40..120).contains(&minutes), "no faster than allowed, and not much slower: {minutes} minutes");

    let mut runs = Vec::new();
    let mut after = None;
    loop {
        let page = apart.desk.runs(workflow, from(after.as_deref())).await.unwrap();
        runs.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let events: HashSet<_> = runs.iter().map(|run| run.event_id).collect();
    assert_eq!((runs.len(), events.len()), (EVENTS, EVENTS), "each event has one run");
    let outcome = |outcome| runs.iter().filter(|run| run.ended.is_some_and(|(_, how)| how == outcome)).count();
    let (at_once, later) = (outcome(RunOutcome::Acted), outcome(RunOutcome::RateLimitedThenActed));
    assert_eq!((at_once, later), (60, EVENTS - 60));

    let mut rows = Vec::new();
    for ticket in tickets {
        rows.extend(apart.desk.activity(ticket, from(None)).await.unwrap().rows);
    }
    assert_eq!(rows.len(), EVENTS, "each has changed its ticket once");
    for limit in EXTERNAL {
        let mut buckets: BTreeMap<i64, u32> = BTreeMap::new();
        for row in &rows {
            *buckets.entry(limit.bucket(row.created_at)).or_default() += 1;
        }
        assert!(buckets.values().all(|changes| *changes <= limit.most), "{limit:?} {buckets:?}");
        println!("{limit:?} {buckets:?}");
    }
}
