//! How every function writes its log. It stands in this crate because all functions share it, the relay included, which
//! has no use for HTTP.

use tracing_subscriber::EnvFilter;

/// One JSON object a line on stdout, `info` and above unless `RUST_LOG` says otherwise.
pub fn log_as_json() {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_env_filter(level).try_init();
}
