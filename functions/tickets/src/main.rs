//! The agents' REST API on Lambda. `MAIL_BUCKET` has the files. `MAIL_DOMAIN` is the domain of the desk's addresses; empty, the
//! desk has no e-mail.

use lambdesk_bucket::Bucket;
use lambdesk_http::mail_domain::MailDomain;
use lambdesk_runtime::connect::required;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (files, domain) = (Bucket::from_env()?, MailDomain::new(&required("MAIL_DOMAIN")?));
    lambdesk_http::run::on_lambda(|context| lambdesk_tickets::routes(context, files, domain)).await
}
