//! The timers that are due.

use std::{ops::AddAssign, time::Instant};

use futures_util::future::join_all;
use lambdesk_store::{Rung, StoreError, Upkeep};

use crate::{Clock, turns::Turns};

/// How many timers one read returns. A read of less than 4 KB costs no more than one that finds nothing.
const PAGE: usize = 1000;
/// How many timers are rung at a time.
const AT_ONCE: usize = 100;
/// The most timers of a shard that a tick reads: in 50 reads of about 12 units each. It is more than a tick has time for.
/// Reading so many finds timers of other projects behind those of a project with many, so that their tickets are woken just as
/// soon.
const MOST: usize = 50_000;

/// What a tick did with timers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timers {
    /// The timers that it took.
    pub rung: Rung,
    /// How many shards could not be read, or not to their end.
    pub unread: usize,
    /// Whether timers are left for the next tick.
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
    /// Wakes the tickets whose timers are due, the earliest of each project first. What it has no time for is left to the next
    /// tick.
    pub async fn timers(&self, until: Instant) -> Timers {
        let shards: Vec<_> = Upkeep::timer_shards().map(|shard| self.shard(shard, until)).collect();
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
        // Timers that are set while this runs are left to the next tick.
        let now = self.upkeep.now();
        let mut page = self.upkeep.due_timers(shard, now, None, PAGE).await?;
        let mut due = std::mem::take(&mut page.timers);
        timers.rung.failed += page.unreadable;
        while page.more() && due.len() < MOST {
            page = self.upkeep.due_timers(shard, now, Some(page), PAGE).await?;
            due.append(&mut page.timers);
            timers.rung.failed += page.unreadable;
        }
        timers.more |= page.more();
        let mut turns = Turns::new(due);
        while turns.len() > 0 {
            timers.rung += self.upkeep.ring(&turns.next(AT_ONCE)).await;
            if turns.len() > 0 && Instant::now() > until {
                timers.more = true;
                return Ok(());
            }
        }
        Ok(())
    }
}
