//! A DynamoDB with faults: a proxy between the engine and the functions. Faults come one by one as planned, or by chance as
//! [`Weather`] has it.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use fastrand::Rng;
use lambdesk_channels::{HandOver, MailService};
use lambdesk_domain::Timestamp;
use lambdesk_http::{Context, mail_domain::MailDomain, run::trim_slash, session::SignIn};
use lambdesk_store::{Connection, Store};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt as _;

use crate::support::{Desk, Http, desk, no_bucket};

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
    /// The call is carried out, and half of its answer comes.
    Garbled,
    /// The call is not carried out, and nothing answers it.
    Silent,
    /// The call is carried out, and nothing answers it.
    SilentAfter,
    /// The credentials of the function have expired.
    Expired,
    /// The call was signed at a time that is not DynamoDB's. Its answer has the right time.
    Skewed,
    /// The call waits until the test lets it go.
    Held,
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
            Self::Throttled | Self::Broken | Self::Silent | Self::Garbled | Self::Expired | Self::Skewed | Self::Held => true,
        }
    }
}

/// A DynamoDB with faults. The plan has pairs of a call and a fault: a request takes the first fault that is planned for its
/// call, or for its call on items like this (`GetItem:"M#1"`).
#[derive(Clone)]
struct Proxy {
    upstream: String,
    client: reqwest::Client,
    plan: Arc<Mutex<Vec<(&'static str, Fault)>>>,
    weather: Arc<Mutex<Option<Weather>>>,
    hit: Arc<Mutex<Vec<Fault>>>,
    /// The tokens of the transactions that were carried out.
    carried_out: Arc<Mutex<HashSet<String>>>,
    /// How many calls were answered.
    answered: Arc<AtomicUsize>,
    /// Held calls that may go on.
    let_go: Arc<Semaphore>,
}

impl Proxy {
    fn next(&self, target: &str, body: &[u8]) -> Option<Fault> {
        let fault = self.planned(target, body).or_else(|| self.by_chance(target, body))?;
        self.hit.lock().unwrap().push(fault);
        Some(fault)
    }

    /// A fault of the weather. DynamoDB promises for ten minutes that a transaction that it has carried out succeeds under the
    /// same token, so no other transaction is in its way.
    fn by_chance(&self, target: &str, body: &[u8]) -> Option<Fault> {
        let fault = self.weather.lock().unwrap().as_mut()?.next(target)?;
        let meets_another = [Fault::Conflict, Fault::CancelledByThrottle, Fault::InProgress].contains(&fault);
        let done = meets_another && token(body).is_some_and(|token| self.carried_out.lock().unwrap().contains(&token));
        (!done).then_some(fault)
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
        Some(Fault::Expired) => return refuse(StatusCode::BAD_REQUEST, named("ExpiredTokenException")),
        Some(Fault::Skewed) => return refuse(StatusCode::BAD_REQUEST, named("InvalidSignatureException")),
        Some(Fault::Silent) => return std::future::pending().await,
        Some(Fault::Held) => proxy.let_go.acquire().await.unwrap().forget(),
        Some(Fault::Unprocessed | Fault::AnswerLost | Fault::SilentAfter | Fault::Garbled) | None => {}
    }
    let (body, left) = if fault == Some(Fault::Unprocessed) { halved(&body) } else { (body, Value::Null) };
    let transacted = target.ends_with("TransactWriteItems").then(|| token(&body)).flatten();
    let mut request = proxy.client.post(&proxy.upstream).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "host" && *name != "content-length") {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    if let Some(token) = transacted.filter(|_| status.is_success()) {
        proxy.carried_out.lock().unwrap().insert(token);
    }
    let body = answer.bytes().await.unwrap();
    proxy.answered.fetch_add(1, Ordering::SeqCst);
    if fault == Some(Fault::AnswerLost) {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, named("InternalServerError"));
    }
    if fault == Some(Fault::SilentAfter) {
        return std::future::pending().await;
    }
    if fault == Some(Fault::Garbled) {
        return (status, [("content-type", kind)], body.slice(..body.len() / 2)).into_response();
    }
    // The SDK checks the sum of an answer that has one, and the proxy passes none on.
    let body = if left.is_null() { body } else { with_unprocessed(&body, left) };
    (status, [("content-type", kind)], body).into_response()
}

/// The token of a transaction.
fn token(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["ClientRequestToken"].as_str().map(str::to_owned)
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
    pub(crate) hit: Arc<Mutex<Vec<Fault>>>,
    answered: Arc<AtomicUsize>,
    let_go: Arc<Semaphore>,
    pub(crate) store: Store,
    /// How the functions reach the table.
    pub(crate) connection: Connection,
    pub(crate) whole: Desk,
}

impl Faulty {
    /// The next calls meet these faults.
    pub(crate) fn plan(&self, faults: &[(&'static str, Fault)]) {
        *self.plan.lock().unwrap() = faults.to_vec();
        self.hit.lock().unwrap().clear();
    }

    /// From now on calls meet this weather. Returns how many calls met a fault so far.
    pub(crate) fn weather(&self, weather: Option<Weather>) -> usize {
        *self.weather.lock().unwrap() = weather;
        std::mem::take(&mut *self.hit.lock().unwrap()).len()
    }

    /// Waits until a call is held, while so many others were answered that began with it.
    pub(super) async fn holds_beside(&self, others: usize, begun: impl Future) {
        let before = self.answered.load(Ordering::SeqCst);
        let holds = async {
            while self.hit.lock().unwrap().is_empty() || self.answered.load(Ordering::SeqCst) < before + others {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            () = holds => {}
            _ = begun => panic!("nothing was held"),
        }
    }

    /// Lets a held call go.
    pub(super) fn let_go(&self) {
        self.let_go.add_permits(1);
    }

    #[track_caller]
    pub(crate) fn all_hit(&self, count: usize) {
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
pub(crate) async fn functions_on(connection: Connection) -> Http {
    functions(Store::new(connection.client(), &connection.table), MailService::new(connection.access, None)).await
}

async fn functions(store: Store, sends: MailService) -> Http {
    let context = Context::new(store);
    let handed_over: HandOver = Arc::new(|_| Box::pin(async { Ok(()) }));
    let routes = lambdesk_tickets::routes(context.clone(), no_bucket(), MailDomain::new("desk.test"))
        .merge(lambdesk_channels::routes(context.clone(), MailDomain::new("desk.test"), handed_over, sends))
        .merge(lambdesk_external::routes(context.clone()))
        .merge(lambdesk_projects::routes(context.clone(), SignIn::None, MailDomain::new("desk.test")))
        .merge(lambdesk_sourcemaps::routes(context.clone()))
        .merge(lambdesk_widget::routes(context, no_bucket()));
    Http::new(format!("http://{}", serve(routes).await))
}

/// The connection to a desk's table at another address.
pub(super) fn at(desk: &Desk, endpoint: String) -> Connection {
    Connection { endpoint: Some(endpoint), ..desk.running.dynamodb.clone() }
}

pub(crate) async fn faulty() -> Faulty {
    faulty_on(desk().await, || Timestamp::from(chrono::Utc::now())).await
}

/// The same on a desk that runs already, with its time.
pub(crate) async fn faulty_on(whole: Desk, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Faulty {
    let proxy = Proxy {
        upstream: whole.running.dynamodb.endpoint.clone().unwrap(),
        client: reqwest::Client::new(),
        plan: Arc::default(),
        weather: Arc::default(),
        hit: Arc::default(),
        carried_out: Arc::default(),
        answered: Arc::default(),
        let_go: Arc::new(Semaphore::new(0)),
    };
    let (plan, weather, hit) = (proxy.plan.clone(), proxy.weather.clone(), proxy.hit.clone());
    let (answered, let_go) = (proxy.answered.clone(), proxy.let_go.clone());
    let address = serve(Router::new().fallback(forward).with_state(proxy)).await;
    let connection = at(&whole, format!("http://{address}"));
    let store = Store::with_clock(connection.client(), &connection.table, now);
    let sends = MailService::new(connection.access.clone(), whole.running.ses_endpoint().map(str::to_owned));
    let http = functions(store.clone(), sends).await;
    Faulty { http, plan, weather, hit, answered, let_go, store, connection, whole }
}
