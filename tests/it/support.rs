//! A desk to test against, and helpers for what customers and agents do.

mod clients;
mod grants;
mod log;
mod rest;
pub(crate) mod stable;

use std::{
    net::IpAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use lambdesk_bucket::Bucket;
use lambdesk_domain::Timestamp;
use lambdesk_local::{Options, Running, start};
use lambdesk_runtime::connect::Access;
use lambdesk_store::Connection;
use reqwest::{Client, Method, header::HeaderMap};
use ring::hmac;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use uuid::Uuid;

pub(crate) use log::Log;
use log::Said;
pub(crate) use rest::Rest;

/// The `Authorization` header of the seeded agent.
pub(crate) const AGENT: &str = "Bearer phx_local";

/// A running desk, and a client of it. The desk has threads of its own. When a test drops the desk, the desk finishes what
/// follows from its commits, and the test fails if anything is left (see [`rest`]).
pub(crate) struct Desk {
    pub(crate) http: Http,
    pub(crate) rest: Rest,
    pub(crate) running: Running,
    pub(crate) log: Log,
}

/// A client of a desk.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    base: String,
    said: Said,
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
    pub(crate) text: String,
}

/// The cost of a request, as the desk reports it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) round_trips: f64,
    pub(crate) rcu: f64,
    pub(crate) wcu: f64,
}

impl Reply {
    /// The reply itself. Panics if it has another status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn cost(&self) -> Cost {
        let told = self.header("x-lambdesk-cost").expect("the cost was asked for");
        let figure = |name: &str| {
            let part = told.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            part.and_then(|figure| figure.parse().ok()).expect("a figure")
        };
        Cost { round_trips: figure("round_trips"), rcu: figure("rcu"), wcu: figure("wcu") }
    }
}

impl Desk {
    /// Starts a desk with these options.
    pub(crate) async fn start(options: Options) -> Self {
        let log = Log::default();
        let mut builder = Builder::new_multi_thread();
        let threads = log.clone();
        let builder = builder.worker_threads(2).enable_all().on_thread_start(move || threads.listen());
        let runtime = builder.build().expect("a runtime");
        let mut running = runtime.spawn(start(options)).await.expect("a desk that starts").expect("a desk");
        // A test reaches the table through connections of its own, because it drives them only while it runs. The desk needs
        // its connections until it is at rest, and that is after the test's end.
        running.store = running.store.asked_by(running.dynamodb.client());
        let http = Http::new(format!("http://{}", running.address));
        let rest = Rest::new(runtime, &http, running.grants.clone(), log.clone());
        Self { http, rest, running, log }
    }

    /// Stops the desk as its program stops. What is in flight is left to the next desk on the same directory.
    pub(crate) async fn stop(self) {
        let Self { rest, running, .. } = self;
        rest.give_up(running.stop()).await;
    }

    /// Calls any path of the API as the seeded agent.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> Reply {
        self.by("phx_local", method, path, body).await
    }

    /// Calls any path of the API with this key.
    pub(crate) async fn by(&self, key: &str, method: Method, path: &str, body: Value) -> Reply {
        let bearer = format!("Bearer {key}");
        self.http.call(method, &format!("/api{path}"), &[("authorization", &bearer)], body).await
    }

    /// Makes a key of the seeded agent, and returns its value.
    pub(crate) async fn key(&self, body: Value) -> String {
        self.admin(Method::POST, "/personal_api_keys/", body).await.expect(201).json["value"].as_str().unwrap().to_owned()
    }

    /// Adds a member to project 1, and returns a key of theirs that may change tickets.
    pub(crate) async fn colleague(&self, name: &str) -> String {
        let member = json!({"email": format!("{name}@example.com"), "first_name": name});
        let member = self.admin(Method::POST, "/projects/1/members/", member).await.expect(201).json;
        self.key(json!({"label": name, "scopes": ["ticket:write"], "user": member["id"]})).await
    }
}

impl Http {
    pub(crate) fn new(base: impl Into<String>) -> Self {
        Self { client: Client::new(), base: base.into(), said: Said::default() }
    }

    /// The same desk, called from another address of this machine.
    pub(crate) fn calling_from(&self, address: [u8; 4]) -> Self {
        let client = Client::builder().local_address(IpAddr::from(address)).build().expect("a client");
        Self { client, ..self.clone() }
    }

    /// The same desk, for who wants to know where an answer leads.
    pub(crate) fn without_redirects(&self) -> Self {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { client, ..self.clone() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    /// Makes any request. `Value::Null` is no body.
    pub(crate) async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        self.try_call(method, path, headers, body).await.expect("an answer")
    }

    /// Makes any request to a desk that may be killed before it answers.
    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> reqwest::Result<Reply> {
        let mut request = self.client.request(method, self.url(path)).header("x-lambdesk-debug", "1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.said.hear(&body);
        if !body.is_null() {
            request = request.json(&body);
        }
        Self::try_reply(request).await
    }

    pub(crate) async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let mut request = self.client.request(method, self.url(path)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::reply(request).await
    }

    /// The headers and the bytes of an answer to the seeded agent.
    pub(crate) async fn bytes(&self, path: &str) -> (HeaderMap, Vec<u8>) {
        let response = self.client.get(self.url(path)).header("authorization", AGENT).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers().clone();
        (headers, response.bytes().await.expect("a body").to_vec())
    }

    async fn reply(request: reqwest::RequestBuilder) -> Reply {
        Self::try_reply(request).await.expect("an answer")
    }

    async fn try_reply(request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Reply { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    /// Calls the conversations of project 1 as the seeded agent.
    pub(crate) async fn agent(&self, method: Method, path: &str, body: Value) -> Reply {
        self.call(method, &format!("/api/projects/1/conversations{path}"), &[("authorization", AGENT)], body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.agent(Method::GET, path, Value::Null).await
    }

    /// The cheapest of a few answers to a GET. What the desk remembers of keys and projects lasts a minute, so a call may read
    /// them anew. And on a busy machine calls that begin together may not overlap, so that the meter counts them one by one.
    pub(crate) async fn cheapest(&self, path: &str) -> Reply {
        let mut best = self.get(path).await.expect(200);
        for _ in 0..7 {
            let again = self.get(path).await.expect(200);
            if again.cost().round_trips < best.cost().round_trips {
                best = again;
            }
        }
        best
    }

    /// Calls the desk as the widget of project 1.
    pub(crate) async fn widget(&self, method: Method, path: &str, body: Value) -> Reply {
        let path = format!("/api/conversations/v1/widget{path}");
        self.call(method, &path, &[("x-conversations-token", "wgt_local")], body).await
    }

    /// Calls the external API as a workflow of project 1.
    pub(crate) async fn external(&self, method: Method, ticket: &str, body: Value) -> Reply {
        let path = format!("/api/conversations/external/ticket/{ticket}");
        self.call(method, &path, &[("authorization", "Bearer phs_local")], body).await
    }

    /// Files a ticket over REST, and returns it.
    pub(crate) async fn file(&self, body: Value) -> Value {
        self.agent(Method::POST, "/tickets/", body).await.expect(201).json
    }

    /// The public events that the bus received for a project.
    pub(crate) async fn events(&self, project: u32) -> Vec<Value> {
        self.results(&format!("/_local/events?project_id={project}")).await
    }

    /// The facts that the bus received for a project.
    pub(crate) async fn facts(&self, project: u32) -> Vec<Value> {
        self.results(&format!("/_local/events?project_id={project}&source=lambdesk.facts")).await
    }

    /// What the rules of people's own delivered.
    pub(crate) async fn deliveries(&self) -> Vec<Value> {
        self.results("/_local/deliveries").await
    }

    async fn results(&self, path: &str) -> Vec<Value> {
        self.call(Method::GET, path, &[], Value::Null).await.expect(200).json["results"].as_array().unwrap().clone()
    }

    /// The dead letters, the stream's first.
    pub(crate) async fn dead_letters(&self) -> Vec<Value> {
        self.results("/_local/dead_letters").await
    }

    /// Redrives the dead letters, and returns how many there were of the stream and of the queues.
    pub(crate) async fn redrive(&self) -> Value {
        self.call(Method::POST, "/_local/dead_letters/redrive", &[], Value::Null).await.expect(200).json["redriven"].clone()
    }

    /// Runs the clock once.
    pub(crate) async fn tick(&self) -> Value {
        self.call(Method::POST, "/_local/tick", &[], Value::Null).await.expect(200).json
    }

    /// Waits until stream, bus and queue are empty. The totals are then up to date, and no workflow is in flight. One call waits
    /// for 10 s and then answers 503, which is too short for a thousand events on a busy machine.
    pub(crate) async fn drain(&self) {
        let mut drained = self.call(Method::POST, "/_local/drain", &[], Value::Null).await;
        for _ in 0..11 {
            if drained.status != 503 {
                break;
            }
            drained = self.call(Method::POST, "/_local/drain", &[], Value::Null).await;
        }
        drained.expect(200);
    }
}

/// A customer's browser.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) http: Http,
    pub(crate) session: String,
}

impl Visitor {
    pub(crate) fn new(http: &Http) -> Self {
        Self { http: http.clone(), session: Uuid::now_v7().to_string() }
    }

    pub(crate) fn message(&self, ticket: Option<&str>, text: &str) -> Value {
        json!({
            "message": text, "ticket_id": ticket, "widget_session_id": self.session, "distinct_id": "visitor",
            "traits": {"name": null, "email": null}, "session_id": "s1",
            "session_context": {"session_replay_url": "https://app.example.com/project/phc_local/replay/s1?t=0"},
        })
    }

    pub(crate) async fn send(&self, ticket: Option<&str>, text: &str) -> Reply {
        self.http.widget(Method::POST, "/message", self.message(ticket, text)).await
    }

    /// Opens a ticket, and returns its id.
    pub(crate) async fn open(&self, text: &str) -> String {
        self.send(None, text).await.expect(200).json["ticket_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn poll(&self, ticket: &str, after: Option<&str>) -> Reply {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        let path = format!("/messages/{ticket}?limit=50&widget_session_id={}{after}&_=1", self.session);
        self.http.widget(Method::GET, &path, Value::Null).await
    }

    pub(crate) async fn tickets(&self) -> Reply {
        self.http.widget(Method::GET, &format!("/tickets?limit=20&widget_session_id={}", self.session), Value::Null).await
    }
}

/// A bucket that cannot be reached, for functions that are asked for no file.
pub(crate) fn no_bucket() -> Bucket {
    Bucket::at("http://127.0.0.1:9", Access::local(), "files")
}

/// Starts a desk on a directory, in this process.
pub(crate) async fn desk_on(data: &Path) -> Desk {
    desk_with(Options { data: Some(data.to_owned()), ..Options::default() }).await
}

/// Starts a desk with these options, in this process.
pub(crate) async fn desk_with(options: Options) -> Desk {
    Desk::start(options).await
}

/// Starts a new desk. If `LAMBDESK_TEST_DYNAMODB` has a URL, the desk uses that DynamoDB in place of the embedded one.
pub(crate) async fn desk() -> Desk {
    let elsewhere = std::env::var("LAMBDESK_TEST_DYNAMODB").ok();
    let elsewhere = elsewhere.map(|endpoint| Connection::local(format!("desk-{}", Uuid::now_v7()), endpoint));
    Desk::start(Options { elsewhere, ..Options::default() }).await
}

/// The time of a desk. It stands still, except that each reading is later than the one before by a microsecond.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    /// A time that begins at these microseconds.
    pub(crate) fn starting(micros: i64) -> Self {
        Self(Arc::new(AtomicI64::new(micros)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, SeqCst)).unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, SeqCst);
    }

    /// The time this many seconds from now, as JSON has it.
    pub(crate) fn hence(&self, seconds: i64) -> String {
        self.now().plus_seconds(seconds).to_string()
    }
}

/// Starts a new desk at this time, and returns it with its time.
pub(crate) async fn desk_at(begin: &str) -> (Desk, Time) {
    let time = Time(Arc::new(AtomicI64::new(begin.parse::<Timestamp>().unwrap().micros())));
    let told = time.clone();
    (Desk::start(Options { time: Some(Arc::new(move || told.now())), ..Options::default() }).await, time)
}

/// A desk whose time stands still: nothing that it remembers ends between two calls, so the same call costs the same.
pub(crate) async fn still_desk() -> Desk {
    desk_at("2026-11-02T09:00:00Z").await.0
}

/// Half a read unit for each of `count` items.
pub(crate) fn halves(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap()) * 0.5
}

/// The texts of a list of messages.
pub(crate) fn texts(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect()
}

/// A claim about a customer, signed by the project's server, as the customer's browser sends it.
pub(crate) fn claim(distinct_id: &str, field: &str, value: &str, expires_at: i64, secret: &str) -> Value {
    let (signed, expires_at) = (value.trim().to_lowercase(), expires_at.to_string());
    let signed = ["v1", distinct_id, field, &signed, &expires_at].join("\0");
    json!({
        format!("identity_{field}"): value,
        format!("identity_hash_{field}"): proof(&signed, secret),
        format!("identity_exp_{field}"): expires_at,
    })
}

/// The hash that a project's server gives a customer to prove their identity.
pub(crate) fn proof(distinct_id: &str, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, distinct_id.as_bytes()))
}
