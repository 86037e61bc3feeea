//! What agents do, each in one short line: `desk.tickets().patch(&id, json!({"status": "open"})).await["status"]`.
//!
//! Each method is a [`Call`] that has not been made. Awaited, it is made, has to succeed, and is the answer's JSON. Tests about the
//! wire itself (flawed requests, headers) make theirs with [`Http::call`].

use std::{
    fmt::Display,
    future::{Future, IntoFuture},
    panic::Location,
    pin::Pin,
};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Desk, Http, Reply, Visitor};

impl Desk {
    /// The seeded agent.
    pub(crate) fn agent(&self) -> Agent {
        self.agent_with("phx_local")
    }

    /// Whoever holds this key.
    pub(crate) fn agent_with(&self, key: &str) -> Agent {
        self.http.agent_with(key)
    }

    /// The tickets, as the seeded agent has them.
    pub(crate) fn tickets(&self) -> Tickets {
        self.agent().tickets()
    }

    /// A browser that was never here.
    pub(crate) fn customer(&self) -> Visitor {
        Visitor::new(&self.http)
    }

    /// Changes these settings of project 1.
    #[track_caller]
    pub(crate) fn settings(&self, settings: Value) -> Call {
        self.agent().configure(Value::from_iter([("conversations_settings", settings)]))
    }
}

impl Http {
    pub(crate) fn agent_with(&self, key: &str) -> Agent {
        Agent { http: self.clone(), authorization: format!("Bearer {key}") }
    }

    /// The tickets, as the seeded agent has them.
    pub(crate) fn tickets(&self) -> Tickets {
        self.agent_with("phx_local").tickets()
    }
}

/// An agent of project 1.
#[derive(Clone)]
pub(crate) struct Agent {
    http: Http,
    authorization: String,
}

impl Agent {
    pub(crate) fn tickets(&self) -> Tickets {
        Tickets(self.conversations("tickets"))
    }

    pub(crate) fn views(&self) -> Collection {
        self.conversations("views")
    }

    pub(crate) fn quick_actions(&self) -> Collection {
        self.conversations("quick_actions")
    }

    pub(crate) fn workflows(&self) -> Collection {
        self.conversations("workflows")
    }

    pub(crate) fn members(&self) -> Collection {
        self.collection("/projects/1/members/")
    }

    pub(crate) fn roles(&self) -> Collection {
        self.collection("/projects/1/roles/")
    }

    #[track_caller]
    pub(crate) fn tags(&self, query: &str) -> Call {
        self.conversations("tags").list(query)
    }

    #[track_caller]
    pub(crate) fn sla_policies(&self) -> Call {
        self.conversations("sla_policies").list("")
    }

    #[track_caller]
    pub(crate) fn set_sla_policies(&self, policies: Value) -> Call {
        self.call(Method::PUT, "/projects/1/conversations/sla_policies/", policies)
    }

    /// Tries policies that are not saved on a ticket.
    #[track_caller]
    pub(crate) fn try_policies(&self, trial: Value) -> Call {
        self.call(Method::POST, "/projects/1/conversations/sla_policies/try/", trial)
    }

    /// How many tickets each policy holds.
    #[track_caller]
    pub(crate) fn policy_counts(&self) -> Call {
        self.call(Method::GET, "/projects/1/conversations/sla_policies/counts/", Value::Null)
    }

    /// Reads the holidays of a text.
    #[track_caller]
    pub(crate) fn preview_holidays(&self, text: &str) -> Call {
        self.call(Method::POST, "/projects/1/conversations/sla_policies/holidays/preview/", json!({"text": text}))
    }

    /// Changes project 1.
    #[track_caller]
    pub(crate) fn configure(&self, change: Value) -> Call {
        self.call(Method::PATCH, "/projects/1/", change)
    }

    fn conversations(&self, name: &str) -> Collection {
        self.collection(&format!("/projects/1/conversations/{name}/"))
    }

    fn collection(&self, path: &str) -> Collection {
        Collection { agent: self.clone(), path: path.to_owned() }
    }

    #[track_caller]
    fn call(&self, method: Method, path: &str, body: Value) -> Call {
        let success = if method == Method::DELETE { 204 } else { 200 };
        Call { agent: self.clone(), method, path: format!("/api{path}"), body, success, caller: Location::caller() }
    }
}

/// Things of one kind that an agent lists, creates and changes.
#[derive(Clone)]
pub(crate) struct Collection {
    agent: Agent,
    path: String,
}

impl Collection {
    #[track_caller]
    pub(crate) fn list(&self, query: &str) -> Call {
        self.agent.call(Method::GET, &self.path, Value::Null).query(query)
    }

    #[track_caller]
    pub(crate) fn create(&self, body: Value) -> Call {
        Call { success: 201, ..self.agent.call(Method::POST, &self.path, body) }
    }

    #[track_caller]
    pub(crate) fn get(&self, id: impl Id) -> Call {
        self.at(Method::GET, id, "", Value::Null)
    }

    #[track_caller]
    pub(crate) fn patch(&self, id: impl Id, change: Value) -> Call {
        self.at(Method::PATCH, id, "", change)
    }

    #[track_caller]
    pub(crate) fn put(&self, id: impl Id, whole: Value) -> Call {
        self.at(Method::PUT, id, "", whole)
    }

    #[track_caller]
    pub(crate) fn delete(&self, id: impl Id) -> Call {
        self.at(Method::DELETE, id, "", Value::Null)
    }

    /// The runs of a workflow, the latest first.
    #[track_caller]
    pub(crate) fn runs(&self, id: impl Id) -> Call {
        self.at(Method::GET, id, "runs/", Value::Null)
    }

    /// How many tickets each view has.
    #[track_caller]
    pub(crate) fn counts(&self) -> Call {
        self.at(Method::GET, "counts", "", Value::Null)
    }

    #[track_caller]
    fn at(&self, method: Method, id: impl Id, below: &str, body: Value) -> Call {
        self.agent.call(method, &format!("{}{}/{below}", self.path, id.id()), body)
    }
}

/// The tickets of project 1.
#[derive(Clone)]
pub(crate) struct Tickets(Collection);

impl Tickets {
    #[track_caller]
    pub(crate) fn list(&self, query: &str) -> Call {
        self.0.list(query)
    }

    #[track_caller]
    pub(crate) fn create(&self, body: Value) -> Call {
        self.0.create(body)
    }

    /// Shows a ticket, which marks it as read.
    #[track_caller]
    pub(crate) fn get(&self, id: impl Id) -> Call {
        self.0.get(id)
    }

    #[track_caller]
    pub(crate) fn patch(&self, id: impl Id, change: Value) -> Call {
        self.0.patch(id, change)
    }

    #[track_caller]
    pub(crate) fn put(&self, id: impl Id, whole: Value) -> Call {
        self.0.put(id, whole)
    }

    #[track_caller]
    pub(crate) fn delete(&self, id: impl Id) -> Call {
        self.0.delete(id)
    }

    /// Marks a ticket as unread.
    #[track_caller]
    pub(crate) fn unread(&self, id: impl Id) -> Call {
        self.0.at(Method::POST, id, "unread/", Value::Null)
    }

    /// How a ticket's deadline came about.
    #[track_caller]
    pub(crate) fn sla(&self, id: impl Id) -> Call {
        self.below(id, "sla/")
    }

    /// Answers the customer by a text, or by a message with more than that.
    #[track_caller]
    pub(crate) fn reply(&self, id: impl Id, message: impl Message) -> Call {
        Call { success: 201, ..self.0.at(Method::POST, id, "reply/", message.body()) }
    }

    #[track_caller]
    pub(crate) fn note(&self, id: impl Id, text: impl Display) -> Call {
        self.reply(id, json!({"message": text.to_string(), "is_private": true}))
    }

    #[track_caller]
    pub(crate) fn messages(&self, id: impl Id) -> Call {
        self.below(id, "messages/")
    }

    #[track_caller]
    pub(crate) fn activity(&self, id: impl Id) -> Call {
        self.below(id, "activity/")
    }

    /// The customer's tickets before this one.
    #[track_caller]
    pub(crate) fn previous(&self, id: impl Id) -> Call {
        self.below(id, "previous/")
    }

    #[track_caller]
    pub(crate) fn unread_count(&self) -> Call {
        self.0.at(Method::GET, "unread_count", "", Value::Null)
    }

    #[track_caller]
    fn below(&self, id: impl Id, below: &str) -> Call {
        self.0.at(Method::GET, id, below, Value::Null)
    }
}

/// A call that has not been made.
pub(crate) struct Call {
    agent: Agent,
    method: Method,
    path: String,
    body: Value,
    success: u16,
    caller: &'static Location<'static>,
}

impl Call {
    /// The same call with this query. An empty one is none.
    pub(crate) fn query(mut self, query: &str) -> Self {
        if !query.is_empty() {
            self.path = format!("{}?{query}", self.path);
        }
        self
    }

    /// Makes the call, and returns the reply whatever its status.
    pub(crate) async fn reply(self) -> Reply {
        let Self { agent: Agent { http, authorization }, method, path, body, .. } = self;
        http.call(method, &path, &[("authorization", &authorization)], body).await
    }

    /// Makes the call. Panics if the reply has another status.
    pub(crate) async fn expect(self, status: u16) -> Reply {
        let (caller, asked) = (self.caller, format!("{} {}", self.method, self.path));
        let reply = self.reply().await;
        assert_eq!(reply.status, status, "{asked} at {caller}: {}", reply.text);
        reply
    }

    /// Makes the call, which must be refused with this status. Returns the error.
    pub(crate) async fn refused(self, status: u16) -> Value {
        assert!(status >= 400, "{status} is no refusal");
        self.expect(status).await.json
    }

    /// Makes the call, which must succeed. Returns the id of what it created or changed.
    pub(crate) async fn id(self) -> String {
        (&self.await).id()
    }
}

impl IntoFuture for Call {
    type Output = Value;
    type IntoFuture = Pin<Box<dyn Future<Output = Value> + Send>>;

    /// Makes the call, which must succeed. The output is the answer's JSON.
    fn into_future(self) -> Self::IntoFuture {
        let success = self.success;
        Box::pin(async move { self.expect(success).await.json })
    }
}

/// What names a thing in a path: its id, its number, or the thing's own JSON. Views and quick actions go by their short id.
pub(crate) trait Id {
    fn id(&self) -> String;
}

impl Id for &str {
    fn id(&self) -> String {
        (*self).to_owned()
    }
}

impl Id for &String {
    fn id(&self) -> String {
        (*self).clone()
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Id for $number {
            fn id(&self) -> String {
                self.to_string()
            }
        })*
    };
}

numbers!(i32, i64, u32, u64, usize);

impl Id for &Value {
    fn id(&self) -> String {
        match self {
            Value::Object(thing) => thing.get("short_id").unwrap_or(&thing["id"]).id(),
            Value::String(id) => id.clone(),
            number => number.as_u64().expect("an id").to_string(),
        }
    }
}

impl<T: Id> Id for &T {
    fn id(&self) -> String {
        (**self).id()
    }
}

/// A message: its text, or all that its sender says of it.
pub(crate) trait Message {
    fn body(self) -> Value;
}

impl Message for &str {
    fn body(self) -> Value {
        json!({"message": self})
    }
}

impl Message for &String {
    fn body(self) -> Value {
        json!({"message": self})
    }
}

impl Message for Value {
    fn body(self) -> Value {
        self
    }
}
