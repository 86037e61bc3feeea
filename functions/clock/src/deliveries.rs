//! Messages that should have left by mail, and have not.

use std::time::Instant;

use futures_util::future::join_all;
use lambdesk_store::{RungDelivery, StoreError};

use crate::Clock;

/// How many timers a tick takes. The rest is left to the next one.
const MOST: usize = 500;
/// How many of them are rung at a time.
const AT_ONCE: usize = 8;

/// What a tick did with timers of deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// How many messages are told of again, or have another timer.
    pub told: usize,
    /// How many timers had nothing to do: their message has left, or is gone.
    pub stale: usize,
    /// How many of the messages that are told of should have left half an hour ago.
    pub late: usize,
    /// How many failed, or could not be read. They are still there.
    pub failed: usize,
}

impl Clock {
    /// Looks at the messages whose timers are due.
    pub(crate) async fn deliveries(&self, until: Instant) -> Deliveries {
        let mut done = Deliveries::default();
        if let Err(error) = self.ring_deliveries(until, &mut done).await {
            tracing::error!(%error, "timers of mails could not be read");
            done.failed += 1;
        }
        done
    }

    async fn ring_deliveries(&self, until: Instant, done: &mut Deliveries) -> Result<(), StoreError> {
        let (due, unreadable) = self.upkeep.due_deliveries(self.upkeep.now(), MOST).await?;
        done.failed += unreadable;
        for some in due.chunks(AT_ONCE) {
            if Instant::now() > until {
                break;
            }
            for rung in join_all(some.iter().map(|timer| self.upkeep.ring_delivery(timer))).await {
                match rung {
                    Ok(RungDelivery::Told) => done.told += 1,
                    Ok(RungDelivery::Late) => {
                        done.told += 1;
                        done.late += 1;
                    }
                    Ok(RungDelivery::Stale) => done.stale += 1,
                    Err(error) => {
                        tracing::error!(%error, "the timer of a mail failed");
                        done.failed += 1;
                    }
                }
            }
        }
        Ok(())
    }
}
