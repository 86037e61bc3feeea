//! The function that runs workflows, separate from the desk: on a table of its own, with a queue and a clock that the test
//! controls. So an hour of waiting takes no longer than the work in it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use axum::{Json, Router, extract::State, routing::post};
use futures_util::future::join_all;
use lambdesk_automation::{Automation, Queue};
use lambdesk_domain::{
    Actor, Command, ProjectId, TicketId, Timestamp, UserId, WorkflowId,
    audit::By,
    command::FromAgent,
    create::Draft,
    delivery::Copies,
    ids::Fingerprint,
    limit::RUNS,
    message::Content,
    permission::{WriteTickets, WriteWorkflows},
    project::{Member, Rights},
    scope::Access,
    settings::Settings,
    tags::Tags,
    testing::draft,
    ticket::{Fields, Origin},
    workflow::{Definition, Workflow},
};
use lambdesk_local::{Options, Running, start};
use lambdesk_store::{Connection, Desk, ProjectSeed, Store, schema::create_table};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

/// The most messages in a batch, and the most batches at once, as the template sets them.
const BATCH: usize = 10;
const AT_ONCE: usize = 5;
/// How far the clock moves each time it is read, in microseconds.
const TICK: i64 = 1000;

const PROJECT: ProjectId = ProjectId(1);

/// The messages that were put back, each with its delay in seconds.
type PutBack = Arc<Mutex<Vec<(String, i64)>>>;
/// The messages that were sent to the dead letters.
type Aside = Arc<Mutex<Vec<Value>>>;

pub(crate) struct Apart {
    store: Store,
    pub(crate) automation: Automation,
    pub(crate) desk: Desk<WriteTickets>,
    /// Messages by the time when they become visible, in microseconds, and by a number.
    queue: BTreeMap<(i64, usize), String>,
    sent: usize,
    put_back: PutBack,
    aside: Aside,
    clock: Arc<AtomicI64>,
    _database: (Running, TempDir),
}

/// The part of SQS that the function calls. Returns its URL.
async fn queue(put_back: PutBack, aside: Aside) -> String {
    async fn send(State((put_back, aside)): State<(PutBack, Aside)>, message: String) -> Json<Value> {
        let message: Value = serde_json::from_str(&message).unwrap();
        let body = message["MessageBody"].as_str().unwrap().to_owned();
        let md5 = format!("{:x}", md5::compute(&body));
        if message["QueueUrl"].as_str().unwrap().ends_with("DeadLetters") {
            aside.lock().unwrap().push(serde_json::from_str(&body).unwrap());
        } else {
            put_back.lock().unwrap().push((body, message["DelaySeconds"].as_i64().unwrap()));
        }
        Json(json!({"MessageId": Uuid::new_v4(), "MD5OfMessageBody": md5}))
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().route("/", post(send)).with_state((put_back, aside));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    endpoint
}

impl Apart {
    pub(crate) async fn new() -> Self {
        let data = TempDir::new().unwrap();
        let running = start(Options { data: Some(data.path().to_owned()), ..Options::default() }).await.unwrap();
        // The desk follows only the stream of its own table, so it leaves this table alone.
        let connection = Connection { table: "apart".to_owned(), ..running.dynamodb.clone() };
        create_table(&connection.client(), &connection.table).await.unwrap();
        // A little after the hour, so that no counting window ends within a test that does not wait for it.
        let hour = Timestamp::from(chrono::Utc::now()).seconds() / 3600 + 1;
        let clock = Arc::new(AtomicI64::new((hour * 3600 + 5) * 1_000_000));
        let ticking = Arc::clone(&clock);
        let now = move || Timestamp::from_micros(ticking.fetch_add(TICK, SeqCst)).unwrap();
        let store = Store::with_clock(connection.client(), &connection.table, now);
        let rights = Rights::new(Access::Admin);
        let owner = Member { id: UserId(1), email: "agent@example.com".to_owned(), first_name: "Agent".to_owned(), rights };
        let project =
            ProjectSeed { id: Some(PROJECT), name: "Apart".to_owned(), owner, tokens: None, settings: Settings::default() };
        store.founding().create_project(project).await.unwrap();
        let put_back = PutBack::default();
        let aside = Aside::default();
        let endpoint = queue(Arc::clone(&put_back), Arc::clone(&aside)).await;
        let dead_letters = format!("{endpoint}/000000000000/WorkflowDeadLetters");
        let queue = Queue::new(&connection.access, format!("{endpoint}/000000000000/WorkflowQueue"), Some(endpoint));
        let queue = queue.with_dead_letters(dead_letters);
        let (desk, automation) = (store.unchecked::<WriteTickets>(PROJECT), Automation { runs: store.runs(), queue });
        Self { store, automation, desk, queue: BTreeMap::new(), sent: 0, put_back, aside, clock, _database: (running, data) }
    }

    /// The project, as whoever has permission `P` reaches it.
    pub(crate) fn desk_of<P>(&self) -> Desk<P> {
        self.store.unchecked(PROJECT)
    }

    /// Saves a workflow with one action, started by a customer's message.
    pub(crate) async fn workflow(&self, inputs: Value) -> WorkflowId {
        self.workflow_of(vec![json!({"action": "update_ticket", "inputs": inputs})]).await
    }

    /// Saves a workflow with these steps, started by a customer's message.
    pub(crate) async fn workflow_of(&self, steps: Vec<Value>) -> WorkflowId {
        let definition = json!({"trigger": {"event": "$conversation_message_received"}, "steps": steps});
        let definition = Definition::parse(definition.as_object().unwrap()).unwrap();
        let (id, now) = (WorkflowId(Uuid::now_v7()), self.now());
        let new = Workflow {
            id,
            name: "Workflow".to_owned(),
            enabled: true,
            definition,
            created_at: now,
            updated_at: now,
            created_by: UserId(1),
            version: 1,
        };
        self.desk_of::<WriteWorkflows>().create_workflow(&By::the_desk(), &new, None).await.unwrap();
        id
    }

    pub(crate) async fn ticket(&self) -> TicketId {
        let draft = Draft { origin: browser(), ..draft() };
        self.desk.create(draft, None).await.unwrap().ticket.id
    }

    /// A ticket of a customer whose identity is not proven.
    pub(crate) async fn strangers_ticket(&self) -> TicketId {
        let draft = Draft { origin: browser(), identity_verified: Some(false), ..draft() };
        self.desk.create(draft, None).await.unwrap().ticket.id
    }

    /// A ticket with the most tags, each of the greatest length.
    pub(crate) async fn tagged_ticket(&self) -> TicketId {
        let tags = Tags::new((0..100).map(|number| format!("{number:0>200}"))).unwrap();
        self.desk.create(Draft { fields: Fields { tags, ..Fields::default() }, ..draft() }, None).await.unwrap().ticket.id
    }

    /// Replies as an agent.
    pub(crate) async fn answer(&self, ticket: TicketId) {
        let actor = Actor::User { id: UserId(1), name: "Agent".to_owned() };
        let content = Content { text: "We look into it.".to_owned(), rich: None, files: Vec::new() };
        let command = Command::Reply(FromAgent {
            content,
            private: false,
            fingerprint: Fingerprint([0; 16]),
            keyed: true,
            mailed: None,
            copies: Copies::NONE,
            entropy: 1,
        });
        self.desk.change(ticket, &actor, command, None).await.unwrap();
    }

    /// Counts this many actions of the project's runs.
    pub(crate) async fn desk_calls(&self, actions: u32) {
        self.store.count_calls(&format!("runs:{PROJECT}"), &RUNS, actions).await.unwrap();
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, SeqCst);
    }

    /// Makes every message in the queue visible now, in random order.
    pub(crate) fn shuffle(&mut self) {
        let mut bodies: Vec<_> = std::mem::take(&mut self.queue).into_values().collect();
        fastrand::shuffle(&mut bodies);
        for body in bodies {
            self.send(body, 0);
        }
    }

    /// The messages that were sent to the dead letters.
    pub(crate) fn set_aside(&self) -> Vec<Value> {
        self.aside.lock().unwrap().clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(SeqCst)).unwrap()
    }

    /// The event of a customer's message, as the queue delivers it.
    pub(crate) fn event(&self, ticket: TicketId) -> String {
        let properties = json!({"ticket_id": ticket, "status": "new", "priority": null, "channel_source": "widget"});
        let detail = json!({
            "event": "$conversation_message_received", "uuid": Uuid::new_v4(), "project_id": PROJECT, "distinct_id": "ada",
            "timestamp": self.now(), "properties": properties,
        });
        json!({"detail": detail}).to_string()
    }

    /// The event of a customer's message with another kind of actor, such as a user.
    pub(crate) fn event_by(&self, ticket: TicketId, actor: &str) -> String {
        let mut event: Value = serde_json::from_str(&self.event(ticket)).unwrap();
        event["detail"]["properties"]["actor_type"] = json!(actor);
        event.to_string()
    }

    /// Sends a message that becomes visible after `seconds`.
    pub(crate) fn send(&mut self, body: String, seconds: i64) {
        self.sent += 1;
        self.queue.insert((self.now().plus_seconds(seconds).micros(), self.sent), body);
    }

    /// Hands over the messages in the queue, and those that are put back, each when it becomes visible, until none is left.
    /// Returns how often a message was put back.
    pub(crate) async fn until_empty(&mut self) -> usize {
        let mut put_back = 0;
        while let Some((&(at, _), _)) = self.queue.first_key_value() {
            self.clock.fetch_max(at, SeqCst);
            put_back += self.hand_over_batches().await;
        }
        put_back
    }

    /// Hands over the messages that are visible now. Those that are put back stay in the queue.
    pub(crate) async fn hand_over(&mut self) {
        let now = self.clock.load(SeqCst);
        while self.queue.first_key_value().is_some_and(|(&(at, _), _)| at <= now) {
            self.hand_over_batches().await;
        }
    }

    /// Hands over as many batches as run at once. Returns how often a message was put back.
    async fn hand_over_batches(&mut self) -> usize {
        let batches: Vec<_> = (0..AT_ONCE).map(|_| self.take()).collect();
        for response in join_all(batches.into_iter().map(|batch| self.automation.handle(batch))).await {
            assert_eq!(response.batch_item_failures, [], "to wait is not to fail");
        }
        let waiting: Vec<_> = self.put_back.lock().unwrap().drain(..).collect();
        let put_back = waiting.len();
        for (body, seconds) in waiting {
            self.send(body, seconds);
        }
        put_back
    }

    fn take(&mut self) -> SqsEvent {
        let mut batch = SqsEvent::default();
        while batch.records.len() < BATCH
            && let Some(first) = self.queue.first_entry()
            && first.key().0 <= self.clock.load(SeqCst)
        {
            batch.records.push(message(first.remove()));
        }
        batch
    }
}

/// A message in the form that Lambda passes to a function.
pub(crate) fn message(body: String) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(Uuid::new_v4().to_string());
    message.body = Some(body);
    message
}

/// The origin of a ticket that a new browser session opens.
fn browser() -> Origin {
    Origin::Widget { session: Some(Uuid::new_v4().to_string()), detail: None }
}
