//! Functions that rules invoke. On AWS Lambda has a queue of its own for them, which holds an event until the function took it,
//! or failed too often. Here it is a queue like the others.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::queue::Settings;
use crate::template::{number, of_type};

/// How often Lambda retries an invocation, unless the function asks for fewer retries.
pub(super) const RETRIES: u32 = 2;
/// The longest that an invocation takes.
pub(super) const LONGEST: Duration = Duration::from_mins(15);
/// The timeout of a function that names none.
const TIMEOUT: u64 = 3;

/// A function that a rule invokes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// The function, by its resource's name.
    pub function: String,
    /// The queue of its invocations.
    pub queue: String,
    /// The settings of that queue.
    pub(super) settings: Settings,
    /// Whether the function is none of the desk's.
    pub is_elsewhere: bool,
}

/// The settings of the queue of a function's invocations.
pub(super) fn settings(function: &str, properties: &Value) -> Result<Settings, String> {
    let timeout = number(&properties["Timeout"], "Timeout", function)?.unwrap_or(TIMEOUT);
    let retries = retries(function, properties)?;
    Ok(Settings { visibility_timeout: Duration::from_secs(timeout), max_receive_count: retries + 1 })
}

/// How often Lambda retries an invocation of a function. `OnFailure` names where Lambda sends what it gives up; here that is
/// a dead letter of the bus. A setting that would end retries earlier, or send anything else anywhere, is refused.
pub(super) fn retries(function: &str, properties: &Value) -> Result<u32, String> {
    let config = &properties["EventInvokeConfig"];
    refuse_settings(config, &["MaximumRetryAttempts", "DestinationConfig"], "EventInvokeConfig", function)?;
    refuse_settings(&config["DestinationConfig"], &["OnFailure"], "EventInvokeConfig.DestinationConfig", function)?;
    let retries = number(&config["MaximumRetryAttempts"], "MaximumRetryAttempts", function)?.unwrap_or(u64::from(RETRIES));
    let allowed = u32::try_from(retries).ok().filter(|retries| *retries <= RETRIES);
    allowed.ok_or_else(|| format!("EventInvokeConfig.MaximumRetryAttempts of {function} is more than {RETRIES}"))
}

fn refuse_settings(object: &Value, known: &[&str], path: &str, function: &str) -> Result<(), String> {
    match object.as_object().into_iter().flat_map(Map::keys).find(|setting| !known.contains(&setting.as_str())) {
        Some(setting) => Err(format!("{path}.{setting} of {function} is not followed here")),
        None => Ok(()),
    }
}

/// Refuses a function that EventBridge may not invoke: on AWS the rule would fail silently.
pub(super) fn check_permission(function: &str, resources: &Map<String, Value>) -> Result<(), String> {
    let named = [json!({"Ref": function}), json!({"Fn::GetAtt": [function, "Arn"]})];
    if is_permitted(&named, resources) {
        return Ok(());
    }
    Err(format!("no AWS::Lambda::Permission lets EventBridge invoke {function}"))
}

/// Whether EventBridge may invoke a function that one of these values names.
pub(super) fn is_permitted(named: &[Value], resources: &Map<String, Value>) -> bool {
    of_type(resources, "AWS::Lambda::Permission").any(|(_, permission)| {
        let permission = &permission["Properties"];
        permission["Principal"] == "events.amazonaws.com" && named.contains(&permission["FunctionName"])
    })
}
