//! The inbox page on Lambda. `/static/…` redirects to `ASSET_BASE` if that is set, a bucket or CDN that holds the files of
//! another version of the posthog-js package.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let asset_base = std::env::var("ASSET_BASE").ok();
    lambdesk_http::run::without_a_table(lambdesk_inbox::routes(asset_base)).await
}
