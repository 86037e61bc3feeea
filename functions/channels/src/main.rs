//! Settings of channels on Lambda.
//!
//! | variable | meaning |
//! | --- | --- |
//! | `MAIL_DOMAIN` | the domain of the desk's addresses; empty, the desk has no e-mail |
//! | `MAILROOM` | the name of the function that takes in mail |
//! | `AWS_ENDPOINT_URL_SESV2` | replaces the region's own endpoint of SES |

use lambdesk_channels::{MailDomain, MailService, to_lambda};
use lambdesk_runtime::connect::{Access, endpoint, required};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let domain = MailDomain::new(&required("MAIL_DOMAIN")?);
    let access = Access::from_env()?;
    let hand_over = to_lambda(access.clone(), &required("MAILROOM")?);
    let ses = MailService::new(access, endpoint("AWS_ENDPOINT_URL_SESV2")?);
    lambdesk_http::run::on_lambda(|context| lambdesk_channels::routes(context, domain, hand_over, ses)).await
}
