//! The work that follows a commit: how long it takes until a workflow has acted, and what a burst of tickets does to the desk.
//!
//! The effect of a run is a change of the ticket. The change carries the time at which the desk made it, on this machine's
//! clock. So the change can be read when everything is over, and the measurement sends the desk no request while it lasts. The
//! desk takes that time right before the write, so a watcher keeps reading a few of the tickets and shows how much that leaves
//! out.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hdrhistogram::Histogram;
use lambdesk_domain::{
    Ticket, Timestamp, UserId, WorkflowId,
    audit::By,
    permission::{ReadWorkflows, WriteTickets, WriteWorkflows},
    ticket::Status,
    totals::BucketFilter,
    workflow::{
        Definition, RunOutcome, Workflow,
        gallery::{Example, GALLERY},
    },
};
use lambdesk_store::{Store, Stretch};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until},
};
use uuid::Uuid;

use crate::{
    Failure,
    desk::{Binary, Desk},
    front::{self, Connection},
    world::{Customer, Project, World, text, tickets},
};

/// Replies a second, and the seconds that they last.
const RATE: usize = 50;
const SPAN: usize = 20;
/// Projects that share the replies, because one project's workflows may take 60 actions a minute.
const PROJECTS: usize = 50;
/// One of this many replies is watched.
const WATCHED: usize = 10;
/// The pause between two reads of a watched ticket.
const LOOK: Duration = Duration::from_millis(2);

/// The burst: projects, and tickets in each. There are enough projects that no run has to wait: strangers may start 30 runs a
/// minute in one project.
const BURST: (usize, usize) = (200, 25);
/// How many clients send the burst.
const SENDERS: usize = 16;
/// The pause between two samples of the memory.
const SAMPLE: Duration = Duration::from_millis(50);

/// Measures both, and prints the results.
pub(crate) async fn print(binary: &Binary) -> Result<(), Failure> {
    let data = TempDir::new()?;
    let mut desk = Desk::spawn(binary, data.path())?;
    let mut world = World::new(&mut desk).await?;
    let [stamped, seen] = commit_to_effect(&mut world).await?;
    println!("\ncommit to effect: {RATE} replies/s for {SPAN} s over {PROJECTS} projects, one workflow each");
    for (what, times) in [("as the desk stamps it", stamped), ("as a reader sees it", seen)] {
        let at = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
        let (median, slow, slowest) = (at(0.5), at(0.99), times.max() as f64 / 1e3);
        println!("  {what:<22} {:>5} replies  p50 {median:>6.1} ms  p99 {slow:>6.1} ms  max {slowest:>6.1} ms", times.len());
    }
    println!("  goal                                  p50    150 ms  p99    500 ms");
    burst(&mut world, &desk).await
}

/// Saves a workflow of the gallery in each of `count` new projects.
async fn automated(world: &mut World, count: usize, slug: &str) -> Result<Vec<(Project, WorkflowId)>, Failure> {
    let Example { body, .. } = GALLERY.iter().find(|example| example.slug == slug).ok_or("no such workflow")?;
    let body: Value = serde_json::from_str(body)?;
    let definition =
        Definition::parse(body.as_object().ok_or("a workflow is an object")?).map_err(|invalid| invalid.to_string())?;
    let mut automated = Vec::with_capacity(count);
    for project in world.projects(count).await? {
        let (id, now) = (WorkflowId(Uuid::now_v7()), world.store.now());
        let workflow = Workflow {
            id,
            name: slug.to_owned(),
            enabled: true,
            definition: definition.clone(),
            created_at: now,
            updated_at: now,
            created_by: UserId(1),
            version: 1,
        };
        world.store.unchecked::<WriteWorkflows>(project.id).create_workflow(&By::the_desk(), &workflow, None).await?;
        automated.push((project, id));
    }
    Ok(automated)
}

/// The microseconds from the answer to an agent's first reply until the workflow has opened the ticket: first by the ticket's
/// own time, then by the watcher's.
async fn commit_to_effect(world: &mut World) -> Result<[Histogram<u64>; 2], Failure> {
    let mut customers = Vec::new();
    for (project, _) in automated(world, PROJECTS, "05-open-on-first-reply").await? {
        customers.push(tickets(&world.store, &project, &[(Status::New, RATE * SPAN / PROJECTS)]).await?);
    }
    // The projects take turns.
    let turns = (0..RATE * SPAN / PROJECTS).flat_map(|turn| customers.iter().map(move |of| of[turn].clone()));
    let turns: Vec<_> = turns.collect();
    world.quiet().await?;

    let started = tokio::time::Instant::now() + Duration::from_millis(100);
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let mine: Vec<_> = turns.iter().cloned().enumerate().skip(sender).step_by(SENDERS).collect();
        let (mut connection, store) = (Connection::open(world.address).await?, world.store.clone());
        senders.spawn(async move {
            let (mut answered, mut watchers) = (Vec::new(), JoinSet::new());
            for (place, customer) in mine {
                sleep_until(started + Duration::from_secs_f64(place as f64 / RATE as f64)).await;
                connection.expect(201, &front::reply(&customer, &text(u32::try_from(place)?))).await?;
                let at = now();
                if place % WATCHED == 0 {
                    watchers.spawn(watch(store.clone(), customer.clone(), Instant::now()));
                }
                answered.push((customer, at));
            }
            Ok::<_, Failure>((answered, watchers.join_all().await))
        });
    }
    let (mut stamped, mut seen) = (Histogram::new(3)?, Histogram::new(3)?);
    let mut answered = Vec::new();
    while let Some(sent) = senders.join_next().await {
        let (mine, watched) = sent??;
        answered.extend(mine);
        for took in watched {
            seen.record(micros(took?))?;
        }
    }
    world.quiet().await?;
    for (customer, at) in answered {
        let ticket = ticket(&world.store, &customer).await?;
        if ticket.fields.status != Status::Open {
            return Err("a reply that no workflow followed".into());
        }
        stamped.record(u64::try_from(ticket.updated_at.micros() - at.micros()).unwrap_or(0))?;
    }
    Ok([stamped, seen])
}

/// Reads a ticket until it is open, and returns how long that took.
async fn watch(store: Store, customer: Customer, since: Instant) -> Result<Duration, Failure> {
    while ticket(&store, &customer).await?.fields.status != Status::Open {
        sleep(LOOK).await;
    }
    Ok(since.elapsed())
}

async fn ticket(store: &Store, customer: &Customer) -> Result<Ticket, Failure> {
    Ok(store.unchecked::<WriteTickets>(customer.project).ticket(customer.ticket).await?.ok_or("a ticket is gone")?)
}

/// Opens many tickets as fast as the desk accepts them, and waits until everything that follows is done.
async fn burst(world: &mut World, desk: &Desk) -> Result<(), Failure> {
    let (projects, each) = BURST;
    let automated = automated(world, projects, "01-sla-by-channel").await?;
    world.quiet().await?;
    let before = desk.resident_megabytes()?;
    let over = Arc::new(AtomicBool::new(false));
    let peak = {
        let (over, mut peak) = (Arc::clone(&over), before);
        let memory = desk.memory();
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                peak = f64::max(peak, memory.resident_megabytes()?);
                sleep(SAMPLE).await;
            }
            Ok::<_, Failure>(peak)
        })
    };
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let mut connection = Connection::open(world.address).await?;
        let mine: Vec<_> = automated.iter().map(|(project, _)| project.token.clone()).collect();
        senders.spawn(async move {
            for place in (sender..projects * each).step_by(SENDERS) {
                let opening =
                    front::message(&mine[place % projects], None, &Uuid::new_v4().to_string(), &text(place.try_into()?));
                connection.expect(200, &opening).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent??;
    }
    let (sent, resting) = (started.elapsed(), Instant::now());
    world.quiet().await?;
    let follows = resting.elapsed().as_secs_f64();
    over.store(true, Ordering::Relaxed);
    let (peak, after) = (peak.await??, desk.resident_megabytes()?);
    println!("\nburst: {} tickets, one workflow each, over {projects} projects", projects * each);
    let rate = (projects * each) as f64 / sent.as_secs_f64();
    println!("  taken in {:.1} s ({rate:.0}/s), all that follows done {follows:.1} s later", sent.as_secs_f64());
    println!("  memory of the desk: {before:.1} MB before, {peak:.1} MB at most, {after:.1} MB after");
    println!("  {}", Followed::count(world, &automated).await?.judged(projects * each)?);
    Ok(())
}

/// What a burst caused.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Followed {
    events: usize,
    runs: usize,
    tickets: u64,
    unread: u64,
}

impl Followed {
    async fn count(world: &World, automated: &[(Project, WorkflowId)]) -> Result<Self, Failure> {
        let mut followed = Self::default();
        let mut connection = Connection::open(world.address).await?;
        for (project, workflow) in automated {
            let told: Value = connection.get(&format!("/_local/events?project_id={}", project.id)).await?;
            let told = told["results"].as_array().ok_or("no list of events")?;
            followed.events += told.iter().map(|entry| entry["detail"]["uuid"].to_string()).collect::<HashSet<_>>().len();
            let runs = world
                .store
                .unchecked::<ReadWorkflows>(project.id)
                .runs(*workflow, Stretch { after: None, skip: 0, limit: 1000 })
                .await?
                .rows;
            followed.runs += runs.iter().filter(|run| run.ended.is_some_and(|(_, how)| how == RunOutcome::Acted)).count();
            let totals = world.store.unchecked::<WriteTickets>(project.id).totals().await?;
            followed.tickets += totals.count(BucketFilter::default());
            followed.unread += totals.unread();
        }
        Ok(followed)
    }

    fn judged(self, tickets: usize) -> Result<String, Failure> {
        let due = Self { events: 2 * tickets, runs: tickets, tickets: tickets as u64, unread: tickets as u64 };
        let Self { events, runs, tickets, unread } = self;
        let told = format!("{events} events, {runs} runs, totals of {tickets} tickets and {unread} unread");
        if self == due { Ok(told) } else { Err(format!("{told}, and not {due:?}").into()) }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(0)).unwrap_or(Timestamp::EPOCH)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
