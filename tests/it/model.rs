//! A desk beside its model: random sequences of what customers, agents and the machinery do, on the real functions and on plain
//! data. Whatever agents and customers read is what the model says, after each command. The functions die, start anew, are
//! handed the same twice, and the clock jumps.
//!
//! A failure prints the seed of its sequence and the shortest sequence that still fails.

mod command;
mod desk;
mod parts;
mod trial;

use std::{
    cell::RefCell,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    thread,
    time::Instant,
};

use futures_util::FutureExt as _;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Builder;

use command::{Command, commands};
use parts::Engine;
use trial::Trial;

/// How many sequences run, unless `LAMBDESK_SEQUENCES` says so.
const SEQUENCES: u64 = 700;
/// How many sequences an engine takes. It keeps the tokens of its transactions for ten minutes, and looks through all of them at each.
const OF_AN_ENGINE: u64 = 50;
/// How many shorter sequences are tried for one that fails.
const SHORTER: u32 = 400;
/// The name of the threads that run sequences. What a sequence says while it is made shorter is not printed.
const THREAD: &str = "sequences";

/// Leaves out what the attempts to find a shorter sequence say. The last one is reported at the end.
fn quietly() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().name() != Some(THREAD) {
            loud(panic);
        }
    }));
}

/// The number that a variable of the environment asks for.
pub(crate) fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap_or_else(|_| panic!("{name} is no number: {number}")))
}

async fn play(engine: &mut Engine, commands: &[Command]) {
    let mut trial = Trial::new(engine.parts().await).await;
    for command in commands {
        Box::pin(trial.play(command)).await;
    }
    Box::pin(trial.end()).await;
}

/// Runs the sequence of a seed, and shorter ones if it fails.
fn sequence(seed: u64, attempt: impl FnMut(&[Command]) -> thread::Result<()>) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: SHORTER, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let attempt = RefCell::new(attempt);
    let ran = runner.run(&commands(), |commands| {
        (attempt.borrow_mut())(&commands).map_err(|panic| {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
            TestCaseError::fail(said.unwrap_or_default())
        })
    });
    ran.map_err(|failed| format!("LAMBDESK_SEQUENCES=1 LAMBDESK_SEED={seed} fails: {failed}"))
}

/// One thread's share of the sequences.
fn share(next: &AtomicU64, end: u64) -> Result<(), String> {
    loop {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut engine = runtime.block_on(Engine::new());
        for _ in 0..OF_AN_ENGINE {
            let seed = next.fetch_add(1, SeqCst);
            if seed >= end {
                return Ok(());
            }
            let ran = sequence(seed, |commands| {
                let played = AssertUnwindSafe(play(&mut engine, commands)).catch_unwind();
                runtime.block_on(Box::pin(played))
            });
            if ran.is_err() {
                // The other threads begin no more.
                next.fetch_max(end, SeqCst);
                return ran;
            }
        }
    }
}

#[test]
fn whatever_is_done_the_desk_is_as_its_model() {
    let (sequences, first) = (asked("LAMBDESK_SEQUENCES").unwrap_or(SEQUENCES), asked("LAMBDESK_SEED").unwrap_or(0));
    let (next, began) = (AtomicU64::new(first), Instant::now());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    quietly();
    let failed: Vec<_> = thread::scope(|scope| {
        let named = || thread::Builder::new().name(THREAD.to_owned());
        let start = |_| named().spawn_scoped(scope, || share(&next, first + sequences)).expect("a thread");
        let shares: Vec<_> = (0..threads).map(start).collect();
        shares.into_iter().filter_map(|share| share.join().expect("a thread that ends").err()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    println!("{sequences} sequences from seed {first} in {:?}", began.elapsed());
}
