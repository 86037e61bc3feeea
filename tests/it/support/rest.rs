//! The end of a desk. Whatever a test did, each of its commits must have its events, each event its deliveries, and none of
//! them may be a dead letter. No line of its log tells what people wrote.

use std::{future::Future, panic, sync::Arc, thread};

use lambdesk_local::Grants;
use reqwest::Method;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{
    Http, Reply, grants,
    log::{Log, Said},
};

/// How often the desk may say that it is not at rest. It takes ten seconds for that each time.
const PATIENCE: usize = 6;

/// What a test knows that it leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaves {
    Nothing,
    DeadLetters,
    Work,
}

/// The threads of a desk, and the check at its end.
pub(crate) struct Rest {
    /// `None` once the desk has ended.
    runtime: Option<Runtime>,
    base: String,
    grants: Arc<Grants>,
    leaves: Leaves,
    log: Log,
    said: Said,
}

impl Rest {
    pub(super) fn new(runtime: Runtime, http: &Http, grants: Arc<Grants>, log: Log) -> Self {
        let (base, said) = (http.base.clone(), http.said.clone());
        Self { runtime: Some(runtime), base, grants, leaves: Leaves::Nothing, log, said }
    }

    /// The test ends with dead letters on purpose.
    pub(crate) fn leaves_dead_letters(&mut self) {
        self.leaves = Leaves::DeadLetters;
    }

    /// The test ends with work on purpose, such as a run that waits for the limit.
    pub(crate) fn leaves_work(&mut self) {
        self.leaves = Leaves::Work;
    }

    /// Ends the desk by `stop`, without the check.
    pub(super) async fn give_up(mut self, stop: impl Future<Output = ()> + Send + 'static) {
        grants::record(&self.grants);
        if let Some(runtime) = self.runtime.take() {
            runtime.spawn(stop).await.expect("a desk that stops");
            runtime.shutdown_background();
        }
    }

    /// Panics if the desk does not come to rest, or if its dead letters are not as the test said.
    async fn check(base: String, leaves: Leaves) {
        if leaves == Leaves::Work {
            return;
        }
        // The clients of the test belong to the test's threads, and those wait for this one.
        let http = Http::new(base);
        let drained = at_rest(&http).await;
        assert_eq!(drained.status, 200, "the desk is left with work: {}", drained.text);
        let dead = http.dead_letters().await;
        match leaves {
            Leaves::DeadLetters => assert!(!dead.is_empty(), "the test said that it leaves dead letters"),
            Leaves::Nothing | Leaves::Work => assert!(dead.is_empty(), "dead letters are left: {dead:?}"),
        }
    }
}

/// What the desk says once it is at rest, or where time alone does not bring it there.
async fn at_rest(http: &Http) -> Reply {
    let drain = async || http.call(Method::POST, "/_local/drain", &[], Value::Null).await;
    let mut drained = drain().await;
    for _ in 1..PATIENCE {
        let left = &drained.json["left"];
        if drained.status == 200 || (left["stream"] == 0 && left["queue"] == 0) {
            break;
        }
        drained = drain().await;
    }
    drained
}

impl Drop for Rest {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        grants::record(&self.grants);
        if thread::panicking() {
            return runtime.shutdown_background();
        }
        // A thread that drives a runtime can't wait for another one.
        let check = Self::check(self.base.clone(), self.leaves);
        let checked = thread::scope(|scope| scope.spawn(|| runtime.block_on(check)).join());
        grants::record(&self.grants);
        runtime.shutdown_background();
        if let Err(failed) = checked {
            panic::resume_unwind(failed);
        }
        self.log.assert_tells_nothing_of(&self.said);
    }
}
