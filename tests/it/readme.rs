//! Compares what README.md shows with the desk.

use std::path::Path;

use lambdesk_local::{Options, bus::Pattern};
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Value, json};

use crate::support::desk_with;

#[test]
fn the_rule_is_about_urgent_tickets_from_slack_and_nothing_else() {
    let pattern = pattern();
    let rule = Pattern::parse(&pattern).unwrap();
    let event = |kind: &str, priority: Value, channel: &str| {
        let properties = json!({"ticket_number": 1, "status": "new", "priority": priority, "channel_source": channel});
        json!({"source": "lambdesk", "detail-type": kind, "detail": {"event": kind, "properties": properties}})
    };
    let created = "$conversation_ticket_created";
    assert!(rule.matches(&event(created, json!("high"), "slack")));
    assert!(!rule.matches(&event(created, json!("medium"), "slack")));
    assert!(!rule.matches(&event(created, Value::Null, "slack")));
    assert!(!rule.matches(&event(created, json!("high"), "widget")));
    assert!(!rule.matches(&event("$conversation_message_received", json!("high"), "slack")));
}

#[test]
fn the_rule_is_among_those_that_other_implementations_agree_on() {
    let pairs = std::fs::read_to_string(root().join("tests/eventbridge/pairs.json")).unwrap();
    let pairs: Vec<Value> = serde_json::from_str(&pairs).unwrap();
    assert!(pairs.iter().any(|pair| pair["pattern"] == pattern()), "{}", pattern());
}

#[tokio::test]
async fn the_rule_can_be_tried_on_a_local_desk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("urgent.yaml");
    std::fs::write(&path, template()).unwrap();
    let desk = desk_with(Options { rules: Some(path), ..Options::default() }).await;
    desk.tickets().create(json!({"channel_source": "slack", "priority": "high", "message": "It burns."})).await;
    desk.tickets().create(json!({"channel_source": "widget", "priority": "high", "message": "It smokes."})).await;
    desk.http.drain().await;
    let delivered = desk.http.deliveries().await;
    let targets: Vec<_> = delivered.iter().map(|it| (it["rule"].as_str().unwrap(), it["target"].as_str().unwrap())).collect();
    let rule = "UrgentFromSlack";
    assert_eq!(targets, [(rule, "queue"), (rule, "function"), (rule, "steps")]);
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The template of "Rules of your own".
fn template() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme.split("## Rules of your own").nth(1).expect("the section");
    section.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("its template").to_owned()
}

/// The rule's event pattern.
fn pattern() -> Value {
    let template = template();
    let documents = Yaml::load_from_str(&template).unwrap();
    let rule = &documents[0]["Resources"]["UrgentFromSlack"]["Properties"]["EventPattern"];
    as_json(rule)
}

fn as_json(node: &Yaml) -> Value {
    if let Some(text) = node.as_str() {
        return json!(text);
    }
    if let Some(items) = node.as_sequence() {
        return items.iter().map(as_json).collect();
    }
    let fields = node.as_mapping().expect("a pattern of objects, arrays and texts");
    fields.iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), as_json(value))).collect()
}
