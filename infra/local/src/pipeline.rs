//! What follows a commit: the table's stream, the relay that makes events of it, the bus, the queue that its rule fills, and
//! the workflows.

use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use lambdesk_automation::Automation;
use lambdesk_domain::ProjectId;
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

/// The function that runs workflows, by its name in the template.
const AUTOMATION: &str = "AutomationFunction";
/// How often it is looked whether all is done.
const LOOK: Duration = Duration::from_millis(5);

/// All of it at work.
pub(crate) struct Pipeline {
    poller: Poller,
    bus: Bus,
    endpoint: String,
    workflows: Queue,
    consumer: Consumer,
}

/// What is not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Left {
    /// Records of the stream.
    stream: usize,
    /// Messages to be handled.
    queue: u64,
    /// Messages that wait for the limit on workflows.
    waiting: u64,
}

/// What failed too often.
#[derive(Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub(crate) enum Letter {
    Stream(stream::DeadLetter),
    Queue(bus::DeadLetter),
}

/// How many dead letters were given another chance.
#[derive(Serialize)]
pub(crate) struct Redriven {
    stream: usize,
    queue: usize,
}

impl Pipeline {
    /// Goes on where the last one on the same `data` directory ended; without one, from the start.
    pub(crate) async fn start(database: &Database, acting: &Acting<'_>, data: Option<PathBuf>) -> io::Result<Self> {
        let connection = database.connection();
        let bus = Bus::open(data.clone(), template::TEXT)?;
        let endpoint = bus.serve().await?;
        let (mapping, workflows) =
            bus.read_by(AUTOMATION).ok_or_else(|| io::Error::other(format!("{AUTOMATION} reads no queue")))?;

        let url = Bus::queue_url(&endpoint, &workflows);
        let mut queue = lambdesk_automation::Queue::new(&connection, url, Some(endpoint.clone()));
        if let Some(dead_letters) = bus.dead_letters_url(&endpoint, &workflows) {
            queue = queue.with_dead_letters(dead_letters);
        }
        let automation = Automation { store: acting.store(AUTOMATION)?, queue };
        let consumer = Consumer::start(&workflows, &mapping, move |event| {
            let automation = automation.clone();
            async move { automation.handle(event).await }
        });
        let publisher = lambdesk_relay::Bus::new(&connection, bus.name(), Some(endpoint.clone()));
        let relay = Relay { store: acting.store("RelayFunction")?, bus: Some(publisher) };
        let poller = Poller::start(database.engine(), database::TABLE, relay, data)?;
        Ok(Self { poller, bus, endpoint, workflows, consumer })
    }

    /// Ends it from the front to the back, each part after what it has under way.
    pub(crate) async fn stop(&self) {
        self.poller.stop().await;
        self.consumer.stop().await;
        self.bus.stop().await;
    }

    /// Where EventBridge and SQS are served.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The queue of what may set off workflows.
    pub(crate) fn workflows(&self) -> &Queue {
        &self.workflows
    }

    /// What the bus received of a project, oldest first.
    pub(crate) async fn events(&self, project: ProjectId) -> io::Result<Vec<Value>> {
        self.bus.events(project).await
    }

    /// Waits until all that was written is handled, and all that followed from that; or says what is left after `timeout`.
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

    /// What failed too often, of the stream first.
    pub(crate) async fn dead_letters(&self) -> io::Result<Vec<Letter>> {
        let mut letters: Vec<_> = self.poller.dead_letters().into_iter().map(Letter::Stream).collect();
        for queue in self.bus.queues() {
            letters.extend(queue.dead_letters().await?.into_iter().map(Letter::Queue));
        }
        Ok(letters)
    }

    /// Gives what failed too often another chance.
    pub(crate) async fn redrive(&self) -> io::Result<Redriven> {
        let stream = self.poller.redrive().await?;
        let mut queue = 0;
        for each in self.bus.queues() {
            queue += each.redrive().await?;
        }
        Ok(Redriven { stream, queue })
    }

    /// Whether nothing is under way. A message may write records, and a record may lead to messages: so the stream is
    /// looked at before and after the queues, and must not have moved.
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
