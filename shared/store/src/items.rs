//! The items of the table: how each kind is written and read. [`row`] is for structs that serde writes and reads; the other
//! modules are one kind of item each.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod head;
pub(crate) mod message;
pub(crate) mod profile;
pub(crate) mod project;
pub(crate) mod quick_action;
mod row;
pub(crate) mod saved;
pub(crate) mod session;
pub(crate) mod sla_clock;
pub(crate) mod ticket;
pub(crate) mod workflow;
