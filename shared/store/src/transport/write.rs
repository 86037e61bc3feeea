//! What is to be written: conditional writes, and what a lost condition met. [`Store::commit`](crate::Store) does it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    error::StoreError,
    transport::{item::Item, keys::Key},
};

/// What the condition of a write defends. A rejection names it, so that whoever is rejected knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The item that is changed is still as it was read, or still absent.
    AsRead,
    /// The request, or the step of a run, was not carried out before.
    Once,
    /// Nobody else took the next ticket number.
    Number,
    /// The customer may open another ticket, and has not just opened this one.
    Admission,
}

/// One write of a transaction, with the condition it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) action: Action,
    pub(crate) condition: Option<String>,
    pub(crate) guard: Option<Guard>,
    /// Whether it is on the desk's own table, whichever the store is on.
    pub(crate) is_of_desk: bool,
    /// Whether a deletion that is tried again is done if it finds nothing (see [`Write::or_gone`]).
    pub(crate) is_done_if_gone: bool,
    values: HashMap<String, AttributeValue>,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Put(Item),
    Update(Key, String),
    Delete(Key),
    /// Nothing is written. Only a transaction can depend on it.
    Check(Key),
}

impl Write {
    pub(crate) fn put(item: Item) -> Self {
        Self::of(Action::Put(item))
    }

    pub(crate) fn update(key: Key, expression: impl Into<String>) -> Self {
        Self::of(Action::Update(key, expression.into()))
    }

    pub(crate) fn delete(key: Key) -> Self {
        Self::of(Action::Delete(key))
    }

    /// What a transaction depends on, beside what it writes.
    pub(crate) fn check(key: Key, condition: impl Into<String>) -> Self {
        Self::of(Action::Check(key)).only_if(condition)
    }

    fn of(action: Action) -> Self {
        Self { action, condition: None, guard: None, is_of_desk: false, is_done_if_gone: false, values: HashMap::new() }
    }

    /// The same on the desk's own table, beside writes on the table of what browsers sent.
    pub(crate) const fn of_desk(mut self) -> Self {
        self.is_of_desk = true;
        self
    }

    pub(crate) fn only_if(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Says what the write's condition defends, for [`Rejection::met`].
    pub(crate) const fn guarding(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// A plain deletion carries no token. If the answer to its first try is lost, the next try finds nothing, and its condition
    /// fails. Then it is done: that nothing is there is all that was asked for. What may be used up only once must not be deleted
    /// like this, since somebody else may have used it in between.
    pub(crate) const fn or_gone(mut self) -> Self {
        self.is_done_if_gone = true;
        self
    }

    /// Whether what its condition met is what the write itself leaves, if an earlier try of it may have been carried out: nothing for
    /// a deletion that says so, and for a put on what was read, the very item. That has a version and a time, which no other writer
    /// gives it.
    pub(crate) fn has_done(&self, rejection: &Rejection) -> bool {
        match &self.action {
            Action::Delete(_) => self.is_done_if_gone && rejection.met_nothing(),
            Action::Put(item) => rejection.met(Guard::AsRead).flatten().as_ref() == Some(item),
            Action::Update(..) | Action::Check(_) => false,
        }
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

    /// A set with one member, which `ADD` and `DELETE` put in and take out.
    pub(crate) fn member(mut self, name: &str, member: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::Ss(vec![member.into()]));
        self
    }

    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

/// Why a transaction did not happen.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// Conditions that did not hold: what each defends, and the item as it is, if there is one.
    Conditions(Vec<(Option<Guard>, Option<Item>)>),
    /// The store failed.
    Store(StoreError),
}

impl Rejection {
    /// The item that the write with this guard met, if its condition was (among) the reason.
    pub(crate) fn met(&self, guard: Guard) -> Option<Option<Item>> {
        match self {
            Self::Conditions(failed) => failed.iter().find(|(of, _)| *of == Some(guard)).map(|(_, item)| item.clone()),
            Self::Store(_) => None,
        }
    }

    /// Whether conditions were the reason, and nothing is where they looked.
    fn met_nothing(&self) -> bool {
        matches!(self, Self::Conditions(failed) if failed.iter().all(|(_, item)| item.is_none()))
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
