//! Functions that rules invoke. On AWS Lambda has a queue of its own for them, which holds an event until the function took it,
//! or failed too often. Here it is a queue like the others.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{queue::Settings, rules::number};
use crate::template::of_type;

/// How often Lambda retries an invocation, unless the function says otherwise.
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
    let retries = number(&properties["EventInvokeConfig"]["MaximumRetryAttempts"], "MaximumRetryAttempts", function)?;
    let retries = retries.map_or(RETRIES, |retries| u32::try_from(retries).unwrap_or(RETRIES));
    Ok(Settings { visibility_timeout: Duration::from_secs(timeout), max_receive_count: retries + 1 })
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
