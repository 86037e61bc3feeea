//! Project administration on Lambda. `SIGN_IN` says how agents sign in, and `MAIL_DOMAIN` of which domain the desk's addresses are.

use lambdesk_http::{mail_domain::MailDomain, session::SignIn};
use lambdesk_runtime::connect::required;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (sign_in, domain) = (SignIn::from_env()?, MailDomain::new(&required("MAIL_DOMAIN")?));
    lambdesk_http::run::on_lambda(|context| lambdesk_projects::routes(context, sign_in, domain)).await
}
