//! Reading: one item, a range, or a batch of keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};

use crate::{
    Store,
    error::StoreError,
    transport::{
        call::{TRIES, count_reads, failed, pause},
        format::upgraded,
        item::Item,
        keys::Key,
        meter::Call,
    },
};

/// The most items that one `BatchGetItem` reads.
pub(crate) const BATCH: usize = 100;

/// What reading one small item by its key costs, in bytes of a range that would cost the same.
pub(crate) const BY_KEY: usize = 4096;

/// A Query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Range {
    pub(crate) index: Option<&'static str>,
    pub(crate) condition: &'static str,
    pub(crate) values: HashMap<String, AttributeValue>,
    pub(crate) start: Option<Item>,
    pub(crate) limit: Option<u32>,
    pub(crate) descending: bool,
    pub(crate) consistent: bool,
}

impl Range {
    pub(crate) fn new(condition: &'static str) -> Self {
        Self { condition, ..Self::default() }
    }

    pub(crate) fn on(mut self, index: &'static str) -> Self {
        self.index = Some(index);
        self
    }

    pub(crate) fn text(mut self, name: &str, text: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::S(text.into()));
        self
    }

    pub(crate) fn number(mut self, name: &str, number: impl std::fmt::Display) -> Self {
        self.values.insert(name.to_owned(), AttributeValue::N(number.to_string()));
        self
    }

    pub(crate) fn limit(mut self, limit: usize) -> Self {
        self.limit = u32::try_from(limit).ok();
        self
    }

    pub(crate) fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    pub(crate) fn consistent(mut self) -> Self {
        self.consistent = true;
        self
    }

    pub(crate) fn from(mut self, start: Option<Item>) -> Self {
        self.start = start;
        self
    }
}

/// One page of a Query.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) items: Vec<Item>,
    /// Where to go on; `None` at the end.
    pub(crate) next: Option<Item>,
}

impl Store {
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.read(key, true).await
    }

    /// The item as it was a moment ago, for half the price.
    pub(crate) async fn get_eventually(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.read(key, false).await
    }

    async fn read(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let call = Call::start();
        let output = self
            .client()
            .get_item()
            .table_name(self.table())
            .set_key(Some(key.attributes()))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        drop(call);
        count_reads(output.consumed_capacity());
        output.item.map(upgraded).transpose()
    }

    pub(crate) async fn query(&self, range: Range) -> Result<Found, StoreError> {
        let Range { index, condition, values, start, limit, descending, consistent } = range;
        let call = Call::start();
        let output = self
            .client()
            .query()
            .table_name(self.table())
            .set_index_name(index.map(str::to_owned))
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(start)
            .set_limit(limit.and_then(|limit| i32::try_from(limit).ok()))
            .scan_index_forward(!descending)
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        drop(call);
        count_reads(output.consumed_capacity());
        let items = output.items.unwrap_or_default().into_iter().map(upgraded).collect::<Result<_, _>>()?;
        Ok(Found { items, next: output.last_evaluated_key })
    }

    /// The keys of one page of the table whose partition keys begin so. It reads whatever is on the page.
    pub(crate) async fn scan_keys(&self, beginning: &str, start: Option<Item>) -> Result<Found, StoreError> {
        self.scan(beginning, "PK, SK", start).await
    }

    /// These attributes of one page of the table, as far as partition keys begin so. They cost no more than the keys alone.
    pub(crate) async fn scan(&self, beginning: &str, attributes: &str, start: Option<Item>) -> Result<Found, StoreError> {
        let call = Call::start();
        let output = self
            .client()
            .scan()
            .table_name(self.table())
            .filter_expression("begins_with(PK, :beginning)")
            .expression_attribute_values(":beginning", AttributeValue::S(beginning.to_owned()))
            .projection_expression(attributes)
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        drop(call);
        count_reads(output.consumed_capacity());
        Ok(Found { items: output.items.unwrap_or_default(), next: output.last_evaluated_key })
    }

    /// Every page of a Query whose size is bounded by its nature (a project's members, a visitor's sessions).
    pub(crate) async fn query_all(&self, range: Range) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = range.start.clone();
        loop {
            let found = self.query(range.clone().from(start)).await?;
            items.extend(found.items);
            match found.next {
                Some(next) => start = Some(next),
                None => return Ok(items),
            }
        }
    }

    /// The items of `keys`, at most [`BATCH`], in no order; missing ones are missing.
    pub(crate) async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.read_batch(keys, true).await
    }

    /// The same as they were a moment ago, for half the price.
    pub(crate) async fn batch_get_eventually(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.read_batch(keys, false).await
    }

    pub(crate) async fn read_batch(&self, keys: &[Key], consistent: bool) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        let mut wanted: Vec<_> = keys.iter().map(Key::attributes).collect();
        for attempt in 0..TRIES {
            if wanted.is_empty() {
                return Ok(items);
            }
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(consistent).build();
            let request = request.map_err(|error| StoreError::Refused(error.to_string()))?;
            let call = Call::start();
            let output = self
                .client()
                .batch_get_item()
                .request_items(self.table(), request)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(failed)?;
            drop(call);
            output.consumed_capacity().iter().for_each(|units| count_reads(Some(units)));
            for item in output.responses.unwrap_or_default().into_values().flatten() {
                items.push(upgraded(item)?);
            }
            let left = output.unprocessed_keys.unwrap_or_default().remove(self.table());
            wanted = left.map(|left| left.keys).unwrap_or_default();
            if !wanted.is_empty() {
                pause(attempt).await;
            }
        }
        Err(StoreError::Unavailable("keys of a batch were left unprocessed".to_owned()))
    }
}
