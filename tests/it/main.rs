//! The whole desk, from outside: every test starts one of its own on a free port and speaks HTTP to it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has said enough")]

mod agents;
mod apart;
mod automation;
mod bad_input;
mod budgets;
mod bulk;
mod clock;
mod concurrency;
mod dates;
mod edge;
mod events;
mod external;
mod faults;
mod flood;
mod idempotency;
mod kills;
mod life;
mod limited;
mod lists;
mod openapi;
mod outbox;
mod outside_lists;
mod pages;
mod persons;
mod previous;
mod process;
mod program;
mod projects;
mod queries;
mod quick_actions;
mod readme;
mod recount;
mod renewal;
mod rollout;
mod sla;
mod support;
mod tags;
mod team;
mod template;
mod text;
mod times;
mod views;
mod widget;
mod workflows;
