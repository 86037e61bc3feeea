//! A source map's JSON as it was sent, without what nobody needs: the sources' texts are passed over and never held.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use serde_json::value::RawValue;

use crate::capture::walls;

/// What is read of a map.
#[derive(Deserialize)]
pub(super) struct Sent<'a> {
    pub(super) version: Option<u32>,
    #[serde(borrow)]
    pub(super) mappings: Option<Text<'a>>,
    #[serde(borrow, rename = "sourceRoot")]
    pub(super) root: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) sources: Option<Few<Option<Text<'a>>, { walls::MAP_SOURCES }>>,
    #[serde(borrow)]
    pub(super) names: Option<Few<Text<'a>, { walls::MAP_NAMES }>>,
    #[serde(borrow)]
    pub(super) sections: Option<Few<Section<'a>, { walls::MAP_SECTIONS }>>,
}

/// A map for a stretch of the script.
#[derive(Deserialize)]
pub(super) struct Section<'a> {
    pub(super) offset: Offset,
    /// It is read when its turn comes, so that never more than one is held.
    #[serde(borrow)]
    pub(super) map: Option<&'a RawValue>,
}

/// Where a section begins, from 0.
#[derive(Deserialize)]
pub(super) struct Offset {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A text, which lies where the JSON lies unless it has escapes.
#[derive(Deserialize, Clone)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A list with at most `MOST` elements. A longer one is refused before it is held.
pub(super) struct Few<T, const MOST: usize>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements::<T, MOST>(PhantomData))
    }
}

struct Elements<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Elements<T, MOST> {
    type Value = Few<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Few<T, MOST>, A::Error> {
        let mut all = Vec::new();
        while let Some(element) = array.next_element()? {
            if all.len() == MOST {
                return Err(A::Error::custom(format_args!("over {MOST} elements in a list")));
            }
            all.push(element);
        }
        Ok(Few(all))
    }
}

/// What is kept of a map, or of a section of it: what the mappings need.
#[derive(Serialize)]
pub(super) struct Plain<'a> {
    version: u32,
    sources: Vec<&'a str>,
    names: Vec<&'a str>,
    mappings: &'a str,
    #[serde(rename = "sourceRoot", skip_serializing_if = "Option::is_none")]
    root: Option<&'a str>,
}

impl<'a> Plain<'a> {
    /// `None` if the map has no mappings.
    pub(super) fn of(sent: &'a Sent<'_>) -> Option<Self> {
        let source = |source: &'a Option<Text<'_>>| source.as_ref().map_or("", |source| source.0.as_ref());
        Some(Self {
            version: 3,
            sources: sent.sources.iter().flat_map(|sources| sources.0.iter().map(source)).collect(),
            names: sent.names.iter().flat_map(|names| names.0.iter().map(|name| name.0.as_ref())).collect(),
            mappings: sent.mappings.as_ref()?.0.as_ref(),
            root: sent.root.as_ref().map(|root| root.0.as_ref()),
        })
    }
}
