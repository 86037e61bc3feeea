//! Renewing what older versions of the desk wrote: words that customers are found by, tags, and keys of indexes.
//!
//! A change of how these are made raises [`folding::VERSION`], which each project carries. The clock notes the projects that
//! carry an older version. It walks all of their tickets by number, also resolved ones, and keeps its position in the note. A
//! ticket that today's desk would write in the same way is only read. Any other ticket is put as it is, at its own version.
//! Nothing happened to it, so no event follows, nothing is counted, and other writers go on undisturbed. At the end the project
//! carries the present version. Until then searches read both spellings.
//!
//! Renewing again comes to the same, so a walk may be interrupted, or be under way twice. A walk is repeated if it began while
//! processes of an older version may still have written.

use std::{ops::AddAssign, time::Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, Ticket, Timestamp, folding};

use crate::{
    Upkeep,
    error::StoreError,
    items::{
        self,
        project::{FOLDING, VERSION},
        ticket::is_as_written,
    },
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, Key},
        read::{BATCH, Range},
        schema::{BY_NUMBER, NUMBER},
        write::{Rejection, Write},
    },
    upkeep::rollout::REMEMBERED,
};

/// Once so many projects are to be renewed, no more are looked for. Each gets a share of a tick.
const MOST: usize = 50;
/// How many tickets are written at a time.
const AT_ONCE: usize = 8;

/// The projects that were made, and those that an older version wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// How many were made; their ids count from 1.
    pub projects: u32,
    /// Those that are to be written anew.
    pub renewals: Vec<Renewal>,
    /// The last project that was checked for the present version.
    seen: u32,
}

/// The note of a project that is to be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The project that an older version wrote.
    pub project: ProjectId,
    noted_at: Timestamp,
    /// Whether all of its tickets were walked through once.
    walked: bool,
    walk: Option<Walk>,
}

/// A walk that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Walk {
    began_at: Timestamp,
    /// The last number that it looked at.
    after: u64,
}

/// What a part of a walk did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewed {
    /// How many tickets it looked at.
    pub tickets: usize,
    /// How many tickets it put again.
    pub changed: usize,
    /// How many tickets can't be read. The walk goes on without them.
    pub failed: usize,
    /// Whether it goes on with the next tick.
    pub more: bool,
}

impl AddAssign for Renewed {
    fn add_assign(&mut self, Self { tickets, changed, failed, more }: Self) {
        self.tickets += tickets;
        self.changed += changed;
        self.failed += failed;
        self.more |= more;
    }
}

impl Upkeep {
    /// How many projects there are, and which are to be renewed. One eventually consistent read.
    pub async fn made(&self) -> Result<Made, StoreError> {
        let found = self.store.query(Range::new("PK = :pk").text(":pk", keys::DESK)).await?;
        let mut made = Made::default();
        for item in &found.items {
            let row = Reader(item);
            match row.sort_key()? {
                keys::PROJECTS => made.projects = row.number("n")?,
                keys::RENEWED if row.number::<u32>(FOLDING)? == folding::VERSION => made.seen = row.number("n")?,
                key if key.starts_with(keys::RENEWALS) => made.renewals.push(read(item)?),
                _ => {}
            }
        }
        Ok(made)
    }

    /// Notes the projects that carry an older version, among those that were not checked yet. Each project is read once.
    pub async fn note_renewals(&self, made: &mut Made) -> Result<(), StoreError> {
        let seen_before = made.seen;
        while made.seen < made.projects && made.renewals.len() < MOST {
            let ids: Vec<_> = (made.seen + 1..=made.projects).take(BATCH).map(ProjectId).collect();
            for project in self.store.projects(&ids).await?.into_iter().filter(|project| project.folding < folding::VERSION) {
                let note = Renewal { project: project.id, noted_at: self.store.now(), walked: false, walk: None };
                match self.store.commit(vec![Write::put(write(&note)).if_absent()]).await {
                    Ok(()) => made.renewals.push(note),
                    // Another clock was faster.
                    Err(Rejection::Conditions(_)) => {}
                    Err(Rejection::Store(error)) => return Err(error),
                }
            }
            made.seen = ids.last().map_or(made.projects, |last| last.0);
        }
        if made.seen > seen_before {
            let seen = Writer::new(&keys::renewed()).number(FOLDING, folding::VERSION).number("n", made.seen).done();
            self.store
                .commit(vec![Write::put(seen)])
                .await
                .map_err(|rejection| rejection.into_error("projects to be written anew"))?;
        }
        Ok(())
    }

    /// Continues a walk until there are no more tickets, or no more time. It goes on by a page at least.
    pub async fn renew(&self, renewal: Renewal, until: Instant) -> Result<Renewed, StoreError> {
        let Renewal { project, noted_at, walked, walk } = renewal;
        let known_at = noted_at.plus_seconds(REMEMBERED);
        if walked && walk.is_none() && self.store.now() < known_at {
            return Ok(Renewed { more: true, ..Renewed::default() });
        }
        let mut walk = walk.unwrap_or_else(|| Walk { began_at: self.store.now(), after: 0 });
        let mut done = Renewed::default();
        let (mut ended, mut failure) = (false, None);
        while !ended && (done.tickets == 0 || Instant::now() < until) {
            match self.renew_page(project, &mut walk, &mut done).await {
                Ok(last) => ended = last,
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        let note = if ended && known_at <= walk.began_at {
            // The version first: a note that stays behind costs one more walk, and a missing note would lose one.
            self.carry_present_version(project).await?;
            Write::delete(keys::renewal(project))
        } else {
            done.more = true;
            let walk = Some(walk).filter(|_| !ended);
            Write::put(write(&Renewal { project, noted_at, walked: walked || ended, walk }))
        };
        match self.store.commit(vec![note.only_if("noted_at = :noted").number(":noted", noted_at.micros())]).await {
            // Another clock finished the walk.
            Ok(()) | Err(Rejection::Conditions(_)) => failure.map_or(Ok(done), Err),
            Err(rejection) => Err(failure.unwrap_or_else(|| rejection.into_error("a project to be written anew"))),
        }
    }

    /// Sets the project's version of the folding. This counts as a write of the project, so a request that changes the project
    /// reads it again and does not put the older version back.
    async fn carry_present_version(&self, project: ProjectId) -> Result<(), StoreError> {
        let carry = Write::update(keys::project(project), format!("SET {FOLDING} = :folding, {VERSION} = {VERSION} + :one"));
        let carry = carry.only_if("attribute_exists(PK)").number(":folding", folding::VERSION).number(":one", 1);
        let carried = self.store.commit(vec![carry]).await;
        self.store.forget_project(project);
        match carried {
            Ok(()) | Err(Rejection::Conditions(_)) => Ok(()),
            Err(Rejection::Store(error)) => Err(error),
        }
    }

    /// Continues by a page. Returns whether that was the last one.
    async fn renew_page(&self, project: ProjectId, walk: &mut Walk, done: &mut Renewed) -> Result<bool, StoreError> {
        let range = Range::new("prj = :project AND num > :after").on(BY_NUMBER).limit(BATCH);
        let found = self.store.query(range.number(":project", project).number(":after", walk.after)).await?;
        let keys: Vec<_> = found.items.iter().filter_map(Key::of).collect();
        let mut after = walk.after;
        for item in &found.items {
            after = after.max(Reader(item).number(NUMBER)?);
        }
        let stored = self.store.batch_get(&keys).await?;
        let mut tickets = Vec::with_capacity(stored.len());
        for item in &stored {
            match items::ticket::read(item) {
                Ok(head) => tickets.push((head.into_ticket(), item)),
                Err(error) => {
                    tracing::error!(%error, "a ticket can't be written anew");
                    done.failed += 1;
                }
            }
        }
        // Tags and words come before the ticket: once the ticket is renewed, nobody looks at it again.
        self.respell_tags(project, &tickets.iter().map(|(ticket, _)| ticket).collect::<Vec<_>>()).await?;
        let renewing = tickets.iter().map(|(ticket, stored)| self.renew_ticket(project, ticket, stored));
        let changed: Vec<bool> = stream::iter(renewing.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await?;
        done.changed += changed.into_iter().filter(|changed| *changed).count();
        done.tickets += keys.len();
        walk.after = after;
        Ok(found.next.is_none())
    }

    /// Renews one ticket. Returns whether the ticket had to be put again.
    async fn renew_ticket(&self, project: ProjectId, ticket: &Ticket, stored: &Item) -> Result<bool, StoreError> {
        self.respell_words(project, ticket).await?;
        let today = items::ticket::write(project, ticket);
        if is_as_written(stored, &today) {
            return Ok(false);
        }
        let put = Write::put(today).only_if(format!("{} = :version", items::ticket::VERSION));
        match self.store.commit(vec![put.number(":version", ticket.version)]).await {
            Ok(()) => Ok(true),
            // Another writer was faster, and has written the ticket in today's way.
            Err(Rejection::Conditions(_)) => Ok(false),
            Err(Rejection::Store(error)) => Err(error),
        }
    }
}

/// The note that a project is to be renewed.
pub(crate) fn begin(project: ProjectId, now: Timestamp) -> Item {
    write(&Renewal { project, noted_at: now, walked: false, walk: None })
}

fn write(renewal: &Renewal) -> Item {
    let Renewal { project, noted_at, walked, walk } = renewal;
    let note = Writer::new(&keys::renewal(*project)).number("id", project).time("noted_at", *noted_at);
    let note = note.opt_flag("walked", walked.then_some(true));
    match walk {
        None => note.done(),
        Some(Walk { began_at, after }) => note.time("began_at", *began_at).number("after", after).done(),
    }
}

fn read(item: &Item) -> Result<Renewal, StoreError> {
    let row = Reader(item);
    let walk = |began_at| Ok::<_, StoreError>(Walk { began_at, after: row.number("after")? });
    Ok(Renewal {
        project: ProjectId(row.number("id")?),
        noted_at: row.time("noted_at")?,
        walked: row.flag("walked")?.unwrap_or(false),
        walk: row.opt_time("began_at")?.map(walk).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_is_written() {
        let at = |seconds| Timestamp::EPOCH.plus_seconds(seconds);
        let noted = Renewal { project: ProjectId(7), noted_at: at(1), walked: false, walk: None };
        let under_way = Renewal { walked: true, walk: Some(Walk { began_at: at(2), after: 300 }), ..noted.clone() };
        for renewal in [noted, under_way] {
            assert_eq!(read(&write(&renewal)).unwrap(), renewal);
        }
    }
}
