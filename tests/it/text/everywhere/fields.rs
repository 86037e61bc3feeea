//! The places where text may be, as openapi.json has them.

use serde_json::{Value, json};

/// Where a text is to stand in a body.
pub(super) const MARK: &str = "$hostile";

/// A field whose schema does not say what is in it, and bodies that have text in it. The first matching line counts.
const FREE: &[(&str, &[&str])] = &[
    ("traits", &[r#"{"name": "$hostile"}"#, r#"{"email": "$hostile"}"#, r#"{"plan": {"deep": ["$hostile"]}}"#]),
    ("anonymous_traits", &[r#"{"name": "$hostile"}"#, r#"{"email": "$hostile"}"#, r#"{"plan": {"deep": ["$hostile"]}}"#]),
    ("session_context", &[r#"{"current_url": "$hostile"}"#, r#"{"session_replay_url": "$hostile"}"#, r#"{"x": "$hostile"}"#]),
    ("rich_content", &[r#"{"type": "doc", "content": [{"type": "text", "text": "$hostile"}]}"#, r#"{"$hostile": "$hostile"}"#]),
    (
        "filters",
        &[
            r#"{"search": "$hostile"}"#,
            r#"{"tags": ["$hostile"]}"#,
            r#"{"assignee": "$hostile"}"#,
            r#"{"status": ["$hostile"]}"#,
            r#"{"order_by": "$hostile"}"#,
            r#"{"$hostile": "$hostile"}"#,
        ],
    ),
    (
        "policies",
        &[
            r#"{"name": "$hostile", "targets": {"first_response": {"amount": 8}}}"#,
            r#"{"name": "x", "conditions": {"traits": {"plan": "$hostile"}}, "targets": {"first_response": {"amount": 8}}}"#,
            r#"{"name": "x", "conditions": {"tags": ["$hostile"]}, "targets": {"first_response": {"amount": 8}}}"#,
            r#"{"name": "x", "targets": {"first_response": {"amount": 8, "unit": "$hostile"}}}"#,
        ],
    ),
    (
        "trigger",
        &[
            r#"{"event": "$hostile"}"#,
            r#"{"event": "$conversation_message_received", "filters": [{"property": "$hostile", "operator": "equals", "value": "x"}]}"#,
            r#"{"event": "$conversation_message_received", "filters": [{"property": "event.properties.message_content", "operator": "equals", "value": "$hostile"}]}"#,
            r#"{"event": "$conversation_message_received", "filters": [{"property": "event.properties.message_content", "operator": "$hostile", "value": "x"}]}"#,
        ],
    ),
    (
        "steps",
        &[
            r#"{"action": "$hostile"}"#,
            r#"{"action": "update_ticket", "inputs": {"tags": ["$hostile"]}}"#,
            r#"{"action": "update_ticket", "inputs": {"status": "$hostile"}}"#,
            r#"{"action": "update_ticket", "inputs": {"assignee": {"type": "role", "name": "$hostile"}}}"#,
            r#"{"action": "update_ticket", "inputs": {"$hostile": "x"}}"#,
        ],
    ),
    ("sla_business_hours", &[r#"{"timezone": "$hostile", "days": ["monday"]}"#]),
    ("properties", &[r#"{"message_content": "$hostile"}"#]),
    ("id", &[r#""$hostile""#]),
    ("/api/me/preferences", &[r#"{"density": "$hostile"}"#, r#"{"x": {"deep": ["$hostile"]}}"#]),
    (
        "/api/projects/{project_id}/source_maps",
        &[
            r#"{"version": 3, "sources": ["$hostile"], "names": ["$hostile"], "mappings": "AAAA", "sourcesContent": ["$hostile"]}"#,
            r#"{"version": 3, "sources": ["a.ts"], "names": [], "mappings": "$hostile"}"#,
        ],
    ),
];

/// A step on the way into a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Field(String),
    Entry,
}

/// A place where text may be.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) steps: Vec<Step>,
    /// What stands there, with [`MARK`] where the text is.
    pub(super) value: Value,
}

impl Field {
    /// The place as an error names it.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Entry => path.push_str("[0]"),
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
            }
        }
        path
    }

    /// The field as exceptions and failures call it: its place, and what stands there.
    pub(super) fn named(&self) -> String {
        format!("{} as {}", self.path(), self.value)
    }

    /// This body with the field.
    pub(super) fn set_in(&self, body: &Value) -> Value {
        let mut body = body.clone();
        let mut place = &mut body;
        for step in &self.steps {
            place = match step {
                Step::Field(name) => {
                    if !place.is_object() {
                        *place = json!({});
                    }
                    &mut place[name.as_str()]
                }
                Step::Entry => {
                    if place.as_array().is_none_or(Vec::is_empty) {
                        *place = json!([null]);
                    }
                    &mut place[0]
                }
            };
        }
        *place = self.value.clone();
        body
    }
}

/// The places of an operation's body.
pub(super) fn fields(document: &Value, route: &str, operation: &Value) -> Vec<Field> {
    let content = operation["requestBody"]["content"].as_object();
    let mut walk = Walk { document, route, seen: Vec::new(), found: Vec::new() };
    for media in content.into_iter().flat_map(|content| content.values()) {
        walk.schema(&media["schema"], &[]);
    }
    walk.found
}

struct Walk<'a> {
    document: &'a Value,
    route: &'a str,
    seen: Vec<String>,
    found: Vec<Field>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, steps: &[Step]) {
        if let Some(reference) = schema["$ref"].as_str() {
            if !self.seen.iter().any(|seen| seen == reference) {
                self.seen.push(reference.to_owned());
                let target = self.document.pointer(reference.trim_start_matches('#')).expect("a schema").clone();
                self.schema(&target, steps);
                self.seen.pop();
            }
            return;
        }
        let choices = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|kind| schema[kind].as_array()).flatten();
        let choices: Vec<_> = choices.collect();
        for choice in &choices {
            self.schema(choice, steps);
        }
        let is = |kind: &str| {
            schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|it| it == kind))
        };
        if is("string") {
            self.add(steps, Value::from(MARK));
        }
        if is("array") {
            let steps: Vec<_> = steps.iter().cloned().chain([Step::Entry]).collect();
            self.schema(&schema["items"], &steps);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let steps: Vec<_> = steps.iter().cloned().chain([Step::Field(name.clone())]).collect();
            self.schema(property, &steps);
        }
        let says_nothing = schema["properties"].is_null() && choices.is_empty() && schema["enum"].is_null();
        if says_nothing && (is("object") || schema["type"].is_null()) {
            self.free(steps);
        }
    }

    fn free(&mut self, steps: &[Step]) {
        let name = steps.iter().rev().find_map(|step| if let Step::Field(name) = step { Some(name.as_str()) } else { None });
        let name = name.unwrap_or(self.route);
        let Some((_, values)) = FREE.iter().find(|(known, _)| *known == name) else {
            panic!(
                "say in tests/it/text/everywhere/fields.rs what text may be in `{name}` of {}, since openapi.json does not",
                self.route
            );
        };
        for value in *values {
            self.add(steps, serde_json::from_str(value).expect("JSON"));
        }
    }

    fn add(&mut self, steps: &[Step], value: Value) {
        if !self.found.iter().any(|field| field.steps == steps && field.value == value) {
            self.found.push(Field { steps: steps.to_vec(), value });
        }
    }
}
