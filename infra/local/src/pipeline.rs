//! The processing that follows a commit: the table's stream, the relay that makes events and facts of its records, the bus, the
//! queues that the bus's rules fill, and the functions that listen.

use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use lambdesk_relay::Relay;
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    bucket,
    bus::{self, Bus, Depth, Rules},
    database::{self, Database},
    functions::Functions,
    listeners::{Listeners, Start},
    roles::Acting,
    ses::Ses,
    stream::{self, Poller},
    template,
};

/// The pause between two checks whether all work is done.
const LOOK: Duration = Duration::from_millis(5);

/// The running parts.
pub(crate) struct Pipeline {
    poller: Poller,
    bus: Bus,
    ses: Ses,
    ses_endpoint: String,
    endpoint: String,
    listeners: Listeners,
}

/// The rules of people's own.
#[derive(Clone, Default)]
pub(crate) struct Own {
    /// The file of the rules.
    pub(crate) rules: Option<PathBuf>,
    /// Where the functions of these rules are invoked.
    pub(crate) functions: Option<Functions>,
}

/// What mail needs.
pub(crate) struct Mail {
    /// The domain of the desk's addresses.
    pub(crate) domain: String,
    /// Where mails and files are.
    pub(crate) bucket: bucket::Service,
    /// The desk's own address.
    pub(crate) link_base: String,
    /// A real mail server that gets what leaves too.
    pub(crate) smarthost: Option<String>,
    /// When the desk stops.
    pub(crate) stopped: watch::Receiver<bool>,
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
    pub(crate) async fn start(
        database: &Database,
        acting: &Acting<'_>,
        data: Option<PathBuf>,
        own: Own,
        mail: Mail,
    ) -> io::Result<Self> {
        let connection = database.connection();
        let mut rules = Rules::read(template::TEXT)?;
        if let Some(file) = own.rules {
            rules.add_file(&file, own.functions.is_some())?;
        }
        let facts = rules.facts();
        let bus = Bus::open(data.clone(), rules)?;
        let endpoint = bus.serve().await?;
        let access = &connection.access;
        let ses =
            Ses::open(database.directory().join("mail").join("outbox"), bus.teller(), acting.store.clone(), mail.smarthost)?;
        let ses_endpoint = ses.serve(mail.stopped).await?;
        let start = Start {
            bus: &bus,
            endpoint: &endpoint,
            acting,
            access,
            ses: &ses_endpoint,
            mail_domain: &mail.domain,
            bucket: &mail.bucket,
            link_base: &mail.link_base,
            functions: own.functions,
        };
        let listeners = start.start()?;
        let publisher = lambdesk_relay::Bus::new(access, bus.name(), Some(endpoint.clone()));
        let files = Some(mail.bucket.of("RelayFunction"));
        let relay = Relay { upkeep: acting.store("RelayFunction")?.upkeep(), bus: Some(publisher), facts, files };
        let poller = Poller::start(database.engine(), database::TABLE, relay, data)?;
        Ok(Self { poller, bus, ses, ses_endpoint, endpoint, listeners })
    }

    /// Stops the parts from front to back. Each part finishes what it has in flight.
    pub(crate) async fn stop(&self) {
        self.poller.stop().await;
        self.listeners.stop().await;
        self.bus.stop().await;
    }

    /// The URL that serves EventBridge and SQS.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The URL that serves SES's API, as far as it sends.
    pub(crate) fn ses_endpoint(&self) -> &str {
        &self.ses_endpoint
    }

    pub(crate) fn ses(&self) -> &Ses {
        &self.ses
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
