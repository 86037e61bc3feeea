//! The player of recordings on Lambda. `INBOX_ORIGINS` are the addresses of the inbox, which alone may frame it.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let inbox = std::env::var("INBOX_ORIGINS")?;
    let inbox = inbox.parse().map_err(|error| format!("INBOX_ORIGINS {error}"))?;
    lambdesk_http::run::without_a_table(lambdesk_inbox::player(&inbox)).await
}
