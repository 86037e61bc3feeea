//! Compares lists and searches on a desk of a thousand tickets with those on a desk of a hundred thousand, and of a million:
//! what each reads, and how long it takes. Tickets that are not on a page must not make it cost more.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use lambdesk_domain::Timestamp;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    Failure,
    desk::{Binary, Desk},
    front::{Connection, Told},
    population::{self, Known, PROJECT},
    world::AGENT_KEY,
};

/// How long each query is repeated, and the most repetitions.
const SPAN: Duration = Duration::from_secs(2);
const MOST: usize = 200;
/// How many clients read pages at once, and for how long, when the rate is measured.
const CLIENTS: usize = 8;
const RATED: Duration = Duration::from_secs(5);

/// A query, and its measurements at one size.
struct Row {
    what: &'static str,
    told: Told,
    times: Histogram<u64>,
}

/// Loads each size in turn, runs every query, and prints the results. At the end it prints what grew.
pub(crate) async fn print(binary: &Binary, sizes: &[u32]) -> Result<(), Failure> {
    let mut all = Vec::new();
    for size in sizes {
        all.push(of_size(binary, *size).await?);
    }
    let (Some(smallest), Some(largest)) = (all.first(), all.last()) else { return Ok(()) };
    if all.len() > 1 {
        println!("\nthe largest beside the smallest    read units   p50");
        for (small, large) in smallest.iter().zip(largest) {
            let units = large.told.read_units / small.told.read_units;
            println!("  {:<32} {units:>9.2} {:>6.2}", small.what, millis(large, 0.5) / millis(small, 0.5));
        }
    }
    Ok(())
}

async fn of_size(binary: &Binary, size: u32) -> Result<Vec<Row>, Failure> {
    let data = TempDir::new()?;
    // A first start makes the table and the first project.
    drop(Desk::spawn(binary, data.path())?);
    let now = Timestamp::from(chrono::Utc::now());
    let path = data.path().to_owned();
    let known = tokio::task::spawn_blocking(move || population::load(&path, size, now)).await??;
    println!("\n{size} tickets, loaded in {:.1} s", known.took.as_secs_f64());
    println!("  query                            trips  read units  examined  returned   p50 ms   p99 ms  plan");
    let desk = Desk::spawn(binary, data.path())?;
    let mut connection = Connection::open(desk.address).await?;
    let mut rows = Vec::new();
    for (what, query) in queries(&known) {
        let row = measure(&mut connection, what, &get(&query)).await?;
        let Told { trips, read_units, plan, examined, returned } = &row.told;
        println!(
            "  {what:<32} {trips:>5} {read_units:>11.1} {examined:>9} {returned:>9} {:>8.2} {:>8.2}  {plan}",
            millis(&row, 0.5),
            millis(&row, 0.99)
        );
        rows.push(row);
    }
    println!("  pages of 50 a second at {CLIENTS} clients: {:.0}; goal at 100,000: 150", rate(&desk).await?);
    println!("  memory of the desk after all of that: {:.1} MB", desk.resident_megabytes()?);
    Ok(rows)
}

/// The queries, each for a page of 50.
fn queries(known: &Known) -> Vec<(&'static str, String)> {
    let Known { ids, customer, email, number, midway, .. } = known;
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    vec![
        ("nothing", String::new()),
        ("status", "status=open".into()),
        ("assignee", "assignee=user:7".into()),
        ("status and assignee", "status=open,pending&assignee=user:7".into()),
        ("a customer", format!("distinct_ids={customer}")),
        ("50 ids", format!("ids={}", ids.join(","))),
        ("sla=breached", "sla=breached".into()),
        ("sla=breached by deadline", "sla=breached&order_by=sla_due_at".into()),
        ("a number", format!("search=%23{number}")),
        ("an e-mail", format!("search={email}")),
        ("a first name", "search=maria".into()),
        ("a first letter", "search=m".into()),
        ("newest first", "order_by=-created_at".into()),
        ("created until midway, newest first", format!("date_to={midway}&order_by=-created_at")),
        ("priority", "priority=high".into()),
        ("channel", "channel_source=slack".into()),
        ("a tag", "tags=%5B%22churn%22%5D".into()),
        ("two tags of one ticket", "tags_all=%5B%22churn%22%2C%22vip%22%5D".into()),
        ("snoozed", "snoozed=true".into()),
        ("unassigned, high, without tags", "assignee=unassigned&priority=high&tags_exclude=%5B%22vip%22%5D".into()),
    ]
}

fn get(query: &str) -> String {
    format!(
        "GET /api/projects/{PROJECT}/conversations/tickets/?limit=50&{query} HTTP/1.1\r\nHost: desk\r\nAccept: application/json\r\n\
         Authorization: Bearer {AGENT_KEY}\r\n\r\n"
    )
}

async fn measure(connection: &mut Connection, what: &'static str, request: &str) -> Result<Row, Failure> {
    // The first request also reads credentials and the like.
    connection.told(request).await?;
    let told = connection.told(request).await?;
    let (mut times, started) = (Histogram::new(3)?, Instant::now());
    while started.elapsed() < SPAN && times.len() < MOST as u64 {
        let asked = Instant::now();
        connection.expect(200, request).await?;
        times.record(u64::try_from(asked.elapsed().as_micros())?)?;
    }
    Ok(Row { what, told, times })
}

fn millis(row: &Row, quantile: f64) -> f64 {
    row.times.value_at_quantile(quantile) as f64 / 1e3
}

/// How many pages without a filter are answered each second.
async fn rate(desk: &Desk) -> Result<f64, Failure> {
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut connection = Connection::open(desk.address).await?;
        clients.spawn(async move {
            let (mut pages, request) = (0_u32, get(""));
            while started.elapsed() < RATED {
                connection.expect(200, &request).await?;
                pages += 1;
            }
            Ok::<_, Failure>(pages)
        });
    }
    let mut pages = 0;
    while let Some(read) = clients.join_next().await {
        pages += read??;
    }
    Ok(f64::from(pages) / started.elapsed().as_secs_f64())
}
