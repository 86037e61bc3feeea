//! Rate limits in the memory of a warm function. They are free, exact where one process serves every request, and approximate
//! where many processes do.
//!
//! Some calls are also counted in the table. [`Limits::observe`] copies those counts here, so that a process that has learnt of
//! a full window refuses without reading the table again.
//!
//! Memory is bounded: beyond [`MOST`] windows of a kind, the least recently used one is forgotten. Each kind has a memory of
//! its own. So a caller who makes up sessions by the hundred thousand makes the desk forget sessions, and never how often an
//! address or a customer has called.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use lambdesk_domain::{
    Timestamp,
    ids::Fingerprint,
    limit::{Calls, Limit},
};
use lambdesk_runtime::crypto::fingerprint;

/// The most windows of a kind. One takes about a hundred bytes, however long its caller's name is.
const MOST: usize = 100_000;

/// Whose calls a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// Calls of a browser, which names itself by a random id of its own.
    Session,
    /// Calls of a customer who has proven who they are.
    Identity,
    /// Calls from an address.
    Address,
    /// Calls to a project, whoever makes them.
    Project,
    /// Calls with a link that the desk made.
    Link,
}

/// All windows of a process.
pub struct Limits {
    sessions: Mutex<Windows>,
    identities: Mutex<Windows>,
    addresses: Mutex<Windows>,
    projects: Mutex<Windows>,
    links: Mutex<Windows>,
}

type Windows = LruCache<[u8; 16], Window>;

#[derive(Default)]
struct Window {
    bucket: i64,
    counts: Calls,
}

impl Window {
    fn at(&mut self, bucket: i64) -> &mut Calls {
        if self.bucket != bucket {
            let before = if self.bucket == bucket - 1 { self.counts.present } else { 0 };
            self.counts = Calls { present: 0, before };
            self.bucket = bucket;
        }
        &mut self.counts
    }
}

impl Default for Limits {
    fn default() -> Self {
        let windows = || Mutex::new(LruCache::new(MOST));
        Self { sessions: windows(), identities: windows(), addresses: windows(), projects: windows(), links: windows() }
    }
}

impl Limits {
    fn windows(&self, kind: CallerKind) -> MutexGuard<'_, Windows> {
        let windows = match kind {
            CallerKind::Session => &self.sessions,
            CallerKind::Identity => &self.identities,
            CallerKind::Address => &self.addresses,
            CallerKind::Project => &self.projects,
            CallerKind::Link => &self.links,
        };
        windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, kind: CallerKind, who: &str, limit: Limit, now: Timestamp, work: impl FnOnce(&mut Calls) -> T) -> T {
        let Fingerprint(key) = fingerprint(&[who.as_bytes(), &limit.seconds.to_be_bytes()]);
        let mut windows = self.windows(kind);
        if let Some(window) = windows.get_mut(&key) {
            return work(window.at(limit.bucket(now)));
        }
        let mut window = Window::default();
        let done = work(window.at(limit.bucket(now)));
        windows.insert(key, window);
        done
    }

    /// Counts a call of `who`, or fails with the seconds to wait. A refused call is not counted.
    pub fn admit(&self, kind: CallerKind, who: &str, limit: Limit, now: Timestamp) -> Result<(), u32> {
        self.with(kind, who, limit, now, |counts| {
            limit.admit(*counts, now)?;
            counts.present = counts.present.saturating_add(1);
            Ok(())
        })
    }

    /// Counts a call of `who` in any case. Beyond the limit, it fails with the seconds until another one would fit.
    pub fn tally(&self, kind: CallerKind, who: &str, limit: Limit, now: Timestamp) -> Result<(), u32> {
        self.with(kind, who, limit, now, |counts| {
            counts.present = counts.present.saturating_add(1);
            limit.admit_counted(*counts, now)
        })
    }

    /// Whether another call of `who` would be within the limit; fails with the seconds to wait. Nothing is counted.
    pub fn room(&self, kind: CallerKind, who: &str, limit: Limit, now: Timestamp) -> Result<(), u32> {
        self.with(kind, who, limit, now, |counts| limit.admit(*counts, now))
    }

    /// Raises the counts to those that were counted elsewhere, where those are higher.
    pub fn observe(&self, kind: CallerKind, who: &str, limit: Limit, now: Timestamp, elsewhere: Calls) {
        self.with(kind, who, limit, now, |counts| {
            counts.present = counts.present.max(elsewhere.present);
            counts.before = counts.before.max(elsewhere.before);
        });
    }
}

/// A set of names. It holds at most [`MOST`]; beyond, the least recently used one is forgotten.
pub struct Known(Mutex<LruCache<[u8; 16], ()>>);

impl Default for Known {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Known {
    fn names(&self) -> MutexGuard<'_, LruCache<[u8; 16], ()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a name, and forgets the one that was unused for longest if there are too many.
    pub fn remember(&self, name: &str) {
        self.names().insert(fingerprint(&[name.as_bytes()]).0, ());
    }

    /// Whether a name is remembered. Asking counts as a use.
    pub fn has(&self, name: &str) -> bool {
        self.names().get(&fingerprint(&[name.as_bytes()]).0).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn counts_callers_apart_and_lets_them_in_again() {
        let (limits, limit) = (Limits::default(), Limit::per_minute(2));
        let admit = |who, now| limits.admit(CallerKind::Session, who, limit, at(now));
        assert!(admit("a", 600).is_ok() && admit("a", 601).is_ok());
        let wait = admit("a", 602).unwrap_err();
        assert!(admit("b", 602).is_ok());
        assert!(limits.admit(CallerKind::Identity, "a", limit, at(602)).is_ok(), "another kind");
        assert!(admit("a", 602 + i64::from(wait)).is_ok());
    }

    #[test]
    fn learns_of_calls_elsewhere() {
        let (limits, limit) = (Limits::default(), Limit::per_minute(30));
        limits.observe(CallerKind::Project, "a", limit, at(600), Calls { present: 30, before: 0 });
        assert!(limits.admit(CallerKind::Project, "a", limit, at(601)).is_err());
    }

    #[test]
    fn a_tally_goes_on_beyond_the_limit() {
        let (limits, limit) = (Limits::default(), Limit::per_hour(3));
        let tally = |now| limits.tally(CallerKind::Project, "a", limit, at(now));
        let tallied: Vec<_> = (0..6).map(|_| tally(7200)).collect();
        let within: Vec<_> = tallied.iter().map(Result::is_ok).collect();
        assert_eq!(within, [true, true, true, false, false, false]);
        let present = limits.with(CallerKind::Project, "a", limit, at(7200), |counts| counts.present);
        assert_eq!(present, 6);
        let wait = tallied[5].unwrap_err();
        assert!(tally(7200 + i64::from(wait)).is_ok(), "whoever waits as told is let in");
    }

    #[test]
    fn fresh_sessions_make_nothing_be_forgotten_but_the_oldest_sessions() {
        let (limits, hour, now) = (Limits::default(), Limit::per_hour(2), at(7200));
        for kind in [CallerKind::Session, CallerKind::Identity, CallerKind::Address, CallerKind::Project, CallerKind::Link] {
            for who in ["old", "used"] {
                while limits.admit(kind, who, hour, now).is_ok() {}
            }
        }
        for fresh in 0..MOST {
            limits.admit(CallerKind::Session, &fresh.to_string(), hour, now).unwrap();
            if fresh % 1000 == 0 {
                assert!(limits.admit(CallerKind::Session, "used", hour, now).is_err());
            }
        }
        assert_eq!(limits.windows(CallerKind::Session).len(), MOST, "memory is bounded");
        for kind in [CallerKind::Identity, CallerKind::Address, CallerKind::Project, CallerKind::Link] {
            assert!(limits.admit(kind, "old", hour, now).is_err(), "{kind:?}");
        }
        assert!(limits.admit(CallerKind::Session, "used", hour, now).is_err(), "whoever calls is remembered");
        assert!(limits.admit(CallerKind::Session, &(MOST - 1).to_string(), hour, now).is_ok());
        assert!(limits.admit(CallerKind::Session, &(MOST - 1).to_string(), hour, now).is_err(), "the last ones too");
        assert!(limits.admit(CallerKind::Session, "old", hour, now).is_ok(), "who has not called for the longest is forgotten");
    }

    #[test]
    fn names_are_known_until_many_newer_ones_came() {
        let known = Known::default();
        known.remember("a");
        assert!(known.has("a") && !known.has("b"));
        for n in 0..MOST {
            known.remember(&n.to_string());
        }
        assert!(!known.has("a") && known.has("0") && known.names().len() == MOST);
    }
}
