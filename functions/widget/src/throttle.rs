//! How often the widget may call (contract/widget.md section 10, decision 31). SECURITY.md has the figures in a table.
//!
//! Whoever proved who they are is counted by that, wherever they call from. An anonymous visitor is counted by their
//! session, and before it by their address, since sessions are made up for nothing. A call that says neither is counted by
//! its address. No limit is shared by all who have a project's public token, or one of them could use it up for the others.
//!
//! All is counted in memory; each visitor's sends are counted durably as well, on the item that the send touches anyway
//! (`VisitorDesk`). A limiter that fails refuses nobody.
//!
//! A flood from many addresses passes all of this. It is told of, and closes the project to anonymous sessions that are
//! new: those that hold no ticket. Whether one holds a ticket is told by what it asks for: it reads or writes on one of its
//! own, or lists it. What it showed is remembered, so that nothing is read to find out. Only an attempt to open a ticket
//! shows nothing, and is refused unless the session is remembered.

use lambdesk_domain::{
    access::Visitor,
    limit::{Counts, Limit},
};
use lambdesk_http::{Context, Problem, limits::Kind};
use lambdesk_store::VisitorDesk;

use crate::visitor::Widget;

/// Calls of one visitor; of an address that says nothing of itself; with one link.
pub(crate) const PER_VISITOR: Limit = Limit::per_minute(30);
/// Calls of strangers of one project, beyond which it is flooded: 69 widgets that are open make as many, or 208 that wait in
/// a corner.
const FLOOD: Limit = Limit::per_hour(50_000);

/// Which calls are counted together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lane {
    /// Reading.
    Poll,
    /// Sending and marking as read.
    Write,
}

impl Lane {
    const fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Write => "write",
        }
    }

    /// Calls of anonymous visitors from one address. An office behind one has 27 widgets open, or 83 in a corner.
    const fn per_address(self) -> Limit {
        match self {
            Self::Poll => Limit::per_hour(20_000),
            Self::Write => Limit::per_hour(300),
        }
    }
}

/// A call that was counted.
#[must_use]
pub(crate) struct Admitted {
    /// The seconds to wait, if the project is flooded and the caller a session that is not known to hold a ticket.
    newcomer: Option<u32>,
}

impl Admitted {
    /// Refuses a session that is new in a flood; for calls that don't show that it holds a ticket.
    pub(crate) fn known(&self) -> Result<(), Problem> {
        self.newcomer.map_or(Ok(()), |retry_after| Err(limited(retry_after)))
    }
}

impl Widget {
    /// Counts a call of a visitor, or refuses it.
    pub(crate) fn admit(&self, lane: Lane, desk: &VisitorDesk) -> Result<Admitted, Problem> {
        let visitor = desk.visitor();
        match visitor {
            Visitor::Verified { .. } => {
                self.count(Kind::Identity, lane, &visitor.key(), PER_VISITOR)?;
                Ok(Admitted { newcomer: None })
            }
            Visitor::Anonymous { session } => {
                self.count(Kind::Address, lane, &self.address, lane.per_address())?;
                self.count(Kind::Session, lane, &visitor.key(), PER_VISITOR)?;
                let newcomer = self.flooded().filter(|_| !self.context.holders.has(&self.holder(session)));
                Ok(Admitted { newcomer })
            }
        }
    }

    /// Counts a call that does not say who makes it, by its address, and passes its problem on.
    pub(crate) fn nobody(&self, lane: Lane, problem: Problem) -> Problem {
        let counted = self.count(Kind::Address, lane, &self.address, lane.per_address());
        let counted = counted.and_then(|()| self.count(Kind::Address, lane, &self.address, PER_VISITOR));
        match counted {
            Ok(()) => {
                self.flooded();
                problem
            }
            Err(limited) => limited,
        }
    }

    /// Remembers that `who` has used up the minute, as the durable count has it.
    pub(crate) fn used_up(&self, lane: Lane, visitor: &Visitor) {
        let full = Counts { present: PER_VISITOR.most, before: 0 };
        let (kind, who) = match visitor {
            Visitor::Verified { .. } => (Kind::Identity, visitor.key()),
            Visitor::Anonymous { .. } => (Kind::Session, visitor.key()),
        };
        self.context.limits.observe(kind, &self.key(lane, &who), PER_VISITOR, self.context.store.now(), full);
    }

    /// Remembers that a visitor has shown to hold a ticket.
    pub(crate) fn holds_a_ticket(&self, visitor: &Visitor) {
        if let Visitor::Anonymous { session } = visitor {
            self.context.holders.remember(&self.holder(session));
        }
    }

    /// Counts a stranger's call of the project, and says how long the flood will last if there is one.
    fn flooded(&self) -> Option<u32> {
        let (Context { limits, metrics, .. }, now) = (&self.context, self.context.store.now());
        let wait = limits.tally(Kind::Project, &format!("widget:{}", self.project.id), FLOOD, now).err()?;
        metrics.widget_flood(self.project.id, now);
        Some(wait)
    }

    fn count(&self, kind: Kind, lane: Lane, who: &str, limit: Limit) -> Result<(), Problem> {
        self.context.limits.admit(kind, &self.key(lane, who), limit, self.context.store.now()).map_err(limited)
    }

    fn key(&self, lane: Lane, who: &str) -> String {
        format!("widget:{}:{}:{who}", self.project.id, lane.name())
    }

    fn holder(&self, session: &str) -> String {
        format!("{}:{session}", self.project.id)
    }
}

/// Counts a call with a link, by its address, before anything is looked up.
pub(crate) fn admit_link(context: &Context, lane: Lane, address: &str) -> Result<(), Problem> {
    let who = format!("link:{}:{address}", lane.name());
    context.limits.admit(Kind::Address, &who, lane.per_address(), context.store.now()).map_err(limited)
}

/// Counts a call with a link that was made here, whoever calls.
pub(crate) fn admit_holder(context: &Context, link: &str) -> Result<(), Problem> {
    context.limits.admit(Kind::Link, link, PER_VISITOR, context.store.now()).map_err(limited)
}

fn limited(retry_after: u32) -> Problem {
    Problem::Limited { retry_after }
}
