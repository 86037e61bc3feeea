//! One rule, and how a template writes it.

use lambdesk_domain::facts::{FactKind, Kinds};
use serde_json::{Map, Value, json};

use super::pattern::{Pattern, Refused};

/// The source of facts.
const FACTS: &str = "lambdesk.facts";
/// The properties of a rule. Those beside the pattern, the bus, the state and the targets change nothing here.
const PROPERTIES: [&str; 9] =
    ["Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State", "Tags", "Targets"];
/// The states of a rule that is enabled. The second also hears of calls that `CloudTrail` records, which the
/// desk's bus does not carry.
const ENABLED: [&str; 2] = ["ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

/// A rule, by its name in the template.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) pattern: Pattern,
    pub(super) targets: Vec<Target>,
    /// The kinds of facts that the rule listens for.
    pub(super) facts: Kinds,
    /// Whether `/_local/deliveries` shows what the rule delivers.
    pub(super) is_shown: bool,
    /// Whether it is on the account's own bus, which carries what services of AWS tell.
    pub(super) is_of_account: bool,
}

/// A target of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) id: String,
    /// The queue that takes the event; `None` if nothing here does.
    pub(super) queue: Option<String>,
}

impl Rule {
    /// A rule without targets.
    pub(super) fn new(name: &str, pattern: &Value) -> Result<Self, Refused> {
        let pattern = Pattern::parse(pattern)?;
        let facts = facts(&pattern);
        Ok(Self { name: name.to_owned(), pattern, targets: Vec::new(), facts, is_shown: false, is_of_account: false })
    }
}

/// The kinds of facts that a pattern is about. A pattern without `detail-type` is about every kind. One that names no source,
/// or an alternative that names none, is about no kind: nobody publishes facts for its sake.
fn facts(pattern: &Pattern) -> Kinds {
    let about = pattern.about(["source", "detail-type"]);
    let is_heard = |kind: &FactKind| about.matches(&json!({"source": FACTS, "detail-type": kind}));
    FactKind::ALL.iter().copied().filter(is_heard).collect()
}

/// Whether a rule is enabled, and about events. A rule with an unknown property, or with neither a pattern nor a schedule, is
/// an error: its pattern may be misspelt.
pub(super) fn is_event_rule(properties: &Value) -> Result<bool, String> {
    if let Some(unknown) =
        properties.as_object().into_iter().flat_map(Map::keys).find(|name| !PROPERTIES.contains(&name.as_str()))
    {
        return Err(format!("there is no property {unknown}"));
    }
    if properties["EventPattern"].is_null() && properties["ScheduleExpression"].is_null() {
        return Err("it has neither EventPattern nor ScheduleExpression".to_owned());
    }
    Ok(is_enabled(&properties["State"])? && !properties["EventPattern"].is_null())
}

/// Whether a rule's `State` enables it.
pub(super) fn is_enabled(state: &Value) -> Result<bool, String> {
    match state.as_str() {
        _ if state.is_null() => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(state) if ENABLED.contains(&state) => Ok(true),
        _ => Err(format!("its State {state} is not followed here; write ENABLED or DISABLED")),
    }
}

/// Whether a pattern names sources, and services of AWS only.
pub(super) fn is_about_services(pattern: &Value) -> bool {
    let sources = pattern["source"].as_array().filter(|sources| !sources.is_empty());
    sources.is_some_and(|sources| sources.iter().all(|source| source.as_str().is_some_and(|source| source.starts_with("aws."))))
}

/// A pattern in which references to resources are their names, as services call them here.
pub(super) fn with_names(pattern: &Value) -> Value {
    match pattern {
        Value::Object(object) => match object.get("Ref").filter(|_| object.len() == 1) {
            Some(name) => name.clone(),
            None => object.iter().map(|(key, value)| (key.clone(), with_names(value))).collect(),
        },
        Value::Array(values) => values.iter().map(with_names).collect(),
        other => other.clone(),
    }
}

/// The targets of a rule, of which there is at least one.
pub(super) fn targets(properties: &Value) -> Result<&[Value], String> {
    let targets = properties["Targets"].as_array().filter(|targets| !targets.is_empty());
    targets.map(Vec::as_slice).ok_or_else(|| "it has no target".to_owned())
}

/// Refuses a target with a setting other than those `known`.
pub(super) fn refuse_unknown(target: &Value, known: &[&str], name: &str) -> Result<(), String> {
    match target.as_object().into_iter().flatten().find(|(setting, _)| !known.contains(&setting.as_str())) {
        Some((setting, _)) => Err(format!("{setting} of the target {name} is not followed here")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_which_facts_it_is_about() {
        let about = |pattern: Value| facts(&Pattern::parse(&pattern).unwrap()).iter().map(FactKind::name).collect::<Vec<_>>();
        assert_eq!(about(json!({"source": ["lambdesk"]})), [""; 0]);
        assert_eq!(about(json!({"detail-type": ["ticket.changed"]})), [""; 0], "it names no source");
        assert_eq!(about(json!({"source": ["lambdesk.facts"]})).len(), FactKind::ALL.len());
        let pattern =
            json!({"source": [{"prefix": "lambdesk"}], "detail-type": [{"prefix": "ticket.c"}], "detail": {"cause": ["agent"]}});
        assert_eq!(about(pattern), ["ticket.created", "ticket.changed"]);
    }

    #[test]
    fn an_alternative_is_about_the_facts_that_it_names() {
        let about = |pattern: Value| facts(&Pattern::parse(&pattern).unwrap()).iter().map(FactKind::name).collect::<Vec<_>>();
        let sources = |other: Value| json!({"$or": [{"source": ["lambdesk.facts"], "detail-type": ["message.added"]}, other]});
        assert_eq!(about(sources(json!({"source": ["lambdesk"]}))), ["message.added"]);
        assert_eq!(about(sources(json!({"detail-type": ["ticket.deleted"]}))), ["message.added"], "it names no source");
        let every = json!({"source": ["lambdesk.facts"], "detail": {"cause": ["agent"]}});
        assert_eq!(about(sources(every)).len(), FactKind::ALL.len());
        let beside =
            json!({"$or": [{"source": ["lambdesk"]}, {"source": ["lambdesk.facts"]}], "detail-type": ["ticket.deleted"]});
        assert_eq!(about(beside), ["ticket.deleted"]);
    }
}
