//! Project administration on Lambda. `SIGN_IN` says how agents sign in.

use lambdesk_http::session::SignIn;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let sign_in = SignIn::from_env()?;
    lambdesk_http::run::on_lambda(|context| lambdesk_projects::routes(context, sign_in)).await
}
