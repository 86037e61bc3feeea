//! The Lambda function that runs workflows.

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_automation::{Automation, Queue};
use lambdesk_runtime::logging::log_as_json;
use lambdesk_store::{Connection, Store};

#[tokio::main]
async fn main() -> Result<(), Error> {
    log_as_json();
    let connection = Connection::from_env()?;
    let queue = Queue::from_env(&connection.access)?;
    let store = Store::new(connection.client(), connection.table);
    store.warm_up().await;
    let automation = &Automation { runs: store.runs(), queue };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| Ok::<_, Error>(automation.handle(event.payload).await)))
        .await
}
