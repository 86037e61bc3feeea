//! Metrics that alarms watch and no answer shows.

use std::sync::{Mutex, PoisonError};

use lambdesk_domain::{ProjectId, Timestamp};
use lambdesk_runtime::logging;
use serde_json::{Value, json};

/// The least seconds between two metric lines of one process. Each metric is billed, and a flood counts once, however many
/// calls it has.
const BETWEEN: i64 = 60;

/// The metrics of a process.
pub struct Metrics {
    write: Box<dyn Fn(&Value) + Send + Sync>,
    flood_told_at: Mutex<Option<Timestamp>>,
}

impl Default for Metrics {
    /// Metrics that only the log shows.
    fn default() -> Self {
        Self::written_by(|_| ())
    }
}

impl Metrics {
    /// Metrics that `write` gets as lines of the embedded metric format.
    pub fn written_by(write: impl Fn(&Value) + Send + Sync + 'static) -> Self {
        Self { write: Box::new(write), flood_told_at: Mutex::default() }
    }

    /// Reports `WidgetFlood`, at most once a minute: strangers call a project's widget more often than real widgets would.
    pub fn widget_flood(&self, project: ProjectId, now: Timestamp) {
        let mut told_at = self.flood_told_at.lock().unwrap_or_else(PoisonError::into_inner);
        if told_at.is_some_and(|told| now < told.plus_seconds(BETWEEN)) {
            return;
        }
        *told_at = Some(now);
        tracing::warn!(project.id = %project, "strangers flood a widget; their new sessions are refused");
        let mut line = logging::metrics(u64::try_from(now.micros() / 1000).unwrap_or_default(), &[("WidgetFlood", 1)]);
        line["project"] = json!(project.0);
        (self.write)(&line);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_flood_is_told_of_once_a_minute() {
        let lines = Arc::<Mutex<Vec<Value>>>::default();
        let told = lines.clone();
        let metrics = Metrics::written_by(move |line| told.lock().unwrap().push(line.clone()));
        for second in 0..121 {
            metrics.widget_flood(ProjectId(7), Timestamp::from_micros(second * 1_000_000).unwrap());
        }
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 3);
        let directive =
            json!({"Namespace": "Lambdesk", "Dimensions": [[]], "Metrics": [{"Name": "WidgetFlood", "Unit": "Count"}]});
        assert_eq!(lines[1]["_aws"], json!({"Timestamp": 60_000, "CloudWatchMetrics": [directive]}));
        assert_eq!((&lines[1]["WidgetFlood"], &lines[1]["project"]), (&json!(1), &json!(7)));
    }
}
