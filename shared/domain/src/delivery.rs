//! Deliveries: what becomes of a message that leaves the desk by mail. Everything here is pure, and a delivery goes one way only.
//!
//! A message is sent once, as far as anybody can know. Whoever sends it takes the delivery first, and says afterwards what came of
//! it. The sending service has no ids by which it would know a repeated call. So a call whose outcome nobody knows is waited for
//! ([`OUTCOME`]): the service tells of what it has sent, and only if it tells nothing is the message sent again.

mod advance;
mod alone;
mod away;
mod bounds;
mod errand;
mod failure;
mod plan;
mod recipient;
mod silence;

use crate::{
    ids::{MessageId, TicketId},
    time::{DAY, Timestamp},
};

pub use advance::{Outcome, Report, Reported};
pub use alone::{acknowledgement, notice, restore};
pub use away::{OTHERS, address_of, follow, may_follow};
pub use bounds::{Bound, LINKS_OF_PROJECT, LINKS_TO_ADDRESS, TOO_MANY};
pub use errand::Errand;
pub use failure::{Failure, Undelivered};
pub(crate) use plan::addressees;
pub use plan::{Copies, MOST_RECIPIENTS, may_leave, plan};
pub use recipient::{DeliveryStatus, Recipient, RecipientKind};
pub use silence::Silence;

/// How long the outcome of a call is waited for, and how long a delivery may lie without anybody hearing of it, in seconds.
pub const OUTCOME: i64 = 600;
/// How long a message is tried to be sent, in seconds.
pub const LONGEST: i64 = 5 * DAY;
/// After how many seconds a delivery that is not settled is late, and for how many more it is told of: longer than the longest pause.
const LATE: (i64, i64) = (1800, 4500);
/// The shortest and the longest pause between two tries, in seconds. Pauses double in between.
const PAUSE: (i64, i64) = (60, 3600);
/// The most characters of a reason.
const DETAIL: usize = 300;

/// A message that leaves the desk by mail, or a mail that is none of a ticket's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Why it leaves.
    pub errand: Errand,
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub message: MessageId,
    /// When the message was written, which orders the deliveries of a ticket.
    pub written_at: Timestamp,
    /// Who gets it. The first one is whom it is for.
    pub recipients: Vec<Recipient>,
    /// Since when it is tried to be sent.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// Since when it waits for whoever sends it; `None` if it waits for nobody.
    pub due: Option<Timestamp>,
    /// When the desk looks at it by itself, if it is not settled by then.
    pub timer: Timestamp,
    /// The sending service's id of the mail.
    pub mail: Option<String>,
    /// When those messages were written that the same mail brings.
    pub others: Vec<Timestamp>,
    /// The page that the mail leads back to.
    pub page: Option<String>,
    /// How often it was written.
    pub version: u64,
}

/// What the timer of a delivery comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Woken {
    /// The delivery goes on so, with another timer.
    Changed(Box<Delivery>),
    /// It is settled, or has another timer.
    Nothing,
}

impl Delivery {
    /// What became of it, as far as the one is concerned whom it is for.
    pub fn status(&self) -> DeliveryStatus {
        self.recipients.first().map_or(DeliveryStatus::Skipped, |first| first.status)
    }

    /// Whether nothing is left to be sent.
    pub fn is_settled(&self) -> bool {
        !self.recipients.iter().any(|recipient| recipient.status.is_open())
    }

    /// Whether somebody hands it over at this moment, or did so and nobody knows yet.
    fn is_under_way(&self) -> bool {
        self.recipients.iter().any(|recipient| recipient.status == DeliveryStatus::Sending)
    }

    /// Whether the outcome of the last try may still be told.
    fn may_be_told(&self, now: Timestamp) -> bool {
        self.is_under_way() && self.tried_at.is_some_and(|at| now < at.plus_seconds(OUTCOME))
    }

    /// The delivery as whoever sends it now has taken it; `None` if it is settled, or somebody else has it.
    pub fn taken(&self, now: Timestamp) -> Option<Self> {
        if self.is_settled() || self.may_be_told(now) {
            return None;
        }
        let mut taken = self.next();
        taken.open().for_each(|recipient| recipient.status = DeliveryStatus::Sending);
        (taken.tries, taken.tried_at, taken.due) = (self.tries.saturating_add(1), Some(now), None);
        Some(taken)
    }

    /// Whether people are told that it has not left: it should have half an hour ago, or somewhat more.
    pub fn is_late(&self, now: Timestamp) -> bool {
        let late = self.since.plus_seconds(LATE.0);
        !self.is_settled() && late <= now && now < late.plus_seconds(LATE.1)
    }

    /// Whether its timer of this time counts.
    pub fn waits_for(&self, timer: Timestamp) -> bool {
        !self.is_settled() && self.timer == timer
    }

    /// What its timer of this time comes to. Whoever sends it is told again, in case nobody has heard of it.
    pub fn woken(&self, timer: Timestamp, now: Timestamp) -> Woken {
        if !self.waits_for(timer) {
            return Woken::Nothing;
        }
        let mut woken = self.next();
        if let Some(tried) = self.tried_at.filter(|_| self.may_be_told(now)) {
            woken.timer = tried.plus_seconds(OUTCOME);
        } else {
            (woken.due, woken.timer) = (Some(now), now.plus_seconds(OUTCOME));
        }
        Woken::Changed(Box::new(woken))
    }

    /// The delivery when it is its turn, because the one before it is settled; `None` if it waits for nobody.
    pub fn called(&self, now: Timestamp) -> Option<Self> {
        let waits = !self.is_settled() && !self.is_under_way() && self.due.is_some();
        waits.then(|| Self { due: Some(now.max(self.due.map_or(now, Timestamp::next))), ..self.next() })
    }

    /// The delivery when it is to be sent once more to those whom it did not reach; `None` if it reached everybody, or is under way.
    pub fn resent(&self, now: Timestamp) -> Option<Self> {
        if !self.is_settled() || !self.recipients.iter().any(|recipient| recipient.status.is_failure()) {
            return None;
        }
        let mut resent = self.next();
        for recipient in resent.recipients.iter_mut().filter(|recipient| recipient.status.is_failure()) {
            (recipient.status, recipient.detail, recipient.at) = (DeliveryStatus::Queued, None, now);
        }
        (resent.since, resent.tries, resent.tried_at, resent.mail) = (now, 0, None, None);
        (resent.due, resent.timer) = (Some(now), now.plus_seconds(OUTCOME));
        Some(resent)
    }

    /// Those to whom it is yet to be sent.
    fn open(&mut self) -> impl Iterator<Item = &mut Recipient> {
        self.recipients.iter_mut().filter(|recipient| recipient.status.is_open())
    }

    fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
