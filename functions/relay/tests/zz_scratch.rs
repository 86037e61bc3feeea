#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]
#[path = "/work/main/infra/local/src/stream.rs"]
mod stream;
