//! Values as attributes, where the table has another form than the value's own JSON: modules for `#[serde(with)]`, and functions
//! for `#[serde(skip_serializing_if)]`.

use lambdesk_domain::tags::Tags;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// Whether a flag is off, so that it is not written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(in crate::items) const fn is_off(flag: &bool) -> bool {
    !*flag
}

/// Whether a number is zero, so that it is not written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(in crate::items) const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Tags, as they are stored: a list of texts.
pub(in crate::items) fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tags, D::Error> {
    Vec::<String>::deserialize(deserializer).map(Tags::from_stored)
}

/// A time, as microseconds since the epoch.
pub(in crate::items) mod time {
    use lambdesk_domain::Timestamp;

    use super::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(in crate::items) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        at.micros().serialize(serializer)
    }

    pub(in crate::items) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_micros(i64::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no time"))
    }
}

/// An optional time, as [`time`].
pub(in crate::items) mod opt_time {
    use lambdesk_domain::Timestamp;

    use super::{Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(in crate::items) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::micros).serialize(serializer)
    }

    pub(in crate::items) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        super::time::deserialize(deserializer).map(Some)
    }
}

/// An optional value by its text form.
pub(in crate::items) mod opt_text {
    use std::{fmt::Display, str::FromStr};

    use super::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(in crate::items) fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(serializer)
    }

    pub(in crate::items) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        String::deserialize(deserializer)?.parse().map(Some).map_err(|_| D::Error::custom("another form"))
    }
}

/// A list of values by their text form.
pub(in crate::items) mod texts {
    use std::{fmt::Display, str::FromStr};

    use super::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::items) fn serialize<'a, C, T, S>(list: &'a C, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a C: IntoIterator<Item = &'a T>,
        T: Display + 'a,
        S: Serializer,
    {
        serializer.collect_seq(list.into_iter().map(ToString::to_string))
    }

    pub(in crate::items) fn deserialize<'de, C, D>(deserializer: D) -> Result<C, D::Error>
    where
        C: IntoIterator<Item: FromStr> + FromIterator<C::Item>,
        D: Deserializer<'de>,
    {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(|_| D::Error::custom("another form"))).collect()
    }
}

/// A value as JSON in a text.
pub(in crate::items) mod json {
    use serde::de::DeserializeOwned;

    use super::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

    pub(in crate::items) fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
    }

    pub(in crate::items) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// An optional value as JSON in a text.
pub(in crate::items) mod opt_json {
    use serde::de::DeserializeOwned;

    use super::{Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(in crate::items) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        super::json::serialize(value, serializer)
    }

    pub(in crate::items) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        super::json::deserialize(deserializer).map(Some)
    }
}

/// Values that a key of the item tells.
pub(in crate::items) mod key {
    use std::str::FromStr;

    use lambdesk_domain::Timestamp;

    use super::{Deserialize, Deserializer, de::Error};

    /// What the last part of a key says in its text form.
    pub(in crate::items) fn last<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let key = String::deserialize(deserializer)?;
        let last = key.rsplit('#').next().and_then(|part| part.parse().ok());
        last.ok_or_else(|| D::Error::custom("another key"))
    }

    /// The time in a key: the first part that is a number.
    pub(in crate::items) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let key = String::deserialize(deserializer)?;
        let micros = key.split('#').find_map(|part| part.parse().ok());
        micros.and_then(Timestamp::from_micros).ok_or_else(|| D::Error::custom("another key"))
    }
}
