//! Places within a JSON document, and refusals that name them.

use std::fmt;

use serde_json::Value;

use crate::{
    text::{cut, fits},
    traits::Object,
};

/// Why a document is refused, and at which place (docs/decisions.md, 43).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Invalid {
    /// The place, such as `steps[1].branches[0].when.operator`.
    pub place: String,
    /// The reason, in words for the caller.
    pub reason: String,
}

/// How many characters of a key a place repeats: an unknown key is the caller's text and may be of any length.
const KEY_SHOWN: usize = 100;

/// A place within a document, built from one of its keys downwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place(String);

impl Place {
    /// A key of the document itself.
    pub(crate) fn root(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// The value of `key` in the object at this place.
    pub(crate) fn key(&self, key: &str) -> Self {
        Self(format!("{}.{}", self.0, cut(key, KEY_SHOWN)))
    }

    /// A member of the list at this place.
    pub(crate) fn at(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// An error at this place.
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Invalid {
        Invalid { place: self.0.clone(), reason: reason.into() }
    }

    /// Reads the object at this place. Keys other than `allowed` are refused: a workflow step with a misspelt key would
    /// otherwise silently do less than its author wanted.
    pub(crate) fn object<'a>(&self, value: &'a Value, allowed: &[&str]) -> Result<&'a Object, Invalid> {
        let object = value.as_object().ok_or_else(|| self.refuse("Must be an object."))?;
        match object.keys().find(|key| !allowed.contains(&key.as_str())) {
            Some(unknown) => Err(self.key(unknown).refuse("Unknown key.")),
            None => Ok(object),
        }
    }

    /// Reads the list at this place, of at most `most` members.
    pub(crate) fn list<'a>(&self, value: &'a Value, most: usize) -> Result<&'a [Value], Invalid> {
        let list = value.as_array().ok_or_else(|| self.refuse("Must be a list."))?;
        if list.len() > most { Err(self.refuse(format!("Can have at most {most} members."))) } else { Ok(list) }
    }

    /// Reads the list at this place, which can't be empty.
    pub(crate) fn some<'a>(&self, value: &'a Value, most: usize) -> Result<&'a [Value], Invalid> {
        let list = self.list(value, most)?;
        if list.is_empty() { Err(self.refuse("Can't be empty.")) } else { Ok(list) }
    }

    /// Reads the text at this place, of at most `most` characters.
    pub(crate) fn text<'a>(&self, value: &'a Value, most: usize) -> Result<&'a str, Invalid> {
        let text = value.as_str().ok_or_else(|| self.refuse("Must be text."))?;
        if fits(text, most) { Ok(text) } else { Err(self.refuse(format!("Can have at most {most} characters."))) }
    }

    /// The value of `key` and its place; an error if the key is missing.
    pub(crate) fn required<'a>(&self, object: &'a Object, key: &str) -> Result<(&'a Value, Self), Invalid> {
        let place = self.key(key);
        match object.get(key) {
            Some(value) => Ok((value, place)),
            None => Err(place.refuse("Is required.")),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
