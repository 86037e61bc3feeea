//! Clients in closed loops: each sends its next request once it has the answer to the last one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    Failure,
    desk::{Desk, processor_time},
    world::{Job, World},
};

/// How many requests each client sends before the measurement: they open its connection and fill the desk's caches.
const WARM_UP: u32 = 2;

/// Who does one thing again and again.
pub(crate) trait Caller: Sized + Send + 'static {
    /// Does it once. Returns false if the desk's limits allow no more of it.
    fn step(&mut self) -> impl Future<Output = Result<bool, Failure>> + Send;
}

/// A client of an operation, over HTTP or raw.
pub(crate) trait Side: Caller {
    /// The name of the side.
    const NAME: &'static str;

    /// A client with a job.
    async fn new(world: &World, job: Job) -> Result<Self, Failure>;
}

/// The result of a measurement.
pub(crate) struct Measured {
    pub(crate) done: u64,
    pub(crate) elapsed: Duration,
    /// In microseconds.
    pub(crate) latency: Histogram<u64>,
    /// Processor time of the desk's process.
    pub(crate) desk: Duration,
    /// Processor time of this process.
    pub(crate) load: Duration,
}

impl Default for Measured {
    fn default() -> Self {
        let latency = Histogram::new(3).unwrap_or_else(|_| unreachable!("three digits are allowed"));
        Self { done: 0, elapsed: Duration::ZERO, latency, desk: Duration::ZERO, load: Duration::ZERO }
    }
}

impl Measured {
    pub(crate) fn add(&mut self, other: Self) -> Result<(), Failure> {
        self.done += other.done;
        self.elapsed += other.elapsed;
        self.desk += other.desk;
        self.load += other.load;
        Ok(self.latency.add(other.latency)?)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn millis_at(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1e3
    }

    /// The processor time per operation, in microseconds.
    pub(crate) fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.done as f64
    }
}

/// Runs all clients for `span`, or until one of them can do no more.
pub(crate) async fn run<S: Caller>(clients: Vec<S>, span: Duration, desk: &Desk) -> Result<Measured, Failure> {
    let ready = Arc::new(Barrier::new(clients.len() + 1));
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for client in clients {
        tasks.spawn(run_one(client, ready.clone(), over.clone()));
    }
    ready.wait().await;
    let (desk_before, load_before) = (desk.processor_time()?, processor_time("self")?);
    let started = Instant::now();
    ready.wait().await;
    while started.elapsed() < span && !over.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    over.store(true, Ordering::Relaxed);
    let mut measured = Measured::default();
    while let Some(latency) = tasks.join_next().await {
        measured.latency.add(latency??)?;
    }
    measured.elapsed = started.elapsed();
    measured.done = measured.latency.len();
    measured.desk = desk.processor_time()?.saturating_sub(desk_before);
    measured.load = processor_time("self")?.saturating_sub(load_before);
    Ok(measured)
}

async fn run_one<S: Caller>(mut client: S, ready: Arc<Barrier>, over: Arc<AtomicBool>) -> Result<Histogram<u64>, Failure> {
    let mut warmed = Ok(true);
    for _ in 0..WARM_UP {
        warmed = warmed.and(client.step().await);
    }
    // A client that failed must still come to the barrier, because the others wait there.
    ready.wait().await;
    ready.wait().await;
    let outcome = match warmed {
        Ok(_) => repeat(&mut client, &over).await,
        Err(failure) => Err(failure),
    };
    over.store(true, Ordering::Relaxed);
    outcome
}

async fn repeat<S: Caller>(client: &mut S, over: &AtomicBool) -> Result<Histogram<u64>, Failure> {
    let mut latency = Histogram::new(3)?;
    while !over.load(Ordering::Relaxed) {
        let started = Instant::now();
        if !client.step().await? {
            break;
        }
        latency.record(u64::try_from(started.elapsed().as_micros())?)?;
    }
    Ok(latency)
}
