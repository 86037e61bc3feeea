//! The player of recordings and the frame for mails on Lambda. `INBOX_ORIGINS` are the addresses of the inbox, which alone may
//! frame them, and `FILES_ORIGINS` is where the pictures of mails lie.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let inbox = std::env::var("INBOX_ORIGINS")?;
    let inbox = inbox.parse().map_err(|error| format!("INBOX_ORIGINS {error}"))?;
    let files = std::env::var("FILES_ORIGINS")?;
    let files = files.parse().map_err(|error| format!("FILES_ORIGINS {error}"))?;
    lambdesk_http::run::without_a_table(lambdesk_inbox::player(&inbox, &files)).await
}
