//! What members save under a short id, for themselves or for everyone: views and quick actions.

use std::{
    fmt::{self, Write},
    str::FromStr,
};

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{ids::UserId, time::Timestamp};

/// What makes something that was saved the one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its id.
    pub id: Uuid,
    /// The id that paths name it by.
    pub short_id: ShortId,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: UserId,
    /// Counts the writes; each requires the number it read.
    pub version: u64,
}

/// Eight letters and digits, unlike any other of their kind in the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortId([u8; 8]);

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl ShortId {
    /// The id of 48 random bits or more.
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

/// The text is no short id.
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
}
