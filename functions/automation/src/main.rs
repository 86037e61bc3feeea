//! The Lambda function that runs workflows.

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_automation::{Automation, Queue};
use lambdesk_store::{Connection, Store};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Error> {
    log_as_json();
    let connection = Connection::from_env()?;
    let queue = Queue::from_env(&connection)?;
    let automation = Automation { store: Store::new(connection.client(), connection.table), queue };
    automation.store.warm_up().await;
    let automation = &automation;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| Ok::<_, Error>(automation.handle(event.payload).await)))
        .await
}

/// One JSON object a line on stdout, as the HTTP functions write it, whose crate would bring all of HTTP along.
fn log_as_json() {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_env_filter(level).init();
}
