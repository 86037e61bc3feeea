//! What a fold is. A fold keeps items of the table that follow from tickets: counts, an index, a directory. The stream tells
//! it of changes at least once and in no certain order. So a fold adds nothing on a record's word alone:
//!
//! - The fold takes from a batch of records one [entry](Fold::Entry) for each shadow that they concern.
//! - A shadow is an item that says what the fold holds already, and of which version. What an entry adds is the difference
//!   between the entry and the shadow, and nothing if the shadow is as new as the entry.
//! - The difference and the new shadow are written together, on the condition that the shadow is still the one that was read.
//!   After a lost condition the shadow is read again.
//!
//! So a record that comes twice, late or after its successor changes nothing. The module `folds` lists the folds. The
//! relay runs all of them over the stream, and a recount asks those that [count](Counted) for the figures of each ticket.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, Ticket, TicketId, Timestamp, person::Sighting};

use crate::{
    Store, TicketChange,
    error::StoreError,
    transport::{
        call::pause,
        item::Item,
        keys::Key,
        write::{Rejection, Write},
    },
};

/// How often shadows that another writer moved are read again.
const TRIES: u32 = 20;
/// How long the shadow of a removed ticket stays, in seconds: longer than a stream (one day) and its retries can be late.
pub(crate) const TOMBSTONE: i64 = 7 * 24 * 3600;

/// What records of the stream say about one project.
#[derive(Debug, Clone)]
pub struct ProjectRecords {
    /// The project.
    pub project: ProjectId,
    /// The writes of its tickets.
    pub changes: Vec<TicketChange>,
    /// What profiles in items of their own say about customers.
    pub sightings: Vec<Sighting>,
}

impl ProjectRecords {
    /// Nothing yet.
    pub const fn of(project: ProjectId) -> Self {
        Self { project, changes: Vec::new(), sightings: Vec::new() }
    }
}

/// A fold of the stream.
pub(crate) trait Fold: Sync {
    /// The name in logs and errors.
    const NAME: &'static str;
    /// How many shadows one transaction moves.
    const TOGETHER: usize = 1;
    /// How many transactions are under way at once.
    const AT_ONCE: usize = 16;

    /// What records say that concerns one shadow.
    type Entry: Send + Sync;

    /// The entries of some records, one for each shadow. Records that concern no shadow cost nothing.
    fn entries(records: &ProjectRecords) -> Vec<Self::Entry>;

    /// The key of an entry's shadow. `None` if nothing has to be read: then the condition of the write is all of the fold's
    /// rule, and a lost condition means that the table holds something newer.
    fn shadow(project: ProjectId, entry: &Self::Entry) -> Option<Key>;

    /// One transaction that folds entries, given their shadows.
    fn step(project: ProjectId, entries: &[Self::Entry], shadows: &Shadows, now: Timestamp) -> Result<Step, StoreError>;

    /// The fold as one whose figures can be counted anew from the tickets.
    fn counted(&self) -> Option<&dyn Counted> {
        None
    }
}

/// Shadows as they were read; those that are not there are missing.
pub(crate) struct Shadows(HashMap<(String, String), Item>);

impl Shadows {
    pub(crate) fn of(items: Vec<Item>) -> Self {
        let keyed = |item: Item| Key::of(&item).map(|Key { pk, sk }| ((pk, sk), item));
        Self(items.into_iter().filter_map(keyed).collect())
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Item> {
        self.0.get(&(key.pk.clone(), key.sk.clone()))
    }
}

/// One transaction of a fold.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// Written before the transaction, each by itself. A lost condition means that the item is there already.
    pub(crate) before: Vec<Write>,
    /// The transaction: new shadows, and what follows from them.
    pub(crate) writes: Vec<Write>,
    /// Written after the transaction, each by itself. They tidy up, so a failure does no harm.
    pub(crate) after: Vec<Write>,
    /// The indexes of the entries for which the transaction had no room. They take another one.
    pub(crate) rest: Vec<usize>,
}

/// A fold whose figures follow from the tickets as they are, so that a recount can find and repair drift.
pub(crate) trait Counted: Sync {
    /// The key of a ticket's shadow.
    fn shadow_of(&self, project: ProjectId, ticket: TicketId) -> Key;

    /// The writes that make a shadow hold its ticket, with the figures that move with it. `None` if the shadow holds the
    /// ticket. The shadow was read before the ticket, so one that is newer than its ticket is wrong. The writes depend on
    /// the shadow as it was read: a fold that is faster wins.
    fn mend(&self, project: ProjectId, ticket: &Ticket, shadow: Option<&Item>) -> Option<Vec<Write>>;

    /// The partition of the project's figures, and the beginning of their sort keys.
    fn rows(&self, project: ProjectId) -> Key;

    /// Whether a group of figures is this fold's. No two folds share one.
    fn keeps(&self, group: &str) -> bool;

    /// The figure that an attribute of a row is, by group and name; `None` if the attribute is none.
    fn figure(&self, sort_key: &str, attribute: &str) -> Option<(String, String)>;

    /// What a ticket adds to which figure.
    fn figures_of(&self, ticket: &Ticket) -> Vec<(String, String, i64)>;

    /// The writes that set figures of a group, each with how many it sets. They depend on the figures as they were read. `row`
    /// is the item whose sort key is the group's name, if there is one.
    fn set(&self, project: ProjectId, group: &str, figures: &[Wrong<'_>], row: Option<&Item>) -> Vec<(Write, usize)>;
}

/// A figure that differs from the count.
pub(crate) struct Wrong<'a> {
    pub(crate) name: &'a str,
    /// The figure as it was counted.
    pub(crate) counted: i64,
    /// The figure as it lies in the table; [`UNREADABLE`] if it is no number.
    pub(crate) held: Option<i64>,
}

/// In place of a figure that is no number.
pub(crate) const UNREADABLE: i64 = i64::MIN;

impl Store {
    /// Folds entries, several transactions at a time.
    pub(crate) async fn fold<F: Fold>(&self, project: ProjectId, entries: Vec<F::Entry>) -> Result<(), StoreError> {
        let chunks = stream::iter(entries).chunks(F::TOGETHER);
        chunks.map(|chunk| self.fold_together::<F>(project, chunk)).buffer_unordered(F::AT_ONCE).try_collect().await
    }

    /// Folds entries in one transaction, or in as many as it takes.
    async fn fold_together<F: Fold>(&self, project: ProjectId, mut entries: Vec<F::Entry>) -> Result<(), StoreError> {
        let mut lost = 0;
        while !entries.is_empty() {
            let keys: Vec<_> = entries.iter().filter_map(|entry| F::shadow(project, entry)).collect();
            let shadows = Shadows::of(self.batch_get(&keys).await?);
            let Step { before, writes, after, rest } = F::step(project, &entries, &shadows, self.now())?;
            self.put_before(project, before).await?;
            match self.commit(writes).await {
                Ok(()) => {
                    self.tidy::<F>(project, after).await;
                    let mut place = 0..;
                    entries.retain(|_| place.next().is_some_and(|place| rest.contains(&place)));
                    lost = 0;
                }
                Err(Rejection::Conditions(_)) if keys.is_empty() => return Ok(()),
                Err(Rejection::Conditions(_)) if lost < TRIES => {
                    pause(lost).await;
                    lost += 1;
                }
                Err(rejection) => return Err(rejection.into_error(F::NAME)),
            }
        }
        Ok(())
    }

    async fn put_before(&self, project: ProjectId, writes: Vec<Write>) -> Result<(), StoreError> {
        for write in writes {
            match self.commit(vec![write]).await {
                // The project has something that it had not when it was remembered.
                Ok(()) => self.forget_project(project),
                Err(Rejection::Conditions(_)) => {}
                Err(Rejection::Store(error)) => return Err(error),
            }
        }
        Ok(())
    }

    async fn tidy<F: Fold>(&self, project: ProjectId, writes: Vec<Write>) {
        for write in writes {
            if let Err(Rejection::Store(error)) = self.commit(vec![write]).await {
                tracing::warn!(project.id = %project, fold = F::NAME, %error, "what is not used any more could not be removed");
            }
        }
    }
}
