//! Others, who read pages of a small project while something goes on.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use crate::{
    Failure,
    front::Connection,
    world::{AGENT_KEY, PAGE},
};

/// How long they read.
pub(super) const SPAN: Duration = Duration::from_secs(20);

/// One client after the other reads a page. Every page has to come. Returns how long each took, in microseconds.
pub(super) async fn read(address: SocketAddr) -> Result<Histogram<u64>, Failure> {
    let request = format!(
        "GET /api/projects/1/conversations/tickets/?limit={PAGE} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {AGENT_KEY}\r\n\r\n"
    );
    let (mut times, started) = (Histogram::new(3)?, Instant::now());
    while started.elapsed() < SPAN {
        let asked = Instant::now();
        // Others come anew, too.
        Connection::open(address).await?.expect(200, &request).await?;
        times.record(u64::try_from(asked.elapsed().as_micros())?)?;
    }
    Ok(times)
}

/// Prints both, and how many times as long the slowest take.
pub(super) fn compare(alone: &Histogram<u64>, beside: &Histogram<u64>) {
    let at = |times: &Histogram<u64>, quantile| times.value_at_quantile(quantile) as f64 / 1e3;
    for (what, times) in [("a page of the list, alone", alone), ("beside it", beside)] {
        println!("  {what:<26} {:>6} answers  p50 {:>7.2} ms  p99 {:>7.2} ms", times.len(), at(times, 0.5), at(times, 0.99));
    }
    println!("  p99 is {:.2} times that alone", at(beside, 0.99) / at(alone, 0.99));
}
