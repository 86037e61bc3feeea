//! The inbox page on Lambda. `/static/…` redirects to `ASSET_BASE` if that is set, a bucket or CDN that holds the files of
//! another version of the posthog-js package. `PLAYER_ORIGINS` is the address of the player of recordings, and `FILES_ORIGINS` that of the
//! bucket of files.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let asset_base = std::env::var("ASSET_BASE").ok();
    let player = std::env::var("PLAYER_ORIGINS").unwrap_or_default();
    let player = player.parse().map_err(|error| format!("PLAYER_ORIGINS {error}"))?;
    let files = std::env::var("FILES_ORIGINS").unwrap_or_default();
    let files = files.parse().map_err(|error| format!("FILES_ORIGINS {error}"))?;
    lambdesk_http::run::without_a_table(lambdesk_inbox::routes(asset_base, &player, &files)).await
}
