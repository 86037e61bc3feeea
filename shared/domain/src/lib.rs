//! The rules of a support desk, and nothing else: no AWS, no HTTP, no clock, no randomness.
//!
//! Every change of a ticket is one pure function, [`decide()`]. It takes the ticket as it is, a command, the actor and the
//! time, and returns the ticket as it will be, or a [`Refusal`]. The caller writes the result in one conditional write
//! (`lambdesk-store`), so no rule has to consider two writers at once.

pub mod access;
pub mod activity;
pub mod actor;
pub mod administration;
pub mod alarm;
pub mod assignee;
pub mod attachment;
pub mod audit;
pub mod calendar;
pub mod capture;
pub mod cause;
pub mod claims;
pub mod command;
pub mod create;
pub mod decide;
pub mod delivery;
pub mod directory;
pub mod events;
pub mod expected;
pub mod facts;
pub mod folding;
pub mod follow_up;
pub mod identity;
pub mod ids;
pub mod limit;
pub mod mail;
pub mod message;
pub mod origin;
pub mod patch;
pub mod permission;
pub mod person;
mod place;
pub mod policies;
pub mod project;
pub mod query;
pub mod quick_action;
pub mod refusal;
pub mod rules;
pub mod satisfaction;
pub mod saved;
pub mod scope;
pub mod session;
pub mod settings;
pub mod sla;
pub mod statuses;
pub mod tags;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod thread;
pub mod ticket;
pub mod time;
pub mod totals;
pub mod traits;
pub mod variables;
pub mod view;
pub mod wake;
mod words;
pub mod workflow;

pub use actor::Actor;
pub use command::Command;
pub use decide::{Change, Decision, decide};
pub use ids::{MessageId, ProjectId, RoleId, TicketId, UserId, WorkflowId};
pub use message::Message;
pub use refusal::Refusal;
pub use ticket::Ticket;
pub use time::Timestamp;
