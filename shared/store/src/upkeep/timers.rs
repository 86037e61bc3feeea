//! Timers: when the desk looks at a ticket by itself.
//!
//! A ticket names its timer (`wake_at`), and one transaction writes both. So the timer that counts is never missing, even if
//! several clocks run, or someone changes the ticket while its timer fires. The second writer finds a ticket that has moved on,
//! and decides anew.
//!
//! A timer that is brought forward leaves the earlier item behind. When that item fires, its ticket names another timer, and
//! the clock deletes the item. So a change that brings a deadline forward pays for one write, and the clock for the other.

use std::{
    collections::{BTreeSet, HashMap},
    ops::AddAssign,
};

use futures_util::{StreamExt, stream};
use lambdesk_domain::{Actor, Command, Decision, ProjectId, Ticket, TicketId, Timestamp, decide, wake::was_late};

use crate::{
    Head, Upkeep,
    error::{ChangeError, StoreError},
    items::{self, ticket::VERSION},
    room::{Room, change::Outcome, timer::of as timer_of},
    transport::{
        item::{Item, Reader, size},
        keys::{self, Key},
        read::Range,
        write::{Guard, Write},
    },
};

/// How often a ticket is woken for one timer. A deadline that passed unnoticed has two alarms, and another moment may lie
/// between them.
const WAKES: usize = 8;
/// How many tickets are woken in one transaction, and the most bytes of them. A ticket comes with two rows of its log and two
/// timers at most; a transaction takes 100 items and 4 MB.
const TOGETHER: (usize, usize) = (20, 1024 * 1024);
/// How many transactions are under way at a time.
const AT_ONCE: usize = 4;

/// A timer that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timer {
    /// The project of its ticket.
    pub project: ProjectId,
    /// The ticket that it wakes.
    pub ticket: TicketId,
    /// The time since which it is due.
    pub at: Timestamp,
    /// The version of the ticket that set it.
    version: u64,
    /// The key of its item.
    key: Key,
}

impl Timer {
    /// Whether it is the one that its ticket names.
    fn is_of(&self, ticket: &Ticket) -> bool {
        ticket.wake_at == Some(self.at)
    }

    /// Whether its key is the one that its moment asks for. A key for a moment beyond the year 2286 was once longer than the
    /// others. Such a key sorts before all of them, and its timer would always be due.
    fn is_misplaced(&self) -> bool {
        self.key != keys::timer(self.project, self.ticket, self.at)
    }
}

/// Some of the timers of a shard that are due, earliest first.
#[derive(Debug, Clone, Default)]
pub struct DueTimers {
    /// The timers, each with its ticket.
    pub timers: Vec<Timer>,
    /// How many items among them can't be read as timers.
    pub unreadable: usize,
    next: Option<Item>,
}

impl DueTimers {
    /// Whether the shard has more timers that are due.
    pub const fn more(&self) -> bool {
        self.next.is_some()
    }
}

/// What came of timers that were rung.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rung {
    /// How many timers were looked at.
    pub timers: usize,
    /// How often a ticket was written for them.
    pub wakes: usize,
    /// How often that was later than it should have been.
    pub late: usize,
    /// How many had nothing to do: someone else was faster, or the ticket is gone.
    pub stale: usize,
    /// How many failed. They are still there.
    pub failed: usize,
}

impl Rung {
    fn count(&mut self, before: &Ticket, woken: &Ticket) {
        self.wakes += 1;
        self.late += usize::from(was_late(before, woken));
    }
}

impl AddAssign for Rung {
    fn add_assign(&mut self, other: Self) {
        let Self { timers, wakes, late, stale, failed } = other;
        self.timers += timers;
        self.wakes += wakes;
        self.late += late;
        self.stale += stale;
        self.failed += failed;
    }
}

fn is_due(ticket: &Ticket, now: Timestamp) -> bool {
    ticket.wake_at.is_some_and(|at| at <= now)
}

impl Upkeep {
    /// The parts that timers are spread over.
    pub fn timer_shards() -> impl Iterator<Item = u8> {
        0..keys::TIMER_SHARDS
    }

    /// The next timers of a shard that are due at `now`, from the earliest or behind `after`. The read is eventually consistent:
    /// it may miss a timer that was just set, and return one that was just handled.
    pub async fn due_timers(
        &self,
        shard: u8,
        now: Timestamp,
        after: Option<DueTimers>,
        limit: usize,
    ) -> Result<DueTimers, StoreError> {
        let range = Range::new("PK = :pk AND SK < :until")
            .text(":pk", keys::timers(shard))
            .text(":until", keys::timers_until(now))
            .from(after.and_then(|after| after.next))
            .limit(limit);
        let found = self.store.query(range).await?;
        let mut due = DueTimers { timers: Vec::with_capacity(found.items.len()), unreadable: 0, next: found.next };
        for item in &found.items {
            match read(item) {
                Ok(timer) => due.timers.push(timer),
                Err(error) => {
                    tracing::error!(%error, "a timer can't be read");
                    due.unreadable += 1;
                }
            }
        }
        Ok(due)
    }

    /// Wakes the tickets of at most 100 timers, and sets their timers anew. It may run late, twice, or twice at once. A failure
    /// is logged and counted, and delays no other ticket.
    pub async fn ring(&self, timers: &[Timer]) -> Rung {
        let mut rung = Rung { timers: timers.len(), ..Rung::default() };
        let keys: Vec<_> = timers.iter().map(|timer| keys::ticket(timer.project, timer.ticket)).collect();
        // A ticket may have left timers behind, beside the one that it names.
        let mut wanted = keys.clone();
        wanted.sort_by(|a, b| a.pk.cmp(&b.pk));
        wanted.dedup();
        let items: HashMap<_, _> = match self.store.batch_get(&wanted).await {
            Ok(items) => items.into_iter().filter_map(|item| Some((Key::of(&item)?.pk, item))).collect(),
            Err(error) => {
                tracing::error!(%error, "tickets of timers could not be read");
                return Rung { failed: timers.len(), ..rung };
            }
        };
        let (mut due, mut stale) = (Vec::new(), Vec::<(&Timer, Option<Ticket>)>::new());
        for (timer, key) in timers.iter().zip(&keys) {
            match items.get(&key.pk).map(items::ticket::read).transpose() {
                Ok(Some(head)) if timer.is_of(head.ticket()) && !timer.is_misplaced() => due.push((timer.project, head)),
                Ok(head) => stale.push((timer, head.map(Head::into_ticket).filter(|ticket| timer.is_of(ticket)))),
                Err(error) => {
                    tracing::error!(%error, "a ticket can't be woken");
                    rung.failed += 1;
                }
            }
        }
        let dropping: Vec<_> = stale.iter().map(|(timer, ticket)| self.drop_timer(timer, ticket.as_ref())).collect();
        for dropped in stream::iter(dropping).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            match dropped {
                Ok(()) => rung.stale += 1,
                Err(error) => {
                    tracing::error!(%error, "a stale timer could not be removed");
                    rung.failed += 1;
                }
            }
        }
        let read = due.len();
        let due = match self.store.whole_each(due, true).await {
            Ok((due, corrupt)) => {
                for error in &corrupt {
                    tracing::error!(%error, "a ticket can't be woken");
                }
                rung.failed += corrupt.len();
                due
            }
            Err(error) => {
                tracing::error!(%error, "profiles of tickets could not be read");
                rung.failed += read;
                Vec::new()
            }
        };
        self.learn_rules(&due).await;
        let waking: Vec<_> = groups(due).into_iter().map(|group| self.wake_together(group)).collect();
        for more in stream::iter(waking).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            rung += more;
        }
        rung
    }

    /// Reads the rules of these tickets' projects, so that groups that are woken at once need not each read them. They are remembered.
    /// Rules that can't be read are asked for again by whoever needs them, and told of there.
    async fn learn_rules(&self, tickets: &[(ProjectId, Ticket)]) {
        let projects: BTreeSet<_> = tickets.iter().map(|(project, _)| *project).collect();
        let learning: Vec<_> = projects.into_iter().map(|project| self.store.rules(project)).collect();
        stream::iter(learning).buffer_unordered(AT_ONCE).for_each(async |_| {}).await;
    }

    /// Removes a timer from its key, unless the timer was set again since it was read. If the ticket still names the timer, the
    /// timer is set anew under its right key.
    async fn drop_timer(&self, timer: &Timer, named_by: Option<&Ticket>) -> Result<(), StoreError> {
        let stale = Write::delete(timer.key.clone())
            .only_if(format!("{VERSION} = :read"))
            .number(":read", timer.version)
            .guarding(Guard::AsRead);
        let mut writes = vec![stale];
        writes.extend(named_by.and_then(|ticket| timer_of(timer.project, ticket)).map(Write::put));
        match self.store.commit(writes).await {
            Ok(()) => Ok(()),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(()),
            Err(rejection) => Err(rejection.into_error("a timer")),
        }
    }

    /// Wakes tickets in one transaction. If that fails, or a ticket has more to do, wakes each ticket by itself.
    async fn wake_together(&self, tickets: Vec<(ProjectId, Ticket)>) -> Rung {
        let mut rung = Rung::default();
        let now = self.store.now();
        let (mut writes, mut after, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        for (project, ticket) in &tickets {
            let rules = match self.store.rules(*project).await {
                Ok(rules) => rules,
                Err(error) => {
                    tracing::error!(project.id = %project, %error, "the rules of a project could not be read");
                    rung.failed += 1;
                    continue;
                }
            };
            let Ok(Decision::Change(mut change)) = decide(ticket, Command::Wake, &Actor::System, now, &rules) else { continue };
            let room = self.store.room(*project);
            // A question that leaves by mail is two items more than the transaction has room for.
            match room.follow_by_mail(&mut change, now).await {
                Ok(false) => {}
                Ok(true) => {
                    alone.push((*project, ticket.clone()));
                    continue;
                }
                Err(error) => {
                    tracing::error!(project.id = %project, %error, "a project's members could not be read");
                    rung.failed += 1;
                    continue;
                }
            }
            writes.extend(room.writes_of(ticket, &mut change, now));
            after.push((*project, ticket, change.ticket));
        }
        let left: Vec<_> = match self.store.commit(writes).await {
            Ok(()) => {
                for (_, before, ticket) in &after {
                    rung.count(before, ticket);
                }
                let still_due = after.into_iter().filter(|(_, _, ticket)| is_due(ticket, now));
                still_due.map(|(project, _, ticket)| (project, ticket)).chain(alone).collect()
            }
            // Someone changed one of them just now, or the table has trouble.
            Err(_) => tickets.clone(),
        };
        for (project, ticket) in left {
            let id = ticket.id;
            match Box::pin(self.store.room(project).wake(ticket)).await {
                Ok(more) => rung += more,
                Err(error) => {
                    tracing::error!(project.id = %project, ticket.id = %id, %error, "a ticket could not be woken");
                    rung.failed += 1;
                }
            }
        }
        rung
    }
}

/// The tickets in groups, each as large as one transaction takes.
fn groups(tickets: Vec<(ProjectId, Ticket)>) -> Vec<Vec<(ProjectId, Ticket)>> {
    let mut groups: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for (project, ticket) in tickets {
        let profile = ticket.profile.map_or(0, |profile| profile.bytes as usize);
        let size = size(&items::ticket::write(project, &ticket)) + profile;
        bytes += size;
        match groups.last_mut() {
            Some(group) if group.len() < TOGETHER.0 && bytes <= TOGETHER.1 => group.push((project, ticket)),
            _ => {
                bytes = size;
                groups.push(vec![(project, ticket)]);
            }
        }
    }
    groups
}

fn read(item: &Item) -> Result<Timer, StoreError> {
    let row = Reader(item);
    let (project, ticket, at) = keys::timer_of(row.sort_key()?).ok_or_else(|| row.corrupt(keys::SK))?;
    let key = Key::of(item).ok_or_else(|| row.corrupt(keys::SK))?;
    Ok(Timer { project, ticket, at, version: row.number(VERSION)?, key })
}

impl Room {
    /// Wakes the ticket of one timer, and sets the ticket's timer anew. Returns how often the ticket was written, and how often
    /// that was late.
    async fn wake(&self, mut ticket: Ticket) -> Result<Rung, ChangeError> {
        let mut rung = Rung::default();
        while rung.wakes < WAKES && is_due(&ticket, self.store.now()) {
            let before = ticket.clone();
            let wake = |_: &Ticket| Ok(Command::Wake);
            let applied = match self.change_from(ticket, &Actor::System, &wake, None).await {
                Ok(applied) => applied,
                // The ticket was just deleted. The relay removes what belonged to it.
                Err(ChangeError::NotFound) => break,
                Err(error) => return Err(error),
            };
            ticket = applied.posted.ticket;
            if applied.outcome != Outcome::Written {
                break;
            }
            rung.count(&before, &ticket);
        }
        Ok(rung)
    }
}
