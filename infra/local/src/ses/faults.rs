//! The faults that a test injects into the sending service.

use std::sync::{Mutex, PoisonError};

use super::Outgoing;

/// A fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Too many calls: nothing is sent.
    Throttle,
    /// The service is away: nothing is sent.
    Unavailable,
    /// The mail is refused for good.
    Reject,
    /// The mail is sent and told of, and the connection ends without an answer.
    LoseAnswer,
    /// The mail is sent. Neither an answer nor an event comes.
    LoseAll,
    /// The mail is sent and answered, and no event comes.
    LoseEvents,
}

type Injector = dyn Fn(&Outgoing) -> Option<Fault> + Send + Sync;

/// The injector of faults; none unless a test sets one.
#[derive(Default)]
pub(super) struct Faults(Mutex<Option<Box<Injector>>>);

impl Faults {
    pub(super) fn set(&self, injector: Option<Box<Injector>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = injector;
    }

    pub(super) fn of(&self, mail: &Outgoing) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|injector| injector(mail))
    }
}
