//! Calls of DynamoDB: what each consumed, what its failure means, and how long to wait before another try.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::ConsumedCapacity,
};

use crate::{error::StoreError, meter};

/// How often a call that met another transaction, or was left half done, is tried again: for two to four seconds, in which
/// even many writers on one ticket get their turn.
pub(crate) const TRIES: u32 = 20;

/// Another transaction was on the item, and this call did nothing.
pub(crate) fn is_conflict<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code == Some("TransactionConflictException")
}

/// Sorts an error of the SDK. What is no answer of the service (no connection, no time left) is unavailability.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
pub(crate) fn failed<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error() {
        Some(service) => sorted(service.code(), service.message().unwrap_or_default()),
        None => StoreError::Unavailable(aws_sdk_dynamodb::error::DisplayErrorContext(&error).to_string()),
    }
}

pub(crate) fn sorted(code: Option<&str>, message: &str) -> StoreError {
    match code {
        Some("ValidationException" | "ValidationError") if message.contains("size") => StoreError::TooLarge,
        Some("ItemCollectionSizeLimitExceededException") => StoreError::TooLarge,
        Some(
            code @ ("ValidationException"
            | "ValidationError"
            | "ResourceNotFoundException"
            | "AccessDeniedException"
            | "ConditionalCheckFailedException"
            | "IdempotentParameterMismatchException"
            | "SerializationException"),
        ) => StoreError::Refused(format!("{code}: {message}")),
        code => StoreError::Unavailable(format!("{}: {message}", code.unwrap_or("no code"))),
    }
}

pub(crate) fn reads(capacity: Option<&ConsumedCapacity>) {
    meter::consumed(capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0), 0.0);
}

pub(crate) fn writes(capacity: Option<&ConsumedCapacity>) {
    meter::consumed(0.0, capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0));
}

/// Waits between tries: random within a span that doubles from 4 ms up to a quarter of a second.
pub(crate) async fn pause(attempt: u32) {
    let span = 4000_u64.saturating_mul(1 << attempt.min(10)).min(250_000);
    tokio::time::sleep(Duration::from_micros(fastrand::u64(span / 4..=span))).await;
}
