//! How a test makes the bus fail.

use std::sync::{Mutex, PoisonError};

use super::Entry;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The entry is refused with this error code, such as `InternalFailure` or `ThrottlingException`.
    RefuseEntry(&'static str),
    /// The whole call fails, and nothing of it is taken.
    FailCall,
    /// All is done, and the caller does not learn it.
    LoseAnswer,
}

type Injector = dyn Fn(&Entry) -> Option<Fault> + Send + Sync;

/// The fault of each entry; none unless a test says otherwise.
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
