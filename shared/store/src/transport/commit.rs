//! Doing what is to be written: all of it in one transaction, or one plain call.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::{BoxError, ProvideErrorMetadata, SdkError},
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{
        CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity, ReturnValue,
        ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};
use uuid::Uuid;

use crate::{
    Store,
    error::StoreError,
    transport::{
        call::{Patience, count_writes, failed, is_conflict, sorted},
        format::upgraded,
        item::Item,
        meter::Call,
        write::{Action, Guard, Rejection, Write},
    },
};

impl Store {
    /// One update as a plain call, such as that of a counter, under its condition if it has one. Returns the item as it is
    /// afterwards. If the answer is lost, the SDK's retry may carry it out twice, since only a transaction has a token.
    pub(crate) async fn update(&self, write: Write) -> Result<Item, StoreError> {
        let values = write.values();
        let Action::Update(key, expression) = write.action else {
            return Err(StoreError::Refused("not an update".to_owned()));
        };
        let mut patience = Patience::of_request();
        loop {
            let call = Call::start();
            let result = self
                .client()
                .update_item()
                .table_name(self.table())
                .set_key(Some(key.attributes()))
                .update_expression(&expression)
                .set_condition_expression(write.condition.clone())
                .set_expression_attribute_values(values.clone())
                .return_values(ReturnValue::AllNew)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            drop(call);
            match result {
                Ok(output) => {
                    count_writes(output.consumed_capacity());
                    return Ok(output.attributes.unwrap_or_default());
                }
                Err(error) if is_conflict(&error) => {
                    if !patience.wait().await {
                        return Err(StoreError::Contended("a counter"));
                    }
                }
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Writes all, if all conditions hold, or nothing. A single write is a plain call, which costs half.
    ///
    /// A transaction that meets another one on the same item is tried again here, after a growing, random pause. It keeps its
    /// token if the SDK had tried before, since that try may have been carried out and only its answer lost. A
    /// condition that fails is for the caller to think about. One that is said to be still in progress may yet land: it is
    /// asked for again under the token it has, which tells its outcome and can't write it twice.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<(), Rejection> {
        self.commit_within(writes, &mut Patience::of_request()).await
    }

    /// [`Store::commit`] for a caller to whom it is no failure that a condition does not hold. Returns whether all of them do.
    pub(crate) async fn attempt(&self, writes: Vec<Write>) -> Result<bool, StoreError> {
        match self.commit(writes).await {
            Ok(()) => Ok(true),
            Err(Rejection::Conditions(_)) => Ok(false),
            Err(Rejection::Store(error)) => Err(error),
        }
    }

    /// [`Store::commit`] for a caller who may have to decide anew. Conflicts use up the `patience` that the caller has left.
    pub(crate) async fn commit_within(&self, writes: Vec<Write>, patience: &mut Patience) -> Result<(), Rejection> {
        let mut token = Uuid::new_v4();
        let (mut unsettled, mut is_open) = (0, false);
        loop {
            let outcome = match writes.as_slice() {
                [] => return Ok(()),
                [write] => self.write_one(write, is_open).await,
                _ => loop {
                    match self.write_all(&writes, token).await {
                        Reply::InProgress if unsettled < SETTLING.len() => {
                            tokio::time::sleep(SETTLING[unsettled]).await;
                            unsettled += 1;
                        }
                        outcome => break outcome,
                    }
                },
            };
            match outcome {
                Reply::Done => return Ok(()),
                Reply::Rejected(rejection) => return Err(rejection),
                Reply::InProgress => {
                    return Err(StoreError::Unavailable("a transaction stays in progress".to_owned()).into());
                }
                // Nothing was done under this token, and nothing will be.
                Reply::Conflict => token = Uuid::new_v4(),
                // The try before may have been carried out. Asked again under the same token, DynamoDB says whether a transaction was. A
                // single write has none, and goes by what it finds.
                Reply::Open => is_open = true,
            }
            if !patience.wait().await {
                return Err(StoreError::Contended("a transaction").into());
            }
        }
    }

    async fn write_all(&self, writes: &[Write], token: Uuid) -> Reply {
        let items = writes.iter().map(|write| self.transact_item(write)).collect::<Result<Vec<_>, _>>();
        let items = match items {
            Ok(items) => items,
            Err(error) => return Reply::Rejected(error.into()),
        };
        let tries = Tries::default();
        let call = Call::start();
        let result = self
            .client()
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token.to_string())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .interceptor(tries.clone())
            .send()
            .await;
        drop(call);
        let reply = match result {
            Ok(output) => {
                output.consumed_capacity().iter().for_each(|units| count_writes(Some(units)));
                Reply::Done
            }
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled_for(writes, cancelled.cancellation_reasons())
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => Reply::InProgress,
                _ if is_conflict(&error) => Reply::Conflict,
                _ => Reply::Rejected(failed(error).into()),
            },
        };
        if matches!(reply, Reply::Conflict) && tries.are_many() { Reply::Open } else { reply }
    }

    fn transact_item(&self, write: &Write) -> Result<TransactWriteItem, StoreError> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let (condition, values, table) = (write.condition.clone(), write.values(), self.table_of(write));
        let refused = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Refused(error.to_string());
        let item = TransactWriteItem::builder();
        Ok(match write.action.clone() {
            Action::Put(put) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(put))
                    .set_condition_expression(condition)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(refused)?,
            ),
            Action::Update(key, expression) => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key.attributes()))
                    .update_expression(expression)
                    .set_condition_expression(condition)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(refused)?,
            ),
            Action::Delete(key) => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key.attributes()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(refused)?,
            ),
            Action::Check(key) => item.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key.attributes()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(refused)?,
            ),
        }
        .build())
    }

    /// One call for one write. `is_open` if an earlier one may have been carried out, though nobody knows. A write may find what the
    /// SDK's own first try has done, too.
    async fn write_one(&self, write: &Write, is_open: bool) -> Reply {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let (condition, guard, values) = (write.condition.clone(), write.guard, write.values());
        let table = self.table_of(write).to_owned();
        let total = ReturnConsumedCapacity::Total;
        let tries = Tries::default();
        let call = Call::start();
        let reply = match &write.action {
            Action::Put(item) => {
                let put = self.client().put_item().table_name(table).set_item(Some(item.clone()));
                let put = put.set_condition_expression(condition).set_expression_attribute_values(values);
                let put = put.return_values_on_condition_check_failure(old).return_consumed_capacity(total);
                let sent = put.customize().interceptor(tries.clone()).send().await;
                single(guard, sent.map(|output| count_writes(output.consumed_capacity())))
            }
            Action::Update(key, expression) => {
                let update = self.client().update_item().table_name(table).set_key(Some(key.attributes()));
                let update = update.update_expression(expression).set_condition_expression(condition);
                let update = update.set_expression_attribute_values(values).return_consumed_capacity(total);
                let update = update.return_values_on_condition_check_failure(old);
                let sent = update.customize().interceptor(tries.clone()).send().await;
                single(guard, sent.map(|output| count_writes(output.consumed_capacity())))
            }
            Action::Delete(key) => {
                let delete = self.client().delete_item().table_name(table).set_key(Some(key.attributes()));
                let delete = delete.set_condition_expression(condition).set_expression_attribute_values(values);
                let delete = delete.return_values_on_condition_check_failure(old).return_consumed_capacity(total);
                let sent = delete.customize().interceptor(tries.clone()).send().await;
                single(guard, sent.map(|output| count_writes(output.consumed_capacity())))
            }
            Action::Check(_) => Reply::Rejected(StoreError::Refused("a condition without a write".to_owned()).into()),
        };
        drop(call);
        match reply {
            Reply::Rejected(rejection) if (is_open || tries.are_many()) && write.has_done(&rejection) => Reply::Done,
            Reply::Conflict if tries.are_many() => Reply::Open,
            reply => reply,
        }
    }
}

/// The pauses in which a transaction that is in progress is asked for again: beside the SDK's own tries, about six
/// seconds, after which DynamoDB has long given it up or carried it out.
const SETTLING: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(1200),
    Duration::from_secs(2),
    Duration::from_secs(2),
];

/// DynamoDB's answer to one try.
enum Reply {
    Done,
    /// Another transaction was on an item; this one did nothing.
    Conflict,
    /// Another transaction was on an item when the SDK tried again. The try before may have been carried out.
    Open,
    /// The same transaction was received before and has no outcome yet.
    InProgress,
    Rejected(Rejection),
}

/// Counts the tries that the SDK makes of one call.
#[derive(Debug, Clone, Default)]
struct Tries(Arc<AtomicU32>);

impl Tries {
    fn are_many(&self) -> bool {
        self.0.load(Relaxed) > 1
    }
}

impl Intercept for Tries {
    fn name(&self) -> &'static str {
        "tries"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Relaxed);
        Ok(())
    }
}

/// The errors of single writes that carry the item their condition met.
trait Conditional {
    fn met(&self) -> Option<Option<Item>>;
}

macro_rules! condition_check {
    ($($error:ident),+) => {$(
        impl Conditional for $error {
            fn met(&self) -> Option<Option<Item>> {
                match self {
                    Self::ConditionalCheckFailedException(failed) => Some(failed.item().cloned()),
                    _ => None,
                }
            }
        }
    )+};
}
condition_check!(PutItemError, UpdateItemError, DeleteItemError);

fn single<E, R>(guard: Option<Guard>, result: Result<(), SdkError<E, R>>) -> Reply
where
    E: Conditional + ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match result {
        Ok(()) => Reply::Done,
        Err(error) => match error.as_service_error().and_then(Conditional::met) {
            Some(item) => Reply::Rejected(conditions(vec![(guard, item)])),
            None if is_conflict(&error) => Reply::Conflict,
            None => Reply::Rejected(failed(error).into()),
        },
    }
}

/// The items that conditions met, as today's code reads them.
fn conditions(failed: Vec<(Option<Guard>, Option<Item>)>) -> Rejection {
    let upgraded = failed.into_iter().map(|(guard, item)| Ok((guard, item.map(upgraded).transpose()?)));
    upgraded.collect::<Result<_, StoreError>>().map_or_else(Rejection::Store, Rejection::Conditions)
}

/// A failed condition outweighs a conflict beside it: trying again could not help.
fn cancelled_for(writes: &[Write], reasons: &[CancellationReason]) -> Reply {
    let failed: Vec<_> =
        writes.iter().zip(reasons).filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed")).collect();
    if !failed.is_empty() {
        let failed = failed.into_iter().map(|(write, reason)| (write.guard, reason.item().cloned())).collect();
        return Reply::Rejected(conditions(failed));
    }
    // The SDK retries neither a conflict nor a throttle that comes as the reason of a cancellation.
    let worth_a_retry = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    if reasons.iter().any(|reason| reason.code().is_some_and(|code| worth_a_retry.contains(&code))) {
        return Reply::Conflict;
    }
    let other = reasons.iter().find(|reason| !matches!(reason.code(), None | Some("None")));
    let (code, message) = other.map_or((None, None), |reason| (reason.code(), reason.message()));
    Reply::Rejected(sorted(code, message.unwrap_or_default()).into())
}
