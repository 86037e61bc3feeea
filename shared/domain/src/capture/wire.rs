//! The bytes of a request become a batch of events. posthog-js sends JSON, gzip in `text/plain`, and where it has no time left a
//! form with base64 in it (docs/capture.md).

use std::{borrow::Cow, fmt, marker::PhantomData};

use base64::{
    Engine,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::capture::{
    gzip::{self, MAGIC, NotUnzipped},
    walls::{RECORDED, UNZIPPED},
};

/// What gzip's magic becomes where something on the way took the body for text.
pub(super) const MANGLED: &[u8] = b"\x1f\xef\xbf\xbd";

/// Base64 in the alphabet of both, with and without `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Something on the way took gzip for text, and nobody can restore it. The SDK is not to blame.
    #[error("was taken for text on its way")]
    Mangled,
    /// It is none of the encodings.
    #[error("can't be read")]
    Broken,
    /// It unfolds to over [`UNZIPPED`] bytes.
    #[error("unfolds to too much")]
    TooLarge,
    /// It is nested deeper than is taken.
    #[error("is nested too deeply")]
    TooDeep,
}

impl From<NotUnzipped> for Unreadable {
    fn from(error: NotUnzipped) -> Self {
        match error {
            NotUnzipped::Broken => Self::Broken,
            NotUnzipped::TooLarge => Self::TooLarge,
        }
    }
}

/// The JSON in a body, whichever way it was encoded.
pub fn json_of(body: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Err(Unreadable::Broken);
    }
    if body.starts_with(MANGLED) {
        return Err(Unreadable::Mangled);
    }
    if body.starts_with(&MAGIC) || is_json(body) {
        return unfolded(Cow::Borrowed(body));
    }
    let form = form_urlencoded::parse(body).find(|(name, _)| name == "data").map(|(_, value)| value);
    // A form turns `+` into a space, and an SDK that forgot to encode it has sent it as it is.
    let data = form.map_or_else(|| Cow::Borrowed(body), |data| Cow::Owned(data.replace(' ', "+").into_bytes()));
    if is_json(&data) {
        let plain = form_urlencoded::parse(body).find(|(name, _)| name == "data").map(|(_, value)| value.into_owned());
        return plain.map(Cow::Owned).ok_or(Unreadable::Broken);
    }
    let data: Vec<u8> = data
        .iter()
        .map(|byte| {
            if *byte == b'-' {
                b'+'
            } else if *byte == b'_' {
                b'/'
            } else {
                *byte
            }
        })
        .collect();
    unfolded(Cow::Owned(BASE64.decode(data).map_err(|_| Unreadable::Broken)?))
}

fn is_json(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| b"{[".contains(first))
}

/// The text of bytes that may be zipped.
fn unfolded(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Unreadable> {
    let bytes = if bytes.starts_with(&MAGIC) { Cow::Owned(gzip::unzip(&bytes, UNZIPPED)?) } else { bytes };
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Unreadable::Broken),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Unreadable::Broken),
    }
}

/// Refuses JSON that is nested deeper than `deepest`.
pub fn check_depth(json: &str, deepest: u32) -> Result<(), Unreadable> {
    let (mut depth, mut in_text, mut escaped) = (0_u32, false, false);
    for byte in json.bytes() {
        if in_text {
            (in_text, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > deepest {
                    return Err(Unreadable::TooDeep);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The events of a request, which are not read yet.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// The project's public token, if the request as a whole names it.
    pub token: Option<Cow<'a, str>>,
    /// When the browser sent the request, by the browser's clock.
    pub sent_at: Option<Cow<'a, str>>,
    /// The first events, up to a bound.
    pub events: First<'a>,
}

/// The first elements of an array, up to [`RECORDED`], and how many more there are.
#[derive(Debug, Default)]
pub struct First<'a> {
    /// The elements as they were sent.
    pub all: Vec<&'a RawValue>,
    /// How many more there were.
    pub left_out: usize,
}

impl<'a> First<'a> {
    /// The same without the elements behind the first `most`.
    #[must_use]
    pub fn up_to(mut self, most: usize) -> Self {
        self.left_out += self.all.len().saturating_sub(most);
        self.all.truncate(most);
        self
    }

    /// The elements of a value, which is the only one if it is no array.
    pub fn of(value: &'a RawValue) -> Option<Self> {
        if value.get().starts_with('[') {
            return serde_json::from_str(value.get()).ok();
        }
        Some(Self { all: vec![value], left_out: 0 })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

struct Elements<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for Elements<'a> {
    type Value = First<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<First<'a>, A::Error> {
        let mut first = First::default();
        while first.all.len() < RECORDED {
            let Some(element) = array.next_element()? else { return Ok(first) };
            first.all.push(element);
        }
        while array.next_element::<IgnoredAny>()?.is_some() {
            first.left_out += 1;
        }
        Ok(first)
    }
}

/// A batch, or one event that stands alone.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    api_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    sent_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    batch: Option<First<'a>>,
}

impl<'a> Batch<'a> {
    /// Reads an array of events, an object with such an array as `batch`, or one event.
    pub fn parse(json: &'a str) -> Result<Self, Unreadable> {
        let broken = |_| Unreadable::Broken;
        if json.trim_start().starts_with('[') {
            return Ok(Self { events: serde_json::from_str(json).map_err(broken)?, ..Self::default() });
        }
        let Envelope { api_key, token, sent_at, batch } = serde_json::from_str(json).map_err(broken)?;
        let events = match batch {
            Some(events) => events,
            None => First { all: vec![serde_json::from_str(json).map_err(broken)?], left_out: 0 },
        };
        Ok(Self { token: api_key.or(token), sent_at, events })
    }
}

#[cfg(test)]
mod tests;
