//! The timers that are due.

use std::{ops::AddAssign, time::Instant};

use futures_util::future::join_all;
use lambdesk_store::{Rung, Store, StoreError};

use crate::Clock;

/// How many timers are read at a time.
const PAGE: usize = 100;

/// What a tick did with timers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timers {
    /// With those that it took.
    pub rung: Rung,
    /// How many parts of them could not be read, or not to their end.
    pub unread: usize,
    /// Whether some are left for the next tick.
    pub more: bool,
}

impl AddAssign for Timers {
    fn add_assign(&mut self, Self { rung, unread, more }: Self) {
        self.rung += rung;
        self.unread += unread;
        self.more |= more;
    }
}

impl Clock {
    /// Wakes the tickets whose time has come, the earliest first, and leaves to the next tick what it has no time for.
    pub async fn timers(&self, until: Instant) -> Timers {
        let shards: Vec<_> = Store::timer_shards().map(|shard| self.shard(shard, until)).collect();
        let mut all = Timers::default();
        for shard in join_all(shards).await {
            all += shard;
        }
        let Rung { timers, wakes, late, stale, failed } = all.rung;
        if timers > 0 {
            tracing::info!(
                timers.count = timers,
                timers.wakes = wakes,
                timers.late = late,
                timers.stale = stale,
                timers.failed = failed,
                timers.more = all.more,
                "timers"
            );
        }
        all
    }

    async fn shard(&self, shard: u8, until: Instant) -> Timers {
        let mut timers = Timers::default();
        if let Err(error) = self.ring(shard, until, &mut timers).await {
            tracing::error!(timers.shard = shard, %error, "timers could not be read");
            timers.unread += 1;
        }
        timers
    }

    async fn ring(&self, shard: u8, until: Instant, timers: &mut Timers) -> Result<(), StoreError> {
        // What is set while this runs is the next tick's.
        let now = self.store.now();
        let mut page = self.store.due_timers(shard, now, None, PAGE).await?;
        loop {
            timers.rung += self.store.ring(&page.timers).await;
            timers.rung.failed += page.unreadable;
            if !page.more() {
                return Ok(());
            }
            if Instant::now() > until {
                timers.more = true;
                return Ok(());
            }
            page = self.store.due_timers(shard, now, Some(page), PAGE).await?;
        }
    }
}
