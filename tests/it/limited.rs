//! More events than a project's workflows may act on: which go first, which are superseded by a later one, and that all others
//! are carried out as fast as the limit allows, none of them twice (docs/decisions.md, 44).

use std::collections::{BTreeMap, HashSet};

use lambdesk_domain::{
    Timestamp, WorkflowId,
    limit::RUNS,
    permission::{ReadWorkflows, Running},
    workflow::{Party, RunOutcome},
};
use lambdesk_store::{RunRecord, Stretch};
use serde_json::{Value, json};

use crate::apart::Apart;

/// More actions than an hour allows.
const EVENTS: usize = 700;

/// A page of the log that begins after this place.
fn from(after: Option<&str>) -> Stretch<'_> {
    Stretch { after, skip: 0, limit: 500 }
}

async fn runs(apart: &Apart, workflow: WorkflowId) -> Vec<RunRecord> {
    let mut runs = Vec::new();
    let mut after = None;
    loop {
        let page = apart.desk_of::<ReadWorkflows>().runs(workflow, from(after.as_deref())).await.unwrap();
        runs.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return runs;
        }
    }
}

fn outcomes(runs: &[RunRecord]) -> BTreeMap<&'static str, usize> {
    let mut outcomes = BTreeMap::new();
    for run in runs {
        *outcomes.entry(run.ended.map_or("under way", |(_, outcome)| outcome.name())).or_default() += 1;
    }
    outcomes
}

/// Uses up all actions that the project's runs may do now.
async fn use_up(apart: &Apart) {
    apart.desk_calls(2 * RUNS[0].most).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_at_once_are_all_carried_out_within_the_limit() {
    let mut apart = Apart::new().await;
    // The deadline counts from now, so each run changes the ticket again and leaves a row in its log.
    let workflow = apart.workflow(json!({"sla_amount": "1"})).await;
    let mut tickets = Vec::new();
    for number in 0..EVENTS {
        tickets.push(apart.ticket().await);
        let event = apart.event(tickets[number]);
        // Every tenth event is sent twice, because SQS may deliver it twice.
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
    // The first 600 go within about ten minutes. The others go as those leave the hour; up to 40 minutes of it may count in the
    // next bucket.
    assert!((20..120).contains(&minutes), "no faster than allowed, and not much slower: {minutes} minutes");

    let runs = runs(&apart, workflow).await;
    let events: HashSet<_> = runs.iter().map(|run| run.event_id).collect();
    assert_eq!((runs.len(), events.len()), (EVENTS, EVENTS), "each event has one run");
    assert_eq!(outcomes(&runs), BTreeMap::from([("acted", 60), ("rate_limited_then_acted", EVENTS - 60)]));

    let mut rows = Vec::new();
    for ticket in tickets {
        rows.extend(apart.desk.activity(ticket, from(None)).await.unwrap().rows);
    }
    assert_eq!(rows.len(), EVENTS, "each has changed its ticket once");
    for limit in RUNS {
        let mut buckets: BTreeMap<i64, u32> = BTreeMap::new();
        for row in &rows {
            *buckets.entry(limit.bucket(row.created_at)).or_default() += 1;
        }
        assert!(buckets.values().all(|changes| *changes <= limit.most), "{limit:?} {buckets:?}");
        println!("{limit:?} {buckets:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_runs_that_wait_for_a_ticket_the_newest_takes_place() {
    const EACH: usize = 15;
    let mut apart = Apart::new().await;
    let first = apart.workflow(json!({"sla_amount": "1"})).await;
    let second = apart.workflow(json!({"sla_amount": "2"})).await;
    let tickets = [apart.ticket().await, apart.ticket().await];
    let mut events: Vec<uuid::Uuid> = Vec::new();
    for number in 0..2 * EACH {
        let event = apart.event(tickets[number % 2]);
        events.push(serde_json::from_str::<Value>(&event).unwrap()["detail"]["uuid"].as_str().unwrap().parse().unwrap());
        apart.send(event, 0);
        apart.pass(1);
    }
    use_up(&apart).await;
    // The order must not matter.
    apart.shuffle();
    apart.until_empty().await;
    for workflow in [first, second] {
        let runs = runs(&apart, workflow).await;
        assert_eq!(outcomes(&runs), BTreeMap::from([("rate_limited_then_acted", 2), ("superseded", 2 * EACH - 2)]));
        let acted = runs.iter().filter(|run| run.ended.unwrap().1 == RunOutcome::RateLimitedThenActed);
        let acted: HashSet<uuid::Uuid> = acted.map(|run| run.event_id).collect();
        assert_eq!(acted, events[2 * EACH - 2..].iter().copied().collect(), "the last of each ticket");
    }
    for ticket in tickets {
        assert_eq!(apart.desk.activity(ticket, from(None)).await.unwrap().rows.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_have_half_and_others_the_whole() {
    let mut apart = Apart::new().await;
    let workflow = apart.workflow(json!({"sla_amount": "1"})).await;
    let mut tickets = Vec::new();
    for _ in 0..90 {
        let ticket = apart.strangers_ticket().await;
        tickets.push(ticket);
        apart.send(apart.event(ticket), 0);
    }
    let at_once = |runs: Vec<RunRecord>| runs.iter().filter(|run| run.ended.is_some()).count();
    apart.hand_over().await;
    assert_eq!(at_once(runs(&apart, workflow).await), 30);
    // An agent's event, and the event of a known customer.
    apart.send(apart.event_by(tickets[89], "user"), 0);
    let known = apart.ticket().await;
    apart.send(apart.event(known), 0);
    apart.hand_over().await;
    assert_eq!(at_once(runs(&apart, workflow).await), 32, "they do not wait for strangers");
    // Once an agent has answered, a customer is no stranger, even while events wait.
    apart.answer(tickets[88]).await;
    apart.send(apart.event(tickets[88]), 0);
    apart.hand_over().await;
    assert_eq!(at_once(runs(&apart, workflow).await), 33);
    apart.until_empty().await;
    let all = runs(&apart, workflow).await;
    assert_eq!((all.len(), outcomes(&all).get("under way")), (93, None), "in the end, all are done");
    assert_eq!(apart.set_aside(), [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_ahead_once_its_customer_was_answered() {
    let mut apart = Apart::new().await;
    let workflow = apart.workflow(json!({"sla_amount": "1"})).await;
    for _ in 0..30 {
        assert_eq!(apart.desk_of::<Running>().admit_action(Party::Stranger).await.unwrap(), Ok(()));
    }
    assert!(apart.desk_of::<Running>().admit_action(Party::Stranger).await.unwrap().is_err());
    let (waits, answered) = (apart.strangers_ticket().await, apart.strangers_ticket().await);
    let mut event: Value = serde_json::from_str(&apart.event(answered)).unwrap();
    event["lambdesk"] = json!({"waits": 3, "since": apart.now()});
    apart.answer(answered).await;
    apart.send(apart.event(waits), 0);
    apart.send(event.to_string(), 0);
    apart.hand_over().await;
    let runs = runs(&apart, workflow).await;
    assert_eq!(runs.iter().map(|run| run.ticket.unwrap()).collect::<Vec<_>>(), [answered]);
    assert_eq!(outcomes(&runs), BTreeMap::from([("rate_limited_then_acted", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_waited_for_a_day_is_set_aside_and_may_begin_anew() {
    let mut apart = Apart::new().await;
    let workflow = apart.workflow(json!({"sla_amount": "1"})).await;
    use_up(&apart).await;
    let day_ago = |apart: &Apart, secs: i64| apart.now().plus_seconds(secs - 24 * 3600);
    let waiting = |apart: &Apart, ticket, since: Timestamp| {
        let mut event: Value = serde_json::from_str(&apart.event(ticket)).unwrap();
        event["lambdesk"] = json!({"waits": 90, "since": since});
        event.to_string()
    };
    let (old, new) = (apart.ticket().await, apart.ticket().await);
    let messages = [waiting(&apart, old, day_ago(&apart, 0)), waiting(&apart, new, day_ago(&apart, 3600))];
    for message in messages {
        apart.send(message, 0);
    }
    apart.hand_over().await;
    let letters = apart.set_aside();
    assert_eq!(letters.len(), 1);
    let (mark, properties) = (&letters[0]["lambdesk"], &letters[0]["detail"]["properties"]);
    assert_eq!(properties["ticket_id"], json!(old));
    assert!(mark["reason"].as_str().unwrap().contains("waited for 24 hours"), "{mark}");
    // The message is moved back while the limit is still used up. It then waits like any other.
    apart.send(letters[0].to_string(), 0);
    assert!(apart.until_empty().await > 0);
    assert_eq!(apart.set_aside().len(), 1);
    assert_eq!(outcomes(&runs(&apart, workflow).await), BTreeMap::from([("rate_limited_then_acted", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_can_not_be_recorded_fails() {
    let mut apart = Apart::new().await;
    let read = json!({"action": "get_ticket"});
    let changes = json!({"action": "update_ticket", "inputs": {"status": "open"}});
    // Each step reads some 20 KB. One run would be recorded with its change, and one where the limit holds it up. What a run has
    // read is not recorded once it is over.
    let with_change = apart.workflow_of([vec![read.clone(); 25], vec![changes, read.clone()]].concat()).await;
    let at_its_end = apart.workflow_of(vec![read.clone(); 25]).await;
    let held_up = apart.workflow_of(vec![read; 100]).await;
    let ticket = apart.tagged_ticket().await;
    apart.send(apart.event(ticket), 0);
    apart.until_empty().await;
    assert_eq!(outcomes(&runs(&apart, at_its_end).await), BTreeMap::from([("no_match", 1)]), "it changed nothing");
    for workflow in [with_change, held_up] {
        let runs = runs(&apart, workflow).await;
        assert_eq!(outcomes(&runs), BTreeMap::from([("failed", 1)]));
        let why = runs[0].steps.last().unwrap();
        assert!(why.detail.as_ref().unwrap().as_str().unwrap().contains("more than can be recorded"), "{why:?}");
    }
    assert_eq!(apart.desk.ticket(ticket).await.unwrap().unwrap().fields.status.name(), "new", "what is not recorded is not done");
    assert_eq!(apart.set_aside(), [] as [Value; 0]);
}
