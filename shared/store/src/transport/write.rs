//! What is to be written: conditional writes, and what a lost condition met. [`Store::commit`](crate::Store) does it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    error::StoreError,
    transport::{item::Item, keys::Key},
};

/// One write of a transaction, with the condition it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) action: Action,
    pub(crate) condition: Option<String>,
    values: HashMap<String, AttributeValue>,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Put(Item),
    Update(Key, String),
    Delete(Key),
}

impl Write {
    pub(crate) fn put(item: Item) -> Self {
        Self { action: Action::Put(item), condition: None, values: HashMap::new() }
    }

    pub(crate) fn update(key: Key, expression: impl Into<String>) -> Self {
        Self { action: Action::Update(key, expression.into()), condition: None, values: HashMap::new() }
    }

    pub(crate) fn delete(key: Key) -> Self {
        Self { action: Action::Delete(key), condition: None, values: HashMap::new() }
    }

    pub(crate) fn only_if(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    pub(crate) fn if_absent(self) -> Self {
        self.only_if("attribute_not_exists(PK)")
    }

    pub(crate) fn number(mut self, name: &str, number: impl std::fmt::Display) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::N(number.to_string()));
        self
    }

    pub(crate) fn text(mut self, name: &str, text: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::S(text.into()));
        self
    }

    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

/// Why a transaction did not happen.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// Conditions that did not hold: by the place of their write, with the item as it is, if there is one.
    Conditions(Vec<(usize, Option<Item>)>),
    /// The store failed.
    Store(StoreError),
}

impl Rejection {
    /// The item that the write at `place` met, if that write's condition was (among) the reason.
    pub(crate) fn at(&self, place: usize) -> Option<Option<Item>> {
        match self {
            Self::Conditions(failed) => failed.iter().find(|(index, _)| *index == place).map(|(_, item)| item.clone()),
            Self::Store(_) => None,
        }
    }

    /// As an error, where no condition was expected to fail.
    pub(crate) fn into_error(self, what: &'static str) -> StoreError {
        match self {
            Self::Conditions(_) => StoreError::Contended(what),
            Self::Store(error) => error,
        }
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
