//! E-mail from its bytes on: what the desk would make of real mails, and what others make of its own.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails panics")]

mod bodies;
mod corpus;
mod desk;
mod files;
mod growth;
mod loops;
mod outgoing;
mod properties;
mod quotes;
mod senders;
mod tickets;
