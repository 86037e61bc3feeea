//! What views and quick actions have in common: members save them under a short id, for themselves or for everyone.

use std::{
    fmt::{self, Write},
    str::FromStr,
};

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{ids::UserId, time::Timestamp};

/// The identity of a saved view or quick action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The id in JSON. Paths use the short one.
    pub id: Uuid,
    /// The id that URLs name it by.
    pub short_id: ShortId,
    /// When it was created.
    pub created_at: Timestamp,
    /// The user who created it.
    pub created_by: UserId,
    /// The number of writes so far. Each write requires the number that it read, so no write is lost.
    pub version: u64,
}

/// Eight letters and digits, unique among the project's views or quick actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortId([u8; 8]);

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl ShortId {
    /// The id for a random number, of which about 48 bits are used.
    pub fn new(mut entropy: u64) -> Self {
        Self(std::array::from_fn(|_| {
            let letter = usize::try_from(entropy % 62).map_or(0, |at| LETTERS[at]);
            entropy /= 62;
            letter
        }))
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| f.write_char(char::from(*letter)))
    }
}

/// The text is not eight letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be eight letters and digits")]
pub struct NotAShortId;

impl FromStr for ShortId {
    type Err = NotAShortId;

    fn from_str(text: &str) -> Result<Self, NotAShortId> {
        let letters = text.as_bytes().try_into().map_err(|_| NotAShortId)?;
        if text.bytes().all(|letter| letter.is_ascii_alphanumeric()) { Ok(Self(letters)) } else { Err(NotAShortId) }
    }
}

impl Serialize for ShortId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_short_id_is_read_as_it_is_written(entropy: u64) {
            let id = ShortId::new(entropy);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn other_text_is_no_short_id() {
        for bad in ["", "abcdefg", "abcdefghi", "abcdef#h", "abcdefé", "äöüß"] {
            assert_eq!(bad.parse::<ShortId>(), Err(NotAShortId), "{bad}");
        }
    }

    #[test]
    fn a_short_id_is_its_letters_in_json() {
        assert_eq!((ShortId::new(0).to_string(), ShortId::new(61 + 62).to_string()), ("00000000".into(), "z1000000".into()));
        assert_eq!(serde_json::json!(ShortId::new(61 + 62)), "z1000000");
    }
}
