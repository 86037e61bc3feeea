//! The customers' API on Lambda. `/static/…` redirects to `ASSET_BASE`, a bucket or CDN that holds the files of the posthog-js
//! package. Without `ASSET_BASE` those paths are 404, and pages bundle the SDK themselves.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let assets = lambdesk_widget::redirecting(std::env::var("ASSET_BASE").ok().filter(|base| !base.is_empty()));
    lambdesk_http::run::on_lambda(|context| lambdesk_widget::routes(context, assets)).await
}
