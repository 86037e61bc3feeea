//! How each thing lies in the table: one module per item, each both ways.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod message;
pub(crate) mod profile;
pub(crate) mod project;
pub(crate) mod quick_action;
pub(crate) mod saved;
pub(crate) mod sla_clock;
pub(crate) mod ticket;
pub(crate) mod workflow;
