//! A change of a ticket's fields. Absent, null and a value are three different things.

use crate::{
    assignee::Assignee,
    calendar::Zone,
    decide::Refusal,
    policies::clock::Goal,
    sla::Deadline,
    tags::{Tags, TagsMode},
    ticket::{Priority, Status, Ticket},
    time::Timestamp,
    traits::{Object, proven_by_team},
};

/// What to change; `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// Where it stands.
    pub status: Option<Status>,
    /// How urgent it is.
    pub priority: Option<Option<Priority>>,
    /// Who is responsible.
    pub assignee: Option<Option<Assignee>>,
    /// Whether whoever it names is not of the project. That is no fault where the ticket is theirs already: a client may send
    /// back what it was shown.
    pub names_outsider: bool,
    /// All of the traits.
    pub anonymous_traits: Option<Object>,
    /// Whether the traits are sent back as they were shown, so that who sends them vouches for what differs and no more.
    pub traits_as_shown: bool,
    /// Whether an AI resolved it.
    pub ai_resolved: Option<bool>,
    /// Why it was escalated.
    pub escalation_reason: Option<Option<String>>,
    /// The deadline.
    pub deadline: Option<Deadline>,
    /// Asleep until then.
    pub snoozed_until: Option<Option<Timestamp>>,
    /// Tags, and how they meet those that are there.
    pub tags: Option<(Tags, TagsMode)>,
}

impl Patch {
    /// Whom `ticket` can't be assigned to.
    pub(crate) fn outsider(&self, ticket: &Ticket) -> Option<Assignee> {
        self.assignee.flatten().filter(|assignee| self.names_outsider && ticket.assignee != Some(*assignee))
    }

    /// Applies every field to `ticket`, or refuses as a whole. Hours that name no zone are by the wall clock of `zone`.
    ///
    /// A snooze moves the status with it unless the status is given: falling asleep puts the ticket on hold, being woken
    /// opens it (agent-api.md section 3.2).
    pub(crate) fn apply(self, ticket: &mut Ticket, zone: Zone, now: Timestamp) -> Result<(), Refusal> {
        let Self {
            status,
            priority,
            assignee,
            names_outsider: _,
            anonymous_traits,
            traits_as_shown,
            ai_resolved,
            escalation_reason,
            deadline,
            snoozed_until,
            tags,
        } = self;
        if let Some((tags, mode)) = tags {
            ticket.tags = ticket.tags.merge(&tags, mode)?;
        }
        // What is to the millisecond as it is was sent back by a browser.
        if let Some(until) = snoozed_until.filter(|until| !is_shown(*until, ticket.snoozed_until)) {
            within_reach("snoozed_until", until, now)?;
            match (ticket.snoozed_until, until) {
                (None, Some(_)) => ticket.status = Status::OnHold,
                (Some(_), None) => ticket.status = Status::Open,
                (None, None) | (Some(_), Some(_)) => {}
            }
            ticket.snoozed_until = until;
        }
        set(&mut ticket.status, status);
        set(&mut ticket.priority, priority);
        set(&mut ticket.assignee, assignee);
        if let Some(traits) = anonymous_traits {
            ticket.proven_traits = proven_by_team(&ticket.anonymous_traits, &ticket.proven_traits, &traits, traits_as_shown);
            ticket.anonymous_traits = traits;
        }
        set(&mut ticket.ai_resolved, ai_resolved);
        set(&mut ticket.escalation_reason, escalation_reason);
        match deadline {
            None => {}
            Some(Deadline::Clear) => ticket.sla_clock.set = None,
            Some(Deadline::Shown(due)) if is_shown(due, ticket.sla_due_at) => {}
            Some(Deadline::Shown(due)) => {
                within_reach("sla_due_at", due, now)?;
                ticket.sla_clock.set = due.map(|due| Box::new(Goal::at(due, now)));
            }
            Some(Deadline::In(amount)) => ticket.sla_clock.set = Some(Box::new(Goal::after(amount.in_zone(zone), now))),
        }
        Ok(())
    }
}

/// Refuses a time that nobody will live to see: a ticket is not to wait for it.
fn within_reach(field: &'static str, at: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    if at.is_some_and(|at| at.is_beyond(now)) { Err(Refusal::TooFar(field)) } else { Ok(()) }
}

/// Whether a time is the one that a client was shown, give or take what a browser's clock rounds.
fn is_shown(given: Option<Timestamp>, shown: Option<Timestamp>) -> bool {
    match (given, shown) {
        (Some(given), Some(shown)) => (given.micros() - shown.micros()).abs() < 1000,
        (given, shown) => given == shown,
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
