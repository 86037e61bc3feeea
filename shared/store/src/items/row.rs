//! Rows: structs whose fields are the attributes of an item, read and written by serde.
//!
//! A row names each attribute once, by `#[serde(rename)]`. It mirrors a struct of the domain (`#[serde(remote)]`), so the
//! compiler finds a field that the row lacks. Three kinds of fields are more than an attribute with its value:
//!
//! - A part: a field that takes several attributes. Its name begins with `*`, and a row of its own names its attributes, which
//!   lie among those of the item.
//! - A key, `PK` or `SK`: only read, since [`Writer`] writes the keys.
//! - A field that depends on other fields, such as a deadline that is stored by its status: the row skips it, and the functions
//!   `write` and `read` of the item add it.

pub(super) mod values;

use std::slice;

use aws_sdk_dynamodb::types;
use serde::{
    Deserializer,
    de::{self, DeserializeSeed, MapAccess, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};
use serde_dynamo::{AttributeValue, Error, Serializer};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys::Key,
    },
};

/// The first letter of a part's name.
const PART: char = '*';

/// An item that begins with the attributes of a row.
pub(super) fn write<T>(key: &Key, value: &T, row: impl FnOnce(&T, Serializer) -> Result<AttributeValue, Error>) -> Writer {
    Writer::new(key).attributes(attributes(value, row))
}

/// The attributes of a row and of its parts.
///
/// # Panics
///
/// If the row has a key or a value that no attribute can hold. Rows are structs of plain values: the test of each item writes
/// all of its attributes.
#[expect(clippy::expect_used, reason = "whether a row can be written depends on its type alone")]
pub(super) fn attributes<T>(value: &T, row: impl FnOnce(&T, Serializer) -> Result<AttributeValue, Error>) -> Item {
    let mut attributes = Item::new();
    collect(row(value, Serializer).expect("a row of plain values"), &mut attributes);
    attributes
}

/// Adds the attributes of a row and of its parts to an item.
fn collect(row: AttributeValue, item: &mut Item) {
    let AttributeValue::M(fields) = row else { return };
    for (name, value) in fields {
        if name.starts_with(PART) {
            collect(value, item);
        } else {
            item.insert(name, value.into());
        }
    }
}

/// Reads the attributes that a row names. An error names the attribute that is wrong or missing.
pub(super) fn read<'de, T>(item: &'de Item, row: impl FnOnce(Row<'de>) -> Result<T, Fault>) -> Result<T, StoreError> {
    row(Row(item)).map_err(|Fault(attribute)| Reader(item).corrupt(&attribute))
}

/// The name of the attribute that is wrong. A part that refuses what its attributes say together gives the name as its message.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Fault(String);

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(attribute: T) -> Self {
        Self(attribute.to_string())
    }

    fn missing_field(attribute: &'static str) -> Self {
        Self(attribute.to_owned())
    }
}

/// An item, of which only the attributes that a row names are converted.
pub(super) struct Row<'de>(&'de Item);

impl<'de> Deserializer<'de> for Row<'de> {
    type Error = Fault;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_map(Fields { item: self.0, names: fields.iter(), name: "" })
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("of a row that is no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// The fields of a row, one after the other.
struct Fields<'de> {
    item: &'de Item,
    names: slice::Iter<'static, &'static str>,
    /// The field that was named last.
    name: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let item = self.item;
        let Some(name) = self.names.find(|name| name.starts_with(PART) || item.contains_key(**name)) else { return Ok(None) };
        self.name = name;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let fault = || Fault(self.name.to_owned());
        match self.item.get(self.name) {
            // Only a part has no attribute of its name.
            None => seed.deserialize(Row(self.item)),
            // Serde would read it as absent, and nothing writes it.
            Some(types::AttributeValue::Null(_)) => Err(fault()),
            Some(value) => {
                seed.deserialize(serde_dynamo::Deserializer::from_attribute_value(value.clone().into())).map_err(|_| fault())
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{collections::HashMap, fmt::Debug};

    use super::*;
    use crate::transport::{
        format::FORMAT,
        keys::{PK, SK, told},
    };

    /// Each attribute of an item, if its value is wrong, is named by the error with the item's key; all but those that only the
    /// table or an index reads.
    pub(in crate::items) fn assert_faults_are_named<T: Debug>(
        whole: &Item,
        unread: &[&str],
        read: impl Fn(&Item) -> Result<T, StoreError>,
    ) {
        let wrong = [types::AttributeValue::Null(true), types::AttributeValue::M(HashMap::new())];
        let read_here = |name: &&String| ![PK, SK, FORMAT].contains(&name.as_str()) && !unread.contains(&name.as_str());
        let key = Key::of(whole).unwrap();
        for name in whole.keys().filter(read_here) {
            for value in &wrong {
                let mut item = whole.clone();
                item.insert(name.clone(), value.clone());
                let error = read(&item).unwrap_err().to_string();
                assert_eq!(error, format!("the item {} has a bad attribute {name}", told(&key)));
            }
        }
    }
}
