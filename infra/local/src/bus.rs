//! The local EventBridge and everything behind it: an endpoint that the ordinary SDK publishes to, the rules of
//! `infra/template.yaml`, the queues that the rules lead to, and the functions that read those queues.
//!
//! The endpoint answers `PutEvents` only after one transaction on one file has put the event into the log and into every queue
//! that a rule chose. So the process may be killed at any time: no acknowledged event is lost, and none is in one place without
//! the other.

mod consumer;
mod endpoint;
mod entry;
mod faults;
mod file;
mod log;
mod mappings;
mod messages;
mod pattern;
mod queue;
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
use lambdesk_domain::ProjectId;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use uuid::Uuid;

pub use consumer::Consumer;
pub use entry::Entry;
pub use faults::Fault;
pub use mappings::Mapping;
pub use pattern::{Pattern, Refused};
pub use queue::{DeadLetter, Depth, Handle, Message, Queue, Settings};

use entry::Refusal;
use faults::Faults;
use file::File;
use rules::Rules;

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
    /// Opens the bus of a template, with what an earlier bus on the same directory left. Without a directory, everything is
    /// lost when the process ends. It fails if a rule cannot be followed exactly.
    pub fn open(data: Option<PathBuf>, template: &str) -> io::Result<Self> {
        let rules = Rules::read(template)?;
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

    /// The events that the bus received for a project, oldest first. The log keeps the last 10,000 events of all projects
    /// together.
    pub async fn events(&self, project: ProjectId) -> io::Result<Vec<Value>> {
        let events = self.core.file.transaction(move |transaction| log::of_project(transaction, project)).await?;
        events.iter().map(|event| serde_json::from_str(event).map_err(io::Error::other)).collect()
    }

    /// The queue with this resource name, if a rule leads to it.
    pub fn queue(&self, name: &str) -> Option<Queue> {
        self.core.queues.get(name).cloned()
    }

    /// How a function of the template reads its queue, and that queue; `None` if it reads none.
    pub fn read_by(&self, function: &str) -> Option<(Mapping, Queue)> {
        let mapping = self.core.rules.mappings.iter().find(|mapping| mapping.function == function)?;
        Some((mapping.clone(), self.queue(&mapping.queue)?))
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

    /// Every queue that a rule leads to.
    pub fn queues(&self) -> Vec<Queue> {
        self.core.queues.values().cloned().collect()
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

impl Core {
    /// The event that an entry becomes, or why the entry is refused.
    fn event(&self, entry: &Entry) -> Result<Value, Refusal> {
        entry.event(&self.rules.bus, Uuid::new_v4(), Utc::now())
    }

    /// Logs events and enqueues them for every rule that matches. Once this returns, neither can be lost.
    async fn publish(&self, events: Vec<Value>) -> io::Result<()> {
        let delivered: Vec<(Value, Vec<String>)> = events
            .into_iter()
            .map(|event| {
                let queues = self.rules.queues_for(&event).into_iter().map(str::to_owned).collect();
                (event, queues)
            })
            .collect();
        let reached = delivered.iter().flat_map(|(_, queues)| queues);
        let reached: Vec<_> = reached.filter_map(|queue| self.queues.get(queue)).cloned().collect();
        self.file
            .transaction(move |transaction| {
                for (event, queues) in &delivered {
                    log::append(transaction, event)?;
                    for queue in queues {
                        messages::put(transaction, queue, &event.to_string(), Duration::ZERO)?;
                    }
                }
                Ok(())
            })
            .await?;
        reached.iter().for_each(Queue::wake);
        Ok(())
    }
}
