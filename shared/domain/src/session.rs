//! Sessions of agents who signed in with a browser.
//!
//! A session is a credential like a personal API key: it acts as its user, with every scope that the user's access allows in a
//! project. It ends by itself, and it never shows a project's secret without being asked to.

use uuid::Uuid;

use crate::{ids::UserId, project::PersonalKey, scope::Scopes, time::Timestamp};

/// How long a session lasts at most, in seconds.
pub const LONGEST: i64 = 7 * 24 * 3600;
/// How long a session lasts without being used, in seconds.
pub const IDLE: i64 = 12 * 3600;
/// After how many seconds a use is recorded again.
pub const RECORDED_EVERY: i64 = 10 * 60;
/// The most sessions of a user. A further one ends the oldest.
pub const MOST: usize = 50;

/// A session, without its token: only the token's hash is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, by which it is listed and ended.
    pub id: Uuid,
    /// Who signed in.
    pub user: UserId,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When the session was last used, as far as that was recorded: up to [`RECORDED_EVERY`] earlier than it was.
    pub used_at: Timestamp,
}

impl Session {
    /// When the session ends, unless it is used before.
    pub fn expires_at(&self) -> Timestamp {
        self.ends_at().min(self.used_at.plus_seconds(IDLE))
    }

    /// When the session ends, however often it is used.
    pub fn ends_at(&self) -> Timestamp {
        self.created_at.plus_seconds(LONGEST)
    }

    /// Whether the session has ended.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at() <= now
    }

    /// Whether a use at `now` is to be recorded.
    pub fn is_to_be_recorded(&self, now: Timestamp) -> bool {
        self.used_at.plus_seconds(RECORDED_EVERY) <= now
    }

    /// The key that the session is as good as. Its holder is known since the sign-in, so that a session from before its user left
    /// a project does not reach that project again (docs/decisions.md, 67).
    pub fn as_key(&self) -> PersonalKey {
        let Self { id, user, created_at, .. } = *self;
        PersonalKey {
            id,
            user,
            maker: user,
            holders: PersonalKey::first_holders(user, user, created_at),
            label: String::new(),
            scopes: Scopes::all(),
            projects: None,
            created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{project::Rights, scope::Access};

    fn at(second: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(second)
    }

    fn session(created: i64, used: i64) -> Session {
        Session { id: Uuid::nil(), user: UserId(1), created_at: at(created), used_at: at(used) }
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_old() {
        assert!(!session(0, 0).has_ended(at(IDLE - 1)) && session(0, 0).has_ended(at(IDLE)));
        let used = session(0, LONGEST - 10);
        assert!(!used.has_ended(at(LONGEST - 1)) && used.has_ended(at(LONGEST)), "use doesn't prolong it beyond a week");
    }

    #[test]
    fn a_use_is_recorded_every_ten_minutes() {
        assert!(!session(0, 100).is_to_be_recorded(at(100 + RECORDED_EVERY - 1)));
        assert!(session(0, 100).is_to_be_recorded(at(100 + RECORDED_EVERY)));
    }

    #[test]
    fn a_session_does_what_its_user_may_and_has_not_left_since() {
        let key = session(100, 100).as_key();
        let access = |rights| key.access(|_| rights);
        assert_eq!(access(Some(Rights::new(Access::Agent))), Some(Access::Agent));
        assert_eq!(access(None), None);
        let back = |left| Some(Rights { left_before: Some(at(left)), ..Rights::new(Access::Admin) });
        assert_eq!((access(back(99)), access(back(100))), (Some(Access::Admin), None));
    }

    #[test]
    fn a_session_lasts_a_week_or_twelve_idle_hours() {
        assert_eq!((LONGEST, IDLE, RECORDED_EVERY), (604_800, 43_200, 600));
        assert_eq!((session(5, 100).expires_at(), session(5, 100).ends_at()), (at(43_300), at(604_805)));
        assert_eq!(session(5, 600_000).expires_at(), at(604_805));
    }
}
