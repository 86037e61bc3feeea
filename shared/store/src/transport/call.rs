//! Calls of DynamoDB: what each consumed, what its failure means, and how long to wait before another try.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::ConsumedCapacity,
};

use lambdesk_runtime::causes::causes;

use crate::{error::StoreError, transport::meter};

/// How often a call is tried again that was left half done, or met another transaction where there is another way: for two to
/// four seconds.
pub(crate) const TRIES: u32 = 20;
/// How long a request goes on while others are faster: most of the time that it has, and then some to say so.
const PATIENCE: Duration = Duration::from_secs(15);
/// From this try on pauses grow no longer. Who has waited for long is not to wait longer than who just came.
const LONGEST_PAUSE: u32 = 5;

/// How long to go on trying what others were faster with. On a busy table each try takes long, so what ends it is the time that
/// a request has, and not a number of tries that was enough on an idle one.
#[derive(Debug)]
pub(crate) struct Patience {
    until: Instant,
    lost: u32,
    most: u32,
}

impl Patience {
    /// That of a request.
    pub(crate) fn of_request() -> Self {
        Self { until: Instant::now() + PATIENCE, lost: 0, most: u32::MAX }
    }

    /// That of one who can do it in another way.
    pub(crate) fn brief() -> Self {
        Self { most: TRIES, ..Self::of_request() }
    }

    /// Waits before `what` is read and decided again, because another writer was faster. Fails once that is not worth it any more.
    pub(crate) async fn again(&mut self, what: &'static str) -> Result<(), StoreError> {
        if self.wait().await { Ok(()) } else { Err(StoreError::Contended(what)) }
    }

    /// Waits before another try; false if it is not worth one any more.
    pub(crate) async fn wait(&mut self) -> bool {
        self.lost += 1;
        if self.lost >= self.most || Instant::now() >= self.until {
            return false;
        }
        pause((self.lost - 1).min(LONGEST_PAUSE)).await;
        true
    }
}

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
    R: std::fmt::Debug + 'static,
{
    match error.as_service_error() {
        Some(service) => sorted(service.code(), service.message().unwrap_or_default()),
        None => StoreError::Unavailable(causes(&error)),
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

/// Adds the read units of a call to the cost of the request that it is part of.
pub(crate) fn count_reads(capacity: Option<&ConsumedCapacity>) {
    meter::consumed(capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0), 0.0);
}

/// Adds the write units of a call to the cost of the request that it is part of.
pub(crate) fn count_writes(capacity: Option<&ConsumedCapacity>) {
    meter::consumed(0.0, capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0));
}

/// Waits between tries: random within a span that doubles from 4 ms up to a quarter of a second.
pub(crate) async fn pause(attempt: u32) {
    let span = 4000_u64.saturating_mul(1 << attempt.min(10)).min(250_000);
    tokio::time::sleep(Duration::from_micros(fastrand::u64(span / 4..=span))).await;
}
