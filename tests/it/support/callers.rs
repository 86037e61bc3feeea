//! Clients for each kind of caller. Their calls have to succeed. For a call that may fail there is [`Http`], which returns the
//! answer whatever it is.

use reqwest::Method;
use serde_json::Value;

use super::{Desk, Http, Visitor};

impl Desk {
    /// The seeded agent, on project 1.
    pub(crate) fn agent(&self) -> Agent<'_> {
        Agent(&self.http)
    }

    /// A customer with a browser of their own.
    pub(crate) fn customer(&self) -> Visitor {
        Visitor::new(&self.http)
    }

    /// A workflow elsewhere, on project 1.
    pub(crate) fn external(&self) -> External<'_> {
        External(&self.http)
    }

    /// The public events of a ticket, oldest first, once everything that follows has happened.
    pub(crate) async fn events_of(&self, ticket: &str) -> Vec<Value> {
        self.http.drain().await;
        let all = self.http.events(1).await.into_iter().map(|mut event| event["detail"].take());
        all.filter(|detail| detail["properties"]["ticket_id"] == ticket).collect()
    }
}

/// An agent.
#[derive(Clone, Copy)]
pub(crate) struct Agent<'a>(&'a Http);

impl<'a> Agent<'a> {
    pub(crate) fn tickets(self) -> Tickets<'a> {
        Tickets(self.0)
    }

    /// Replaces the project's policies, and returns them.
    pub(crate) async fn set_policies(self, policies: Value) -> Value {
        self.0.agent(Method::PUT, "/sla_policies/", policies).await.expect(200).json
    }
}

/// The tickets as an agent reaches them.
#[derive(Clone, Copy)]
pub(crate) struct Tickets<'a>(&'a Http);

impl Tickets<'_> {
    /// Files a ticket, and returns its id.
    pub(crate) async fn file(self, body: Value) -> String {
        self.0.file(body).await["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(self, id: &str) -> Value {
        self.0.get(&format!("/tickets/{id}/")).await.expect(200).json
    }

    pub(crate) async fn patch(self, id: &str, change: Value) -> Value {
        self.0.agent(Method::PATCH, &format!("/tickets/{id}/"), change).await.expect(200).json
    }

    pub(crate) async fn delete(self, id: &str) {
        self.0.agent(Method::DELETE, &format!("/tickets/{id}/"), Value::Null).await.expect(204);
    }

    pub(crate) async fn reply(self, id: &str, message: Value) -> Value {
        self.0.agent(Method::POST, &format!("/tickets/{id}/reply/"), message).await.expect(201).json
    }

    /// The messages and notes of a ticket, oldest first.
    pub(crate) async fn thread(self, id: &str) -> Vec<Value> {
        self.rows(&format!("/tickets/{id}/messages/?limit=200")).await
    }

    /// The log of a ticket.
    pub(crate) async fn activity(self, id: &str) -> Vec<Value> {
        self.rows(&format!("/tickets/{id}/activity/")).await
    }

    async fn rows(self, path: &str) -> Vec<Value> {
        self.0.get(path).await.expect(200).json["results"].as_array().unwrap().clone()
    }
}

/// A workflow elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct External<'a>(&'a Http);

impl External<'_> {
    pub(crate) async fn patch(self, id: &str, change: Value) -> Value {
        self.0.external(Method::PATCH, id, change).await.expect(200).json
    }
}
