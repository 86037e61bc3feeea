//! Reading and writing items. A reader names the attribute that is wrong, so that a corrupt item is an error with its
//! key and never a panic or a silent default.

use std::{collections::HashMap, fmt, str::FromStr};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use lambdesk_domain::{Timestamp, traits::Object};
use serde_json::Value;

use crate::{
    error::StoreError,
    transport::{
        format::{FORMAT, WRITTEN},
        keys::{Key, PK, SK},
    },
};

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

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
        let key = Key::of(self.0).map_or_else(|| "without a key".to_owned(), |key| format!("{} {}", key.pk, key.sk));
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

/// Builds one item; what is absent is not written.
pub(crate) struct Writer(Item);

impl Writer {
    pub(crate) fn new(key: &Key) -> Self {
        Self(key.attributes()).number(FORMAT, WRITTEN)
    }

    fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(name, AttributeValue::S(text.into()))
    }

    pub(crate) fn opt_text<T: Into<String>>(self, name: &str, text: Option<T>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    pub(crate) fn number(self, name: &str, number: impl fmt::Display) -> Self {
        self.with(name, AttributeValue::N(number.to_string()))
    }

    pub(crate) fn opt_number(self, name: &str, number: Option<impl fmt::Display>) -> Self {
        match number {
            Some(number) => self.number(name, number),
            None => self,
        }
    }

    pub(crate) fn time(self, name: &str, at: Timestamp) -> Self {
        self.number(name, at.micros())
    }

    pub(crate) fn opt_time(self, name: &str, at: Option<Timestamp>) -> Self {
        self.opt_number(name, at.map(Timestamp::micros))
    }

    pub(crate) fn flag(self, name: &str, flag: bool) -> Self {
        self.with(name, AttributeValue::Bool(flag))
    }

    pub(crate) fn opt_flag(self, name: &str, flag: Option<bool>) -> Self {
        match flag {
            Some(flag) => self.flag(name, flag),
            None => self,
        }
    }

    /// A JSON object as text, unless it is empty.
    pub(crate) fn object(self, name: &str, object: &Object) -> Self {
        if object.is_empty() { self } else { self.text(name, Value::Object(object.clone()).to_string()) }
    }

    /// A list of texts, unless it is empty.
    pub(crate) fn texts<T: Into<String>>(self, name: &str, texts: impl IntoIterator<Item = T>) -> Self {
        let list: Vec<_> = texts.into_iter().map(|text| AttributeValue::S(text.into())).collect();
        if list.is_empty() { self } else { self.with(name, AttributeValue::L(list)) }
    }

    /// Bytes, unless there are none.
    pub(crate) fn bytes(self, name: &str, bytes: Vec<u8>) -> Self {
        if bytes.is_empty() { self } else { self.with(name, AttributeValue::B(Blob::new(bytes))) }
    }

    pub(crate) fn attributes(mut self, attributes: Item) -> Self {
        self.0.extend(attributes);
        self
    }

    pub(crate) fn done(self) -> Item {
        self.0
    }
}
