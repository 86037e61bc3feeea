//! Lists of tickets. A list finds tickets in a way that reads little, and applies the filter to every ticket that it has read.
//!
//! [`plan()`] chooses the way. Every way yields tickets in the order that is asked for, and can begin at any place in that
//! order. So a page begins where the one before it ended. A walk that has examined too much ends early: its page is short, and
//! the next page begins behind the last ticket that was examined, whether it was shown or not.

mod gather;
mod keyed;
mod lanes;
mod plan;
mod seek;
mod size;
mod unresolved;

use std::collections::{HashSet, VecDeque};

use lambdesk_domain::{
    Ticket, Timestamp,
    query::{Filter, Order, Position},
};

use crate::{Head, error::StoreError, room::Room, transport::read::BY_KEY};

pub(crate) use gather::TicketBatch;
use keyed::Keyed;
use lanes::Lanes;
use plan::{Plan, plan};
pub use unresolved::Unresolved;

/// How many bytes a walk examines before its page ends short: about 1 MB, which is 122 read units. The read that passes this
/// bound makes it 130 at most.
///
/// Half a unit comes on top for each ticket that is shown, so that a page can be full whatever its tickets cost.
pub(crate) const BYTES: usize = 1_000_000;
/// How many bytes a walk examines beyond a full page, only to count. They are within what a page may cost.
const COUNTED: usize = 400_000;
/// The most bytes of tickets that are read whole only to be passed over: 10,000 tickets of a common size.
const PASSED_OVER: usize = 10_000_000;
/// The most customers that one page looks up.
const PERSONS: usize = 200;

/// The direction of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In the order that is asked for.
    Onward,
    /// Against that order, for the page before.
    Back,
}

/// A list that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct ListQuery<'a> {
    /// Which tickets belong to the list.
    pub filter: &'a Filter,
    /// The order of the list.
    pub order: Order,
    /// The place behind which the page begins; `None` for the start of the list.
    pub from: Option<Position>,
    /// Whether the page lies behind `from` or before it.
    pub direction: Direction,
    /// How many tickets are passed over first.
    pub skip: usize,
    /// The most tickets of the page.
    pub limit: usize,
    /// Whether to walk on beyond a full page, to count.
    pub count: bool,
    /// Whether the caller will also look up the customers. That costs read units, so fewer tickets fit in what a page may cost.
    pub persons: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPage {
    /// Tickets in walking order.
    pub tickets: Vec<Ticket>,
    /// How many were passed over.
    pub skipped: usize,
    /// Whether the walk can go on.
    pub more: bool,
    /// Where it goes on: the last place that was examined for this page.
    pub reached: Option<Position>,
    /// How many tickets of the list were found, those beyond the page included.
    pub found: u64,
    /// Whether the walk came to the end of the list. Then `found` counts every ticket from its start on.
    pub ended: bool,
    /// The name of the way that was taken.
    pub plan: &'static str,
    /// How many tickets were held against the filter.
    pub examined: usize,
}

impl ListPage {
    /// Cuts the page after so many tickets. The next page begins behind them.
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
    /// This many tickets of the list were passed over unread, up to this place.
    Skipped(usize, Position),
    /// No ticket of the list lies between the last step and this place.
    Passed(Position),
    End,
}

/// What yields tickets, in walking order.
enum Source {
    Lanes(Lanes),
    Keyed(Box<Keyed>),
    /// All tickets that may be of the list, and the bytes it took to read them.
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

    /// Whether every ticket that it yields belongs to the list. Then tickets can be passed over without applying the filter.
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
    pub(crate) async fn list(&self, asked: ListQuery<'_>) -> Result<ListPage, StoreError> {
        let (page, mut listed) = self.walk(asked).await?;
        listed.tickets = self.with_profiles(page).await?;
        Ok(listed)
    }

    /// The tickets to show, and the rest of the page without them.
    async fn walk(&self, asked: ListQuery<'_>) -> Result<(Vec<Head>, ListPage), StoreError> {
        let now = self.now();
        let (plan, mut source) = self.open(asked, now).await?;
        let ListQuery { filter, order, from, skip, limit, count, persons, .. } = asked;
        let mut listed =
            ListPage { tickets: Vec::new(), skipped: 0, more: false, reached: from, found: 0, ended: false, plan, examined: 0 };
        let (mut passed_over, mut full, mut customers) = (0, limit == 0, HashSet::new());
        // The tickets to show, and the bytes that will be read for them later: profiles in items of their own, and people.
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

    /// The name of the way that is taken, and its source. Where gathering turns out to be too much, a walk along all tickets.
    async fn open(&self, asked: ListQuery<'_>, now: Timestamp) -> Result<(&'static str, Source), StoreError> {
        let mut way = plan(asked.filter, asked.order);
        // To count, the totals of each assignee are read as well, and the page pays for that.
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
fn in_order(mut tickets: Vec<Head>, asked: ListQuery<'_>) -> VecDeque<Head> {
    let ListQuery { order, from, direction, .. } = asked;
    let compare = |one: &Position, other: &Position| match direction {
        Direction::Onward => order.compare(one, other),
        Direction::Back => order.compare(other, one),
    };
    tickets.retain(|head| from.is_none_or(|from| compare(&order.place(head.ticket()), &from).is_gt()));
    tickets.sort_by(|one, other| compare(&order.place(one.ticket()), &order.place(other.ticket())));
    tickets.into()
}
