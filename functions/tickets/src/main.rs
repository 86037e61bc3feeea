//! The agents' REST API on Lambda. `MAIL_BUCKET` has the files.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let files = lambdesk_bucket::Bucket::from_env()?;
    lambdesk_http::run::on_lambda(|context| lambdesk_tickets::routes(context, files)).await
}
