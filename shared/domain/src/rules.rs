//! What a project has set that tickets follow.

use std::sync::Arc;

use crate::{
    assignee::Assignee,
    calendar::Zone,
    policies::Policies,
    ticket::{Status, Ticket},
    time::Timestamp,
};

const DAY: i64 = 24 * 3600;

/// The rules of a project. Those of a project that set nothing change nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// What it promises, and by when.
    pub policies: Arc<Policies>,
    /// What becomes of tickets that nobody touches.
    pub life: Life,
    /// Whose wall clock business hours are read from that name no zone of their own.
    pub zone: Zone,
    /// An assignee who is of the project no more, where a ticket of theirs may be opened again.
    pub gone: Option<Assignee>,
}

/// The life of a ticket that waits for its customer, in days (seeds/support-hero.txt, "Ticket Status"). `None` does nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// A pending ticket whose customer has not written for so long is resolved.
    pub auto_resolve_days: Option<u32>,
    /// A customer who writes on a resolved ticket within so long opens it again; later, the message begins a ticket of its
    /// own.
    pub reopen_days: Option<u32>,
    /// So long after it was resolved the customer is asked how it was.
    pub survey_days: Option<u32>,
}

impl Rules {
    /// Whether a ticket that nobody touches may have to do something else by these than by `other`.
    pub fn differ_for_untouched(&self, other: &Self) -> bool {
        let Self { policies, life: Life { auto_resolve_days, reopen_days: _, survey_days: _ }, zone, gone: _ } = self;
        let zoned = |policies: &Policies, zone: Zone| policies.clone().in_zone(zone);
        *auto_resolve_days != other.life.auto_resolve_days || zoned(policies, *zone) != zoned(&other.policies, other.zone)
    }
}

impl Life {
    /// When a ticket is resolved by itself. Not while it sleeps: it waits for the customer from when it wakes.
    pub fn resolves_at(self, ticket: &Ticket) -> Option<Timestamp> {
        let waits = ticket.status == Status::Pending && ticket.snoozed_until.is_none();
        let since = ticket.since.filter(|_| waits)?;
        self.auto_resolve_days.map(|days| since.plus_seconds(i64::from(days) * DAY))
    }

    /// When the customer of a resolved ticket is asked how it was. Nobody is asked twice, nor one who has gone on elsewhere.
    pub fn asks_at(self, ticket: &Ticket) -> Option<Timestamp> {
        let asks = ticket.status == Status::Resolved && ticket.satisfaction.is_none() && ticket.follow_up.is_none();
        let since = ticket.since.filter(|_| asks)?;
        self.survey_days.map(|days| since.plus_seconds(i64::from(days) * DAY))
    }

    /// The same without the question, if that would come out of nowhere: its moment passed as long again ago as it waits, and no
    /// timer was set for it. Who turns the question on means tickets from now on, and not those of a year ago that someone
    /// touches.
    pub(crate) fn without_late_question(self, ticket: &Ticket, timer: Option<Timestamp>, now: Timestamp) -> Self {
        let waits = self.survey_days.map_or(0, |days| i64::from(days) * DAY);
        let late = self.asks_at(ticket).is_some_and(|at| at.plus_seconds(waits) < now && timer.is_none_or(|timer| at < timer));
        if late { Self { survey_days: None, ..self } } else { self }
    }

    /// What a customer sees as the status. The widget takes no message on a resolved ticket; where one would open it again, or
    /// begin a ticket that follows it, it waits for them as a pending one does.
    pub fn status_for_customer(self, ticket: &Ticket) -> Status {
        let open_to_them = ticket.status == Status::Resolved && self.reopen_days.is_some();
        if open_to_them { Status::Pending } else { ticket.status }
    }

    /// Whether a customer's message at `now` opens a resolved ticket again; `None` if the project leaves that to others.
    pub fn reopens(self, ticket: &Ticket, now: Timestamp) -> Option<bool> {
        let days = self.reopen_days.filter(|_| ticket.status == Status::Resolved)?;
        Some(now <= ticket.since.unwrap_or(ticket.updated_at).plus_seconds(i64::from(days) * DAY))
    }
}
