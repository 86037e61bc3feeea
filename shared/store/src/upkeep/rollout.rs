//! Rolling out changed rules to tickets that nobody touches. So a policy that is turned on also reaches customers who wait
//! already.
//!
//! The transaction that changes a project's rules also writes a note. The clock walks the project's unresolved tickets, as many
//! as it has time for, and keeps its position in the note. It deletes the note at the end. A ticket that follows the rules
//! already is read and not written. So a walk may be interrupted, or be under way twice. A walk is repeated if it began while
//! other processes may still have decided by the old rules.

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

/// The statuses that a walk goes through. A resolved ticket waits for nothing that a rule could change, except the rating
/// question, which is meant for tickets that are resolved from now on.
pub(crate) const UNRESOLVED: [Status; 4] = [Status::New, Status::Open, Status::Pending, Status::OnHold];
/// For how many seconds after a change of rules a ticket may still be written by the old rules: as long as a process remembers a
/// project (docs/decisions.md, 39), and a request takes.
pub(crate) const REMEMBERED: i64 = cache::LIFETIME.as_secs().cast_signed() + 30;
/// How many tickets are changed at a time.
const AT_ONCE: usize = 8;

/// A change of rules that has not reached all tickets yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// The project whose rules were changed.
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
    /// The index in [`UNRESOLVED`] of the status that it is at.
    status: usize,
    /// The sort key of the last ticket of that status that it looked at.
    after: String,
}

/// What a part of a walk did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolledOut {
    /// How many tickets it looked at.
    pub tickets: usize,
    /// How many it changed.
    pub changed: usize,
    /// How many tickets can never be changed. The walk goes on without them.
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
    /// Some of the changes of rules that have not reached all tickets yet, and how many of their notes can't be read. One
    /// eventually consistent read.
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
        // The walk needs the rules as they are, and not as this process remembers them.
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
            // The rules have changed again, so that the walk begins anew, or another clock was faster.
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

    /// Fails if a retry may succeed. A failure that no retry mends is logged.
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
    /// Somebody else changed the ticket first, or deleted it.
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
