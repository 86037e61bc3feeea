//! A DynamoDB with faults: a proxy between the engine and the functions. Faults come one by one as planned, or by chance as
//! [`Weather`] has it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use fastrand::Rng;
use lambdesk_http::{Context, mail_domain::MailDomain, run::trim_slash, session::SignIn};
use lambdesk_store::{Connection, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::support::{Desk, Http, desk};

/// What the proxy does to a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// The call is carried out, but its answer is lost.
    AnswerLost,
    /// Throttled.
    Throttled,
    /// Another transaction is writing an item.
    Conflict,
    /// The transaction was cancelled because an item's partition is throttled.
    CancelledByThrottle,
    /// The transaction with the same token has no outcome yet.
    InProgress,
    /// DynamoDB answers with an internal error.
    Broken,
    /// Of a batch, every other key is left for the next call.
    Unprocessed,
    /// The call is not carried out, and nothing answers it.
    Silent,
    /// The call is carried out, and nothing answers it.
    SilentAfter,
}

/// Faults that come by chance, the same for the same seed and the same calls.
pub(crate) struct Weather {
    chance: Rng,
    /// How many of a hundred calls meet a fault.
    pub(crate) of_hundred: u8,
    /// The faults, each as likely as the others where it can happen.
    pub(crate) faults: &'static [Fault],
}

impl Weather {
    pub(crate) fn new(seed: u64, of_hundred: u8, faults: &'static [Fault]) -> Self {
        Self { chance: Rng::with_seed(seed), of_hundred, faults }
    }

    fn next(&mut self, target: &str) -> Option<Fault> {
        let (meets, fault) = (self.chance.u8(0..100) < self.of_hundred, self.chance.choice(self.faults)?);
        (meets && fault.can_happen_to(target)).then_some(*fault)
    }
}

impl Fault {
    fn can_happen_to(self, target: &str) -> bool {
        let is = |call: &str| target.ends_with(call);
        let reads = is("GetItem") || is("Query") || is("BatchGetItem");
        match self {
            Self::AnswerLost | Self::SilentAfter => !reads,
            Self::Conflict | Self::CancelledByThrottle | Self::InProgress => is("TransactWriteItems"),
            Self::Unprocessed => is("BatchGetItem"),
            Self::Throttled | Self::Broken | Self::Silent => true,
        }
    }
}

/// A DynamoDB with faults. The plan has pairs of a call and a fault: a request takes the first fault that is planned for its call,
/// or for its call on items like this (`GetItem:"M#1"`).
#[derive(Clone)]
struct Proxy {
    upstream: String,
    client: reqwest::Client,
    plan: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    weather: Arc<Mutex<Option<Weather>>>,
    hit: Arc<Mutex<Vec<Fault>>>,
}

impl Proxy {
    fn next(&self, target: &str, body: &[u8]) -> Option<Fault> {
        let fault = self.planned(target, body).or_else(|| self.weather.lock().unwrap().as_mut()?.next(target))?;
        self.hit.lock().unwrap().push(fault);
        Some(fault)
    }

    fn planned(&self, target: &str, body: &[u8]) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        let is_about = |key: &str| body.windows(key.len()).any(|part| part == key.as_bytes());
        let place = plan.iter().position(|(call, _)| match call.split_once(':') {
            Some((call, key)) => target.ends_with(call) && is_about(key),
            None => target.ends_with(call),
        })?;
        Some(plan.remove(place).1)
    }
}

async fn forward(State(proxy): State<Proxy>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").unwrap().to_str().unwrap().to_owned();
    let fault = proxy.next(&target, &body);
    let refuse = |status: StatusCode, error: Value| {
        (status, [("content-type", "application/x-amz-json-1.0")], error.to_string()).into_response()
    };
    let named = |name: &str| json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": name});
    let cancelled = |code: &str| {
        let mut error = named("TransactionCanceledException");
        error["CancellationReasons"] = json!([{"Code": "None"}, {"Code": code, "Message": "busy"}]);
        refuse(StatusCode::BAD_REQUEST, error)
    };
    match fault {
        Some(Fault::Throttled) => return refuse(StatusCode::BAD_REQUEST, named("ProvisionedThroughputExceededException")),
        Some(Fault::Broken) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, named("InternalServerError")),
        Some(Fault::Conflict) if target.ends_with("TransactWriteItems") => return cancelled("TransactionConflict"),
        Some(Fault::CancelledByThrottle) => return cancelled("ThrottlingError"),
        Some(Fault::InProgress) => return refuse(StatusCode::BAD_REQUEST, named("TransactionInProgressException")),
        Some(Fault::Conflict) => return refuse(StatusCode::BAD_REQUEST, named("TransactionConflictException")),
        Some(Fault::Silent) => return std::future::pending().await,
        Some(Fault::Unprocessed | Fault::AnswerLost | Fault::SilentAfter) | None => {}
    }
    let (body, left) = if fault == Some(Fault::Unprocessed) { halved(&body) } else { (body, Value::Null) };
    let mut request = proxy.client.post(&proxy.upstream).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "host" && *name != "content-length") {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    let body = answer.bytes().await.unwrap();
    if fault == Some(Fault::AnswerLost) {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, named("InternalServerError"));
    }
    if fault == Some(Fault::SilentAfter) {
        return std::future::pending().await;
    }
    // The SDK checks the sum of an answer that has one, and the proxy passes none on.
    let body = if left.is_null() { body } else { with_unprocessed(&body, left) };
    (status, [("content-type", kind)], body).into_response()
}

/// A batch without every other key of each table, and what was left out. A single key stays.
fn halved(body: &[u8]) -> (Bytes, Value) {
    let mut asked: Value = serde_json::from_slice(body).unwrap();
    let mut left = json!({});
    for (table, request) in asked["RequestItems"].as_object_mut().unwrap() {
        let keys = request["Keys"].as_array_mut().unwrap();
        let behind = keys.split_off(keys.len().div_ceil(2));
        if !behind.is_empty() {
            let mut rest = request.clone();
            rest["Keys"] = json!(behind);
            left[table] = rest;
        }
    }
    (Bytes::from(asked.to_string()), left)
}

fn with_unprocessed(body: &[u8], left: Value) -> Bytes {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    answer["UnprocessedKeys"] = left;
    Bytes::from(answer.to_string())
}

/// A desk whose functions reach its table through the proxy.
pub(crate) struct Faulty {
    pub(crate) http: Http,
    plan: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    weather: Arc<Mutex<Option<Weather>>>,
    pub(super) hit: Arc<Mutex<Vec<Fault>>>,
    pub(super) store: Store,
    pub(crate) whole: Desk,
}

impl Faulty {
    /// The next calls meet these faults.
    pub(super) fn plan(&self, faults: &[(&'static str, Fault)]) {
        *self.plan.lock().unwrap() = faults.to_vec();
        self.hit.lock().unwrap().clear();
    }

    /// From now on calls meet this weather. Returns how many calls met a fault so far.
    pub(crate) fn weather(&self, weather: Option<Weather>) -> usize {
        *self.weather.lock().unwrap() = weather;
        std::mem::take(&mut *self.hit.lock().unwrap()).len()
    }

    #[track_caller]
    pub(super) fn all_hit(&self, count: usize) {
        assert_eq!(self.hit.lock().unwrap().len(), count, "the faults were met");
    }
}

async fn serve(routes: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = routes.into_service::<axum::body::Body>().map_request(trim_slash);
    let service = axum::ServiceExt::<axum::extract::Request>::into_make_service(service);
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// The functions on a desk's table, as another process would have them.
pub(super) async fn functions_on(connection: Connection) -> Http {
    let context = Context::new(Store::new(connection.client(), &connection.table));
    let routes = lambdesk_tickets::routes(context.clone(), MailDomain::new("desk.test"))
        .merge(lambdesk_external::routes(context.clone()))
        .merge(lambdesk_projects::routes(context.clone(), SignIn::None))
        .merge(lambdesk_sourcemaps::routes(context.clone()))
        .merge(lambdesk_widget::routes(context));
    Http::new(format!("http://{}", serve(routes).await))
}

/// The connection to a desk's table at another address.
pub(super) fn at(desk: &Desk, endpoint: String) -> Connection {
    Connection { endpoint: Some(endpoint), ..desk.running.dynamodb.clone() }
}

pub(crate) async fn faulty() -> Faulty {
    let whole = desk().await;
    let proxy = Proxy {
        upstream: whole.running.dynamodb.endpoint.clone().unwrap(),
        client: reqwest::Client::new(),
        plan: Arc::default(),
        weather: Arc::default(),
        hit: Arc::default(),
    };
    let (plan, weather, hit) = (proxy.plan.clone(), proxy.weather.clone(), proxy.hit.clone());
    let address = serve(Router::new().fallback(forward).with_state(proxy)).await;
    let connection = at(&whole, format!("http://{address}"));
    let store = Store::new(connection.client(), &connection.table);
    let http = functions_on(connection).await;
    Faulty { http, plan, weather, hit, store, whole }
}
