//! The Lambda function that follows the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_bucket::Bucket;
use lambdesk_relay::{Bus, Relay, facts_from_env};
use lambdesk_runtime::logging::log_as_json;
use lambdesk_store::{Connection, Store};

#[tokio::main]
async fn main() -> Result<(), Error> {
    log_as_json();
    let connection = Connection::from_env()?;
    let bus = Some(Bus::from_env(&connection.access)?);
    // As text: what stops a start is printed as Debug has it.
    let facts = facts_from_env().map_err(|error| error.to_string())?;
    let store = Store::new(connection.client(), connection.table);
    store.warm_up().await;
    let relay = &Relay { upkeep: store.upkeep(), bus, facts, files: Some(Bucket::from_env()?) };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| Ok::<_, Error>(relay.handle(event.payload).await))).await
}
