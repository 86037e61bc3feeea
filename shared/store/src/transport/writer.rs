//! Writing an item by its attributes, in the format of today.

use std::fmt;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use lambdesk_domain::{Timestamp, traits::Object};
use serde_json::Value;

use crate::transport::{
    format::{FORMAT, WRITTEN},
    key::{Item, Key},
};

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
