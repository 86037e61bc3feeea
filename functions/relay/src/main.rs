//! The Lambda function that follows the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_store::Store;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Error> {
    log_as_json();
    let store = Store::from_env()?;
    store.warm_up().await;
    let store = &store;
    let relay = async |event: LambdaEvent<Event>| Ok::<_, Error>(lambdesk_relay::handle(store, event.payload).await);
    lambda_runtime::run(service_fn(relay)).await
}

/// One JSON object a line on stdout, as the HTTP functions write it, whose crate would bring all of HTTP along.
fn log_as_json() {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_env_filter(level).init();
}
