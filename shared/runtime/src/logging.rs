//! How every function writes its log.

use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

/// One JSON object a line on stdout, `info` and above unless `RUST_LOG` says otherwise.
pub fn log_as_json() {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_env_filter(level).try_init();
}

/// Figures as one line of the log in the embedded metric format, from which `CloudWatch` makes metrics without a call.
pub fn metrics(at_millis: u64, figures: &[(&str, usize)]) -> Value {
    let names: Vec<_> = figures.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let directive = json!({"Namespace": "Lambdesk", "Dimensions": [[]], "Metrics": names});
    let mut line = json!({"_aws": {"Timestamp": at_millis, "CloudWatchMetrics": [directive]}});
    for (name, figure) in figures {
        line[*name] = json!(figure);
    }
    line
}
