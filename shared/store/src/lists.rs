//! Lists of tickets: a way to them that reads little, and the filter held against all that was read.
//!
//! [`plan()`] chooses the way. Whichever it is, it brings tickets in the order that is asked for, from any place in it, so that
//! a page and the one behind it meet. A walk that has examined too much ends where it is: the page is short, and goes on
//! from the last ticket that was examined, whether it was shown or not.

mod gather;
mod keyed;
mod lanes;
mod plan;
mod seek;
mod size;

use std::collections::{HashSet, VecDeque};

use lambdesk_domain::{
    Ticket, Timestamp,
    query::{Filter, Order, Place},
};

use crate::{Head, error::StoreError, room::Room, transport::read::BY_KEY};

pub(crate) use gather::Read;
use keyed::Keyed;
use lanes::Lanes;
use plan::{Plan, plan};

/// How many bytes a walk examines until a page ends short: about 1 MB, which is 130 read units.
///
/// Half a unit for each ticket that is shown comes on top, whatever it cost to read, so that a page can be full.
pub(crate) const BYTES: usize = 1_000_000;
/// How many it examines for nothing but the count: beyond a page that is full, and within what a page may cost.
const COUNTED: usize = 400_000;
/// How many are read at most only to be passed over, where whole tickets are read for that: 10,000 of a common size.
const PASSED_OVER: usize = 10_000_000;
/// The most customers of a page who have to be looked up.
const PERSONS: usize = 200;

/// Which way to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In the order.
    Onward,
    /// Against it.
    Back,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Which tickets.
    pub filter: &'a Filter,
    /// In which order.
    pub order: Order,
    /// From which place on, which is not part of it; from the start if it is `None`.
    pub from: Option<Place>,
    /// Which way.
    pub direction: Direction,
    /// How many are passed over.
    pub skip: usize,
    /// The most to bring.
    pub limit: usize,
    /// Whether to go on beyond them, to count.
    pub count: bool,
    /// Whether who their customers are will be read beside them, so that fewer fit in what a page may cost.
    pub persons: bool,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Tickets in walking order.
    pub tickets: Vec<Ticket>,
    /// How many were passed over.
    pub skipped: usize,
    /// Whether the walk can go on.
    pub more: bool,
    /// Where it goes on: the last place that was examined for this page.
    pub reached: Option<Place>,
    /// How many were found, those beyond the page included.
    pub found: u64,
    /// Whether the walk came to the end, so that `found` is all there are from its start on.
    pub ended: bool,
    /// How it was done.
    pub plan: &'static str,
    /// How many tickets were looked at.
    pub examined: usize,
}

impl Listed {
    /// Leaves out what comes behind so many tickets; the walk goes on from there.
    pub fn end_at(&mut self, tickets: usize, order: Order) {
        if tickets < self.tickets.len() {
            self.tickets.truncate(tickets);
            self.reached = self.tickets.last().map(|ticket| order.place(ticket)).or(self.reached);
            self.more = true;
        }
    }
}

/// One step of a walk.
enum Step {
    Ticket(Box<Head>),
    /// So many that are asked for were passed over unread, up to here.
    Skipped(usize, Place),
    /// Up to here there was nothing that could be asked for.
    Passed(Place),
    End,
}

/// Where tickets come from, in walking order.
enum Source {
    Lanes(Lanes),
    Keyed(Box<Keyed>),
    /// All that there are, and the bytes it took to read them.
    Gathered(VecDeque<Head>, usize),
}

impl Source {
    /// Whether the next ticket has been read already, or there is none.
    fn is_ready(&self) -> bool {
        match self {
            Self::Lanes(lanes) => lanes.is_ready(),
            Self::Keyed(keyed) => keyed.is_ready(),
            Self::Gathered(..) => true,
        }
    }

    /// Bytes that were read so far, or what they cost.
    const fn spent(&self) -> usize {
        match self {
            Self::Lanes(lanes) => lanes.spent,
            Self::Keyed(keyed) => keyed.spent,
            Self::Gathered(_, spent) => *spent,
        }
    }

    /// Whether every ticket that it brings is asked for, so that those passed over are what the caller named.
    const fn takes_all(&self) -> bool {
        match self {
            Self::Lanes(lanes) => lanes.takes_all(),
            Self::Keyed(_) | Self::Gathered(..) => false,
        }
    }

    /// The next step, for which about so many bytes may be read, or any number if that is `None`.
    async fn next(&mut self, room: &Room, left: Option<usize>) -> Result<Step, StoreError> {
        let ticket = match self {
            Self::Lanes(lanes) => lanes.next(room, left).await?,
            Self::Keyed(keyed) => return keyed.next(room, left.unwrap_or(BYTES)).await,
            Self::Gathered(tickets, _) => tickets.pop_front(),
        };
        Ok(ticket.map_or(Step::End, |ticket| Step::Ticket(Box::new(ticket))))
    }
}

impl Room {
    /// Part of the list of tickets that is asked for.
    pub(crate) async fn list(&self, asked: Asked<'_>) -> Result<Listed, StoreError> {
        let (page, mut listed) = self.walk(asked).await?;
        listed.tickets = self.with_profiles(page).await?;
        Ok(listed)
    }

    /// What is shown, and what else is to be said of the list.
    async fn walk(&self, asked: Asked<'_>) -> Result<(Vec<Head>, Listed), StoreError> {
        let now = self.now();
        let (plan, mut source) = self.open(asked, now).await?;
        let Asked { filter, order, from, skip, limit, count, persons, .. } = asked;
        let mut listed =
            Listed { tickets: Vec::new(), skipped: 0, more: false, reached: from, found: 0, ended: false, plan, examined: 0 };
        let (mut passed_over, mut full, mut customers) = (0, limit == 0, HashSet::new());
        // The tickets that are shown, and the bytes that will be read beside them: profiles that lie apart, and the part of a
        // person's item that is over the half unit which every person may cost.
        let (mut page, mut beside): (Vec<Head>, usize) = (Vec::with_capacity(limit.min(1000)), 0);
        loop {
            let passing = listed.skipped < skip && source.takes_all();
            if passing {
                passed_over = source.spent();
            }
            let allowed = match (passing, full) {
                (true, _) => PASSED_OVER,
                (false, true) => passed_over + COUNTED,
                (false, false) => passed_over + BYTES + page.len() * BY_KEY,
            };
            let left = allowed.saturating_sub(source.spent() + beside);
            if left == 0 && !source.is_ready() {
                listed.more = true;
                return Ok((page, listed));
            }
            let head = match source.next(self, (!passing).then_some(left)).await? {
                Step::Ticket(head) => *head,
                Step::Skipped(count, place) => {
                    listed.skipped += count;
                    listed.found += count as u64;
                    listed.reached = Some(place);
                    continue;
                }
                Step::Passed(place) => {
                    listed.reached = if full { listed.reached } else { Some(place) };
                    continue;
                }
                Step::End => {
                    listed.ended = true;
                    return Ok((page, listed));
                }
            };
            listed.examined += 1;
            let ticket = head.ticket();
            let (place, admitted) = (order.place(ticket), filter.admits(ticket, now));
            listed.found += u64::from(admitted);
            let shown = admitted && listed.skipped >= skip;
            let another = persons && !customers.contains(&ticket.distinct_id);
            let more = head.profile_cost() + if another { BY_KEY } else { 0 };
            full |= shown && another && customers.len() >= PERSONS;
            full |= shown && !page.is_empty() && beside + more > allowed.saturating_sub(source.spent());
            if full {
                listed.more |= admitted;
                if listed.more && !count {
                    return Ok((page, listed));
                }
                continue;
            }
            listed.reached = Some(place);
            if shown {
                customers.insert(ticket.distinct_id.clone());
                beside += more;
                page.push(head);
                full = page.len() == limit;
            } else {
                listed.skipped += usize::from(admitted);
            }
        }
    }

    async fn open(&self, asked: Asked<'_>, now: Timestamp) -> Result<(&'static str, Source), StoreError> {
        let mut way = plan(asked.filter, asked.order);
        // Beside the page, the totals of each assignee are read to count.
        let counted = asked.filter.assignees.as_ref().filter(|_| asked.filter.is_counted_by_totals());
        let mut spent = counted.map_or(0, |assignees| assignees.len() * BY_KEY);
        if let Plan::Gather(gather) = &way {
            let gathered = self.gather(gather, asked, now).await?;
            if let Some(tickets) = gathered.tickets {
                return Ok((way.name(), Source::Gathered(in_order(tickets, asked), spent + gathered.spent)));
            }
            spent += gathered.spent;
            way = plan::walk(asked.filter, asked.order);
        }
        let source = match &way {
            Plan::Lanes(partitions) => Source::Lanes(Lanes::open(self, partitions, asked, spent).await?),
            Plan::Numbers | Plan::Deadlines | Plan::Gather(_) => Source::Keyed(Box::new(Keyed::new(self, asked, now, spent))),
        };
        Ok((way.name(), source))
    }
}

/// The tickets beyond the place that is asked for, in walking order.
fn in_order(mut tickets: Vec<Head>, asked: Asked<'_>) -> VecDeque<Head> {
    let Asked { order, from, direction, .. } = asked;
    let compare = |one: &Place, other: &Place| match direction {
        Direction::Onward => order.compare(one, other),
        Direction::Back => order.compare(other, one),
    };
    tickets.retain(|head| from.is_none_or(|from| compare(&order.place(head.ticket()), &from).is_gt()));
    tickets.sort_by(|one, other| compare(&order.place(one.ticket()), &order.place(other.ticket())));
    tickets.into()
}
