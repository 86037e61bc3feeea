//! The customers' API on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let files = lambdesk_bucket::Bucket::from_env()?;
    lambdesk_http::run::on_lambda(|context| lambdesk_widget::routes(context, files)).await
}
