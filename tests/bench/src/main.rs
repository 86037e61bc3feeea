//! How fast the desk is. It measures a real `lambdesk-local` over kept-alive HTTP, and beside it the raw emulator: the same
//! DynamoDB calls through the SDK, in the same run and against the same process. It prints a table, and never fails because of
//! a time.
//!
//! The two sides take turns, so that a slow moment of the machine affects both. The load and the desk share this machine's
//! cores. The load over HTTP is a bare socket, so that nearly all of the measured time is the desk's.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::needless_pass_by_value,
    reason = "rates and times for a table that people read"
)]

mod capture;
mod cost;
mod desk;
mod events;
mod fill;
mod front;
mod limits;
mod lists;
mod load;
mod population;
mod raw;
mod report;
mod sdk;
mod start;
mod ticks;
mod world;

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use tempfile::TempDir;

use crate::{
    desk::{Binary, Desk},
    front::Front,
    load::{Measured, Side},
    raw::Raw,
    report::Row,
    world::{Operation, World},
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the desk over HTTP beside the raw emulator.
#[derive(Parser)]
#[command(name = "lambdesk-bench")]
struct Flags {
    /// What is measured, or made.
    #[arg(value_enum, default_value_t = Subject::Load)]
    of: Subject,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
    /// How often both sides take their turn.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// How many clients at once; by default 1, 8 and 64, or for what browsers send 8 and 16.
    #[arg(long, value_delimiter = ',')]
    clients: Vec<usize>,
    /// Which operations.
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = Operation::ALL)]
    operations: Vec<Operation>,
    /// Leaves out start-up time and idle memory.
    #[arg(long)]
    load_only: bool,
    /// How many tickets the desks have whose lists or ticks are measured, or that is filled; a million is another one.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000])]
    sizes: Vec<u32>,
    /// The directory that is filled with the first of the sizes.
    #[arg(long, value_name = "DIR", required_if_eq("of", "fill"))]
    data: Option<PathBuf>,
    /// The file that `cost` writes, or with --check compares.
    #[arg(long, value_name = "FILE", default_value = "COST.md")]
    file: PathBuf,
    /// Whether `cost` compares the file with what it measures, and leaves it as it is.
    #[arg(long)]
    check: bool,
    /// How many messages the ticket of `limits` has.
    #[arg(long, default_value_t = 50_000)]
    messages: u32,
    /// How many clients of `limits` send a byte a second. Each is a file of the desk and of this program (`ulimit -n`).
    #[arg(long, default_value_t = 10_000)]
    slow: usize,
    /// Says on stderr what begins when, for a profiler to follow.
    #[arg(long)]
    trace: bool,
    /// Another `lambdesk-local` than the one that is built for the occasion.
    #[arg(long, value_name = "FILE")]
    desk: Option<PathBuf>,
}

impl Flags {
    fn clients_or(&self, usual: &[usize]) -> Vec<usize> {
        if self.clients.is_empty() { usual.to_vec() } else { self.clients.clone() }
    }
}

/// What can be measured, and what may be needed for it elsewhere.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Subject {
    /// Requests of many clients, beside the raw emulator.
    Load,
    /// What follows a commit: how long a workflow's effect takes, and a burst.
    Events,
    /// What customers' browsers send beside the chat: how much of it a second, and what it costs.
    Capture,
    /// Lists of a thousand tickets and of a hundred thousand.
    Lists,
    /// Ticks of the clock beside as many.
    Ticks,
    /// What the desk bears: a ticket of very many messages, messages as large as an item gets, a busy project, very many slow clients.
    Limits,
    /// What everything costs: COST.md.
    Cost,
    /// A directory with tickets, for `lambdesk-local --data`. Nothing is measured.
    Fill,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let flags = Flags::parse();
    let binary = flags.desk.clone().map_or_else(Binary::build, |path| Ok(Binary::found(path)))?;
    println!("desk: {binary}");
    match flags.of {
        Subject::Load => requests(&binary, &flags).await,
        Subject::Events => events::print(&binary).await,
        Subject::Capture => capture::print(&binary, &flags).await,
        Subject::Lists => lists::print(&binary, &flags.sizes).await,
        Subject::Ticks => ticks::print(&binary, &flags.sizes).await,
        Subject::Limits => limits::print(&binary, flags.messages, flags.slow).await,
        Subject::Cost => cost::print(&binary, &flags.file, flags.check).await,
        Subject::Fill => match (&flags.data, flags.sizes.first()) {
            (Some(data), Some(size)) => fill::print(&binary, data, *size).await,
            _ => Err("fill takes --data and one of --sizes".into()),
        },
    }
}

/// Measures requests: start-up and idle memory first, then each operation at each number of clients.
async fn requests(binary: &Binary, flags: &Flags) -> Result<(), Failure> {
    if !flags.load_only {
        start::print(binary)?;
    }
    let data = TempDir::new()?;
    let mut desk = Desk::spawn(binary, data.path())?;
    let mut world = World::new(&mut desk).await?;
    world.compare().await?;
    println!("\n{}", report::HEAD);
    for operation in &flags.operations {
        for clients in flags.clients_or(&[1, 8, 64]) {
            println!("{}", measure(&mut world, &desk, *operation, clients, flags).await?);
        }
    }
    println!("{}", report::NOTES);
    println!("memory of the desk after all of that: {:.1} MB", desk.resident_megabytes()?);
    Ok(())
}

async fn measure(world: &mut World, desk: &Desk, operation: Operation, clients: usize, flags: &Flags) -> Result<Row, Failure> {
    let mut turn = Turn { world, desk, operation, clients, flags };
    let (mut http, mut raw) = (Measured::default(), Measured::default());
    for _ in 0..flags.rounds {
        http.add(turn.take::<Front>().await?)?;
        raw.add(turn.take::<Raw>().await?)?;
    }
    Ok(Row { operation, clients, http, raw })
}

/// One side's turn at an operation.
struct Turn<'a> {
    world: &'a mut World,
    desk: &'a Desk,
    operation: Operation,
    clients: usize,
    flags: &'a Flags,
}

impl Turn<'_> {
    async fn take<S: Side>(&mut self) -> Result<Measured, Failure> {
        let span = Duration::from_secs_f64(self.flags.seconds);
        let mut clients = Vec::with_capacity(self.clients);
        for job in self.world.jobs(self.operation, self.clients, span).await? {
            clients.push(S::new(self.world, job).await?);
        }
        self.world.quiet().await?;
        if self.flags.trace {
            eprintln!("{:?} at {} clients, {}", self.operation, self.clients, S::NAME);
        }
        load::run(clients, span, self.desk).await
    }
}
