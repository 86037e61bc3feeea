//! The id of a browser session, as posthog-js makes it. It is part of keys, so it has no `#`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most characters of a session's or a window's id.
const LONGEST: usize = 64;

/// The id of a browser session: 1 to 64 letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

/// The text is no id of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no id of a browser session")]
pub struct NoSessionId;

/// Whether a text is an id of a session or of a window.
pub fn is_id(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl SessionId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = NoSessionId;

    fn from_str(text: &str) -> Result<Self, NoSessionId> {
        if is_id(text) { Ok(Self(text.to_owned())) } else { Err(NoSessionId) }
    }
}

impl TryFrom<String> for SessionId {
    type Error = NoSessionId;

    fn try_from(text: String) -> Result<Self, NoSessionId> {
        if is_id(&text) { Ok(Self(text)) } else { Err(NoSessionId) }
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_reaches_another_key() {
        for id in ["019ac1f0-7c3e-7b7a-9f5f-0d2f6a5e1c11", "s1", "A-b-9", &"x".repeat(64)] {
            let parsed: SessionId = id.parse().unwrap();
            assert_eq!((parsed.as_str(), parsed.to_string().as_str()), (id, id));
        }
        for wrong in ["", "a#b", "a b", "~", "é", "a_b", "../x", &"x".repeat(65)] {
            assert!(wrong.parse::<SessionId>().is_err(), "{wrong}");
        }
    }
}
