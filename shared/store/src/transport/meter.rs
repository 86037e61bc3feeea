//! What a request costs: calls, sequential round trips, and the capacity that DynamoDB says it consumed.
//!
//! Budgets are asserted from these figures, and every request's log line carries them.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
};

/// The cost of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Calls of DynamoDB.
    pub calls: u32,
    /// Round trips one after the other: calls that overlap, or begin in the same poll of their task, count once.
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
    /// How often the task was polled, and how often it had been when the last call began. Of two calls that are joined, the first may
    /// be answered before the second begins, if the thread has to wait for its turn in between. One poll began both.
    polls: Cell<u64>,
    began_in: Cell<u64>,
}

tokio::task_local! {
    static METER: Meter;
}

/// Runs `work` and tells what its calls cost. Only calls made within the same task are counted.
pub async fn metered<F: Future>(work: F) -> (F::Output, Usage) {
    METER
        .scope(Meter::default(), async {
            let mut work = pin!(work);
            let output = poll_fn(|task| {
                METER.with(|meter| meter.polls.set(meter.polls.get() + 1));
                work.as_mut().poll(task)
            })
            .await;
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
            let poll = meter.polls.get();
            let is_first_of_poll = meter.began_in.replace(poll) != poll;
            usage.round_trips += u32::from(is_first_of_poll && meter.in_flight.get() == 0);
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

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    async fn round_trips(work: impl Future) -> u32 {
        metered(work).await.1.round_trips
    }

    /// A call that is under way until its task is polled again.
    async fn call() {
        let call = Call::start();
        yield_now().await;
        drop(call);
    }

    #[tokio::test]
    async fn calls_that_overlap_are_one_round_trip() {
        let one_by_one = async {
            call().await;
            call().await;
        };
        assert_eq!(round_trips(one_by_one).await, 2);
        assert_eq!(round_trips(async { tokio::join!(call(), call()) }).await, 1);
    }

    #[tokio::test]
    async fn calls_that_begin_together_are_one_round_trip_though_one_is_answered_at_once() {
        let at_once = async || drop(Call::start());
        assert_eq!(round_trips(async { tokio::join!(at_once(), call()) }).await, 1);
        assert_eq!(round_trips(async { tokio::join!(at_once(), at_once()) }).await, 1);
    }
}
