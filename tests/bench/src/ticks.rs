//! Ticks of the clock on a desk of a thousand tickets, and of many. With nothing due, a tick costs the same on both. With very
//! many due, it costs in proportion to what is due.

use std::time::Instant;

use hdrhistogram::Histogram;
use lambdesk_domain::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    Failure,
    desk::{Binary, Desk},
    front::Connection,
    population,
};

/// How many timers are due at once.
const DUE: u32 = 10_000;
/// How many ticks with nothing to do are measured.
const IDLE: usize = 50;

/// Loads each size in turn, and prints the times of its ticks.
pub(crate) async fn print(binary: &Binary, sizes: &[u32]) -> Result<(), Failure> {
    println!("\n  tickets  counted anew, s  ticks  {DUE} due, s  goal  idle p50 ms  p99 ms");
    for size in sizes {
        let data = TempDir::new()?;
        // A first start makes the table and its projects.
        drop(Desk::spawn(binary, data.path())?);
        let (path, size) = (data.path().to_owned(), *size);
        tokio::task::spawn_blocking(move || population::load(&path, size, Timestamp::from(chrono::Utc::now()))).await??;
        let desk = Desk::spawn(binary, data.path())?;
        let mut clock = Connection::open(desk.address).await?;
        let (started, mut counting) = (Instant::now(), 0);
        while tick(&mut clock).await?["totals"]["counted"] != 0 {
            counting += 1;
        }
        let counted = started.elapsed().as_secs_f64();
        drop(desk);
        let path = data.path().to_owned();
        tokio::task::spawn_blocking(move || population::load_due(&path, DUE, Timestamp::from(chrono::Utc::now()))).await??;
        let desk = Desk::spawn(binary, data.path())?;
        let mut clock = Connection::open(desk.address).await?;
        let mut due = 0;
        let started = Instant::now();
        while due < u64::from(DUE) {
            due += tick(&mut clock).await?["timers"]["wakes"].as_u64().unwrap_or_default();
        }
        let took = started.elapsed().as_secs_f64();
        // The totals of the project of the due tickets are counted too.
        while tick(&mut clock).await?["totals"]["counted"] != 0 {}
        let mut idle = Histogram::<u64>::new(3)?;
        for _ in 0..IDLE {
            let started = Instant::now();
            tick(&mut clock).await?;
            idle.record(u64::try_from(started.elapsed().as_micros())?)?;
        }
        let [median, slow] = [0.5, 0.99].map(|quantile| idle.value_at_quantile(quantile) as f64 / 1e3);
        println!("{size:>9} {counted:>16.1} {counting:>6} {took:>14.1} {:>5} {median:>12.2} {slow:>7.2}", 20);
    }
    Ok(())
}

async fn tick(clock: &mut Connection) -> Result<Value, Failure> {
    clock.post("/_local/tick").await
}
