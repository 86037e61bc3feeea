//! Counting a project's totals and tags anew, and putting right what has drifted: records that were given up after a day, and
//! whatever else nobody foresaw.
//!
//! A count walks the tickets by number, for as long as a run may take, and what it has so far lies in the table until the next
//! run goes on with it. It is compared with the totals only if those stood still meanwhile (each fold counts itself in
//! `folds`), since there is no snapshot of both. What differs is looked at again: the second walk reads everything
//! consistently, and moves each shadow that is not its ticket's (as a fold would). What differs although all shadows are right
//! is drift of the totals themselves, and is set, on the condition that they still stand still.
//!
//! A deletion or new tags that the stream brings later than a second after they were counted are counted twice; the next count
//! puts that right, since the totals have moved.
//!
//! Totals that are as the last count left them are not counted again, so a project at rest costs three small reads.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use lambdesk_domain::{ProjectId, Ticket, TicketId, Timestamp, totals::Cell};
use lambdesk_runtime::crypto::sha256_hex;
use serde::{Deserialize, Serialize};

use crate::{
    Upkeep,
    error::StoreError,
    items,
    transport::{
        format::FORMAT,
        item::{Reader, Writer},
        keys::{self, Key},
        read::{BATCH, Range},
        schema::{BY_NUMBER, NUMBER},
        write::{Rejection, Write},
    },
    upkeep::totals::{self, FOLDS},
};

/// Up to so many tickets a project is counted again whenever its totals have moved; beyond that it rests a second for each
/// ten more, so that counting costs no more in a busy month than a few dollars.
const UNRESTED: u64 = 1000;
const TICKETS_A_SECOND: u64 = 10;
/// How many tickets are looked at, in batches side by side, before it is asked how late it is.
const STRETCH: usize = 5 * BATCH;
/// The most steps of one run: a count and its beginning, a second look, the count that follows a repair, and two to spare.
const STEPS: usize = 7;
/// How long the stream may take to bring a change to the totals that a count has seen already.
const ARRIVES: Duration = Duration::from_secs(1);
/// How long a project rests that can't be counted, in seconds.
const A_DAY: i64 = 24 * 3600;
const COUNT: &str = "n";
/// Where a tag's figure is, in place of a sort key of totals.
const TAG: &str = "tag";

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

/// What totals and tags say: by item and attribute, without what is zero.
type Figures = BTreeMap<(String, String), i64>;

/// An attribute, what it ought to be, and what it is.
type Wrong<'a> = (&'a str, i64, Option<i64>);

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
    /// Whether it is the second look.
    mends: bool,
    /// The totals as it began.
    began: String,
    /// The last number that it counted.
    after: u64,
    /// How many tickets it has looked at.
    tickets: u64,
    /// Whether there are no more.
    ended: bool,
    /// How many shadows it moved.
    moved: usize,
    /// By item, by attribute: of two hundred assignees they are sixteen thousand, and an item takes 400 KB.
    figures: BTreeMap<String, BTreeMap<String, i64>>,
}

impl Walk {
    const fn new(mends: bool, began: String) -> Self {
        Self { mends, began, after: 0, tickets: 0, ended: false, moved: 0, figures: BTreeMap::new() }
    }

    fn add(&mut self, ticket: &Ticket) {
        let mut count = |item: &str, attribute: &str, figure: i64| {
            if figure != 0 {
                *self.figures.entry(item.to_owned()).or_default().entry(attribute.to_owned()).or_default() += figure;
            }
        };
        for (item, attribute, figure) in totals::figures(&Cell::of(ticket)) {
            count(&item, &attribute, figure);
        }
        for tag in ticket.fields.tags.iter() {
            count(TAG, tag, 1);
        }
    }

    fn counted(&self) -> Figures {
        let item = |(item, figures): (&String, &BTreeMap<String, i64>)| {
            let figures = figures.iter().filter(|(_, figure)| **figure != 0);
            figures.map(|(attribute, figure)| ((item.clone(), attribute.clone()), *figure)).collect::<Vec<_>>()
        };
        self.figures.iter().flat_map(item).collect()
    }
}

/// Totals and tags as they lie in the table.
struct Present {
    figures: Figures,
    /// By sort key, how often each of the totals was folded into.
    folds: HashMap<String, Option<i64>>,
    digest: String,
}

impl Upkeep {
    /// The number of projects; their ids count from 1.
    pub async fn projects_made(&self) -> Result<u32, StoreError> {
        let item = self.store.get_eventually(&keys::counter(keys::PROJECTS)).await?;
        item.map_or(Ok(0), |item| Reader(&item).number("n"))
    }

    /// Counts a project anew if its totals are not as the last count left them, until this time, and a little however late it
    /// is. May be interrupted, and be under way twice.
    pub async fn recount(&self, project: ProjectId, until: Instant) -> Result<Recounted, StoreError> {
        let mut state = self.recount_state(project).await?;
        let mut done = Recounted::default();
        let (mut moved, mut failed) = (false, None);
        for _ in 0..STEPS {
            let Some(mut walk) = state.walk.take() else {
                let present = self.present(project, false).await?;
                if Some(&present.digest) == state.verified.as_ref()
                    || state.rests_until.is_some_and(|until| self.store.now() < until)
                {
                    break;
                }
                state.walk = Some(Walk::new(false, self.present(project, true).await?.digest));
                continue;
            };
            moved = true;
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

    /// Compares a walk that has ended; whether there is more to do in this run.
    async fn settle(&self, project: ProjectId, walk: Walk, state: &mut State, done: &mut Recounted) -> Result<bool, StoreError> {
        let rest = walk.tickets.saturating_sub(UNRESTED) / TICKETS_A_SECOND;
        state.rests_until = (rest > 0).then(|| self.store.now().plus_seconds(i64::try_from(rest).unwrap_or(i64::MAX)));
        let present = self.present(project, true).await?;
        let counted = walk.counted();
        if counted == present.figures {
            state.verified = Some(present.digest);
            return Ok(false);
        }
        let at_rest = present.digest == walk.began;
        if !at_rest {
            // Shadows that were moved have moved the totals; else someone did, and it is another run's to try again.
            return Ok(walk.moved > 0);
        }
        if walk.mends {
            done.repaired += self.repair(project, &present, &counted).await?;
        } else {
            // Most of what differs is on its way here: if it arrives meanwhile, the totals move, and nothing is repaired.
            tokio::time::sleep(ARRIVES).await;
            state.walk = Some(Walk::new(true, present.digest));
        }
        Ok(true)
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
        let batches = keys.chunks(BATCH).map(|keys| self.look_at(project, keys, walk.mends));
        for (tickets, moved) in try_join_all(batches).await? {
            for ticket in &tickets {
                walk.add(ticket);
            }
            walk.moved += moved;
            done.repaired += moved;
        }
        walk.after = after;
        walk.ended = found.next.is_none();
        walk.tickets += keys.len() as u64;
        done.tickets += keys.len();
        Ok(())
    }

    /// A batch of tickets, and how many of their shadows were moved.
    async fn look_at(&self, project: ProjectId, keys: &[Key], mends: bool) -> Result<(Vec<Ticket>, usize), StoreError> {
        let read = if mends { self.store.batch_get(keys).await? } else { self.store.batch_get_eventually(keys).await? };
        let mut tickets = Vec::with_capacity(read.len());
        for item in &read {
            match items::ticket::read(item) {
                Ok(head) => tickets.push(head.into_ticket()),
                Err(error) => tracing::error!(%error, "a ticket can't be counted"),
            }
        }
        let moved = if mends { self.mend_shadows(project, &tickets).await? } else { 0 };
        Ok((tickets, moved))
    }

    /// Moves the shadows that are not their tickets', and the totals with them.
    async fn mend_shadows(&self, project: ProjectId, tickets: &[Ticket]) -> Result<usize, StoreError> {
        let keys: Vec<_> = tickets.iter().map(|ticket| keys::shadow(project, ticket.id)).collect();
        let shadows = self.store.batch_get(&keys).await?;
        let shadows: HashMap<_, _> = shadows.iter().filter_map(|item| Some((Key::of(item)?.pk, item))).collect();
        let mut moved = 0;
        for (ticket, key) in tickets.iter().zip(&keys) {
            let Some(writes) = totals::mending(project, ticket, shadows.get(&key.pk).copied()) else { continue };
            let id: TicketId = ticket.id;
            match self.store.commit(writes).await {
                Ok(()) => {
                    tracing::warn!(project.id = %project, ticket.id = %id, "totals held another state of a ticket");
                    moved += 1;
                }
                // A fold was faster.
                Err(Rejection::Conditions(_)) => {}
                Err(rejection) => return Err(rejection.into_error("a shadow")),
            }
        }
        Ok(moved)
    }

    /// Sets the figures that differ, if nobody has moved them since.
    async fn repair(&self, project: ProjectId, present: &Present, counted: &Figures) -> Result<usize, StoreError> {
        let keys: std::collections::BTreeSet<_> = present.figures.keys().chain(counted.keys()).collect();
        let mut wrong: BTreeMap<&str, Vec<Wrong<'_>>> = BTreeMap::new();
        for key in keys {
            let (is, ought) = (present.figures.get(key), counted.get(key).copied().unwrap_or(0));
            if is != Some(&ought) {
                let (item, attribute) = key;
                wrong.entry(item).or_default().push((attribute, ought, is.copied()));
            }
        }
        let mut repaired = 0;
        for (item, figures) in wrong {
            let writes: Vec<_> = if item == TAG {
                figures.iter().map(|(tag, ought, is)| set_tag(project, tag, *ought, *is)).collect()
            } else {
                vec![set_totals(project, item, &figures, present.folds.get(item).copied())]
            };
            for write in writes {
                match self.store.commit(vec![write]).await {
                    Ok(()) => repaired += if item == TAG { 1 } else { figures.len() },
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
        let totals = Range::new("PK = :pk AND begins_with(SK, :totals)");
        let totals = totals.text(":pk", keys::totals(project).pk).text(":totals", keys::totals(project).sk);
        let tags = Range::new("PK = :pk").text(":pk", keys::tags(project));
        let read = |range: Range| self.store.query_all(if consistent { range.consistent() } else { range });
        let (totals, tags) = tokio::try_join!(read(totals), read(tags))?;
        let (mut figures, mut folds) = (Figures::new(), HashMap::new());
        let mut whole = Vec::new();
        for (items, is_tag) in [(&totals, false), (&tags, true)] {
            for item in items {
                let sort_key = Reader(item).sort_key()?.to_owned();
                let mut attributes: Vec<_> =
                    item.iter().filter(|(name, _)| ![keys::PK, keys::SK, FORMAT].contains(&name.as_str())).collect();
                attributes.sort_by_key(|(name, _)| *name);
                for (name, value) in attributes {
                    whole.push(format!("{is_tag} {sort_key} {name} {value:?}"));
                    if name == FOLDS && !is_tag {
                        continue;
                    }
                    // What is no number is a figure that can't be right.
                    let figure = if let AttributeValue::N(digits) = value { digits.parse().ok() } else { None };
                    let figure = figure.unwrap_or(i64::MIN);
                    if figure != 0 {
                        let key = if is_tag { (TAG.to_owned(), sort_key.clone()) } else { (sort_key.clone(), name.clone()) };
                        figures.insert(key, figure);
                    }
                }
                if !is_tag {
                    folds.insert(sort_key, Reader(item).opt_number(FOLDS).unwrap_or(None));
                }
            }
        }
        Ok(Present { figures, folds, digest: sha256_hex(whole.join("\n").as_bytes()) })
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

fn set_totals(project: ProjectId, item: &str, figures: &[Wrong<'_>], folds: Option<Option<i64>>) -> Write {
    let sets: Vec<_> = figures.iter().map(|(attribute, ..)| format!("{attribute} = :{attribute}")).collect();
    let key = Key { sk: item.to_owned(), ..keys::totals(project) };
    let set = Write::update(key, format!("SET {}", sets.join(", ")));
    let set = figures.iter().fold(set, |set, (attribute, ought, _)| set.number(&format!(":{attribute}"), ought));
    // As they were when they were compared.
    match folds {
        Some(Some(folds)) => set.only_if(format!("{FOLDS} = :folds")).number(":folds", folds),
        Some(None) => set.only_if(format!("attribute_exists(PK) AND attribute_not_exists({FOLDS})")),
        None => set.if_absent(),
    }
}

fn set_tag(project: ProjectId, tag: &str, ought: i64, is: Option<i64>) -> Write {
    let set = Write::update(keys::tag(project, tag), format!("SET {COUNT} = :ought")).number(":ought", ought);
    match is {
        Some(i64::MIN) => set,
        Some(is) => set.only_if(format!("{COUNT} = :was")).number(":was", is),
        None => set.only_if(format!("attribute_not_exists({COUNT}) OR {COUNT} = :none")).number(":none", 0),
    }
}
