//! Where the frames of a session's errors lie in the project's own sources, by the source maps that the project has uploaded.
//!
//! It is worth nothing without the errors, and the errors are worth much without it. So whatever fails here is logged, and the
//! answer has no originals.

use std::time::{Duration, Instant};

use lambdesk_domain::{
    capture::{
        pinned::Seen,
        source_map::{
            MapName, Opened,
            trace::{Originals, Trace},
        },
    },
    permission::ReadTickets,
};
use lambdesk_store::{Desk, SourceMapInfo, StoreError};

/// How long maps are looked for and opened. One that was begun is finished: the largest takes about a second of a function of
/// 256 MB.
const LONGEST: Duration = Duration::from_secs(3);

/// The originals of these errors' frames.
pub(super) async fn originals(desk: &Desk<ReadTickets>, seen: &Seen) -> Originals {
    let trace = Trace::of(seen.errors.iter().map(|error| &error.first));
    let until = Instant::now() + LONGEST;
    let names = trace.names();
    match within(until, desk.known_source_maps(&names)).await {
        Some(known) if !known.is_empty() => traced(desk, trace, &known, until).await,
        _ => Originals::default(),
    }
}

/// Opens the maps that the frames need, one after the other.
async fn traced(desk: &Desk<ReadTickets>, mut trace: Trace, known: &[SourceMapInfo], until: Instant) -> Originals {
    let there: Vec<_> = known.iter().map(|map| map.name.clone()).collect();
    for name in trace.wanted(&there) {
        let Some(map) = known.iter().find(|map| map.name == name) else { continue };
        let Some(Some(zipped)) = within(until, desk.source_map(map)).await else { continue };
        let there = there.clone();
        let opened = tokio::task::spawn_blocking(move || resolved(trace, &name, &there, &zipped)).await;
        trace = match opened {
            Ok(trace) => trace,
            Err(error) => {
                tracing::error!(%error, "a source map could not be opened");
                return Originals::default();
            }
        };
    }
    trace.originals()
}

fn resolved(mut trace: Trace, name: &MapName, there: &[MapName], zipped: &[u8]) -> Trace {
    if let Some(map) = Opened::open(zipped) {
        trace.resolve(name, there, &map);
    }
    trace
}

/// What the table says in time; `None` if it fails.
async fn within<T>(until: Instant, reading: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
    match tokio::time::timeout_at(until.into(), reading).await {
        Ok(Ok(read)) => Some(read),
        Ok(Err(error)) => {
            tracing::warn!(%error, "source maps could not be read");
            None
        }
        Err(_) => {
            tracing::warn!("source maps were not read in time");
            None
        }
    }
}
