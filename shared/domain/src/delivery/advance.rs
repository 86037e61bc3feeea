//! How a delivery goes on: by what came of a call, and by what the sending service tells later.

use super::{DETAIL, Delivery, DeliveryStatus, LONGEST, PAUSE};
use crate::{identity::is_same_address, text::cut, time::Timestamp};

/// What is told of a message that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is told.
    pub what: Reported,
    /// Of whom; of everybody if that is empty.
    pub recipients: Vec<String>,
    /// Why, in the words of whoever said so.
    pub detail: Option<String>,
    /// The sending service's id of the mail.
    pub mail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What the sending service tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It has the mail.
    Sent,
    /// The recipient's server has it.
    Delivered,
    /// The recipient's server takes it later, perhaps.
    Delayed,
    /// The recipient's server does not take it. Another mail it may take.
    Bounced,
    /// The recipient's server does not take it, nor any other mail to them.
    Refused,
    /// The recipient says that it is spam.
    Complained,
    /// It sends no such mail.
    Rejected,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The service has the mail, under this id.
    Sent(String),
    /// It was not sent, and may be later.
    Later(String),
    /// It can't be sent.
    Failed(String),
    /// There is no need to send it.
    Skipped(String),
}

impl Reported {
    const fn status(self) -> DeliveryStatus {
        match self {
            // A late mail is one that was sent.
            Self::Sent | Self::Delayed => DeliveryStatus::Sent,
            Self::Delivered => DeliveryStatus::Delivered,
            Self::Bounced | Self::Refused => DeliveryStatus::Bounced,
            Self::Complained => DeliveryStatus::Complained,
            Self::Rejected => DeliveryStatus::Failed,
        }
    }
}

impl Delivery {
    /// The delivery as it is after a report; `None` if that says nothing new. Reports come late, twice and in any order.
    pub fn advance(&self, report: &Report) -> Option<Self> {
        let Report { what, recipients, detail, mail, at } = report;
        let mut next = self.clone();
        let is_about = |address: &str| recipients.is_empty() || recipients.iter().any(|other| is_same_address(other, address));
        for recipient in &mut next.recipients {
            // Whatever is told of one of them, the mail as a whole was sent.
            let status = if is_about(&recipient.address) { what.status() } else { DeliveryStatus::Sent };
            let is_late =
                *what == Reported::Delayed && recipient.status == status && recipient.detail.is_none() && detail.is_some();
            if recipient.status.may_become(status) || is_late {
                (recipient.status, recipient.at) = (status, *at);
                recipient.detail = detail.as_deref().filter(|_| is_about(&recipient.address)).map(short);
            }
        }
        if next.mail.is_none() {
            next.mail.clone_from(mail);
        }
        if next == *self {
            return None;
        }
        next.due = next.due.filter(|_| !next.is_settled());
        next.version += 1;
        Some(next)
    }

    /// The delivery as it is after a try; `None` if it is settled, as by a report that came before the answer. `jitter` is a
    /// random number, which keeps those that failed together from being tried together.
    pub fn tried(&self, outcome: &Outcome, now: Timestamp, jitter: u64) -> Option<Self> {
        if self.is_settled() {
            return None;
        }
        let mut next = self.next();
        let is_too_late = now >= self.since.plus_seconds(LONGEST);
        let (status, detail) = match outcome {
            Outcome::Sent(mail) => {
                next.mail = Some(mail.clone());
                (DeliveryStatus::Sent, None)
            }
            Outcome::Later(reason) if !is_too_late => {
                next.timer = now.plus_seconds(self.pause(jitter));
                (DeliveryStatus::Queued, Some(reason))
            }
            Outcome::Later(reason) | Outcome::Failed(reason) => (DeliveryStatus::Failed, Some(reason)),
            Outcome::Skipped(reason) => (DeliveryStatus::Skipped, Some(reason)),
        };
        next.due = None;
        for recipient in next.open() {
            (recipient.status, recipient.detail, recipient.at) = (status, detail.map(|detail| short(detail)), now);
        }
        Some(next)
    }

    /// How many seconds pass until the next try: up to a quarter more than doubling asks for.
    pub(super) fn pause(&self, jitter: u64) -> i64 {
        let doublings = self.tries.saturating_sub(1).min(6);
        let pause = (PAUSE.0 << doublings).min(PAUSE.1);
        pause + i64::try_from(jitter % 1000).unwrap_or_default() * pause / 4000
    }
}

fn short(detail: &str) -> String {
    cut(detail.trim(), DETAIL).to_owned()
}
