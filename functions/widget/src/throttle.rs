//! How often the widget may call (docs/decisions.md, 31). SECURITY.md has the figures in a table.
//!
//! A visitor with a proven identity is counted by that identity, from whatever address. An anonymous visitor is counted by the
//! address first and then by the session, because session ids cost nothing to make up. A call that names neither is counted by
//! its address. The callers who share a project's public token share no limit: one of them could use it up for all others.
//!
//! All calls are counted in memory. Each visitor's sends are also counted durably, on the visitor's item ([`VisitorDesk`]). A
//! send that opens a ticket counts in the transaction that opens it; a further message counts by an update of its own, beside
//! the read of the ticket. A limiter that fails refuses nobody.
//!
//! A flood from many addresses stays below all of these limits. It raises a metric, and while it lasts the project refuses
//! anonymous sessions that hold no ticket. Finding out who holds one costs no extra read: a session shows it when it reads,
//! writes on or lists its own ticket, and is then remembered. A request that opens a ticket shows nothing, so it is refused
//! unless the session is remembered.

use lambdesk_domain::{
    access::Visitor,
    limit::{Calls, Limit},
};
use lambdesk_http::{Context, Problem, limits::CallerKind};
use lambdesk_store::VisitorDesk;

use crate::visitor::Widget;

/// The calls of one visitor, of one address that names no visitor, or with one link.
pub(crate) const PER_VISITOR: Limit = Limit::per_minute(30);
/// The anonymous calls of one project beyond which it counts as flooded. 69 open widgets make as many (one call in 5 s), or 208
/// closed ones (one in 15 s).
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

    /// The anonymous calls from one address. The polls of 27 open widgets or 83 closed ones fit, such as those of an office
    /// behind one address.
    pub(crate) const fn per_address(self) -> Limit {
        match self {
            Self::Poll => Limit::per_hour(20_000),
            Self::Write => Limit::per_hour(300),
        }
    }
}

/// A call that was counted and let in.
#[must_use]
pub(crate) struct Admitted {
    /// The seconds to wait, if the project is flooded and the caller is a session that is not known to hold a ticket.
    newcomer: Option<u32>,
}

impl Admitted {
    /// Refuses a new session during a flood, with 429. For calls that do not show whether the session holds a ticket.
    pub(crate) fn known(&self) -> Result<(), Problem> {
        self.newcomer.map_or(Ok(()), |retry_after| Err(limited(retry_after)))
    }
}

impl Widget {
    /// Counts a call of a visitor, or refuses it with 429.
    pub(crate) fn admit(&self, lane: Lane, desk: &VisitorDesk) -> Result<Admitted, Problem> {
        let visitor = desk.visitor();
        match visitor {
            Visitor::Verified { .. } => {
                self.count(CallerKind::Identity, lane, &visitor.key(), PER_VISITOR)?;
                Ok(Admitted { newcomer: None })
            }
            Visitor::Anonymous { session } => {
                self.count(CallerKind::Address, lane, &self.address, lane.per_address())?;
                self.count(CallerKind::Session, lane, &visitor.key(), PER_VISITOR)?;
                let newcomer = self.flooded().filter(|_| !self.context.holders.has(&self.holder(session)));
                Ok(Admitted { newcomer })
            }
        }
    }

    /// Counts a call that names no visitor by its address. Returns `problem`, or 429 if the address has called too often.
    pub(crate) fn nobody(&self, lane: Lane, problem: Problem) -> Problem {
        let counted = self.count(CallerKind::Address, lane, &self.address, lane.per_address());
        let counted = counted.and_then(|()| self.count(CallerKind::Address, lane, &self.address, PER_VISITOR));
        match counted {
            Ok(()) => {
                self.flooded();
                problem
            }
            Err(limited) => limited,
        }
    }

    /// Copies into memory that the durable count of a visitor has reached the limit.
    pub(crate) fn used_up(&self, lane: Lane, visitor: &Visitor) {
        let full = Calls { present: PER_VISITOR.most, before: 0 };
        let (kind, who) = match visitor {
            Visitor::Verified { .. } => (CallerKind::Identity, visitor.key()),
            Visitor::Anonymous { .. } => (CallerKind::Session, visitor.key()),
        };
        self.context.limits.observe(kind, &self.key(lane, &who), PER_VISITOR, self.context.now(), full);
    }

    /// Remembers that a visitor holds a ticket.
    pub(crate) fn holds_a_ticket(&self, visitor: &Visitor) {
        if let Visitor::Anonymous { session } = visitor {
            self.context.holders.remember(&self.holder(session));
        }
    }

    /// Counts an anonymous call of the project. Returns the seconds until the flood ends if there is one.
    fn flooded(&self) -> Option<u32> {
        let (Context { limits, metrics, .. }, now) = (&self.context, self.context.now());
        let wait = limits.tally(CallerKind::Project, &format!("widget:{}", self.project.id), FLOOD, now).err()?;
        metrics.widget_flood(self.project.id, now);
        Some(wait)
    }

    fn count(&self, kind: CallerKind, lane: Lane, who: &str, limit: Limit) -> Result<(), Problem> {
        self.context.limits.admit(kind, &self.key(lane, who), limit, self.context.now()).map_err(limited)
    }

    fn key(&self, lane: Lane, who: &str) -> String {
        format!("widget:{}:{}:{who}", self.project.id, lane.name())
    }

    fn holder(&self, session: &str) -> String {
        format!("{}:{session}", self.project.id)
    }
}

/// Counts a call with a link by its address, before anything is looked up.
pub(crate) fn admit_link(context: &Context, lane: Lane, address: &str) -> Result<(), Problem> {
    let who = format!("link:{}:{address}", lane.name());
    context.limits.admit(CallerKind::Address, &who, lane.per_address(), context.now()).map_err(limited)
}

/// Counts a call with a link that the desk made, whoever calls.
pub(crate) fn admit_holder(context: &Context, link: &str) -> Result<(), Problem> {
    context.limits.admit(CallerKind::Link, link, PER_VISITOR, context.now()).map_err(limited)
}

fn limited(retry_after: u32) -> Problem {
    Problem::Limited { retry_after }
}
