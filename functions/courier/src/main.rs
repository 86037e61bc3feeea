//! The Lambda function that sends mail.
//!
//! | Variable | |
//! | --- | --- |
//! | `MAIL_DOMAIN` | the domain of the desk's addresses |
//! | `MAIL_CONFIGURATION` | the configuration set by which the sending service tells what becomes of a mail |
//! | `MAIL_BUCKET` | the bucket with the files of messages |
//! | `LINK_BASE` | the desk's own address |

// A mail's way is deep: of an event, a delivery, its ticket, and the tries of each.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambdesk_bucket::Bucket;
use lambdesk_courier::{Courier, Sender};
use lambdesk_runtime::{
    connect::{Access, required},
    logging::log_as_json,
};
use lambdesk_store::Store;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    log_as_json();
    let sender = Sender::from_env(&Access::from_env()?)?;
    let (mail_domain, link_base, files) = (required("MAIL_DOMAIN")?, required("LINK_BASE")?, Bucket::from_env()?);
    let courier = &Courier { store: Store::from_env()?.courier(), mail_domain, sender, files, link_base };
    // Boxed: the compiler gives up on the layout of all that one mail leads to.
    let handled = async |event: LambdaEvent<Value>| Box::pin(courier.handle(event.payload)).await.map_err(Error::from);
    lambda_runtime::run(service_fn(handled)).await
}
