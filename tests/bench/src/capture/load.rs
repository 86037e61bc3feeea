//! How many calls with events the desk takes.

use std::{net::SocketAddr, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    primitives::Blob,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use lambdesk_domain::{
    Timestamp,
    capture::{
        SeenEvent,
        event::packed,
        sent::Sent,
        walls,
        wire::{Batch, check_depth},
    },
};
use uuid::Uuid;

use super::{CLIENTS, EVENTS};
use crate::{
    Failure, Flags,
    desk::{Desk, processor_time},
    front::Connection,
    load::{Caller, Measured, run},
    sdk::{Events, request},
    world::{Project, World},
};

/// How many calls a session makes: it has an end at 2,000 events.
const CALLS_OF_SESSION: u32 = 50;
/// How many a project makes: its day has an end at 500,000 events.
const CALLS_OF_PROJECT: u32 = 20_000;
/// How large a request's events are as they are stored.
const STORED: usize = 2_000;

pub(super) async fn print(world: &mut World, desk: &Desk, flags: &Flags) -> Result<(), Failure> {
    let events = Events::read()?;
    let sample = events.body(EVENTS, "phc_local", &Uuid::now_v7().to_string());
    let zipped = request("/e/", &sample, true).len();
    println!("\n{EVENTS} events of the SDK a call: {} KB of JSON, {:.1} KB as gzip", sample.len() / 1000, zipped as f64 / 1e3);
    let kept = read(&sample);
    let (reads, packs) = (each(1_000, || read(&sample).len())?, each(1_000, || packed(&kept).1)?);
    println!("processor time of it: to read it {reads:.0} us, to pack what is kept {packs:.0} us");
    println!("                       clients|  calls/s   p50 ms   p99 ms |  processor time, us each: desk   load");
    for clients in flags.clients_or(&CLIENTS) {
        for (name, is_zipped) in [("events as JSON", false), ("events as gzip", true)] {
            let mut measured = Measured::default();
            for _ in 0..flags.rounds {
                let callers = pages(world, clients, &events, is_zipped).await?;
                measured.add(turn(callers, desk, flags).await?)?;
            }
            print_row(name, clients, &measured);
        }
        let mut measured = Measured::default();
        for _ in 0..flags.rounds {
            let callers = (0..clients).map(|_| Writes { client: world.client.clone() }).collect();
            measured.add(turn(callers, desk, flags).await?)?;
        }
        print_row("the same writes alone", clients, &measured);
    }
    Ok(())
}

/// How many microseconds of a core something takes, each time.
fn each(times: u32, work: impl Fn() -> usize) -> Result<f64, Failure> {
    let before = processor_time("self")?;
    for _ in 0..times {
        std::hint::black_box(work());
    }
    Ok(processor_time("self")?.saturating_sub(before).as_secs_f64() * 1e6 / f64::from(times))
}

/// What the desk keeps of a body.
fn read(json: &str) -> Vec<SeenEvent> {
    let now = Timestamp::from(chrono::Utc::now());
    let batch = check_depth(json, walls::DEEPEST).and_then(|()| Batch::parse(json)).unwrap_or_default();
    let sent = batch.events.all.iter().filter_map(|event| Sent::read(event, None, now));
    sent.map(|event| SeenEvent::of(&event, false)).collect()
}

async fn turn<C: Caller>(callers: Vec<C>, desk: &Desk, flags: &Flags) -> Result<Measured, Failure> {
    run(callers, Duration::from_secs_f64(flags.seconds), desk).await
}

fn print_row(name: &str, clients: usize, measured: &Measured) {
    let (rate, median, slow) = (measured.per_second(), measured.millis_at(0.5), measured.millis_at(0.99));
    let (desk, load) = (measured.each(measured.desk), measured.each(measured.load));
    println!("  {name:<22}{clients:>6} | {rate:>8.0} {median:>8.2} {slow:>8.2} | {desk:>30.0} {load:>6.0}");
}

async fn pages(world: &mut World, clients: usize, events: &Events, is_zipped: bool) -> Result<Vec<Page>, Failure> {
    let mut pages = Vec::with_capacity(clients);
    for project in world.projects(clients).await? {
        let connection = Connection::open(world.address).await?;
        let page = Page {
            address: world.address,
            connection,
            project,
            events: events.clone(),
            is_zipped,
            calls: 0,
            request: Vec::new(),
        };
        pages.push(page);
    }
    Ok(pages)
}

/// The page of a project, on which visitors come and go.
struct Page {
    address: SocketAddr,
    connection: Connection,
    project: Project,
    events: Events,
    is_zipped: bool,
    calls: u32,
    request: Vec<u8>,
}

impl Caller for Page {
    async fn step(&mut self) -> Result<bool, Failure> {
        if self.calls >= CALLS_OF_PROJECT {
            return Ok(false);
        }
        // To make a body takes longer than to take one. So a visitor sends the same again, which the desk takes like another.
        if self.calls.is_multiple_of(CALLS_OF_SESSION) {
            let body = self.events.body(EVENTS, &self.project.page_token, &Uuid::now_v7().to_string());
            self.request = request("/i/v0/e/", &body, self.is_zipped);
            self.connection = Connection::open(self.address).await?;
        }
        self.calls += 1;
        self.connection.expect(200, &self.request).await?;
        if self.connection.body()? == b"{\"status\":1}" { Ok(true) } else { Err("the desk takes no more".into()) }
    }
}

/// The two writes of a call, through the SDK of AWS and without the desk.
struct Writes {
    client: Client,
}

impl Caller for Writes {
    async fn step(&mut self) -> Result<bool, Failure> {
        let partition = AttributeValue::S(format!("E#1#{}", Uuid::now_v7()));
        let number = |number: usize| AttributeValue::N(number.to_string());
        let counted = self.client.update_item().table_name("desk-context").key("PK", partition.clone());
        let counted = counted.key("SK", AttributeValue::S("~".to_owned()));
        let counted = counted.update_expression("SET expires_at = :expires ADD n_events :events, n_bytes :bytes");
        let counted = counted.expression_attribute_values(":expires", number(2_000_000_000));
        let counted = counted.expression_attribute_values(":events", number(EVENTS));
        let counted = counted.expression_attribute_values(":bytes", number(STORED));
        counted.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
        let body = AttributeValue::B(Blob::new(vec![7; STORED]));
        let stored = self.client.put_item().table_name("desk-context").item("PK", partition).item("body", body);
        let stored = stored.item("SK", AttributeValue::S(format!("0000000000000#{}", Uuid::now_v7())));
        stored.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
        Ok(true)
    }
}
