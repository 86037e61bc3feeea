//! The Lambda function that the schedule runs each minute.

use std::time::{SystemTime, UNIX_EPOCH};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_clock::Clock;
use lambdesk_runtime::logging::log_as_json;
use lambdesk_store::{Connection, Store};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    log_as_json();
    let connection = Connection::from_env()?;
    let store = Store::new(connection.client(), connection.table);
    store.warm_up().await;
    let clock = &Clock { upkeep: store.upkeep() };
    // The schedule's payload is not needed: the tick reads the time itself.
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| tick(clock).await)).await
}

/// Runs one tick. If any part failed, the whole invocation fails: the next tick, in a minute, is its retry. It also fails to tell
/// people of mails that don't leave, since a failed invocation ends among the dead letters.
async fn tick(clock: &Clock) -> Result<Value, Error> {
    let ticked = clock.tick().await;
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    if let Some(metrics) = ticked.metrics(u64::try_from(millis).unwrap_or_default()) {
        println!("{metrics}");
    }
    if !ticked.succeeded() {
        return Err("a tick failed in part; the log says what".into());
    }
    match ticked.alarms() {
        Some(what) => Err(what.into()),
        None => Ok(json!({"timers": ticked.timers.rung.timers})),
    }
}
