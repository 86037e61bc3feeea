//! Source maps on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    lambdesk_http::run::on_lambda(lambdesk_sourcemaps::routes).await
}
