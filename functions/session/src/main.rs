//! The way of agents in and out, on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    lambdesk_http::run::on_lambda(lambdesk_session::routes).await
}
