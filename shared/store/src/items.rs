//! The items of the table: how each kind is written and read.
//!
//! [`row`] has what all kinds share: structs that serde writes and reads. [`packed`] and [`sla_clock`](mod@sla_clock) are parts of
//! a ticket, and [`head`] is a ticket as its own item has it. The other modules are kinds of items.

pub(crate) mod account;
pub(crate) mod activity;
mod attachments;
pub(crate) mod context;
pub(crate) mod delivery;
pub(crate) mod head;
pub(crate) mod mailbox;
mod mailed;
pub(crate) mod message;
mod packed;
pub(crate) mod profile;
pub(crate) mod project;
pub(crate) mod quick_action;
pub(crate) mod received;
pub(crate) mod restore;
mod row;
pub(crate) mod saved;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod silence;
pub(crate) mod sla_clock;
pub(crate) mod source_map;
pub(crate) mod ticket;
pub(crate) mod workflow;
