//! Workflows, as people save them and as events start them.

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
    /// Calls the workflows of project 1.
    async fn workflows(&self, method: Method, path: &str, body: Value) -> Reply {
        self.http.agent(method, &format!("/workflows/{path}"), body).await
    }

    /// Saves a workflow that events of this name start, and returns its id.
    async fn on(&self, event: &str, steps: Value) -> String {
        let body = json!({"name": "Test", "trigger": {"event": event}, "steps": steps});
        let saved = self.agent().workflows().create(body).await;
        text(&saved["id"])
    }

    /// Makes a role, and returns its id.
    async fn role(&self, name: &str) -> String {
        text(&self.agent().roles().create(json!({"name": name})).await["id"])
    }

    /// Files a ticket, and returns its id.
    async fn file(&self, body: Value) -> String {
        text(&self.tickets().create(body).await["id"])
    }

    async fn activity(&self, ticket: &str) -> Vec<Value> {
        self.tickets().activity(ticket).await["results"].as_array().unwrap().clone()
    }

    /// The runs of a workflow, once nothing is in flight; the latest first.
    async fn runs(&self, workflow: &str) -> Vec<Value> {
        self.http.drain().await;
        let runs = self.agent().workflows().runs(&workflow).await;
        runs["results"].as_array().unwrap().clone()
    }

    /// The only run of a workflow, once nothing is in flight. Panics if there are more or none.
    async fn only_run(&self, workflow: &str) -> Value {
        let runs = self.runs(workflow).await;
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }

    /// The events of a ticket on the bus, oldest first, once nothing is in flight.
    async fn told(&self, ticket: &str) -> Vec<Value> {
        self.http.drain().await;
        let mut told = self.http.events(1).await;
        told.retain(|entry| entry["detail"]["properties"]["ticket_id"] == ticket);
        told
    }

    /// Checks that nothing is in flight, and that there is no dead letter.
    async fn assert_done(&self) {
        self.http.drain().await;
        assert_eq!(self.http.dead_letters().await, Vec::<Value>::new());
    }
}

impl Visitor {
    /// Opens a ticket as a customer who gives this e-mail address, and returns its id.
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

/// The record of a step that took a branch.
fn took(step: &str, way: &str) -> Value {
    json!({"step": step, "result": "branch", "detail": way})
}

/// The record of a step that changed these fields.
fn changed(step: &str, fields: Value) -> Value {
    json!({"step": step, "result": "done", "detail": fields})
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// The names of events in sorted order, because the order of a transaction's records may vary.
fn names(entries: &[Value]) -> Vec<&str> {
    let mut names: Vec<_> =
        entries.iter().map(|entry| entry["detail-type"].as_str().unwrap().trim_start_matches("$conversation_")).collect();
    names.sort_unstable();
    names
}
