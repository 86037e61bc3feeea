//! What a request costs: calls, sequential round trips, and the capacity that DynamoDB says it consumed.
//!
//! Budgets are asserted from these figures, and every request's log line carries them.

use std::{cell::Cell, future::Future};

/// The cost of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Calls of DynamoDB.
    pub calls: u32,
    /// Round trips one after the other: calls that overlap count once.
    pub round_trips: u32,
    /// Read units, table and indexes.
    pub read_units: f64,
    /// Write units, table and indexes.
    pub write_units: f64,
}

#[derive(Default)]
struct Meter {
    usage: Cell<Usage>,
    in_flight: Cell<u32>,
}

tokio::task_local! {
    static METER: Meter;
}

/// Runs `work` and tells what its calls cost. Only calls made within the same task are counted.
pub async fn metered<F: Future>(work: F) -> (F::Output, Usage) {
    METER
        .scope(Meter::default(), async {
            let output = work.await;
            (output, usage().unwrap_or_default())
        })
        .await
}

/// What the calls of this task have cost so far; `None` outside of [`metered`].
pub fn usage() -> Option<Usage> {
    METER.try_with(|meter| meter.usage.get()).ok()
}

/// Counts a call from its start to its end; dropped early, it still ends.
pub(crate) struct Call(());

impl Call {
    pub(crate) fn start() -> Self {
        let _ = METER.try_with(|meter| {
            let mut usage = meter.usage.get();
            usage.calls += 1;
            usage.round_trips += u32::from(meter.in_flight.get() == 0);
            meter.usage.set(usage);
            meter.in_flight.set(meter.in_flight.get() + 1);
        });
        Self(())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let _ = METER.try_with(|meter| meter.in_flight.set(meter.in_flight.get().saturating_sub(1)));
    }
}

pub(crate) fn consumed(read_units: f64, write_units: f64) {
    let _ = METER.try_with(|meter| {
        let mut usage = meter.usage.get();
        usage.read_units += read_units;
        usage.write_units += write_units;
        meter.usage.set(usage);
    });
}
