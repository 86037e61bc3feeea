//! The faults that a test injects into the bus.

use std::sync::{Mutex, PoisonError};

use super::Entry;

/// A fault of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The entry is refused with this error code, such as `InternalFailure` or `ThrottlingException`.
    RefuseEntry(&'static str),
    /// The whole call fails, and none of its entries is published.
    FailCall,
    /// Every entry is published, but the caller gets an error.
    LoseAnswer,
}

type Injector = dyn Fn(&Entry) -> Option<Fault> + Send + Sync;

/// The injector of faults; none unless a test sets one.
#[derive(Default)]
pub(super) struct Faults(Mutex<Option<Box<Injector>>>);

impl Faults {
    pub(super) fn set(&self, injector: Option<Box<Injector>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = injector;
    }

    pub(super) fn of(&self, entry: &Entry) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|injector| injector(entry))
    }
}
