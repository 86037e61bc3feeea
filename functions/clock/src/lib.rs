//! Does what nobody asks for: each minute it takes the timers that are due and wakes their tickets (design.md section 4).
//!
//! A tick reads each part of the timers once if nothing is due, and otherwise costs what is due, however many tickets there
//! are. It may run twice at once, be late, or end in the middle: a ticket decides from what it is, a timer goes with its
//! effect in one transaction, and the next tick begins with the earliest that is left.
//!
//! A tick also counts projects anew, in turn, and puts right what has drifted: so many projects for so long, and none whose
//! totals are as the last count left them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lambdesk_domain::ProjectId;
use lambdesk_store::{Recounted, Rung, Store, StoreError};
use serde_json::{Value, json};

/// How many timers are read at a time.
const PAGE: usize = 100;
/// When a tick takes no more timers and leaves the rest to the next one: well before the function's timeout.
const ENOUGH: Duration = Duration::from_secs(40);

/// How many projects are looked at in a tick.
const PROJECTS: u32 = 10;
/// How long projects are counted. Locally a tick may be a request, which ends after 20 s.
const COUNTING: Duration = Duration::from_secs(15);
/// Until when they are, if the timers took long: each may take a second more than it was given, and the function's timeout is
/// a minute.
const LATE: Duration = Duration::from_secs(45);

/// What ticks.
#[derive(Clone)]
pub struct Clock {
    /// The table.
    pub store: Store,
}

/// What a tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// To the timers.
    pub rung: Rung,
    /// To totals that were counted anew.
    pub recounted: Recounted,
    /// How many projects could not be counted.
    pub uncounted: usize,
    /// How many parts of the timers could not be read, or not to their end.
    pub unread: usize,
    /// Whether timers are left for the next tick.
    pub more: bool,
}

impl Ticked {
    /// Whether all that was due is done, or only late.
    pub const fn succeeded(&self) -> bool {
        self.rung.failed == 0 && self.unread == 0 && self.uncounted == 0
    }

    /// Its figures as metrics, as one line of the log in the embedded metric format; `None` for a tick that is nothing out
    /// of the ordinary, since each figure is billed.
    pub fn metrics(&self, at_millis: u64) -> Option<Value> {
        let figures = [
            ("TimersLate", self.rung.late),
            ("TimersFailed", self.rung.failed + self.unread),
            ("TotalsRepaired", self.recounted.repaired),
        ];
        let told: Vec<_> = figures.into_iter().filter(|(_, figure)| *figure > 0).collect();
        if told.is_empty() {
            return None;
        }
        let names: Vec<_> = told.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
        let directive = json!({"Namespace": "Lambdesk", "Dimensions": [[]], "Metrics": names});
        let mut line = json!({"_aws": {"Timestamp": at_millis, "CloudWatchMetrics": [directive]}});
        for (name, figure) in told {
            line[name] = json!(figure);
        }
        Some(line)
    }
}

impl Clock {
    /// Wakes the tickets whose time has come, and counts projects whose turn it is.
    pub async fn tick(&self) -> Ticked {
        let began = Instant::now();
        let timers = self.timers().await;
        // What is due goes before what may have drifted.
        if timers.more {
            return timers;
        }
        let Ticked { recounted, uncounted, .. } = self.totals((began + LATE).min(Instant::now() + COUNTING)).await;
        Ticked { recounted, uncounted, ..timers }
    }

    /// Counts the projects whose turn it is, each for an equal share of the time that is left, so that none waits for a large
    /// one; those that are not done share what the others leave.
    pub async fn totals(&self, until: Instant) -> Ticked {
        let mut ticked = Ticked::default();
        let mut unfinished = match self.store.projects_made().await {
            Ok(projects) => self.turn(projects),
            Err(error) => {
                tracing::error!(%error, "projects could not be listed");
                ticked.uncounted += 1;
                return ticked;
            }
        };
        loop {
            let round = std::mem::take(&mut unfinished);
            for (done, project) in round.iter().enumerate() {
                let left = u32::try_from(round.len() - done).unwrap_or(PROJECTS);
                let share = until.saturating_duration_since(Instant::now()) / left;
                if self.count(*project, Instant::now() + share, &mut ticked).await {
                    unfinished.push(*project);
                }
            }
            if unfinished.is_empty() || Instant::now() >= until {
                ticked.recounted.more = !unfinished.is_empty();
                return ticked;
            }
        }
    }

    /// The projects whose turn it is by the minute, so that nothing need be remembered.
    fn turn(&self, projects: u32) -> Vec<ProjectId> {
        let turns = PROJECTS.min(projects);
        let minute = self.store.now().seconds() / 60;
        let first = minute.wrapping_mul(i64::from(turns)).rem_euclid(i64::from(projects.max(1)));
        let project = |turn: i64| u32::try_from((first + turn).rem_euclid(i64::from(projects)) + 1).ok();
        (0..i64::from(turns)).filter_map(project).map(ProjectId).collect()
    }

    /// Counts a project until so late; whether there is more to count.
    async fn count(&self, project: ProjectId, until: Instant, ticked: &mut Ticked) -> bool {
        match Box::pin(self.store.recount(project, until)).await {
            Ok(Recounted { tickets, repaired, more }) => {
                ticked.recounted.tickets += tickets;
                ticked.recounted.repaired += repaired;
                more
            }
            Err(error) => {
                tracing::error!(project.id = %project, %error, "a project could not be counted");
                ticked.uncounted += 1;
                false
            }
        }
    }

    /// Wakes the tickets whose time has come.
    pub async fn timers(&self) -> Ticked {
        let until = Instant::now() + ENOUGH;
        let shards: Vec<_> = Store::timer_shards().map(|shard| self.shard(shard, until)).collect();
        let mut ticked = Ticked::default();
        for shard in join_all(shards).await {
            ticked.rung += shard.rung;
            ticked.unread += shard.unread;
            ticked.more |= shard.more;
        }
        let Rung { timers, wakes, late, stale, failed } = ticked.rung;
        if timers > 0 {
            tracing::info!(
                timers.count = timers,
                timers.wakes = wakes,
                timers.late = late,
                timers.stale = stale,
                timers.failed = failed,
                timers.more = ticked.more,
                "timers"
            );
        }
        ticked
    }

    async fn shard(&self, shard: u8, until: Instant) -> Ticked {
        let mut ticked = Ticked::default();
        if let Err(error) = self.ring(shard, until, &mut ticked).await {
            tracing::error!(timers.shard = shard, %error, "timers could not be read");
            ticked.unread += 1;
        }
        ticked
    }

    async fn ring(&self, shard: u8, until: Instant, ticked: &mut Ticked) -> Result<(), StoreError> {
        // What is set while this runs is the next tick's.
        let now = self.store.now();
        let mut page = self.store.due_timers(shard, now, None, PAGE).await?;
        loop {
            ticked.rung += self.store.ring(&page.timers).await;
            ticked.rung.failed += page.unreadable;
            if !page.more() {
                return Ok(());
            }
            if Instant::now() > until {
                ticked.more = true;
                return Ok(());
            }
            page = self.store.due_timers(shard, now, Some(page), PAGE).await?;
        }
    }
}
