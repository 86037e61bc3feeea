//! The Lambda function that runs workflows.

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_automation::{Automation, Queue};
use lambdesk_store::{Connection, Store, logging::log_as_json};

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
