//! What can go wrong between a decision and the table.

use lambdesk_domain::Refusal;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB throttles, is away, or answered with something that is no answer. Nothing is known to be written that
    /// a retry could double.
    #[error("DynamoDB is not available: {0}")]
    Unavailable(String),
    /// Other writers won each of many tries. As above: a retry is safe.
    #[error("too many writers at once on {0}")]
    Contended(&'static str),
    /// An item is not what it should be.
    #[error("the item {key} has a bad attribute {attribute}")]
    Corrupt {
        /// Its key, without what people wrote.
        key: String,
        /// Which attribute.
        attribute: String,
    },
    /// DynamoDB refused the request itself: a fault of this code.
    #[error("DynamoDB refused the request: {0}")]
    Refused(String),
    /// The item would be larger than DynamoDB stores (400 KB).
    #[error("the item would be too large")]
    TooLarge,
    /// The same request, under the same `Idempotency-Key`, was carried out in the meantime; its record has the answer.
    #[error("this request was carried out already")]
    CarriedOut,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such ticket, message or note in reach.
    #[error("not found")]
    NotFound,
    /// It is someone else's.
    #[error("forbidden")]
    Forbidden,
    /// More calls than the limit allows.
    #[error("limited")]
    Limited {
        /// Seconds until one fits.
        retry_after: u32,
    },
    /// The domain refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}
