//! Workflows, as people save them and as events set them off (contract/workflows.md).

#![expect(clippy::needless_pass_by_value, reason = "JSON literals read better where they are passed as they are")]

mod api;
mod definitions;
mod dry_run;
mod gallery;
mod limits;
mod runs;
mod steps;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Reply, Visitor};

const CREATED: &str = "$conversation_ticket_created";
const STATUS: &str = "$conversation_ticket_status_changed";
const PRIORITY: &str = "$conversation_ticket_priority_changed";
const RECEIVED: &str = "$conversation_message_received";

impl Desk {
    /// A call to the workflows of project 1.
    async fn workflows(&self, method: Method, path: &str, body: Value) -> Reply {
        self.http.agent(method, &format!("/workflows/{path}"), body).await
    }

    /// Saves a workflow on each event of this name; its id.
    async fn on(&self, event: &str, steps: Value) -> String {
        let body = json!({"name": "Test", "trigger": {"event": event}, "steps": steps});
        let saved = self.workflows(Method::POST, "", body).await.expect(201).json;
        text(&saved["id"])
    }

    /// A new role's id.
    async fn role(&self, name: &str) -> String {
        text(&self.admin(Method::POST, "/projects/1/roles/", json!({"name": name})).await.expect(201).json["id"])
    }

    /// Files a ticket; its id.
    async fn file(&self, body: Value) -> String {
        text(&self.http.file(body).await["id"])
    }

    async fn ticket(&self, id: &str) -> Value {
        self.http.get(&format!("/tickets/{id}/")).await.expect(200).json
    }

    async fn change(&self, ticket: &str, change: Value) {
        self.http.agent(Method::PATCH, &format!("/tickets/{ticket}/"), change).await.expect(200);
    }

    async fn reply(&self, ticket: &str, message: Value) {
        self.http.agent(Method::POST, &format!("/tickets/{ticket}/reply/"), message).await.expect(201);
    }

    async fn activity(&self, ticket: &str) -> Vec<Value> {
        let path = format!("/tickets/{ticket}/activity/");
        self.http.get(&path).await.expect(200).json["results"].as_array().unwrap().clone()
    }

    /// The runs of a workflow once nothing is under way, the latest first.
    async fn runs(&self, workflow: &str) -> Vec<Value> {
        self.http.drain().await;
        let runs = self.workflows(Method::GET, &format!("{workflow}/runs/"), Value::Null).await.expect(200).json;
        runs["results"].as_array().unwrap().clone()
    }

    /// The run of a workflow, once nothing is under way and if it is the only one.
    async fn only_run(&self, workflow: &str) -> Value {
        let runs = self.runs(workflow).await;
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }

    /// What the bus was told of a ticket, oldest first, once nothing is under way.
    async fn told(&self, ticket: &str) -> Vec<Value> {
        self.http.drain().await;
        let told = self.http.call(Method::GET, "/_local/events?project_id=1", &[], Value::Null).await.expect(200).json;
        let about = |entry: &&Value| entry["detail"]["properties"]["ticket_id"] == ticket;
        told["results"].as_array().unwrap().iter().filter(about).cloned().collect()
    }

    /// That nothing is under way, and nothing failed too often.
    async fn is_done(&self) {
        self.http.drain().await;
        let letters = self.http.call(Method::GET, "/_local/dead_letters", &[], Value::Null).await.expect(200).json;
        assert_eq!(letters["results"], json!([]));
    }
}

impl Visitor {
    /// A new ticket of a customer who says their address; its id.
    async fn open_as(&self, email: &str) -> String {
        let mut message = self.message(None, "Help!");
        message["traits"]["email"] = json!(email);
        text(&self.http.widget(Method::POST, "/message", message).await.expect(200).json["ticket_id"])
    }
}

/// A step that changes the event's ticket.
fn update(inputs: Value) -> Value {
    json!({"action": "update_ticket", "inputs": inputs})
}

fn condition(property: &str, operator: &str, value: Value) -> Value {
    json!({"property": property, "operator": operator, "value": value})
}

/// What a run tells of a step that took a way.
fn took(step: &str, way: &str) -> Value {
    json!({"step": step, "result": "branch", "detail": way})
}

/// What a run tells of a step that changed these fields.
fn changed(step: &str, fields: Value) -> Value {
    json!({"step": step, "result": "done", "detail": fields})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// The names of events, in an order that does not depend on which of a transaction's records came first.
fn names(entries: &[Value]) -> Vec<&str> {
    let mut names: Vec<_> =
        entries.iter().map(|entry| entry["detail-type"].as_str().unwrap().trim_start_matches("$conversation_")).collect();
    names.sort_unstable();
    names
}
