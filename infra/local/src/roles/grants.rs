//! What the roles allow, and what the functions used of it.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
};

/// A call that a function may make, on one index or on the partition keys of one pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The function's name in the template.
    pub function: String,
    /// The call of DynamoDB, such as `GetItem`.
    pub call: String,
    /// The index, or the pattern of partition keys.
    pub on: String,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, call, on } = self;
        write!(f, "{function} {call} {on}")
    }
}

/// The grants of all roles, and those of them that a call has needed.
#[derive(Debug, Default)]
pub struct Grants {
    all: BTreeSet<Grant>,
    used: Mutex<BTreeSet<Grant>>,
}

impl Grants {
    pub(super) fn new(all: BTreeSet<Grant>) -> Self {
        Self { all, used: Mutex::default() }
    }

    pub(super) fn note(&self, grants: impl Iterator<Item = Grant>) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).extend(grants);
    }

    /// Every grant of the template.
    pub fn all(&self) -> &BTreeSet<Grant> {
        &self.all
    }

    /// The grants that calls have needed since the desk started.
    pub fn used(&self) -> BTreeSet<Grant> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
