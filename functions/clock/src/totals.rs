//! Recounts of projects, which repair their totals.

use std::time::{Duration, Instant};

use lambdesk_domain::ProjectId;
use lambdesk_store::Recounted;

use crate::Clock;

/// How many projects a tick looks at.
const PROJECTS: u32 = 10;

/// How long after the end of the time a project's recount may still begin. Each recount makes some progress, however late it
/// begins.
const OVERRUN: Duration = Duration::from_secs(5);

/// What a tick recounted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recounts {
    /// The recounts of all projects together.
    pub recounted: Recounted,
    /// How many projects could not be recounted.
    pub uncounted: usize,
}

impl Recounts {
    /// The recounts of a tick that could not list the projects.
    pub(crate) fn unlisted() -> Self {
        Self { uncounted: 1, ..Self::default() }
    }
}

impl Clock {
    /// Recounts the projects whose turn it is, except those whose figures are still as the last recount left them. Each project
    /// gets an equal share of the time that is left, so that none waits for a large one. Those that are not finished share what
    /// the others leave.
    pub async fn totals(&self, until: Instant) -> Recounts {
        match self.upkeep.made().await {
            Ok(made) => self.totals_of(made.projects, until).await,
            Err(error) => {
                tracing::error!(%error, "projects could not be listed");
                Recounts::unlisted()
            }
        }
    }

    /// Does the same where the number of projects is known.
    pub(crate) async fn totals_of(&self, projects: u32, until: Instant) -> Recounts {
        let mut totals = Recounts::default();
        let mut unfinished = self.turn(projects);
        loop {
            let round = std::mem::take(&mut unfinished);
            for (done, project) in round.iter().enumerate() {
                if Instant::now() >= until + OVERRUN {
                    totals.recounted.more = true;
                    return totals;
                }
                let left = u32::try_from(round.len() - done).unwrap_or(PROJECTS);
                let share = until.saturating_duration_since(Instant::now()) / left;
                if self.count(*project, Instant::now() + share, &mut totals).await {
                    unfinished.push(*project);
                }
            }
            if unfinished.is_empty() || Instant::now() >= until {
                totals.recounted.more = !unfinished.is_empty();
                return totals;
            }
        }
    }

    /// The projects whose turn it is. It follows from the minute, so no state is kept.
    fn turn(&self, projects: u32) -> Vec<ProjectId> {
        let turns = PROJECTS.min(projects);
        let minute = self.upkeep.now().seconds() / 60;
        let first = minute.wrapping_mul(i64::from(turns)).rem_euclid(i64::from(projects.max(1)));
        let project = |turn: i64| u32::try_from((first + turn).rem_euclid(i64::from(projects)) + 1).ok();
        (0..i64::from(turns)).filter_map(project).map(ProjectId).collect()
    }

    /// Recounts a project until `until`. Returns whether there is more to count.
    async fn count(&self, project: ProjectId, until: Instant, totals: &mut Recounts) -> bool {
        match Box::pin(self.upkeep.recount(project, until)).await {
            Ok(Recounted { tickets, repaired, more }) => {
                totals.recounted.tickets += tickets;
                totals.recounted.repaired += repaired;
                more
            }
            Err(error) => {
                tracing::error!(project.id = %project, %error, "a project could not be counted");
                totals.uncounted += 1;
                false
            }
        }
    }
}
