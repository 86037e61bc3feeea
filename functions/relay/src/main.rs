//! The Lambda function that follows the table's stream.

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_store::Store;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).without_time().with_target(false).init();
    let store = Store::from_env()?;
    store.warm_up().await;
    let store = &store;
    let relay = async |event: LambdaEvent<Event>| Ok::<_, Error>(lambdesk_relay::handle(store, event.payload).await);
    lambda_runtime::run(service_fn(relay)).await
}
