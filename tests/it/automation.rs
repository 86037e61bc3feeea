//! The path from an event on the bus to the function that runs workflows, and what happens to a message that the function
//! cannot handle.

use std::time::{Duration, Instant};

use lambdesk_local::bus::Depth;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Http, desk, desk_on};

/// The dead letters, once nothing is in flight.
async fn dead_letters(http: &Http) -> Vec<Value> {
    http.drain().await;
    http.dead_letters().await
}

#[tokio::test]
async fn every_event_reaches_the_workflows() {
    let desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "pending"})).await;
    assert_eq!(dead_letters(&desk.http).await, [] as [Value; 0], "each was understood");
    assert_eq!(queue.depth().await.unwrap(), Depth::default(), "and is done with");
    let told = desk.http.call(Method::GET, "/_local/events?project_id=1", &[], Value::Null).await.json;
    assert_eq!(told["results"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_message_that_fails_is_set_aside_and_redriven() {
    let mut desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    let bad = queue.send("no event".to_owned(), Duration::ZERO).await.unwrap();
    // Other messages are not held up.
    desk.customer().open("help").await;
    let dead = dead_letters(&desk.http).await;
    let letter = json!({"from": "queue", "queue": "WorkflowQueue", "id": bad, "body": "no event", "receive_count": 5});
    assert_eq!(dead, std::slice::from_ref(&letter));
    assert_eq!(desk.http.redrive().await, json!({"stream": 0, "queue": 1}));
    assert_eq!(dead_letters(&desk.http).await, [letter], "it had its tries, and failed again");
    desk.rest.leaves_dead_letters();
}

#[tokio::test]
async fn while_something_waits_the_desk_is_not_drained() {
    let mut desk = desk().await;
    let Some(queue) = desk.running.workflow_queue() else { return };
    queue.send("{}".to_owned(), Duration::from_hours(1)).await.unwrap();
    let started = Instant::now();
    let drained = desk.http.call(Method::POST, "/_local/drain", &[], Value::Null).await.expect(503);
    assert_eq!(drained.json, json!({"status": "not empty", "left": {"stream": 0, "queue": 0, "waiting": 1}}));
    assert!((9..15).contains(&started.elapsed().as_secs()));
    desk.rest.leaves_work();
}

#[tokio::test]
async fn a_desk_goes_on_with_what_is_in_the_queue() {
    let data = tempfile::tempdir().unwrap();
    let desk = desk_on(data.path()).await;
    let queue = desk.running.workflow_queue().unwrap();
    // This message becomes visible only after this desk has stopped.
    queue.send("later".to_owned(), Duration::from_secs(1)).await.unwrap();
    assert_eq!(queue.depth().await.unwrap(), Depth { queue: 0, waiting: 1 });
    drop(queue);
    desk.stop().await;
    let desk = desk_on(data.path()).await;
    let dead = dead_letters(&desk.http).await;
    assert_eq!(dead.iter().map(|letter| &letter["body"]).collect::<Vec<_>>(), ["later"], "it was taken, and is no event");
    desk.stop().await;
    let mut desk = desk_on(data.path()).await;
    assert_eq!(dead_letters(&desk.http).await, dead);
    desk.rest.leaves_dead_letters();
}
