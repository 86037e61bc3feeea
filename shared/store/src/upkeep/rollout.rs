//! Bringing tickets in line with rules that were changed: a policy that is turned on finds the customers who wait already, and
//! a setting the tickets that nobody touches.
//!
//! A change of a project's rules leaves a note of itself, in the same transaction. The clock walks the project's unresolved
//! tickets, as many as it has time for, and keeps its place in the note, which goes at the end. A ticket that follows the rules
//! already is read and not written, so it does no harm that a walk is interrupted, or under way twice. One that began while
//! other processes may still have decided by the rules before is gone through again.

use std::{ops::AddAssign, time::Instant};

use futures_util::{StreamExt, stream};
use lambdesk_domain::{Actor, Command, ProjectId, Ticket, Timestamp, decide::aligned, rules::Rules, ticket::Status};
use lambdesk_runtime::cache;

use crate::{
    Upkeep,
    error::{ChangeError, StoreError},
    room::{Room, change::Outcome},
    transport::{
        item::{Item, Reader, Writer},
        keys,
        read::{BATCH, Range},
        schema::{BY_STATUS, UPDATED},
        write::{Rejection, Write},
    },
};

/// The statuses that are walked through. A resolved ticket waits for nothing that a rule could change, but a question that is
/// meant for those resolved from now on.
const UNRESOLVED: [Status; 4] = [Status::New, Status::Open, Status::Pending, Status::OnHold];
/// How many seconds after a change of rules a ticket may still be written by those before: what a process remembers of a project
/// (docs/decisions.md, 39), and what a request takes.
pub(crate) const REMEMBERED: i64 = cache::LIFETIME.as_secs().cast_signed() + 30;
/// How many tickets are changed at a time.
const AT_ONCE: usize = 8;

/// A change of rules that has not reached all tickets yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// Whose rules.
    pub project: ProjectId,
    /// When they were changed.
    changed_at: Timestamp,
    /// Whether all tickets were walked through once.
    walked: bool,
    walk: Option<Walk>,
}

/// A walk that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Walk {
    began_at: Timestamp,
    /// Where in [`UNRESOLVED`] it is.
    status: usize,
    /// Behind which place of that partition.
    after: String,
}

/// What a part of a walk did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolledOut {
    /// How many tickets it looked at.
    pub tickets: usize,
    /// How many it changed.
    pub changed: usize,
    /// How many can't be changed, whoever tries; the walk goes on without them.
    pub failed: usize,
    /// Whether it goes on with the next tick.
    pub more: bool,
}

impl AddAssign for RolledOut {
    fn add_assign(&mut self, Self { tickets, changed, failed, more }: Self) {
        self.tickets += tickets;
        self.changed += changed;
        self.failed += failed;
        self.more |= more;
    }
}

impl Upkeep {
    /// Some of the changes of rules that have not reached all tickets yet, and how many notes of such can't be read. One read, as
    /// of a moment ago.
    pub async fn rollouts(&self) -> Result<(Vec<Rollout>, usize), StoreError> {
        let found = self
            .store
            .query(
                Range::new("PK = :pk AND SK < :end").text(":pk", keys::ROLLOUTS).text(":end", keys::AFTER_ROLLOUTS).limit(BATCH),
            )
            .await?;
        let mut rollouts = Vec::new();
        for item in &found.items {
            match read(item) {
                Ok(rollout) => rollouts.push(rollout),
                Err(error) => tracing::error!(%error, "a change of rules can't be read"),
            }
        }
        let unreadable = found.items.len() - rollouts.len();
        Ok((rollouts, unreadable))
    }

    /// Goes on with a walk until there are no more tickets, or no more time.
    pub async fn roll_out(&self, rollout: Rollout, until: Instant) -> Result<RolledOut, StoreError> {
        let Rollout { project, changed_at, walked, walk } = rollout;
        let known_at = changed_at.plus_seconds(REMEMBERED);
        if walked && walk.is_none() && self.store.now() < known_at {
            return Ok(RolledOut { more: true, ..RolledOut::default() });
        }
        // By the rules as they are, and not as they are remembered.
        self.store.forget_project(project);
        let rules = self.store.rules(project).await?;
        let mut walk = walk.unwrap_or_else(|| Walk { began_at: self.store.now(), status: 0, after: FIRST.to_owned() });
        let mut done = RolledOut::default();
        let mut failure = None;
        while walk.status < UNRESOLVED.len() && (done.tickets == 0 || Instant::now() < until) {
            if let Err(error) = self.store.room(project).walk_on(&mut walk, &rules, &mut done).await {
                failure = Some(error);
                break;
            }
        }
        let ended = walk.status == UNRESOLVED.len();
        done.more = !(ended && known_at <= walk.began_at);
        let note = if done.more {
            Write::put(write(&Rollout { project, changed_at, walked: walked || ended, walk: Some(walk).filter(|_| !ended) }))
        } else {
            Write::delete(keys::rollout(project))
        };
        let note = note.only_if("changed_at = :changed").number(":changed", changed_at.micros());
        match self.store.commit(vec![note]).await {
            // The rules have changed again, and that walk begins anew; or another clock was faster.
            Ok(()) | Err(Rejection::Conditions(_)) => failure.map_or(Ok(done), Err),
            Err(rejection) => Err(failure.unwrap_or_else(|| rejection.into_error("a rollout"))),
        }
    }
}

impl Room {
    /// Goes on by a page of a status.
    async fn walk_on(&self, walk: &mut Walk, rules: &Rules, done: &mut RolledOut) -> Result<(), StoreError> {
        let Some(status) = UNRESOLVED.get(walk.status) else { return Ok(()) };
        let range = Range::new("sts = :status AND upd > :after").on(BY_STATUS).limit(BATCH);
        let range = range.text(":status", keys::by_status(self.project, *status)).text(":after", &walk.after);
        let found = self.store.query(range).await?;
        let now = self.store.now();
        let (tickets, corrupt) = self.whole_of(&found.items).await?;
        for error in &corrupt {
            tracing::error!(%error, "a ticket can't follow the rules");
        }
        done.failed += corrupt.len();
        let behind = tickets.into_iter().filter(|ticket| aligned(ticket, now, rules).is_some());
        let aligning = behind.map(|ticket| self.align(ticket));
        for aligned in stream::iter(aligning).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            match aligned? {
                Aligned::Changed => done.changed += 1,
                Aligned::AsItWas => {}
                Aligned::Never => done.failed += 1,
            }
        }
        done.tickets += found.items.len();
        if let Some(last) = found.items.last().filter(|_| found.next.is_some()) {
            Reader(last).text(UPDATED)?.clone_into(&mut walk.after);
        } else {
            (walk.status, walk.after) = (walk.status + 1, FIRST.to_owned());
        }
        Ok(())
    }

    /// What may work when it is tried again is the error; what never will is logged.
    async fn align(&self, ticket: Ticket) -> Result<Aligned, StoreError> {
        let id = ticket.id;
        match self.change_from(ticket, &Actor::System, &|_| Ok(Command::Align), None).await {
            Ok(applied) if applied.outcome == Outcome::Written => Ok(Aligned::Changed),
            Ok(_) | Err(ChangeError::NotFound) => Ok(Aligned::AsItWas),
            Err(ChangeError::Store(error @ (StoreError::Unavailable(_) | StoreError::Contended(_)))) => Err(error),
            Err(error) => {
                tracing::error!(project.id = %self.project, ticket.id = %id, %error, "a ticket can't follow the rules");
                Ok(Aligned::Never)
            }
        }
    }
}

enum Aligned {
    Changed,
    /// Someone else was faster, or it is gone.
    AsItWas,
    Never,
}

/// Before the first ticket of a status.
const FIRST: &str = "0";

/// The note that a project's rules were changed.
pub(crate) fn begin(project: ProjectId, now: Timestamp) -> Item {
    write(&Rollout { project, changed_at: now, walked: false, walk: None })
}

fn write(rollout: &Rollout) -> Item {
    let Rollout { project, changed_at, walked, walk } = rollout;
    let note = Writer::new(&keys::rollout(*project)).number("id", project).time("changed_at", *changed_at);
    let note = note.opt_flag("walked", walked.then_some(true));
    match walk {
        None => note.done(),
        Some(Walk { began_at, status, after }) => {
            let status = UNRESOLVED.get(*status).map(|status| status.name());
            note.time("began_at", *began_at).opt_text("status", status).text("after", after).done()
        }
    }
}

fn read(item: &Item) -> Result<Rollout, StoreError> {
    let row = Reader(item);
    let walk = |began_at| {
        let status = row.parsed("status", Status::parse)?;
        let status = UNRESOLVED.iter().position(|unresolved| *unresolved == status).ok_or_else(|| row.corrupt("status"))?;
        Ok::<_, StoreError>(Walk { began_at, status, after: row.text("after")?.to_owned() })
    };
    Ok(Rollout {
        project: ProjectId(row.number("id")?),
        changed_at: row.time("changed_at")?,
        walked: row.flag("walked")?.unwrap_or(false),
        walk: row.opt_time("began_at")?.map(walk).transpose()?,
    })
}
