//! A count of a project's tickets that does not wait for the clock.

use std::time::{Duration, Instant};

use clap::Args;
use lambdesk_domain::{ProjectId, Timestamp};
use lambdesk_store::{Standing, Store, Upkeep};

use crate::{Console, Failure};

/// Count a project's tickets now, and repair totals and tags that have drifted.
///
/// It is the count that the clock makes, to its end. Figures that differ are counted a second time a minute later, because most
/// of what differs is only late. Prints how many figures it repaired.
#[derive(Debug, Args)]
pub(crate) struct Recount {
    /// The id of the project.
    #[arg(long, value_name = "ID")]
    project: u32,
}

/// How long a run counts before its place is saved.
const RUN: Duration = Duration::from_secs(20);
/// How often a count begins again because somebody has changed tickets meanwhile.
const TRIES: usize = 5;
/// How often it is looked whether the second count may begin.
const LOOK: Duration = Duration::from_millis(500);

impl Recount {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let project = ProjectId(self.project);
        if !store.founding().has_project(project).await? {
            return Err(Failure::refused(format!("this desk has no project {project}")));
        }
        let upkeep = store.upkeep();
        upkeep.recount_anew(project).await?;
        let (mut tickets, mut repaired, mut tries) = (0, 0, 0);
        loop {
            let done = upkeep.recount(project, Instant::now() + RUN).await?;
            tickets += done.tickets;
            repaired += done.repaired;
            if done.more {
                continue;
            }
            match upkeep.recount_standing(project).await? {
                Standing::Right => break,
                Standing::WaitsUntil(at) => {
                    writeln!(console.notes, "{tickets} tickets counted. Some figures differ: the second count begins at {at}.")?;
                    wait(&upkeep, at).await;
                }
                // After a repair a large project rests, and a clock would count it later.
                Standing::Moved if tries < TRIES => {
                    tries += 1;
                    upkeep.recount_anew(project).await?;
                }
                Standing::Moved => {
                    let why = "tickets changed during each count, so nothing can be said of the figures. Try when fewer do";
                    return Err(Failure::refused(why));
                }
            }
        }
        writeln!(console.output, "project {project}: looked at {tickets} tickets, repaired {repaired} figures")?;
        Ok(())
    }
}

async fn wait(upkeep: &Upkeep, until: Timestamp) {
    while upkeep.now() < until {
        tokio::time::sleep(LOOK).await;
    }
}
