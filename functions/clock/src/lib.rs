//! Does what nobody asks for: each minute it takes the timers that are due and wakes their tickets (design.md section 4).
//!
//! A tick reads each part of the timers once if nothing is due, and otherwise costs what is due, however many tickets there
//! are. It may run twice at once, be late, or end in the middle: a ticket decides from what it is, a timer goes with its
//! effect in one transaction, and the next tick begins with the earliest that is left.
//!
//! A tick then goes on with what a change of rules asks for: each unresolved ticket of the project is looked at once. It also
//! counts projects anew, in turn, and puts right what has drifted: so many tickets of so many projects, and none
//! of a project whose totals are as the last count left them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lambdesk_domain::ProjectId;
use lambdesk_store::{Recounted, RolledOut, Rung, Store, StoreError};
use serde_json::{Value, json};

/// How many timers are read at a time.
const PAGE: usize = 100;
/// When a tick takes no more timers and leaves the rest to the next one: well before the function's timeout.
const ENOUGH: Duration = Duration::from_secs(40);

/// How long a tick brings changed rules to tickets.
const ROLLOUTS: Duration = Duration::from_secs(10);

/// How many projects are looked at in a tick, and how many tickets of each are counted.
const PROJECTS: u32 = 10;
const TICKETS: usize = 3000;

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
    /// To tickets whose project's rules have changed.
    pub rolled_out: RolledOut,
    /// How many projects' rules could not be brought to their tickets, or not even be listed.
    pub unruled: usize,
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
        self.rung.failed == 0 && self.unread == 0 && self.unruled == 0 && self.uncounted == 0
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
        let mut ticked = self.timers().await;
        // What is due goes before what may have drifted.
        if ticked.more {
            return ticked;
        }
        self.roll_out(Instant::now() + ROLLOUTS, &mut ticked).await;
        match self.store.projects_made().await {
            Ok(projects) => self.recount(projects, &mut ticked).await,
            Err(error) => {
                tracing::error!(%error, "projects could not be listed");
                ticked.uncounted += 1;
            }
        }
        ticked
    }

    /// Brings changed rules to the tickets of their projects, all of which get as much of the time that is left.
    async fn roll_out(&self, until: Instant, ticked: &mut Ticked) {
        let rollouts = match self.store.rollouts().await {
            Ok(rollouts) => rollouts,
            Err(error) => {
                tracing::error!(%error, "changed rules could not be listed");
                ticked.unruled += 1;
                return;
            }
        };
        for (left, rollout) in (1..=rollouts.len()).rev().zip(rollouts) {
            let share = until.saturating_duration_since(Instant::now()) / u32::try_from(left).unwrap_or(u32::MAX);
            let project = rollout.project;
            match Box::pin(self.store.roll_out(rollout, Instant::now() + share)).await {
                Ok(RolledOut { tickets, changed, more }) => {
                    tracing::info!(
                        project.id = %project,
                        tickets.count = tickets,
                        tickets.changed = changed,
                        tickets.more = more,
                        "rules were rolled out"
                    );
                    ticked.rolled_out.tickets += tickets;
                    ticked.rolled_out.changed += changed;
                    ticked.rolled_out.more |= more;
                }
                Err(error) => {
                    tracing::error!(project.id = %project, %error, "rules could not be rolled out");
                    ticked.unruled += 1;
                }
            }
        }
    }

    /// Counts the projects whose turn it is by the minute, so that nothing need be remembered.
    async fn recount(&self, projects: u32, ticked: &mut Ticked) {
        let turns = PROJECTS.min(projects);
        let minute = self.store.now().seconds() / 60;
        let first = minute.wrapping_mul(i64::from(turns)).rem_euclid(i64::from(projects.max(1)));
        for turn in 0..i64::from(turns) {
            let project = (first + turn).rem_euclid(i64::from(projects)) + 1;
            let Ok(project) = u32::try_from(project) else { continue };
            match Box::pin(self.store.recount(ProjectId(project), TICKETS)).await {
                Ok(Recounted { tickets, repaired, more }) => {
                    ticked.recounted.tickets += tickets;
                    ticked.recounted.repaired += repaired;
                    ticked.recounted.more |= more;
                }
                Err(error) => {
                    tracing::error!(project.id = project, %error, "a project could not be counted");
                    ticked.uncounted += 1;
                }
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
