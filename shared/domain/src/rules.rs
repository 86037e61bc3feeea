//! The settings of a project that its tickets follow.

use std::sync::Arc;

use crate::{
    assignee::Assignee,
    calendar::Zone,
    policies::Policies,
    ticket::{Status, Ticket},
    time::Timestamp,
};

const DAY: i64 = 24 * 3600;

/// The rules of a project. The default rules, of a project that set nothing, change nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// The SLA policies that deadlines are derived from.
    pub policies: Arc<Policies>,
    /// What happens to tickets that nobody touches.
    pub life: Life,
    /// The project's time zone, for business hours that name none themselves.
    pub zone: Zone,
    /// An assignee who no longer belongs to the project. A ticket of theirs that is reopened becomes unassigned
    /// (docs/decisions.md, 58).
    pub gone: Option<Assignee>,
}

/// What happens to a ticket that waits, in days as in PostHog's support handbook. `None` does nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// A pending ticket is resolved once its customer has not written for this long.
    pub auto_resolve_days: Option<u32>,
    /// A customer's message within this time after resolving reopens the ticket. A later message begins a new ticket.
    pub reopen_days: Option<u32>,
    /// The customer is asked for a rating this long after the ticket was resolved.
    pub survey_days: Option<u32>,
}

impl Rules {
    /// Whether a ticket that nobody touches may have something else to do under these rules than under `other`.
    pub fn differ_for_untouched(&self, other: &Self) -> bool {
        let Self { policies, life: Life { auto_resolve_days, reopen_days: _, survey_days: _ }, zone, gone: _ } = self;
        let zoned = |policies: &Policies, zone: Zone| policies.clone().in_zone(zone);
        *auto_resolve_days != other.life.auto_resolve_days || zoned(policies, *zone) != zoned(&other.policies, other.zone)
    }
}

impl Life {
    /// When a ticket is resolved automatically; `None` if it is not. A snoozed ticket is not resolved before it wakes: the wait
    /// for the customer counts from then (docs/decisions.md, 60).
    pub fn resolves_at(self, ticket: &Ticket) -> Option<Timestamp> {
        let waits = ticket.fields.status == Status::Pending && ticket.fields.snoozed_until.is_none();
        let since = ticket.since.filter(|_| waits)?;
        self.auto_resolve_days.map(|days| since.plus_seconds(i64::from(days) * DAY))
    }

    /// When the customer of a resolved ticket is asked for a rating. A customer is asked once only, and not if the conversation
    /// went on in another ticket.
    pub fn asks_at(self, ticket: &Ticket) -> Option<Timestamp> {
        let asks = ticket.fields.status == Status::Resolved && ticket.satisfaction.is_none() && ticket.follow_up.is_none();
        let since = ticket.since.filter(|_| asks)?;
        self.survey_days.map(|days| since.plus_seconds(i64::from(days) * DAY))
    }

    /// The same settings without the rating question, if asking would come out of nowhere. That is so if the moment to ask
    /// passed longer ago than the question waits, and no timer was set for it. An administrator who turns the question on means
    /// tickets from now on, not year-old ones that someone touches.
    pub(crate) fn without_late_question(self, ticket: &Ticket, timer: Option<Timestamp>, now: Timestamp) -> Self {
        let waits = self.survey_days.map_or(0, |days| i64::from(days) * DAY);
        let late = self.asks_at(ticket).is_some_and(|at| at.plus_seconds(waits) < now && timer.is_none_or(|timer| at < timer));
        if late { Self { survey_days: None, ..self } } else { self }
    }

    /// The status that a customer sees. The widget takes no message on a resolved ticket. Where a message would reopen the
    /// ticket or begin a follow-up, the customer sees pending instead.
    pub fn status_for_customer(self, ticket: &Ticket) -> Status {
        let open_to_them = ticket.fields.status == Status::Resolved && self.reopen_days.is_some();
        if open_to_them { Status::Pending } else { ticket.fields.status }
    }

    /// Whether a customer's message at `now` reopens a resolved ticket; `None` if the project leaves that to workflows and
    /// agents.
    pub fn reopens(self, ticket: &Ticket, now: Timestamp) -> Option<bool> {
        let days = self.reopen_days.filter(|_| ticket.fields.status == Status::Resolved)?;
        Some(now <= ticket.since.unwrap_or(ticket.updated_at).plus_seconds(i64::from(days) * DAY))
    }
}

#[cfg(test)]
mod tests;
