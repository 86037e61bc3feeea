//! Counting the figures of a project anew, and repairing those that have drifted: after records that were given up, and after
//! whatever else nobody foresaw. The folds that count ([`Counted`]) say which figures there are.
//!
//! A count walks the tickets by number, for as long as a run may take. What it has so far lies in the table until the next run
//! goes on with it. No snapshot has both the tickets and the figures. So a count is compared with the figures only if those
//! stood still meanwhile.
//!
//! Most of what differs is not wrong: the stream has yet to bring it. So a count that differs is followed by a second one, in a
//! later run, no earlier than [`ARRIVES`] after the first. The second count
//!
//! 1. reads each ticket's shadows and then the ticket, and mends the shadows that don't hold their ticket. A mended shadow has
//!    its ticket's version, so the record that comes after all changes nothing. A fold that is faster wins: the write depends on
//!    the shadow as it was read.
//! 2. sets figures that differ although all shadows are right, if both counts came to the same and the figures stood still.
//!    The writes depend on the figures as they were read.
//!
//! A ticket that was deleted has no shadow that a walk could find. While the stream has yet to bring the deletion, the figures
//! hold the ticket and a count does not. Two counts on either side of the deletion differ from each other, and nothing is set.
//! Only a deletion that takes the stream longer than [`ARRIVES`] is taken for drift. Then it counts twice, until the next count
//! repairs that: the deletion has moved the figures.
//!
//! Figures that are as the last count left them are not counted again, so a project at rest costs three small reads.

mod standing;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Instant,
};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use lambdesk_domain::{ProjectId, Ticket, TicketId, Timestamp};
use lambdesk_runtime::crypto::sha256_hex;
use serde::{Deserialize, Serialize};

pub use standing::Standing;

use crate::{
    Upkeep,
    error::StoreError,
    items,
    transport::{
        format::FORMAT,
        item::{Item, Reader, Writer},
        keys::{self, Key},
        read::{BATCH, Range},
        schema::{BY_NUMBER, NUMBER},
        write::{Rejection, Write},
    },
    upkeep::{
        fold::{Counted, Shadows, UNREADABLE, Wrong},
        folds::counting,
    },
};

/// Up to so many tickets a project is counted again whenever its totals have moved; beyond that it rests a second for each
/// ten more, so that counting costs no more in a busy month than a few dollars.
const UNRESTED: u64 = 1000;
const TICKETS_A_SECOND: u64 = 10;
/// How many tickets are looked at, in batches side by side, before it is asked how late it is.
const STRETCH: usize = 5 * BATCH;
/// The most steps of one run: a count and its beginning, the count that follows a repair, and some to spare.
const STEPS: usize = 7;
/// How many seconds the stream has to bring what a count has seen already. Well beyond what the relay takes, and short enough
/// for the next tick to go on.
const ARRIVES: i64 = 50;
/// How long a project rests that can't be counted, in seconds.
const A_DAY: i64 = 24 * 3600;

/// What a run of a count did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recounted {
    /// How many tickets it looked at.
    pub tickets: usize,
    /// How many shadows and figures it put right.
    pub repaired: usize,
    /// Whether it goes on in the next run.
    pub more: bool,
}

/// Figures by group and name, without those that are zero.
type Figures = BTreeMap<(String, String), i64>;

/// What is kept between runs.
#[derive(Debug, Default)]
struct State {
    /// The totals that a count has found to be right.
    verified: Option<String>,
    /// No count begins before.
    rests_until: Option<Timestamp>,
    walk: Option<Walk>,
}

/// A walk under way.
#[derive(Debug, Serialize, Deserialize)]
struct Walk {
    /// For a second count: what the first one came to. It may begin only after a while.
    first: Option<First>,
    /// The digest of the figures as the walk began.
    began: String,
    /// The last number that it counted.
    after: u64,
    /// How many tickets it has looked at.
    tickets: u64,
    /// Whether there are no more.
    ended: bool,
    /// How many shadows it mended.
    mended: usize,
    /// By group, by name: of two hundred assignees they are sixteen thousand, and an item takes 400 KB.
    figures: BTreeMap<String, BTreeMap<String, i64>>,
}

/// A count that differed from the figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct First {
    /// The digest of what it came to.
    counted: String,
    /// When it ended, in microseconds.
    ended_at: i64,
}

impl Walk {
    const fn new(first: Option<First>, began: String) -> Self {
        Self { first, began, after: 0, tickets: 0, ended: false, mended: 0, figures: BTreeMap::new() }
    }

    /// Whether the stream still has time to bring what the first count saw.
    fn waits(&self, now: Timestamp) -> bool {
        let begins = self.first.as_ref().and_then(|first| Timestamp::from_micros(first.ended_at));
        begins.is_some_and(|ended_at| now < ended_at.plus_seconds(ARRIVES))
    }

    fn add(&mut self, ticket: &Ticket) {
        for (group, name, figure) in counting().flat_map(|fold| fold.figures_of(ticket)).filter(|(.., figure)| *figure != 0) {
            *self.figures.entry(group).or_default().entry(name).or_default() += figure;
        }
    }

    fn counted(&self) -> Figures {
        let of_group = |(group, figures): (&String, &BTreeMap<String, i64>)| {
            let figures = figures.iter().filter(|(_, figure)| **figure != 0);
            figures.map(|(name, figure)| ((group.clone(), name.clone()), *figure)).collect::<Vec<_>>()
        };
        self.figures.iter().flat_map(of_group).collect()
    }
}

fn digest_of(figures: &Figures) -> String {
    let lines: Vec<_> = figures.iter().map(|((group, name), figure)| format!("{group} {name} {figure}")).collect();
    sha256_hex(lines.join("\n").as_bytes())
}

/// The figures as they lie in the table.
#[derive(Default)]
struct Present {
    figures: Figures,
    /// By sort key, the items whose sort keys name groups.
    rows: HashMap<String, Item>,
    digest: String,
}

impl Present {
    /// Adds the rows of a fold. Returns everything that they say, for the digest.
    fn add(&mut self, fold: &dyn Counted, items: Vec<Item>) -> Result<String, StoreError> {
        let mut whole = Vec::new();
        for item in items {
            let sort_key = Reader(&item).sort_key()?.to_owned();
            let mut attributes: Vec<_> =
                item.iter().filter(|(name, _)| ![keys::PK, keys::SK, FORMAT].contains(&name.as_str())).collect();
            attributes.sort_by_key(|(name, _)| *name);
            for (attribute, value) in attributes {
                whole.push(format!("{sort_key} {attribute} {value:?}"));
                let Some((group, name)) = fold.figure(&sort_key, attribute) else { continue };
                let figure = if let AttributeValue::N(digits) = value { digits.parse().ok() } else { None };
                let figure = figure.unwrap_or(UNREADABLE);
                if figure != 0 {
                    self.figures.insert((group, name), figure);
                }
            }
            if fold.keeps(&sort_key) {
                self.rows.insert(sort_key, item);
            }
        }
        Ok(whole.join("\n"))
    }
}

impl Upkeep {
    /// The number of projects; their ids count from 1.
    pub async fn projects_made(&self) -> Result<u32, StoreError> {
        let item = self.store.get_eventually(&keys::counter(keys::PROJECTS)).await?;
        item.map_or(Ok(0), |item| Reader(&item).number("n"))
    }

    /// Counts a project anew if its figures are not as the last count left them, until this time, and a little however late it
    /// is. May be interrupted, and be under way twice.
    pub async fn recount(&self, project: ProjectId, until: Instant) -> Result<Recounted, StoreError> {
        let mut state = self.recount_state(project).await?;
        let mut done = Recounted::default();
        let (mut moved, mut failed) = (false, None);
        for _ in 0..STEPS {
            if state.walk.as_ref().is_some_and(|walk| walk.waits(self.store.now())) {
                break;
            }
            let Some(mut walk) = state.walk.take() else {
                let present = self.present(project, false).await?;
                if Some(&present.digest) == state.verified.as_ref()
                    || state.rests_until.is_some_and(|until| self.store.now() < until)
                {
                    break;
                }
                state.walk = Some(Walk::new(None, self.present(project, true).await?.digest));
                continue;
            };
            moved = true;
            // What the stream has brought meanwhile may be all that differed.
            if walk.first.is_some() && walk.after == 0 && self.present(project, true).await?.digest != walk.began {
                continue;
            }
            failed = self.go_on(project, &mut walk, until, &mut done).await.err();
            if failed.is_some() || !walk.ended {
                done.more = true;
                state.walk = Some(walk);
                break;
            }
            if !self.settle(project, walk, &mut state, &mut done).await? {
                break;
            }
            if Instant::now() >= until {
                done.more = true;
                break;
            }
        }
        if moved {
            match self.save_recount(project, &state).await {
                // Some four hundred assignees with tickets of every kind, or fifteen thousand tags.
                Err(StoreError::TooLarge) => {
                    tracing::error!(project.id = %project, "totals have too many figures to be counted anew");
                    let rests_until = Some(self.store.now().plus_seconds(A_DAY));
                    self.save_recount(project, &State { walk: None, rests_until, ..state }).await?;
                    done.more = false;
                }
                saved => saved?,
            }
        }
        failed.map_or(Ok(done), Err)
    }

    /// Compares a walk that has ended with the figures. Returns whether there is more to do in this run.
    async fn settle(&self, project: ProjectId, walk: Walk, state: &mut State, done: &mut Recounted) -> Result<bool, StoreError> {
        let now = self.store.now();
        let rest = walk.tickets.saturating_sub(UNRESTED) / TICKETS_A_SECOND;
        state.rests_until = (rest > 0).then(|| now.plus_seconds(i64::try_from(rest).unwrap_or(i64::MAX)));
        let present = self.present(project, true).await?;
        let counted = walk.counted();
        if counted == present.figures {
            state.verified = Some(present.digest);
            return Ok(false);
        }
        if present.digest != walk.began {
            // Shadows that were mended have moved the figures. Otherwise a fold did, and another run tries again.
            return Ok(walk.mended > 0);
        }
        let digest = digest_of(&counted);
        if walk.first.is_some_and(|first| first.counted == digest) {
            done.repaired += self.repair(project, &present, &counted).await?;
            return Ok(true);
        }
        state.walk = Some(Walk::new(Some(First { counted: digest, ended_at: now.micros() }), present.digest));
        Ok(false)
    }

    /// Walks on, until there are no more tickets or it is too late for another stretch; at least one. If one fails, the walk
    /// is where that began.
    async fn go_on(&self, project: ProjectId, walk: &mut Walk, until: Instant, done: &mut Recounted) -> Result<(), StoreError> {
        while !walk.ended {
            self.stretch(project, walk, done).await?;
            if Instant::now() >= until {
                break;
            }
        }
        Ok(())
    }

    async fn stretch(&self, project: ProjectId, walk: &mut Walk, done: &mut Recounted) -> Result<(), StoreError> {
        let range = Range::new("prj = :project AND num > :after").on(BY_NUMBER);
        let range = range.number(":project", project).number(":after", walk.after);
        let found = self.store.query(range.limit(STRETCH)).await?;
        let keys: Vec<_> = found.items.iter().filter_map(Key::of).collect();
        let mut after = walk.after;
        for item in &found.items {
            after = after.max(Reader(item).number(NUMBER)?);
        }
        let mends = walk.first.is_some();
        let batches = keys.chunks(BATCH).map(|keys| self.look_at(project, keys, mends));
        for (tickets, mended) in try_join_all(batches).await? {
            for ticket in &tickets {
                walk.add(ticket);
            }
            walk.mended += mended;
            done.repaired += mended;
        }
        walk.after = after;
        walk.ended = found.next.is_none();
        walk.tickets += keys.len() as u64;
        done.tickets += keys.len();
        Ok(())
    }

    /// Reads a batch of tickets. Returns them, and how many of their shadows were mended.
    async fn look_at(&self, project: ProjectId, keys: &[Key], mends: bool) -> Result<(Vec<Ticket>, usize), StoreError> {
        if !mends {
            return Ok((readable(&self.store.batch_get_eventually(keys).await?), 0));
        }
        // Shadows before tickets: no shadow may be newer than a ticket that was read after it.
        let ids: Vec<_> = keys.iter().filter_map(|key| keys::ticket_of(&key.pk, &key.sk)).map(|(_, id)| id).collect();
        let mut shadows = Vec::new();
        for fold in counting() {
            let keys: Vec<_> = ids.iter().map(|id| fold.shadow_of(project, *id)).collect();
            shadows.push((fold, Shadows::of(self.store.batch_get(&keys).await?)));
        }
        let tickets = readable(&self.store.batch_get(keys).await?);
        let mut mended = 0;
        for (fold, shadows) in &shadows {
            for ticket in &tickets {
                let shadow = shadows.get(&fold.shadow_of(project, ticket.id));
                let Some(writes) = fold.mend(project, ticket, shadow) else { continue };
                mended += usize::from(self.mend(project, ticket.id, writes).await?);
            }
        }
        Ok((tickets, mended))
    }

    /// Mends a shadow. Returns whether nobody else was faster.
    async fn mend(&self, project: ProjectId, ticket: TicketId, writes: Vec<Write>) -> Result<bool, StoreError> {
        match self.store.commit(writes).await {
            Ok(()) => {
                tracing::warn!(project.id = %project, ticket.id = %ticket, "totals held another state of a ticket");
                Ok(true)
            }
            Err(Rejection::Conditions(_)) => Ok(false),
            Err(rejection) => Err(rejection.into_error("a shadow")),
        }
    }

    /// Sets the figures that differ, if nobody has moved them since. Returns how many were set.
    async fn repair(&self, project: ProjectId, present: &Present, counted: &Figures) -> Result<usize, StoreError> {
        let keys: BTreeSet<_> = present.figures.keys().chain(counted.keys()).collect();
        let mut wrong: BTreeMap<&str, Vec<Wrong<'_>>> = BTreeMap::new();
        for key in keys {
            let (held, counted) = (present.figures.get(key).copied(), counted.get(key).copied().unwrap_or(0));
            if held != Some(counted) {
                let (group, name) = key;
                wrong.entry(group).or_default().push(Wrong { name, counted, held });
            }
        }
        let mut repaired = 0;
        for (group, figures) in wrong {
            let Some(fold) = counting().find(|fold| fold.keeps(group)) else { continue };
            for (write, sets) in fold.set(project, group, &figures, present.rows.get(group)) {
                match self.store.commit(vec![write]).await {
                    Ok(()) => repaired += sets,
                    Err(Rejection::Conditions(_)) => {}
                    Err(rejection) => return Err(rejection.into_error("totals")),
                }
            }
        }
        if repaired > 0 {
            tracing::warn!(project.id = %project, figures.repaired = repaired, "totals had drifted");
        }
        Ok(repaired)
    }

    async fn present(&self, project: ProjectId, consistent: bool) -> Result<Present, StoreError> {
        let rows = counting().map(|fold| async move {
            let Key { pk, sk } = fold.rows(project);
            let range = if sk.is_empty() {
                Range::new("PK = :pk").text(":pk", pk)
            } else {
                Range::new("PK = :pk AND begins_with(SK, :beginning)").text(":pk", pk).text(":beginning", sk)
            };
            let items = self.store.query_all(if consistent { range.consistent() } else { range }).await?;
            Ok::<_, StoreError>((fold, items))
        });
        let mut present = Present::default();
        let mut whole = Vec::new();
        for (fold, items) in try_join_all(rows).await? {
            whole.push(present.add(fold, items)?);
        }
        present.digest = sha256_hex(whole.join("\n\n").as_bytes());
        Ok(present)
    }

    async fn recount_state(&self, project: ProjectId) -> Result<State, StoreError> {
        let Some(item) = self.store.get_eventually(&keys::recount(project)).await? else { return Ok(State::default()) };
        let row = Reader(&item);
        // One that can't be read begins anew.
        let walk = row.opt_text("walk").ok().flatten().and_then(|walk| serde_json::from_str(walk).ok());
        Ok(State { verified: row.opt_text("verified")?.map(str::to_owned), rests_until: row.opt_time("rests_until")?, walk })
    }

    async fn save_recount(&self, project: ProjectId, state: &State) -> Result<(), StoreError> {
        let walk = state.walk.as_ref().map(serde_json::to_string).transpose();
        let walk = walk.map_err(|error| StoreError::Refused(error.to_string()))?;
        let item = Writer::new(&keys::recount(project)).opt_text("verified", state.verified.as_deref());
        let item = item.opt_time("rests_until", state.rests_until).opt_text("walk", walk);
        self.store.commit(vec![Write::put(item.done())]).await.map_err(|rejection| rejection.into_error("a count"))
    }
}

/// The tickets that can be read.
fn readable(items: &[Item]) -> Vec<Ticket> {
    let mut tickets = Vec::with_capacity(items.len());
    for item in items {
        match items::ticket::read(item) {
            Ok(head) => tickets.push(head.into_ticket()),
            Err(error) => tracing::error!(%error, "a ticket can't be counted"),
        }
    }
    tickets
}
