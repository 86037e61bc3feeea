//! Rolling out changed rules to tickets that nobody changes, and handing over the tickets of removed members and roles.

use std::{ops::AddAssign, time::Instant};

use lambdesk_store::RolledOut;

use crate::{Clock, shares::shares};

/// What a tick did for changed rules, or for removals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rollouts {
    /// The tickets, in all projects together.
    pub rolled_out: RolledOut,
    /// How many changes or removals failed, or could not even be read.
    pub failed: usize,
}

impl AddAssign for Rollouts {
    fn add_assign(&mut self, Self { rolled_out, failed }: Self) {
        self.rolled_out += rolled_out;
        self.failed += failed;
    }
}

impl Clock {
    /// Continues to hand over the tickets of removed members and roles. Each removal gets an equal share of the time, as in
    /// [`roll_out`](Self::roll_out).
    pub async fn hand_over(&self, until: Instant) -> Rollouts {
        let mut done = Rollouts::default();
        let notes = match self.upkeep.hand_overs().await {
            Ok((notes, unreadable)) => {
                done.failed += unreadable;
                notes
            }
            Err(error) => {
                tracing::error!(%error, "removals could not be listed");
                done.failed += 1;
                return done;
            }
        };
        let mut shares = shares(notes.len(), until);
        for note in self.in_turn(notes) {
            let Some(until) = shares.next() else {
                done.rolled_out.more = true;
                break;
            };
            match Box::pin(self.upkeep.hand_over(note, until)).await {
                Ok(RolledOut { tickets: 0, .. }) => {}
                Ok(handed_over) => {
                    let RolledOut { changed, failed, more, .. } = handed_over;
                    tracing::info!(
                        project.id = %note.project,
                        tickets.changed = changed,
                        tickets.failed = failed,
                        tickets.more = more,
                        "tickets were handed over"
                    );
                    done.rolled_out += handed_over;
                }
                Err(error) => {
                    tracing::error!(project.id = %note.project, %error, "tickets could not be handed over");
                    done.failed += 1;
                }
            }
        }
        done
    }

    /// Continues to roll out changed rules to the tickets of their projects. Each change gets an equal share of the time that
    /// is left. Changes that get none are left to the next tick, which begins with another change.
    pub async fn roll_out(&self, until: Instant) -> Rollouts {
        let mut done = Rollouts::default();
        match self.upkeep.follow_zones(until).await {
            Ok(more) => done.rolled_out.more |= more,
            Err(error) => {
                tracing::error!(%error, "projects could not be told of other rules of time zones");
                done.failed += 1;
            }
        }
        let rollouts = match self.upkeep.rollouts().await {
            Ok((rollouts, unreadable)) => {
                done.failed += unreadable;
                rollouts
            }
            Err(error) => {
                tracing::error!(%error, "changed rules could not be listed");
                done.failed += 1;
                return done;
            }
        };
        let mut shares = shares(rollouts.len(), until);
        for rollout in self.in_turn(rollouts) {
            let Some(until) = shares.next() else {
                done.rolled_out.more = true;
                break;
            };
            let project = rollout.project;
            match Box::pin(self.upkeep.roll_out(rollout, until)).await {
                Ok(rolled_out) => {
                    let RolledOut { tickets, changed, failed, more } = rolled_out;
                    tracing::info!(
                        project.id = %project,
                        tickets.count = tickets,
                        tickets.changed = changed,
                        tickets.failed = failed,
                        tickets.more = more,
                        "rules were rolled out"
                    );
                    done.rolled_out += rolled_out;
                }
                Err(error) => {
                    tracing::error!(project.id = %project, %error, "rules could not be rolled out");
                    done.failed += 1;
                }
            }
        }
        done
    }
}
