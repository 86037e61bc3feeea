//! How often the widget may call (contract/widget.md section 10, decision 31): 30 a minute for each visitor, 3,600 an
//! hour for each project's token, polls and writes counted apart.
//!
//! Polls are counted in memory only. Sends are counted durably as well: each visitor's on the item that the send touches
//! anyway (`VisitorDesk`), each token's once a minute by every warm function, which is one write a minute however many
//! sends there are. A limiter that fails refuses nobody.

use lambdesk_domain::limit::{Counts, Limit};
use lambdesk_http::Problem;

use crate::visitor::Widget;

/// Calls of one visitor.
pub(crate) const PER_VISITOR: Limit = Limit::per_minute(30);
/// Calls with one project's token.
const PER_TOKEN: Limit = Limit::per_hour(3600);

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
}

impl Widget {
    /// Counts a call of `who`: a visitor's key, or an address.
    pub(crate) fn admit(&self, lane: Lane, who: &str) -> Result<(), Problem> {
        let (limits, now) = (&self.context.limits, self.context.store.now());
        let visitor = limits.admit(&self.key(lane, who), PER_VISITOR, now);
        visitor.and_then(|()| limits.admit(&self.key(lane, "token"), PER_TOKEN, now)).map_err(limited)
    }

    /// Counts a call that does not say who makes it, by its address, and passes its problem on.
    pub(crate) fn nobody(&self, lane: Lane, problem: Problem) -> Problem {
        match self.admit(lane, &format!("address:{}", self.address)) {
            Ok(()) => problem,
            Err(limited) => limited,
        }
    }

    /// Remembers that `who` has used up the minute, as the durable count has it.
    pub(crate) fn used_up(&self, lane: Lane, who: &str) {
        let full = Counts { present: PER_VISITOR.most, before: 0 };
        self.context.limits.observe(&self.key(lane, who), PER_VISITOR, self.context.store.now(), full);
    }

    /// Adds this process's sends to the token's durable count, if a minute has passed, and learns of those of others.
    pub(crate) async fn settle(&self) {
        let (key, now) = (self.key(Lane::Write, "token"), self.context.store.now());
        let Some(calls) = self.context.limits.take_unsettled(&key, PER_TOKEN, now) else { return };
        match self.context.store.count_calls(&key, &[PER_TOKEN], calls).await {
            Ok(counts) => counts.iter().for_each(|counts| self.context.limits.observe(&key, PER_TOKEN, now, *counts)),
            Err(error) => tracing::warn!(%error, "the sends of a token could not be counted"),
        }
    }

    fn key(&self, lane: Lane, who: &str) -> String {
        format!("widget:{}:{}:{who}", self.project.id, lane.name())
    }
}

fn limited(retry_after: u32) -> Problem {
    Problem::Limited { retry_after }
}
