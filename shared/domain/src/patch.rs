//! A change of a ticket's fields. Absent, null and a value are three different things.

use crate::{
    assignee::Assignee,
    calendar::Zone,
    policies::clock::Goal,
    refusal::Refusal,
    sla::Deadline,
    tags::{Tags, TagsMode},
    ticket::{Priority, Status, Ticket},
    time::{Timestamp, is_shown},
    traits::{Object, proven_by_team},
};

/// What to change; `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// The new status. It wins over the status that a snooze brings about.
    pub status: Option<Status>,
    /// The new priority; `Some(None)` for none.
    pub priority: Option<Option<Priority>>,
    /// The new assignee; `Some(None)` for nobody.
    pub assignee: Option<Option<Assignee>>,
    /// Whether the named assignee does not belong to the project. That is no error if the ticket is assigned to them already: a
    /// client may send back what it was shown.
    pub names_outsider: bool,
    /// All traits: they replace the present ones.
    pub anonymous_traits: Option<Object>,
    /// Whether the traits are sent back as they were shown. The sender then vouches only for the traits that differ.
    pub traits_as_shown: bool,
    /// Whether an AI resolved the ticket.
    pub ai_resolved: Option<bool>,
    /// Why the ticket was escalated.
    pub escalation_reason: Option<Option<String>>,
    /// The deadline to set on the ticket, or that it is cleared.
    pub deadline: Option<Deadline>,
    /// When the ticket wakes; `Some(None)` wakes it now.
    pub snoozed_until: Option<Option<Timestamp>>,
    /// Who else takes part by mail. Boxed: few changes have it.
    pub cc_participants: Option<Box<Others>>,
    /// Tags, and whether they replace the present ones, are added, or are removed.
    pub tags: Option<(Tags, TagsMode)>,
}

/// Who else takes part in a ticket by mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others(pub Vec<String>);

impl Patch {
    /// The assignee whom `ticket` can't be assigned to because they do not belong to the project.
    pub(crate) fn outsider(&self, ticket: &Ticket) -> Option<Assignee> {
        self.assignee.flatten().filter(|assignee| self.names_outsider && ticket.fields.assignee != Some(*assignee))
    }

    /// Applies every field to `ticket`; an error may leave `ticket` half changed, so the caller drops it. Hours that name no
    /// zone are read by the wall clock of `zone`.
    ///
    /// Snoozing a ticket puts it on hold and clearing its snooze opens it, unless the patch sets the status itself. PostHog
    /// Support does the same.
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
            cc_participants,
            tags,
        } = self;
        match (cc_participants.map(|others| others.0), &mut ticket.route) {
            (None, _) => {}
            (Some(others), Some(route)) => {
                route.cc.clear();
                route.join(others);
            }
            (Some(others), None) if others.is_empty() => {}
            (Some(_), None) => return Err(Refusal::NotByMail),
        }
        let fields = &mut ticket.fields;
        if let Some((tags, mode)) = tags {
            fields.tags = fields.tags.merge(&tags, mode)?;
        }
        // A time equal to the present one but for the microseconds was sent back by a browser, which rounds to milliseconds.
        if let Some(until) = snoozed_until.filter(|until| !is_shown(*until, fields.snoozed_until)) {
            within_reach("snoozed_until", until, now)?;
            match (fields.snoozed_until, until) {
                (None, Some(_)) => fields.status = Status::OnHold,
                (Some(_), None) => fields.status = Status::Open,
                (None, None) | (Some(_), Some(_)) => {}
            }
            fields.snoozed_until = until;
        }
        set(&mut fields.status, status);
        set(&mut fields.priority, priority);
        set(&mut fields.assignee, assignee);
        if let Some(traits) = anonymous_traits {
            fields.proven_traits = proven_by_team(&fields.anonymous_traits, &fields.proven_traits, &traits, traits_as_shown);
            fields.anonymous_traits = traits;
        }
        set(&mut fields.ai_resolved, ai_resolved);
        set(&mut fields.escalation_reason, escalation_reason);
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

/// Refuses a time over 100 years ahead: it is a mistake, and a ticket must not wait for it.
fn within_reach(field: &'static str, at: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    if at.is_some_and(|at| at.is_beyond(now)) { Err(Refusal::TooFar(field)) } else { Ok(()) }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
