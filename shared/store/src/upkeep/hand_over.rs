//! Handing over the tickets of an agent or a role that was removed. Each ticket that is not resolved gets another assignee, or
//! none.
//!
//! The transaction of the removal also writes a note, which names the next assignee. The request hands over the first tickets,
//! and the clock the rest. A ticket that was handed over has left the range, so the walk keeps no position. The note goes when a
//! walk comes to its end that began after every process has heard of the removal.

use std::time::Instant;

use futures_util::{StreamExt, stream};
use lambdesk_domain::{Actor, Command, ProjectId, Ticket, Timestamp, assignee::Assignee, ticket::Status};

use crate::{
    RolledOut, Upkeep,
    error::{ChangeError, StoreError},
    room::{Room, change::Outcome},
    transport::{
        item::{Item, Reader, Writer},
        keys,
        read::{BATCH, Range},
        schema::{BY_ASSIGNEE, UPDATED},
        write::{Rejection, Write},
    },
    upkeep::rollout::REMEMBERED,
};

/// How many tickets are changed at a time.
const AT_ONCE: usize = 8;

/// A removal whose tickets may not all be handed over yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandOver {
    /// The project that the assignee was removed from.
    pub project: ProjectId,
    /// The assignee who was removed.
    pub from: Assignee,
    /// The next assignee; `None` leaves the tickets unassigned.
    pub to: Option<Assignee>,
    /// The time of the removal.
    began_at: Timestamp,
}

impl Upkeep {
    /// Some of the removals whose tickets may not all be handed over yet, and how many of their notes can't be read. One
    /// eventually consistent read.
    pub async fn hand_overs(&self) -> Result<(Vec<HandOver>, usize), StoreError> {
        let found = self.store.query(Range::new("PK = :pk").text(":pk", keys::HAND_OVERS).limit(BATCH)).await?;
        let mut notes = Vec::new();
        for item in &found.items {
            match read(item) {
                Ok(note) => notes.push(note),
                Err(error) => tracing::error!(%error, "a removal can't be read"),
            }
        }
        let unreadable = found.items.len() - notes.len();
        Ok((notes, unreadable))
    }

    /// Hands over until there are no more tickets, or no more time.
    pub async fn hand_over(&self, note: HandOver, until: Instant) -> Result<RolledOut, StoreError> {
        let HandOver { project, from, to, began_at } = note;
        let (walk_began, known_at) = (self.store.now(), began_at.plus_seconds(REMEMBERED));
        let room = self.store.room(project);
        // The next assignee may have been removed since.
        let directory = room.fresh_directory().await?;
        let to = to.filter(|to| directory.has(*to));
        let (mut done, mut after) = (RolledOut::default(), Some("0".to_owned()));
        while let Some(place) = after.take_if(|_| done.tickets == 0 || Instant::now() < until) {
            after = room.hand_over_page(from, to, &place, &mut done).await?;
        }
        done.more = after.is_some() || walk_began < known_at;
        if !done.more {
            let note = Write::delete(keys::hand_over(project, from));
            let note = note.only_if("began_at = :began").number(":began", began_at.micros());
            match self.store.commit(vec![note]).await {
                // The assignee was added and removed again meanwhile, or another clock was faster.
                Ok(()) | Err(Rejection::Conditions(_)) => {}
                Err(rejection) => return Err(rejection.into_error("a removal")),
            }
        }
        Ok(done)
    }
}

impl Room {
    /// Hands over the first hundred tickets of an assignee who was just removed. The clock retries those that fail.
    pub(crate) async fn hand_over_first(&self, from: Assignee, to: Option<Assignee>) {
        if let Err(error) = self.hand_over_page(from, to, "0", &mut RolledOut::default()).await {
            tracing::warn!(project.id = %self.project, %error, "tickets are left to the clock to be handed over");
        }
    }

    /// Hands over a page of tickets. Returns the start of the next page, if there is one.
    async fn hand_over_page(
        &self,
        from: Assignee,
        to: Option<Assignee>,
        after: &str,
        done: &mut RolledOut,
    ) -> Result<Option<String>, StoreError> {
        // Every status except resolved has the same partition.
        let partition = keys::by_assignee(self.project, from, Status::Open);
        let range = Range::new("asg = :partition AND upd > :after").on(BY_ASSIGNEE).limit(BATCH);
        let found = self.store.query(range.text(":partition", partition).text(":after", after)).await?;
        let (tickets, corrupt) = self.whole_of(&found.items).await?;
        for error in &corrupt {
            tracing::error!(%error, "a ticket can't be handed over");
        }
        done.failed += corrupt.len();
        let changing = tickets.into_iter().map(|ticket| self.hand_over_ticket(ticket, from, to));
        for changed in stream::iter(changing).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            match changed? {
                Some(true) => done.changed += 1,
                Some(false) => {}
                None => done.failed += 1,
            }
        }
        done.tickets += found.items.len();
        let last = found.items.last().filter(|_| found.next.is_some());
        last.map(|last| Reader(last).text(UPDATED).map(str::to_owned)).transpose()
    }

    /// Returns whether a ticket was changed, or `None` if it never can be. Fails if a retry may succeed.
    async fn hand_over_ticket(&self, ticket: Ticket, from: Assignee, to: Option<Assignee>) -> Result<Option<bool>, StoreError> {
        let id = ticket.id;
        match self.change_from(ticket, &Actor::System, &|_| Ok(Command::HandOver { from, to }), None).await {
            Ok(applied) => Ok(Some(applied.outcome == Outcome::Written)),
            Err(ChangeError::NotFound) => Ok(Some(false)),
            Err(ChangeError::Store(error @ (StoreError::Unavailable(_) | StoreError::Contended(_)))) => Err(error),
            Err(error) => {
                tracing::error!(project.id = %self.project, ticket.id = %id, %error, "a ticket can't be handed over");
                Ok(None)
            }
        }
    }
}

/// The note that someone was removed.
pub(crate) fn begin(project: ProjectId, from: Assignee, to: Option<Assignee>, now: Timestamp) -> Write {
    let note = Writer::new(&keys::hand_over(project, from)).number("id", project).text("from", from.to_string());
    Write::put(note.opt_text("to", to.map(|to| to.to_string())).time("began_at", now).done())
}

fn read(item: &Item) -> Result<HandOver, StoreError> {
    let row = Reader(item);
    let assignee = |text: &str| text.parse().ok();
    Ok(HandOver {
        project: ProjectId(row.number("id")?),
        from: row.parsed("from", assignee)?,
        to: row.opt_parsed("to", assignee)?,
        began_at: row.time("began_at")?,
    })
}
