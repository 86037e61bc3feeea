//! The Lambda function that hears which tickets name which browser sessions.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_naming::Naming;
use lambdesk_runtime::logging::log_as_json;
use lambdesk_store::Store;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log_as_json();
    let naming = &Naming { naming: Store::from_env()?.naming() };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| naming.handle(event.payload).await.map_err(Error::from)))
        .await
}
