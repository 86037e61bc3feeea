//! What it comes to, by the list prices of us-east-1 in dollars.

use super::units::Costs;
use crate::world::Cost;

/// Of a million.
const WRITE_UNITS: f64 = 0.625;
const READ_UNITS: f64 = 0.125;
/// A million calls: the HTTP API 1.00, Lambda 0.22, the log 0.35.
const CALLS: f64 = 1.57;
/// How many calls a second a route takes, and how many seconds an hour has.
const RATE: f64 = 50.0;
const HOUR: f64 = 3600.0;
/// What a project's day holds, in bytes.
const DAY: f64 = 500_000_000.0;
/// What a part of 360 KB stores.
const PART: f64 = 360_000.0;
/// How many tickets a month has, and what a session can have at most.
const TICKETS: f64 = 1_000.0;
const SESSION_BYTES: f64 = 10_000_000.0;

pub(super) fn print(costs: &Costs) {
    let Costs { ticket, look, part, stranger } = costs;
    let one = calls(f64::from(ticket.0)) + units(&ticket.1);
    let seen = calls(f64::from(look.0)) + units(&look.1);
    // Its recording takes all of what a session may have.
    let largest = (calls(1.0) + units(part)) * SESSION_BYTES / PART;
    let looked_through = calls(SESSION_BYTES / PART) + READ_UNITS * SESSION_BYTES / 8192.0 / 1e6;
    println!("\nwhat it comes to, in dollars");
    row("a recorded ticket of the demo; an agent's look at it", &[one, seen]);
    row("a ticket whose session is as large as it may be; the look", &[largest, looked_through]);
    row(
        "1,000 tickets a month like the demo's; as large as may be",
        &[TICKETS * (one + seen), TICKETS * (largest + looked_through)],
    );
    row("a million calls with 20 events, at 3 WCU each", &[calls(1e6) + 3.0 * WRITE_UNITS]);
    let all = RATE * HOUR;
    // Each KB is a unit, and each call counts in its session's item and begins a KB of its own.
    let taken = (DAY / 1024.0 + 2.0 * all) * WRITE_UNITS / 1e6;
    // A process knows that a day is full, and asks for nothing then.
    row("an hour's flood of a route that fills the project's day; on a full day", &[calls(all) + taken, calls(all)]);
    row("an hour's flood of strangers' recordings, four sessions a call", &[calls(all) + all * 4.0 * units(stranger)]);
}

fn units(cost: &Cost) -> f64 {
    (cost.read_units * READ_UNITS + cost.write_units * WRITE_UNITS) / 1e6
}

fn calls(number: f64) -> f64 {
    number * CALLS / 1e6
}

fn row(name: &str, dollars: &[f64]) {
    let shown = |dollars: &f64| if *dollars < 0.01 { format!("{dollars:.6}") } else { format!("{dollars:.2}") };
    println!("  {name:<66} {}", dollars.iter().map(shown).collect::<Vec<_>>().join("; "));
}
