//! The local EventBridge and everything behind it: an endpoint that the ordinary SDK publishes to, the rules of
//! `infra/template.yaml` and of a file of people's own, the queues that the rules lead to, and the functions that those queues
//! are for. `--rules` is why patterns know all of EventBridge's operators, and not only those of the template.
//!
//! The endpoint answers `PutEvents` only after one transaction on one file has put the event into the log and into every queue
//! that a rule chose. So the process may be killed at any time: no acknowledged event is lost, and none is in one place without
//! the other.

mod consumer;
mod direct;
mod endpoint;
mod entry;
mod faults;
mod file;
mod log;
mod mappings;
mod messages;
mod pattern;
mod queue;
mod queued;
mod rule;
mod rule_file;
mod rules;
mod sqs;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::Utc;
use lambdesk_domain::{ProjectId, facts::Kinds};
use rusqlite::Transaction;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use uuid::Uuid;

pub use consumer::Consumer;
pub use direct::Direct;
pub use entry::Entry;
pub use faults::Fault;
pub use mappings::Mapping;
pub use pattern::{Pattern, Refused};
pub use queue::{Queue, Settings};
pub use queued::{DeadLetter, Depth, Handle, Message};
pub use rules::Rules;

use entry::Refusal;
use faults::Faults;
use file::File;
use rule::Rule;

/// How long calls in flight may take to finish when the bus stops.
const GRACE: Duration = Duration::from_secs(2);

/// An event bus with its rules and queues.
pub struct Bus {
    core: Arc<Core>,
    stop: watch::Sender<bool>,
    servers: Mutex<Vec<JoinHandle<()>>>,
}

/// The parts of the bus that the endpoint uses.
struct Core {
    rules: Rules,
    queues: BTreeMap<String, Queue>,
    file: Arc<File>,
    faults: Faults,
}

impl Bus {
    /// Opens the bus of these rules, with what an earlier bus on the same directory left. Without a directory, everything is
    /// lost when the process ends.
    pub fn open(data: Option<PathBuf>, rules: Rules) -> io::Result<Self> {
        let file = Arc::new(File::open(data)?);
        let queue = |(name, settings): (&String, &Settings)| (name.clone(), Queue::new(name, *settings, Arc::clone(&file)));
        let queues = rules.queues.iter().map(queue).collect();
        let core = Arc::new(Core { rules, queues, file, faults: Faults::default() });
        Ok(Self { core, stop: watch::Sender::new(false), servers: Mutex::default() })
    }

    /// The bus's name, the value of `EVENT_BUS_NAME`.
    pub fn name(&self) -> &str {
        &self.core.rules.bus
    }

    /// Serves `PutEvents` and `SendMessage` on a free loopback port, and returns the endpoint's URL.
    pub async fn serve(&self) -> io::Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let mut stopped = self.stop.subscribe();
        let serving = axum::serve(listener, endpoint::routes(Arc::clone(&self.core)));
        let serving = serving.with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        let server = tokio::spawn(async {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the bus ended");
            }
        });
        self.servers().push(server);
        Ok(endpoint)
    }

    /// The events that the bus received for a project from this source, oldest first. The log keeps the last 10,000 events of
    /// all projects and sources together.
    pub async fn events(&self, project: ProjectId, source: String) -> io::Result<Vec<Value>> {
        let events = self.core.file.transaction(move |transaction| log::of_project(transaction, project, &source)).await?;
        events.iter().map(|event| serde_json::from_str(event).map_err(io::Error::other)).collect()
    }

    /// What the rules of people's own delivered, oldest first. The log keeps the last 10,000 deliveries.
    pub async fn deliveries(&self) -> io::Result<Vec<Value>> {
        let deliveries = self.core.file.transaction(log::deliveries).await?;
        let read = |(rule, target, event): (String, String, String)| {
            let event: Value = serde_json::from_str(&event).map_err(io::Error::other)?;
            Ok(json!({"rule": rule, "target": target, "event": event}))
        };
        deliveries.into_iter().map(read).collect()
    }

    /// The kinds of facts that only rules of people's own listen for. The desk publishes the others anyway.
    pub fn facts_for_people(&self) -> Kinds {
        self.core.rules.facts_for_people()
    }

    /// The queue with this resource name, if a rule leads to it.
    pub fn queue(&self, name: &str) -> Option<Queue> {
        self.core.queues.get(name).cloned()
    }

    /// How functions of the template read queues, and each one's queue.
    pub fn readers(&self) -> impl Iterator<Item = (&Mapping, Queue)> {
        self.core.rules.mappings.iter().filter_map(|mapping| Some((mapping, self.queue(&mapping.queue)?)))
    }

    /// The functions that rules invoke, and the queue of each one's invocations.
    pub fn invoked(&self) -> impl Iterator<Item = (&Direct, Queue)> {
        self.core.rules.direct.iter().filter_map(|direct| Some((direct, self.queue(&direct.queue)?)))
    }

    /// A queue's `QueueUrl` at an endpoint that [`Bus::serve`] returned.
    pub fn queue_url(endpoint: &str, queue: &Queue) -> String {
        sqs::url(endpoint, queue.name())
    }

    /// The `QueueUrl` of a queue's dead letters; `None` if the template has no queue for them.
    pub fn dead_letters_url(&self, endpoint: &str, queue: &Queue) -> Option<String> {
        let mut dead_letters = self.core.rules.dead_letters.iter();
        let (name, _) = dead_letters.find(|(_, of)| *of == queue.name())?;
        Some(sqs::url(endpoint, name))
    }

    /// Every queue that a rule leads to, and those of functions that rules invoke.
    pub fn queues(&self) -> Vec<Queue> {
        self.core.queues.values().cloned().collect()
    }

    /// What services of AWS tell by.
    pub(crate) fn teller(&self) -> Teller {
        Teller(Arc::clone(&self.core))
    }

    /// From now on, each entry meets the fault that `injector` returns for it.
    pub fn inject(&self, injector: impl Fn(&Entry) -> Option<Fault> + Send + Sync + 'static) {
        self.core.faults.set(Some(Box::new(injector)));
    }

    /// From now on, no fault is injected.
    pub fn heal(&self) {
        self.core.faults.set(None);
    }

    /// Stops the endpoint. The messages in the queues stay there.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let servers: Vec<_> = self.servers().drain(..).collect();
        for server in servers {
            let _ = tokio::time::timeout(GRACE, server).await;
        }
    }

    fn servers(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The account's own bus, on which services of AWS tell what they did.
#[derive(Clone)]
pub(crate) struct Teller(Arc<Core>);

impl Teller {
    /// Delivers what a service tells. Once this returns, it is not lost.
    pub(crate) async fn tell(&self, events: Vec<Value>) -> io::Result<()> {
        let Self(core) = self;
        let rules = Arc::clone(core);
        let write = move |transaction: &Transaction<'_>| {
            let mut reached = Vec::new();
            for event in &events {
                for rule in rules.rules.matching_of_account(event) {
                    reached.extend(deliver(transaction, rule, event)?);
                }
            }
            Ok(reached)
        };
        let reached = core.file.transaction(write).await?;
        reached.iter().filter_map(|queue| core.queues.get(queue)).for_each(Queue::wake);
        Ok(())
    }
}

impl Core {
    /// The event that an entry becomes, or why the entry is refused.
    fn event(&self, entry: &Entry) -> Result<Value, Refusal> {
        entry.event(&self.rules.bus, Uuid::new_v4(), Utc::now())
    }

    /// Logs events and enqueues them for every rule that matches. Once this returns, neither can be lost.
    async fn publish(self: &Arc<Self>, events: Vec<Value>) -> io::Result<()> {
        let core = Arc::clone(self);
        let write = move |transaction: &Transaction<'_>| {
            let mut reached = Vec::new();
            for event in &events {
                log::append(transaction, event)?;
                for rule in core.rules.matching(event) {
                    reached.extend(deliver(transaction, rule, event)?);
                }
            }
            Ok(reached)
        };
        let reached = self.file.transaction(write).await?;
        reached.iter().filter_map(|queue| self.queues.get(queue)).for_each(Queue::wake);
        Ok(())
    }
}

/// Delivers an event to a rule's targets, and returns the queues that have it now.
fn deliver(transaction: &Transaction<'_>, rule: &Rule, event: &Value) -> rusqlite::Result<Vec<String>> {
    for target in &rule.targets {
        if rule.is_shown {
            log::deliver(transaction, &rule.name, &target.id, event)?;
        }
        if let Some(queue) = &target.queue {
            messages::put(transaction, queue, &event.to_string(), Duration::ZERO)?;
        }
    }
    Ok(rule.targets.iter().filter_map(|target| target.queue.clone()).collect())
}
