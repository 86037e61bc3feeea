//! How long a start takes, and how much memory an idle desk holds.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    Failure,
    desk::{Binary, Desk},
    front,
};

const STARTS: usize = 7;
const IDLE: Duration = Duration::from_secs(5);

/// Prints idle memory and the time to the first answer, without data and with a desk's data.
pub(crate) fn print(binary: &Binary) -> Result<(), Failure> {
    for binary in [Some(binary), binary.debug().as_ref()].into_iter().flatten() {
        let data = TempDir::new()?;
        let first = first_answer(binary, data.path())?;
        let (mut fresh, mut again) = (vec![first], Vec::new());
        for _ in 1..STARTS {
            fresh.push(first_answer(binary, TempDir::new()?.path())?);
            again.push(first_answer(binary, data.path())?);
        }
        println!(
            "first answer after the start, median of {STARTS}: {} on an empty directory, {} on one in use (goal 100 ms): {binary}",
            median(fresh),
            median(again),
        );
    }
    let data = TempDir::new()?;
    let desk = Desk::spawn(binary, data.path())?;
    thread::sleep(IDLE);
    println!("idle memory after {} s: {:.1} MB (goal 40 MB)", IDLE.as_secs(), desk.resident_megabytes()?);
    Ok(())
}

/// The time from the start of the process to the end of its first answer.
fn first_answer(binary: &Binary, data: &Path) -> Result<Duration, Failure> {
    let started = Instant::now();
    let desk = Desk::spawn(binary, data)?;
    front::health(desk.address)?;
    Ok(started.elapsed())
}

fn median(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    format!("{:.0} ms", times[times.len() / 2].as_secs_f64() * 1e3)
}
