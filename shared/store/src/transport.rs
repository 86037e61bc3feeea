//! How the table is reached: keys, items, calls, and what they cost. Nothing here knows what an item means.

pub(crate) mod call;
pub(crate) mod commit;
pub(crate) mod connect;
pub(crate) mod context_keys;
pub(crate) mod format;
pub(crate) mod item;
pub(crate) mod key;
pub(crate) mod keys;
pub mod meter;
pub(crate) mod read;
pub(crate) mod reader;
pub mod schema;
pub(crate) mod write;
pub(crate) mod writer;
