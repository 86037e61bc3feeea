//! Keys of users, and of what opens the desk to them.

use lambdesk_domain::{ProjectId, UserId, folding::for_conditions};
use lambdesk_runtime::crypto::digest_of;

use super::Key;

pub(crate) fn credential(hash: &str) -> Key {
    Key::alone(format!("K#{hash}"))
}

/// When a session was last used. Functions that only serve agents write it, and none of these may write a credential.
pub(crate) fn session_use(hash: &str) -> Key {
    Key::alone(format!("S#{hash}"))
}

/// A sign-in that was begun.
pub(crate) fn attempt(hash: &str) -> Key {
    Key::alone(format!("A#{hash}"))
}

/// Whose a subject of an identity provider is.
pub(crate) fn identity(issuer: &str, subject: &str) -> Key {
    Key::alone(format!("O#{}", hex::encode(digest_of(&[issuer.as_bytes(), subject.as_bytes()]))))
}

/// First sort key of a user's memberships.
pub(crate) const MEMBERSHIPS: &str = "P#";
/// First sort key of the personal keys a user has or made.
pub(crate) const PERSONAL_KEYS: &str = "KEY#";

/// First sort key of a user's sessions.
pub(crate) const SESSIONS: &str = "SESSION#";

fn user_partition(user: UserId) -> String {
    format!("U#{user}")
}

pub(crate) fn user(user: UserId) -> Key {
    Key::alone(user_partition(user))
}

pub(crate) fn membership(user: UserId, project: ProjectId) -> Key {
    Key::new(user_partition(user), format!("{MEMBERSHIPS}{project}"))
}

pub(crate) fn personal_key(user: UserId, id: uuid::Uuid) -> Key {
    Key::new(user_partition(user), format!("{PERSONAL_KEYS}{id}"))
}

pub(crate) fn session(user: UserId, id: uuid::Uuid) -> Key {
    Key::new(user_partition(user), format!("{SESSIONS}{id}"))
}

/// The subject that a user is bound to.
pub(crate) fn subject(user: UserId) -> Key {
    Key::new(user_partition(user), "IDENTITY")
}

pub(crate) fn preferences(user: UserId) -> Key {
    Key::new(user_partition(user), "PREFERENCES")
}

pub(crate) fn email(address: &str) -> Key {
    Key::alone(format!("E#{}", for_conditions(address)))
}
