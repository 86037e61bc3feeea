//! Renewing projects that an older version of the desk wrote.

use std::time::Instant;

use lambdesk_store::{Made, Renewed};

use crate::{Clock, shares::shares};

/// What a tick did with projects of an older version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewals {
    /// The tickets, in all projects together.
    pub renewed: Renewed,
    /// How many projects could not be renewed, or not even be listed.
    pub failed: usize,
}

impl Clock {
    /// Renews projects that have an older version, by writing their tickets anew. It takes half of the time that is left, and
    /// each project gets an equal share of it. Projects that get none are left to the next tick, which begins with another one.
    /// Also returns the number of projects, which the same read tells; `None` if the read failed.
    pub async fn renew(&self, until: Instant) -> (Option<u32>, Renewals) {
        let mut done = Renewals::default();
        let mut made = match self.upkeep.made().await {
            Ok(made) => made,
            Err(error) => {
                tracing::error!(%error, "projects could not be listed");
                done.failed += 1;
                return (None, done);
            }
        };
        if let Err(error) = self.upkeep.note_renewals(&mut made).await {
            tracing::error!(%error, "projects of an older version could not be noted");
            done.failed += 1;
        }
        let Made { projects, renewals, .. } = made;
        let began = Instant::now();
        let until = began + until.saturating_duration_since(began) / 2;
        let mut shares = shares(renewals.len(), until);
        for renewal in self.in_turn(renewals) {
            let Some(until) = shares.next() else {
                done.renewed.more = true;
                break;
            };
            let project = renewal.project;
            match Box::pin(self.upkeep.renew(renewal, until)).await {
                Ok(renewed) => {
                    let Renewed { tickets, changed, failed, more } = renewed;
                    tracing::info!(
                        project.id = %project,
                        tickets.count = tickets,
                        tickets.changed = changed,
                        tickets.failed = failed,
                        tickets.more = more,
                        "a project was written anew"
                    );
                    done.renewed += renewed;
                }
                Err(error) => {
                    tracing::error!(project.id = %project, %error, "a project could not be written anew");
                    done.failed += 1;
                }
            }
        }
        (Some(projects), done)
    }
}
