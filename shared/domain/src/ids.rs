//! Identifiers. Each is a type of its own, so that one can't be passed in place of another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = <$inner as FromStr>::Err;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

identifier! {
    /// A project: one team's desk. No request reaches from one project into another.
    ProjectId(u32)
}
identifier! {
    /// A person of the team. One user may be a member of several projects.
    UserId(u32)
}
identifier! {
    /// A group of a project's members that tickets can be assigned to.
    RoleId(Uuid)
}
identifier! {
    /// A ticket: a version 7 UUID, so that ids sort by creation.
    TicketId(Uuid)
}
identifier! {
    /// A message or private note; see [`MessageId::new`].
    MessageId(Uuid)
}
identifier! {
    /// A workflow: a version 7 UUID, so that ids sort by creation. Workflows run in that order.
    WorkflowId(Uuid)
}

/// The number that people call a ticket by: counted within a project, from 1, and never used again.
pub type TicketNumber = u64;

/// A short digest that identifies a retry. It is computed outside of the domain and only compared here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 16]);

/// A version 7 UUID that carries `at` to the microsecond: milliseconds in the time field, the rest in the twelve bits after the
/// version, as RFC 9562 section 6.2 (method 3) allows. Lists trust the time in an id, so the caller gives it: the desk's time,
/// or that of an imported ticket, and never the machine's own.
pub fn timed(at: Timestamp, entropy: u64) -> Uuid {
    let micros = at.micros().unsigned_abs();
    let (millis, rest) = (micros / 1000, micros % 1000);
    let high = (millis << 16) | 0x7000 | rest;
    let low = (entropy & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
    Uuid::from_u64_pair(high, low)
}

impl TicketId {
    /// The id of a ticket that is created at this time. Lists in the order of creation read the time from it.
    pub fn new(created_at: Timestamp, entropy: u64) -> Self {
        Self(timed(created_at, entropy))
    }
}

impl MessageId {
    /// The id of a message that is written at this time ([`timed`]). The store finds a message by its time, so an id is all it
    /// takes to address one.
    pub fn new(created_at: Timestamp, entropy: u64) -> Self {
        Self(timed(created_at, entropy))
    }

    /// The `created_at` that this id was made from; `None` for an id that [`MessageId::new`] did not make.
    pub fn created_at(self) -> Option<Timestamp> {
        let (high, _) = self.0.as_u64_pair();
        let (millis, rest) = (high >> 16, high & 0x0FFF);
        if self.0.get_version_num() != 7 || rest > 999 {
            return None;
        }
        Timestamp::from_micros(i64::try_from(millis * 1000 + rest).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_message_id_tells_its_time_and_sorts_by_it(a in 0..4_000_000_000_000_000_i64, b in 0..4_000_000_000_000_000_i64, entropy: u64) {
            let (a, b) = (Timestamp::from_micros(a).unwrap(), Timestamp::from_micros(b).unwrap());
            let (first, second) = (MessageId::new(a, entropy), MessageId::new(b, !entropy));
            prop_assert_eq!(first.created_at(), Some(a));
            prop_assert_eq!(first.0.get_version_num(), 7);
            if a != b {
                prop_assert_eq!(a.cmp(&b), first.cmp(&second));
            }
        }
    }

    #[test]
    fn an_id_is_a_version_7_uuid_of_its_time_to_the_microsecond() {
        let at = Timestamp::from_micros(1_234_567).unwrap();
        assert_eq!(TicketId::new(at, 5).to_string(), "00000000-04d2-7237-8000-000000000005");
        assert_eq!(MessageId::new(at, u64::MAX).to_string(), "00000000-04d2-7237-bfff-ffffffffffff");
    }

    #[test]
    fn an_id_that_was_made_of_no_time_tells_none() {
        let told = |id: &str| id.parse::<MessageId>().unwrap().created_at().map(Timestamp::micros);
        assert_eq!(told("00000000-0001-73e7-8000-000000000000"), Some(1_999));
        assert_eq!(told("00000000-0001-73e8-8000-000000000000"), None, "a millisecond has no thousandth more");
        assert_eq!(told("00000000-0001-43e7-8000-000000000000"), None, "another version");
        assert_eq!(told("ffffffff-ffff-7000-8000-000000000000"), None, "after the year 9999");
    }
}
