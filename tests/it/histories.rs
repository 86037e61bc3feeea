//! Sixteen clients at once on few tickets, through two processes of the functions, while DynamoDB has its faults. Everything
//! that they did and were told is a history, and the desk must agree with it: one order of messages, exact counters, each
//! acknowledged write once, each unknown one at most once, and nothing ever goes back.
//!
//! `HISTORIES=100 HISTORIES_FROM=1` plays more than the two of a normal run.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures_util::future::join_all;
use lambdesk_domain::{ProjectId, TicketId, permission::ReadTickets};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    faults::proxy::{Fault, Faulty, Weather, faulty, functions_on},
    model::asked,
    support::{AGENT, Http, Reply, Visitor},
};

const CLIENTS: usize = 16;
const TICKETS: usize = 3;
/// How much each client does.
const STEPS: usize = 10;
/// How often a client repeats what has a key.
const TRIES: usize = 25;
/// How many milliseconds a client waits for an answer that it wants.
const LONGEST: u64 = 60_000;
const FAULTS: [Fault; 6] =
    [Fault::AnswerLost, Fault::Throttled, Fault::Conflict, Fault::CancelledByThrottle, Fault::InProgress, Fault::Broken];

/// A message or a tag that a client wrote, or tried to.
#[derive(Debug, Clone)]
struct Write {
    ticket: usize,
    text: String,
    kind: Kind,
    acknowledged: bool,
    began: Instant,
    ended: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Customer,
    Agent,
    Note,
    Tag,
}

/// What a client saw of a ticket: the texts of its messages, or its counts.
#[derive(Debug, Clone)]
struct Look {
    ticket: usize,
    began: Instant,
    ended: Instant,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    /// All messages, or without notes as the customer sees them.
    Thread { texts: Vec<String>, notes: bool },
    /// The ticket in a list: when it changed, and how many messages it has.
    Row { updated_at: String, messages: u64 },
    /// Its version in the table.
    Version(u64),
}

#[derive(Default)]
struct History {
    writes: Vec<Write>,
    looks: Vec<Look>,
}

/// A client, which knows every ticket.
struct Client {
    name: usize,
    chance: Rng,
    http: Http,
    desk: Arc<Faulty>,
    tickets: Arc<Vec<(String, Visitor)>>,
    history: Arc<Mutex<History>>,
}

impl Client {
    async fn work(mut self) {
        for step in 0..STEPS {
            let (ticket, text) = (self.chance.usize(..TICKETS), format!("{}-{step}", self.name));
            match self.chance.u8(..10) {
                0..=2 => self.write(ticket, text, Kind::Customer).await,
                3..=4 => self.write(ticket, text, Kind::Agent).await,
                5 => self.write(ticket, text, Kind::Note).await,
                6 => self.write(ticket, text, Kind::Tag).await,
                _ => {}
            }
            self.look(ticket).await;
        }
    }

    /// Writes once; or again and again with one key, until the desk says that it is done. Some answers are not waited for.
    async fn write(&mut self, ticket: usize, text: String, kind: Kind) {
        let (tries, began) = (if self.chance.bool() { TRIES } else { 1 }, Instant::now());
        let mut acknowledged = false;
        for _ in 0..tries {
            let patience = if self.chance.u8(..3) == 0 { self.chance.u64(1..60) } else { LONGEST };
            let sending = self.send(ticket, &text, kind, tries > 1);
            let Ok(reply) = timeout(Duration::from_millis(patience), sending).await else { continue };
            if (200..300).contains(&reply.status) {
                acknowledged = true;
                break;
            }
            // The slower the machine, the more often a customer tries, who may write 30 times a minute.
            let may_be_limited = kind == Kind::Customer && reply.status == 429;
            assert!(may_be_limited || [503, 409].contains(&reply.status), "{}", reply.text);
        }
        let write = Write { ticket, text, kind, acknowledged, began, ended: Instant::now() };
        self.history.lock().unwrap().writes.push(write);
    }

    async fn send(&self, ticket: usize, text: &str, kind: Kind, keyed: bool) -> Reply {
        let (id, visitor) = &self.tickets[ticket];
        let key = format!("key-{text}");
        let mut headers = vec![("authorization", AGENT), ("x-conversations-token", "wgt_local")];
        if keyed {
            headers.push(("idempotency-key", &key));
        }
        let tickets = "/api/projects/1/conversations/tickets/";
        let (path, body) = match kind {
            Kind::Customer => ("/api/conversations/v1/widget/message".to_owned(), visitor.message(Some(id), text)),
            Kind::Agent | Kind::Note => {
                (format!("{tickets}{id}/reply/"), json!({"message": text, "is_private": kind == Kind::Note}))
            }
            Kind::Tag => (format!("{tickets}bulk_update_tags/"), json!({"ids": [id], "action": "add", "tags": [text]})),
        };
        self.http.call(Method::POST, &path, &headers, body).await
    }

    async fn look(&mut self, ticket: usize) {
        let (id, visitor) = &self.tickets[ticket];
        let began = Instant::now();
        let seen = match self.chance.u8(..4) {
            0 => {
                let path = format!("/tickets/{id}/messages/?limit=200");
                let reply = self.http.get(&path).await;
                (reply.status == 200).then(|| Seen::Thread { texts: texts(&reply.json["results"]), notes: true })
            }
            1 => {
                let reply = visitor_of(&self.http, visitor).poll(id, None).await;
                let whole = reply.status == 200 && reply.json["has_more"] != true;
                whole.then(|| Seen::Thread { texts: texts(&reply.json["messages"]), notes: false })
            }
            2 => {
                let reply = self.http.get(&format!("/tickets/?ids={id}")).await;
                let row = &reply.json["results"][0];
                let updated_at = row["updated_at"].as_str().map(str::to_owned);
                updated_at.map(|updated_at| Seen::Row { updated_at, messages: row["message_count"].as_u64().unwrap() })
            }
            _ => version(&self.desk, id).await.map(Seen::Version),
        };
        if let Some(seen) = seen {
            self.history.lock().unwrap().looks.push(Look { ticket, began, ended: Instant::now(), seen });
        }
    }
}

/// The ticket's customer, at this process.
fn visitor_of(http: &Http, visitor: &Visitor) -> Visitor {
    Visitor { http: http.clone(), session: visitor.session.clone() }
}

fn texts(messages: &Value) -> Vec<String> {
    crate::support::texts(messages).into_iter().map(str::to_owned).collect()
}

/// The version of a ticket; `None` while the table can't be read.
async fn version(desk: &Faulty, id: &str) -> Option<u64> {
    let agent = desk.store.unchecked::<ReadTickets>(ProjectId(1));
    let ticket = agent.ticket(TicketId(id.parse().unwrap())).await.ok()?;
    Some(ticket.expect("a ticket").version)
}

/// A ticket with its thread and its version, once nothing comes between the three. A write whose answer nobody waited for may
/// still be on its way.
async fn at_rest(desk: &Faulty, id: &str) -> (Value, Vec<Value>, u64) {
    loop {
        let before = version(desk, id).await.expect("a table that answers");
        let list = desk.whole.tickets().list(&format!("ids={id}")).await;
        let thread = desk.whole.tickets().messages(id).query("limit=200").await["results"].as_array().unwrap().clone();
        if version(desk, id).await == Some(before) {
            return (list["results"][0].clone(), thread, before);
        }
    }
}

/// A ticket at the end, with its history.
struct Outcome<'a> {
    ticket: Value,
    thread: Vec<Value>,
    version: u64,
    writes: Vec<&'a Write>,
    looks: Vec<&'a Look>,
}

impl Outcome<'_> {
    fn order(&self, notes: bool) -> Vec<String> {
        let shown = self.thread.iter().filter(|message| notes || message["is_private"] == false);
        shown.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    }

    fn count(&self, such: impl Fn(&Value) -> bool) -> usize {
        self.thread.iter().filter(|message| such(message)).count()
    }

    /// Each acknowledged write is there once, each other one at most once, and nothing else is there.
    fn check_writes(&self) {
        let order = self.order(true);
        let tags: Vec<_> = self.ticket["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect();
        for write in &self.writes {
            let there = if write.kind == Kind::Tag { &tags } else { &order };
            let times = there.iter().filter(|text| **text == write.text).count();
            let right = if write.acknowledged { times == 1 } else { times <= 1 };
            assert!(right, "{write:?} is there {times} times");
        }
        let known: BTreeSet<_> = self.writes.iter().map(|write| write.text.as_str()).chain(["start"]).collect();
        let strange: Vec<_> = order.iter().chain(&tags).filter(|text| !known.contains(text.as_str())).collect();
        assert!(strange.is_empty(), "nobody wrote {strange:?}");
    }

    /// What ended before something else began stands before it.
    fn check_order(&self) {
        let order = self.order(true);
        let place = |write: &Write| order.iter().position(|text| *text == write.text);
        for first in self.writes.iter().filter(|write| write.acknowledged) {
            for second in self.writes.iter().filter(|second| first.ended < second.began) {
                let (Some(before), Some(after)) = (place(first), place(second)) else { continue };
                assert!(before < after, "{first:?} stands behind {second:?}: {order:?}");
            }
        }
        let times: Vec<_> = self.thread.iter().map(|message| message["created_at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
    }

    /// Whoever looked saw the beginning of the one order, with all that had been acknowledged.
    fn check_threads(&self) {
        for look in &self.looks {
            let Seen::Thread { texts, notes } = &look.seen else { continue };
            let order = self.order(*notes);
            assert!(order.starts_with(texts), "{look:?} is no beginning of {order:?}");
            let done = self.writes.iter().filter(|write| write.acknowledged && write.ended < look.began);
            let done = done.filter(|write| write.kind != Kind::Tag && (*notes || write.kind != Kind::Note));
            for write in done {
                assert!(texts.contains(&write.text), "{look:?} lacks {write:?}");
            }
        }
    }

    /// What was looked at later is no older.
    fn check_looks(&self) {
        for first in &self.looks {
            for second in self.looks.iter().filter(|second| first.ended < second.began) {
                let grows = match (&first.seen, &second.seen) {
                    (Seen::Version(first), Seen::Version(second)) => first <= second,
                    (Seen::Row { updated_at, messages }, Seen::Row { updated_at: later, messages: more }) => {
                        updated_at <= later && messages <= more
                    }
                    _ => true,
                };
                assert!(grows, "{first:?} and then {second:?}");
            }
        }
    }

    /// The counters are those of the thread, and the version is that of as many changes as there were.
    fn check_counters(&self) {
        let public = self.count(|message| message["is_private"] == false);
        let received = self.count(|message| message["author_type"] == "customer");
        let told = ["message_count", "unread_team_count", "unread_customer_count"].map(|field| &self.ticket[field]);
        assert_eq!(told, [public, received, public - received].map(|count| json!(count)).each_ref());
        let tags = self.ticket["tags"].as_array().unwrap().len();
        assert_eq!(self.version, (self.thread.len() + tags) as u64, "one version for each change");
    }
}

async fn history(seed: u64) {
    let desk = Arc::new(faulty().await);
    let mut tickets = Vec::new();
    for _ in 0..TICKETS {
        let visitor = desk.whole.customer();
        tickets.push((visitor.open("start").await, visitor));
    }
    let (tickets, history) = (Arc::new(tickets), Arc::<Mutex<History>>::default());
    let processes = [desk.http.clone(), functions_on(desk.connection.clone()).await];
    desk.weather(Some(Weather::new(seed, 15, &FAULTS)));
    let mut chance = Rng::with_seed(seed);
    let clients = (0..CLIENTS).map(|name| Client {
        name,
        chance: chance.fork(),
        http: processes[name % processes.len()].clone(),
        desk: Arc::clone(&desk),
        tickets: Arc::clone(&tickets),
        history: Arc::clone(&history),
    });
    let clients: Vec<_> = clients.map(|client| tokio::spawn(client.work())).collect();
    for worked in join_all(clients).await {
        worked.unwrap();
    }
    let met = desk.weather(None);
    let history = std::mem::take(&mut *history.lock().unwrap());
    let unknown = history.writes.iter().filter(|write| !write.acknowledged).count();
    let (writes, looks) = (history.writes.len(), history.looks.len());
    println!("seed {seed}: {writes} writes, {unknown} of them unknown, {looks} looks; {met} calls met a fault");
    assert!(met > 0, "the weather was bad");
    let mut messages = Vec::new();
    for (place, (id, _)) in tickets.iter().enumerate() {
        let (ticket, thread, version) = at_rest(&desk, id).await;
        messages.extend(thread.iter().filter(|message| message["is_private"] == false).map(|message| message["id"].clone()));
        let outcome = Outcome {
            ticket,
            thread,
            version,
            writes: history.writes.iter().filter(|write| write.ticket == place).collect(),
            looks: history.looks.iter().filter(|look| look.ticket == place).collect(),
        };
        outcome.check_writes();
        outcome.check_order();
        outcome.check_threads();
        outcome.check_looks();
        outcome.check_counters();
    }
    desk.whole.http.drain().await;
    let mut events = BTreeMap::new();
    for event in desk.whole.http.events(1).await {
        let detail = &event["detail"];
        if let Some(message) = detail["properties"]["message_id"].as_str() {
            let other = events.insert(message.to_owned(), detail["uuid"].clone());
            assert!(other.is_none_or(|other| other == detail["uuid"]), "two events of {message}");
        }
    }
    for message in messages {
        assert!(events.contains_key(message.as_str().unwrap()), "no event of {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_clients_did_at_once_is_one_history() {
    // A client that fails names the seed.
    let (first, count) = (asked("HISTORIES_FROM").unwrap_or(1), asked("HISTORIES").unwrap_or(2));
    for seed in first..first + count {
        history(seed).await;
    }
}
