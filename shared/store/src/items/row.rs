//! Rows: structs whose fields are the attributes of an item, read and written by serde.
//!
//! A row names each attribute once, by `#[serde(rename)]`. It mirrors a struct of the domain (`#[serde(remote)]`), so the
//! compiler finds a field that the row lacks. What several fields share, such as the key of an index, stays out of the row.

use std::collections::HashMap;

use aws_sdk_dynamodb::types;
use lambdesk_domain::Timestamp;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, Visitor},
    forward_to_deserialize_any,
};
use serde_dynamo::{AttributeValue, Error};
use serde_json::Value;

use crate::{
    error::StoreError,
    transport::item::{Item, Reader},
};

/// Reads the attributes that a row names. An error names the attribute that is wrong.
pub(super) fn read<'de, T: Deserialize<'de>>(item: &'de Item) -> Result<T, StoreError> {
    serde_path_to_error::deserialize(Row(item)).map_err(|error| {
        // The path is empty for an attribute that is missing or null. The message then has its name.
        let path = error.path().to_string();
        Reader(item).corrupt(&if path == "." { error.into_inner().to_string() } else { path })
    })
}

/// The attributes of a row that was serialized.
///
/// # Panics
///
/// If the row has a key or a value that no attribute can hold. Rows are structs of plain values: the test of each item writes
/// all of its attributes.
#[expect(clippy::expect_used, reason = "whether a row can be written depends on its type alone")]
pub(super) fn attributes(row: Result<AttributeValue, Error>) -> Item {
    let attributes = match row.expect("a row of plain values") {
        AttributeValue::M(attributes) => attributes,
        _ => HashMap::new(),
    };
    attributes.into_iter().map(|(name, value)| (name, value.into())).collect()
}

/// An item, of which only the attributes that a struct names are converted.
struct Row<'de>(&'de Item);

impl<'de> Deserializer<'de> for Row<'de> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut named = HashMap::with_capacity(fields.len());
        for field in fields {
            match self.0.get(*field) {
                None => {}
                // Serde would read it as absent, and nothing writes it.
                Some(types::AttributeValue::Null(_)) => return Err(Error::custom(field)),
                Some(value) => drop(named.insert((*field).to_owned(), value.clone().into())),
            }
        }
        let row = serde_dynamo::Deserializer::from_attribute_value(AttributeValue::M(named));
        row.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a row is a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// Whether a flag is off, so that it is not written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_off(flag: &bool) -> bool {
    !*flag
}

/// An optional time, as microseconds since the epoch.
pub(super) mod time {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timestamp};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(in super::super) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::micros).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let micros = Option::<i64>::deserialize(deserializer)?;
        let read = |micros| Timestamp::from_micros(micros).ok_or_else(|| serde::de::Error::custom("no time"));
        micros.map(read).transpose()
    }
}

/// A JSON object, as text.
pub(super) mod object {
    use lambdesk_domain::traits::Object;

    use super::{Deserialize, Deserializer, Serializer, Value};

    pub(in super::super) fn serialize<S: Serializer>(object: &Object, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Value::Object(object.clone()))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
