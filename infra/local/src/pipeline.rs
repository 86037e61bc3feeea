//! The processing that follows a commit: the table's stream, the relay that makes events of its records, the bus, the queue
//! that the bus's rule fills, and the workflows.

use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use lambdesk_automation::Automation;
use lambdesk_domain::{ProjectId, facts::Kinds};
use lambdesk_relay::Relay;
use serde::Serialize;
use serde_json::Value;

use crate::{
    bus::{self, Bus, Consumer, Depth, Queue},
    database::{self, Database},
    roles::Acting,
    stream::{self, Poller},
    template,
};

/// The function that runs workflows, by its resource's name in the template.
const AUTOMATION: &str = "AutomationFunction";
/// The pause between two checks whether all work is done.
const LOOK: Duration = Duration::from_millis(5);

/// The running parts.
pub(crate) struct Pipeline {
    poller: Poller,
    bus: Bus,
    endpoint: String,
    workflows: Queue,
    consumer: Consumer,
}

/// The work that is not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Left {
    /// Records of the stream that the relay has not handled.
    stream: usize,
    /// Messages that are to be handled.
    queue: u64,
    /// Messages that wait because of the limit on workflows.
    waiting: u64,
}

/// A record or message that exhausted its retries.
#[derive(Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub(crate) enum Letter {
    Stream(stream::DeadLetter),
    Queue(bus::DeadLetter),
}

/// How many dead letters were redriven.
#[derive(Serialize)]
pub(crate) struct Redriven {
    stream: usize,
    queue: usize,
}

impl Pipeline {
    /// Starts every part. With a `data` directory, the work goes on where the last process ended; without one, it starts at the
    /// beginning of the stream.
    pub(crate) async fn start(database: &Database, acting: &Acting<'_>, data: Option<PathBuf>) -> io::Result<Self> {
        let connection = database.connection();
        let bus = Bus::open(data.clone(), template::TEXT)?;
        let endpoint = bus.serve().await?;
        let (mapping, workflows) =
            bus.read_by(AUTOMATION).ok_or_else(|| io::Error::other(format!("{AUTOMATION} reads no queue")))?;

        let url = Bus::queue_url(&endpoint, &workflows);
        let mut queue = lambdesk_automation::Queue::new(&connection.access, url, Some(endpoint.clone()));
        if let Some(dead_letters) = bus.dead_letters_url(&endpoint, &workflows) {
            queue = queue.with_dead_letters(dead_letters);
        }
        let automation = Automation { store: acting.store(AUTOMATION)?, queue };
        let consumer = Consumer::start(&workflows, &mapping, move |event| {
            let automation = automation.clone();
            async move { automation.handle(event).await }
        });
        let publisher = lambdesk_relay::Bus::new(&connection.access, bus.name(), Some(endpoint.clone()));
        let relay = Relay { store: acting.store("RelayFunction")?, bus: Some(publisher), facts: Kinds::default() };
        let poller = Poller::start(database.engine(), database::TABLE, relay, data)?;
        Ok(Self { poller, bus, endpoint, workflows, consumer })
    }

    /// Stops the parts from front to back. Each part finishes what it has in flight.
    pub(crate) async fn stop(&self) {
        self.poller.stop().await;
        self.consumer.stop().await;
        self.bus.stop().await;
    }

    /// The URL that serves EventBridge and SQS.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The queue that workflows are started from.
    pub(crate) fn workflows(&self) -> &Queue {
        &self.workflows
    }

    /// The events that the bus received for a project, oldest first.
    pub(crate) async fn events(&self, project: ProjectId) -> io::Result<Vec<Value>> {
        self.bus.events(project).await
    }

    /// Waits until every write is handled, and everything that follows from it. If that takes longer than `timeout`, the inner
    /// error says what is left.
    pub(crate) async fn drained(&self, timeout: Duration) -> io::Result<Result<(), Left>> {
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.poller.drained(left).await && self.is_at_rest().await? {
                return Ok(Ok(()));
            }
            if left.is_zero() {
                let Depth { queue, waiting } = self.depth().await?;
                return Ok(Err(Left { stream: self.poller.left().await?, queue, waiting }));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The records and messages that exhausted their retries; the stream's first.
    pub(crate) async fn dead_letters(&self) -> io::Result<Vec<Letter>> {
        let mut letters: Vec<_> = self.poller.dead_letters().into_iter().map(Letter::Stream).collect();
        for queue in self.bus.queues() {
            letters.extend(queue.dead_letters().await?.into_iter().map(Letter::Queue));
        }
        Ok(letters)
    }

    /// Redrives every dead letter, and returns how many.
    pub(crate) async fn redrive(&self) -> io::Result<Redriven> {
        let stream = self.poller.redrive().await?;
        let mut queue = 0;
        for each in self.bus.queues() {
            queue += each.redrive().await?;
        }
        Ok(Redriven { stream, queue })
    }

    /// Whether nothing is in flight. A message may cause records, and a record may cause messages. So this looks at the stream
    /// before and after the queues, and the stream must not have moved.
    async fn is_at_rest(&self) -> io::Result<bool> {
        let last = self.poller.last().await?;
        let handled = self.poller.has_handled(last) && self.depth().await? == Depth::default();
        Ok(handled && self.poller.last().await? == last)
    }

    async fn depth(&self) -> io::Result<Depth> {
        let mut all = Depth::default();
        for queue in self.bus.queues() {
            let Depth { queue, waiting } = queue.depth().await?;
            all.queue += queue;
            all.waiting += waiting;
        }
        Ok(all)
    }
}
