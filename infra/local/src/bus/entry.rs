//! An entry of a `PutEvents` call, and the event that rules see.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// An entry as the SDK sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Entry {
    /// The publisher, such as `lambdesk`.
    pub source: String,
    /// The kind of event.
    pub detail_type: String,
    /// The event's data: an object as JSON text.
    pub detail: String,
    /// Name or ARN of the bus; `None` is the account's default bus.
    pub event_bus_name: Option<String>,
    /// ARNs of the resources that the event concerns.
    pub resources: Vec<String>,
    /// When the event happened, in seconds since 1970; `None` is now.
    pub time: Option<f64>,
}

/// Why an entry is refused: the code and message in its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Entry {
    /// The entry's size in bytes, counted as AWS documents it.
    pub(super) fn size(&self) -> usize {
        let time = if self.time.is_some() { 14 } else { 0 };
        let resources: usize = self.resources.iter().map(String::len).sum();
        time + self.source.len() + self.detail_type.len() + self.detail.len() + resources
    }

    /// The event that the entry becomes on the bus `bus`. It is refused if a required field is empty, the entry names another
    /// bus, or the detail is not a JSON object.
    pub(super) fn event(&self, bus: &str, id: Uuid, now: DateTime<Utc>) -> Result<Value, Refusal> {
        let given = [("Source", &self.source), ("DetailType", &self.detail_type), ("Detail", &self.detail)];
        if let Some((name, _)) = given.iter().find(|(_, value)| value.is_empty()) {
            let message = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
            return Err(Refusal { code: "InvalidArgument", message });
        }
        // AWS answers with success and drops the event. Here another bus can only be a mistake, so the entry is refused.
        let named = self.event_bus_name.as_deref().unwrap_or("default");
        if named != bus && !named.ends_with(&format!(":event-bus/{bus}")) {
            return Err(Refusal { code: "ResourceNotFoundException", message: format!("Event bus {named} does not exist.") });
        }
        let detail = serde_json::from_str(&self.detail).ok().filter(Value::is_object);
        let detail = detail.ok_or_else(|| Refusal { code: "MalformedDetail", message: "Detail is malformed.".to_owned() })?;
        let time = self.time.and_then(|seconds| {
            #[expect(clippy::cast_possible_truncation, reason = "seconds are whole on the bus")]
            DateTime::from_timestamp(seconds as i64, 0)
        });
        Ok(json!({
            "version": "0",
            "id": id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": "000000000000",
            "time": time.unwrap_or(now).to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": "us-east-1",
            "resources": self.resources,
            "detail": detail,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let text = r#"{"Source": "s", "DetailType": "t", "Detail": "{\"a\": 1}", "EventBusName": "Bus", "Time": 1.75e9}"#;
        serde_json::from_str(text).unwrap()
    }

    fn event(entry: &Entry) -> Result<Value, &'static str> {
        entry.event("Bus", Uuid::nil(), DateTime::UNIX_EPOCH).map_err(|refusal| refusal.code)
    }

    #[test]
    fn an_event_has_what_rules_and_targets_see() {
        let expected = json!({"version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": "t", "source": "s",
            "account": "000000000000", "time": "2025-06-15T15:06:40Z", "region": "us-east-1", "resources": [], "detail": {"a": 1}});
        assert_eq!(event(&entry()), Ok(expected));
        assert_eq!(event(&Entry { time: None, ..entry() }).unwrap()["time"], "1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_aws_would_not_take_is_refused() {
        assert_eq!(event(&Entry { source: String::new(), ..entry() }), Err("InvalidArgument"));
        assert_eq!(event(&Entry { detail_type: String::new(), ..entry() }), Err("InvalidArgument"));
        assert_eq!(event(&Entry { detail: String::new(), ..entry() }), Err("InvalidArgument"));
        for detail in ["{", "1", "[{}]", "{} {}"] {
            assert_eq!(event(&Entry { detail: detail.to_owned(), ..entry() }), Err("MalformedDetail"), "{detail}");
        }
    }

    #[test]
    fn the_bus_is_named_or_its_arn_given() {
        let on = |name: Option<&str>| event(&Entry { event_bus_name: name.map(str::to_owned), ..entry() }).map(|_| ());
        assert_eq!(on(Some("Bus")), Ok(()));
        assert_eq!(on(Some("arn:aws:events:us-east-1:000000000000:event-bus/Bus")), Ok(()));
        for other in [None, Some("bus"), Some("OtherBus"), Some("arn:aws:events:us-east-1:000000000000:event-bus/OtherBus")] {
            assert_eq!(on(other), Err("ResourceNotFoundException"), "{other:?}");
        }
    }

    #[test]
    fn size_is_that_of_what_is_said() {
        assert_eq!(entry().size(), 14 + 1 + 1 + 8);
        assert_eq!(Entry { time: None, resources: vec!["ab".to_owned()], ..entry() }.size(), 2 + 1 + 1 + 8);
    }
}
