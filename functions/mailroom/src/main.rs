//! The Lambda function that takes in mail. `MAIL_DOMAIN` is the domain of the desk's addresses, and `MAIL_BUCKET` has the mails
//! and what belongs to tickets.

// A mail's way is deep: of a mail, its project, its ticket, and the tries of each.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_bucket::Bucket;
use lambdesk_mailroom::Mailroom;
use lambdesk_runtime::{connect::required, logging::log_as_json};
use lambdesk_store::Store;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log_as_json();
    let files = Bucket::from_env()?;
    let mailroom = &Mailroom { store: Store::from_env()?.mailroom(), mail_domain: required("MAIL_DOMAIN")?, files };
    // Boxed: the compiler gives up on the layout of all that one mail leads to.
    let taken = async |event: LambdaEvent<Value>| Box::pin(mailroom.handle(event.payload)).await.map_err(Error::from);
    lambda_runtime::run(service_fn(taken)).await
}
