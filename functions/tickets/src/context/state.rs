//! Why there is nothing to see, in one word.

use lambdesk_domain::{Ticket, Timestamp, time::DAY};
use serde::Serialize;
use utoipa::ToSchema;

/// For how many seconds after a ticket's creation more may still come.
const ARRIVING: i64 = 60;

/// What there is to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// There is something.
    Ready,
    /// Nothing yet, and the ticket is younger than a minute: ask again.
    Arriving,
    /// Nothing was recorded.
    Nothing,
    /// Whatever was recorded is no longer kept.
    Expired,
    /// The project has it switched off.
    Off,
    /// The ticket came from no browser session.
    NoSession,
}

/// What decides over a state where nothing is there.
pub(super) struct Empty<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) has_session: bool,
    pub(super) on: bool,
    pub(super) days: u32,
    pub(super) now: Timestamp,
}

impl Empty<'_> {
    pub(super) fn state(&self) -> (State, Option<Timestamp>) {
        let Self { ticket, has_session, on, days, now } = *self;
        let expires = ticket.created_at.plus_seconds(i64::from(days) * DAY);
        match () {
            () if !has_session => (State::NoSession, None),
            () if !on => (State::Off, None),
            () if expires <= now => (State::Expired, Some(expires)),
            () if now < ticket.created_at.plus_seconds(ARRIVING) => (State::Arriving, None),
            () => (State::Nothing, None),
        }
    }
}
