//! The real functions on a table of their own, in one thread and without a front: each is handed its work by the test, and may
//! die at any step of it.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::{Context as Task, Poll},
};

use aws_lambda_events::event::{
    dynamodb::{Event, EventRecord},
    sqs::SqsEvent,
};
use aws_sdk_dynamodb::{Client, config::timeout::TimeoutConfig};
use axum::{Json, Router, body::Body, extract::State, http::Request, response::Response, routing::post};
use dynoxide::Database;
use lambdesk_automation::{Automation, Queue};
use lambdesk_clock::Clock;
use lambdesk_domain::{ProjectId, UserId, facts::Kinds, project::Rights, scope::Access, settings::Settings};
use lambdesk_http::{Context, mail_domain::MailDomain, run::trim_slash, session::SignIn};
use lambdesk_relay::{Bus, Relay};
use lambdesk_store::{Connection, NewKey, ProjectSeed, Store, User, schema::create_table};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::{
    apart::message,
    support::{Time, no_bucket},
};

/// When a desk begins: on the second, so that the model counts in seconds.
pub(super) const BEGIN: &str = "2026-03-02T09:00:00Z";
pub(super) const PROJECT: ProjectId = ProjectId(1);
/// How often a batch is handed over again before it has to be done.
const TRIES: usize = 20;

/// The database and the bus of one thread of tests. Each sequence has a table of its own there.
pub(super) struct Engine {
    database: Database,
    connection: Connection,
    bus: Bus,
    queue: Queue,
    taken: Arc<Mutex<Taken>>,
    tables: usize,
}

/// What the bus took, in order, and the entry that it will refuse.
#[derive(Default)]
struct Taken {
    entries: Vec<Value>,
    refused: Option<usize>,
}

async fn take(State(taken): State<Arc<Mutex<Taken>>>, body: String) -> Json<Value> {
    let call: Value = serde_json::from_str(&body).unwrap();
    let mut taken = taken.lock().unwrap();
    let mut results = Vec::new();
    for entry in call["Entries"].as_array().expect("nothing waits for the limit of workflows") {
        if taken.refused.take_if(|left| *left == 0).is_some() {
            results.push(json!({"ErrorCode": "NotAuthorizedForSource", "ErrorMessage": "no"}));
            continue;
        }
        taken.refused = taken.refused.map(|left| left - 1);
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
        results.push(json!({"EventId": detail["uuid"]}));
        taken.entries.push(detail);
    }
    Json(json!({"FailedEntryCount": 0, "Entries": results}))
}

async fn serve(routes: Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    endpoint
}

impl Engine {
    pub(super) async fn new() -> Self {
        let database = Database::memory().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connection = Connection::local("", format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        let taken = Arc::<Mutex<Taken>>::default();
        let endpoint = serve(Router::new().route("/", post(take)).with_state(Arc::clone(&taken))).await;
        let bus = Bus::new(&connection.access, "bus", Some(endpoint.clone()));
        let queue = Queue::new(&connection.access, format!("{endpoint}/queue"), Some(endpoint));
        Self { database, connection, bus, queue, taken, tables: 0 }
    }

    /// A client that waits for the engine as long as it takes. The model is about what is done, and would take a machine that is busy for
    /// a table that is away.
    fn client(&self) -> Client {
        let config = self.connection.client().config().to_builder().timeout_config(TimeoutConfig::disabled());
        Client::from_conf(config.build())
    }

    /// A new desk with one project.
    pub(super) async fn parts(&mut self) -> Parts<'_> {
        self.tables += 1;
        *self.taken.lock().unwrap() = Taken::default();
        let table = format!("desk-{}", self.tables);
        let client = self.client();
        create_table(&client, &table).await.unwrap();
        let time = Time::starting(BEGIN.parse::<lambdesk_domain::Timestamp>().unwrap().micros());
        let told = time.clone();
        let store = Store::with_clock(client, &table, move || told.now());
        seed(&store).await;
        let routes = routes(&store);
        Parts { engine: self, table, time, store, routes, iterator: None, records: Vec::new(), related: 0, run: 0 }
    }
}

async fn seed(store: &Store) {
    let owner = User { id: UserId(1), email: "agent@example.com".to_owned(), first_name: "Agent".to_owned() };
    let founding = store.founding();
    founding.seed_user(&owner).await.unwrap();
    let key = NewKey { key: founding.first_key(owner.id, "Local"), value: "phx_local".to_owned() };
    founding.create_key(&key, |_| Ok::<_, lambdesk_store::StoreError>(())).await.unwrap();
    let tokens = Some(["phc", "wgt", "phs"].map(|prefix| format!("{prefix}_local")));
    let owner = owner.with_rights(Rights::new(Access::Admin));
    let project = ProjectSeed { id: Some(PROJECT), name: "Desk".to_owned(), owner, tokens, settings: Settings::default() };
    founding.create_project(project).await.unwrap();
}

fn routes(store: &Store) -> Router {
    let context = Context::new(store.clone());
    lambdesk_tickets::routes(context.clone(), no_bucket(), MailDomain::new("desk.test"))
        .merge(lambdesk_external::routes(context.clone()))
        .merge(lambdesk_projects::routes(context.clone(), SignIn::None, MailDomain::new("desk.test")))
        .merge(lambdesk_widget::routes(context, no_bucket()))
}

/// The functions, on one table.
pub(super) struct Parts<'a> {
    engine: &'a Engine,
    pub(super) table: String,
    pub(super) time: Time,
    pub(super) store: Store,
    routes: Router,
    iterator: Option<String>,
    /// What the stream has had, and how much of it the relay has handled.
    records: Vec<EventRecord>,
    related: usize,
    /// How much of what the bus took the automation has handled.
    run: usize,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) json: Value,
    pub(super) replayed: bool,
}

impl Answer {
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json);
        self.json
    }
}

impl Parts<'_> {
    async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = trim_slash(request.body(body).unwrap());
        let response: Response = Box::pin(self.routes.clone().oneshot(request)).await.unwrap();
        let (status, replayed) = (response.status().as_u16(), response.headers().contains_key("idempotent-replayed"));
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, json: serde_json::from_slice(&bytes).unwrap_or_default(), replayed }
    }

    pub(super) async fn agent(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(method, &format!("/api/projects/1/conversations{path}"), &[("authorization", "Bearer phx_local")], &body).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.agent("GET", path, Value::Null).await.expect(200)
    }

    /// An agent's call with this key.
    pub(super) async fn keyed(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("authorization", "Bearer phx_local"), ("idempotency-key", key)];
        self.call(method, &format!("/api/projects/1/conversations{path}"), &headers, body).await
    }

    pub(super) async fn widget(&self, method: &str, path: &str, body: Value) -> Answer {
        let path = format!("/api/conversations/v1/widget{path}");
        self.call(method, &path, &[("x-conversations-token", "wgt_local")], &body).await
    }

    pub(super) async fn external(&self, ticket: &str, body: Value) -> Answer {
        let path = format!("/api/conversations/external/ticket/{ticket}");
        self.call("PATCH", &path, &[("authorization", "Bearer phs_local")], &body).await
    }

    /// The functions start anew.
    pub(super) fn restart(&mut self) {
        let told = self.time.clone();
        self.store = Store::with_clock(self.engine.client(), &self.table, move || told.now());
        self.routes = routes(&self.store);
    }

    /// Reads on in the stream.
    fn follow(&mut self) {
        let database = &self.engine.database;
        let mut iterator = self.iterator.take().unwrap_or_else(|| self.at_the_beginning());
        loop {
            let page = database.get_records(serde_json::from_value(json!({"ShardIterator": iterator})).unwrap()).unwrap();
            iterator = page.next_shard_iterator.unwrap();
            if page.records.is_empty() {
                break;
            }
            let page = serde_json::to_value(page.records).unwrap();
            self.records.extend(serde_json::from_value::<Vec<EventRecord>>(page).unwrap());
        }
        self.iterator = Some(iterator);
    }

    fn at_the_beginning(&self) -> String {
        let database = &self.engine.database;
        let streams = database.list_streams(serde_json::from_value(json!({"TableName": self.table})).unwrap()).unwrap();
        let arn = &streams.streams[0].stream_arn;
        let described = database.describe_stream(serde_json::from_value(json!({"StreamArn": arn})).unwrap()).unwrap();
        let shard = &described.stream_description.shards[0].shard_id;
        let start = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        database.get_shard_iterator(serde_json::from_value(start).unwrap()).unwrap().shard_iterator.unwrap()
    }

    /// Hands the stream to the relay, as Lambda does: what failed comes again, and the last `again` records come twice. Then
    /// the older half of these is redriven alone, as dead letters are. Nothing is published of that, since it has no order.
    pub(super) async fn relate(&mut self, dies: Option<usize>, refused: Option<usize>, again: usize) {
        self.follow();
        let again = again.min(self.related);
        let twice = self.related - again..self.related - again / 2;
        self.related = twice.start;
        let bus = Some(self.engine.bus.clone());
        let relay = Relay { upkeep: self.store.upkeep(), bus, facts: Kinds::default(), files: None };
        self.engine.taken.lock().unwrap().refused = refused;
        if let Some(steps) = dies {
            Box::pin(dying(relay.handle(batch(&self.records[self.related..])), steps)).await;
        }
        for _ in 0..TRIES {
            let handled = relay.handle(batch(&self.records[self.related..])).await;
            let failed = handled.batch_item_failures.first().and_then(|failure| failure.item_identifier.clone());
            let Some(failed) = failed else {
                self.related = self.records.len();
                let redriven = Relay { bus: None, ..relay }.handle(batch(&self.records[twice])).await;
                assert_eq!(redriven.batch_item_failures, []);
                return;
            };
            let place = self.records.iter().position(|record| record.change.sequence_number.as_ref() == Some(&failed));
            self.related = place.expect("a record of the batch");
        }
        panic!("the relay does not get on");
    }

    /// Hands the automation what the bus took. The last `again` messages come twice.
    pub(super) async fn run(&mut self, dies: Option<usize>, again: usize) {
        self.run = self.run.saturating_sub(again);
        let automation = Automation { runs: self.store.runs(), queue: self.engine.queue.clone() };
        let waiting = self.told().split_off(self.run);
        for part in waiting.chunks(10) {
            let batch = || {
                let mut batch = SqsEvent::default();
                batch.records.extend(part.iter().map(|detail| message(json!({"detail": detail}).to_string())));
                batch
            };
            if let Some(steps) = dies {
                dying(automation.handle(batch()), steps).await;
            }
            let failures = automation.handle(batch()).await.batch_item_failures;
            assert_eq!(failures, [], "{part:?}");
        }
        self.run += waiting.len();
    }

    /// What the bus took, in order.
    pub(super) fn told(&self) -> Vec<Value> {
        self.engine.taken.lock().unwrap().entries.clone()
    }

    /// Ticks until nothing is due.
    pub(super) async fn tick(&self, dies: Option<usize>) {
        let clock = Clock { upkeep: self.store.upkeep() };
        if let Some(steps) = dies {
            dying(clock.tick(), steps).await;
        }
        for _ in 0..TRIES {
            let ticked = Box::pin(clock.tick()).await;
            assert!(ticked.succeeded(), "{ticked:?}");
            if !ticked.timers.more && ticked.timers.rung == lambdesk_store::Rung::default() {
                return;
            }
        }
        panic!("the clock does not come to rest");
    }

    /// Every item of the table.
    pub(super) fn items(&self) -> Vec<Value> {
        let scan = json!({"TableName": self.table});
        let found = self.engine.database.scan(serde_json::from_value(scan).unwrap()).unwrap();
        serde_json::to_value(found).unwrap()["Items"].as_array().cloned().unwrap_or_default()
    }

    /// Removes the table.
    pub(super) fn end(self) {
        let delete = json!({"TableName": self.table});
        self.engine.database.delete_table(serde_json::from_value(delete).unwrap()).unwrap();
    }
}

fn batch(records: &[EventRecord]) -> Event {
    let mut event = Event::default();
    event.records = records.to_vec();
    event
}

/// Drives a function for this many steps at most, and then it is dead.
async fn dying<T>(work: impl Future<Output = T>, mut steps: usize) {
    let mut work = pin!(work);
    std::future::poll_fn(move |task: &mut Task<'_>| {
        let work: Pin<&mut _> = work.as_mut();
        let done = Future::poll(work, task).is_ready();
        steps -= 1;
        if done || steps == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
