//! Reading an item by its attributes. A reader names the attribute that is wrong, so that a corrupt item is an error with its
//! key and never a panic or a silent default.

use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_domain::{Timestamp, traits::Object};
use serde_json::Value;

use crate::{
    error::StoreError,
    transport::{
        key::{Item, Key, PK, SK},
        keys,
    },
};

/// About how many bytes DynamoDB counts for an item: names and values of text and bytes, and a little for the rest.
pub(crate) fn size(item: &Item) -> usize {
    fn value_size(value: &AttributeValue) -> usize {
        match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            AttributeValue::B(bytes) => bytes.as_ref().len(),
            AttributeValue::L(list) => list.iter().map(|value| 1 + value_size(value)).sum(),
            _ => 1,
        }
    }
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

/// Reads one item.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a Item);

impl<'a> Reader<'a> {
    pub(crate) fn corrupt(self, attribute: &str) -> StoreError {
        let key = Key::of(self.0).map_or_else(|| "without a key".to_owned(), |key| keys::told(&key));
        StoreError::Corrupt { key, attribute: attribute.to_owned() }
    }

    pub(crate) fn opt_text(self, name: &str) -> Result<Option<&'a str>, StoreError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    pub(crate) fn text(self, name: &str) -> Result<&'a str, StoreError> {
        self.opt_text(name)?.ok_or_else(|| self.corrupt(name))
    }

    pub(crate) fn opt_number<T: FromStr>(self, name: &str) -> Result<Option<T>, StoreError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| self.corrupt(name)),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    pub(crate) fn number<T: FromStr>(self, name: &str) -> Result<T, StoreError> {
        self.opt_number(name)?.ok_or_else(|| self.corrupt(name))
    }

    pub(crate) fn opt_time(self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        match self.opt_number(name)? {
            None => Ok(None),
            Some(micros) => Timestamp::from_micros(micros).map(Some).ok_or_else(|| self.corrupt(name)),
        }
    }

    pub(crate) fn time(self, name: &str) -> Result<Timestamp, StoreError> {
        self.opt_time(name)?.ok_or_else(|| self.corrupt(name))
    }

    pub(crate) fn flag(self, name: &str) -> Result<Option<bool>, StoreError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    /// Text in a closed set of words, or an id.
    pub(crate) fn parsed<T>(self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        parse(self.text(name)?).ok_or_else(|| self.corrupt(name))
    }

    pub(crate) fn opt_parsed<T>(self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
        self.opt_text(name)?.map(|text| parse(text).ok_or_else(|| self.corrupt(name))).transpose()
    }

    pub(crate) fn opt_json(self, name: &str) -> Result<Option<Value>, StoreError> {
        self.opt_text(name)?.map(|text| serde_json::from_str(text).map_err(|_| self.corrupt(name))).transpose()
    }

    pub(crate) fn object(self, name: &str) -> Result<Object, StoreError> {
        match self.opt_json(name)? {
            None => Ok(Object::new()),
            Some(Value::Object(object)) => Ok(object),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    pub(crate) fn texts(self, name: &str) -> Result<Vec<&'a str>, StoreError> {
        let list = match self.0.get(name) {
            None => return Ok(Vec::new()),
            Some(AttributeValue::L(list)) => list,
            Some(_) => return Err(self.corrupt(name)),
        };
        list.iter().map(|value| value.as_s().map(String::as_str).map_err(|_| self.corrupt(name))).collect()
    }

    /// The members of a set, which is absent when it is empty.
    pub(crate) fn members(self, name: &str) -> Result<&'a [String], StoreError> {
        match self.0.get(name) {
            None => Ok(&[]),
            Some(AttributeValue::Ss(members)) => Ok(members),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    pub(crate) fn bytes(self, name: &str) -> Result<Option<&'a [u8]>, StoreError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::B(bytes)) => Ok(Some(bytes.as_ref())),
            Some(_) => Err(self.corrupt(name)),
        }
    }

    pub(crate) fn sort_key(self) -> Result<&'a str, StoreError> {
        self.text(SK)
    }

    pub(crate) fn partition_key(self) -> Result<&'a str, StoreError> {
        self.text(PK)
    }
}
