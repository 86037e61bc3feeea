//! What is billed of something, and what that comes to.

use super::prices;

/// Bytes of a GB.
pub(super) const GB: f64 = 1e9;

/// How much of everything that is billed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amounts {
    pub(super) reads: f64,
    pub(super) writes: f64,
    pub(super) requests: f64,
    pub(super) invocations: f64,
    pub(super) gb_seconds: f64,
    pub(super) events: f64,
    pub(super) event_bytes: f64,
    pub(super) queue: f64,
    pub(super) log_bytes: f64,
    pub(super) sent_bytes: f64,
    pub(super) mails: f64,
    pub(super) objects: f64,
}

impl Amounts {
    pub(super) fn times(self, number: f64) -> Self {
        Self::default().with(self, number)
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.with(other, 1.0)
    }

    fn with(self, other: Self, number: f64) -> Self {
        Self {
            reads: self.reads + other.reads * number,
            writes: self.writes + other.writes * number,
            requests: self.requests + other.requests * number,
            invocations: self.invocations + other.invocations * number,
            gb_seconds: self.gb_seconds + other.gb_seconds * number,
            events: self.events + other.events * number,
            event_bytes: self.event_bytes + other.event_bytes * number,
            queue: self.queue + other.queue * number,
            log_bytes: self.log_bytes + other.log_bytes * number,
            sent_bytes: self.sent_bytes + other.sent_bytes * number,
            mails: self.mails + other.mails * number,
            objects: self.objects + other.objects * number,
        }
    }

    /// Of the table alone.
    pub(super) fn table(&self) -> f64 {
        prices::READ.of(self.reads) + prices::WRITE.of(self.writes)
    }

    /// Of API Gateway and Lambda, with their logs.
    pub(super) fn calls(&self) -> f64 {
        prices::REQUEST.of(self.requests)
            + prices::INVOCATION.of(self.invocations)
            + prices::TIME.of(self.gb_seconds)
            + prices::LOG.of(self.log_bytes / GB)
    }

    /// Of what carries events and mails.
    pub(super) fn carried(&self) -> f64 {
        prices::EVENT.of(self.events)
            + prices::ARCHIVED.of(self.event_bytes / GB)
            + prices::QUEUE.of(self.queue)
            + prices::MAIL.of(self.mails)
            + prices::OBJECT.of(self.objects)
    }

    /// Of answers that leave AWS.
    pub(super) fn sent(&self) -> f64 {
        prices::SENT.of(self.sent_bytes / GB)
    }

    pub(super) fn dollars(&self) -> f64 {
        self.table() + self.calls() + self.carried() + self.sent()
    }
}
