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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::UserId,
        mail::MailRoute,
        testing::{at, ticket},
    };

    const NOW: i64 = 1_000_000;
    /// A hundred years in microseconds.
    const CENTURY: i64 = 3_155_760_000_000_000;

    fn applied(patch: Patch, mut ticket: Ticket) -> Result<Ticket, Refusal> {
        patch.apply(&mut ticket, Zone::UTC, at(NOW)).map(|()| ticket)
    }

    fn with_others(others: &[&str]) -> Patch {
        let others = others.iter().copied().map(str::to_owned).collect();
        Patch { cc_participants: Some(Box::new(Others(others))), ..Patch::default() }
    }

    #[test]
    fn others_take_part_in_a_ticket_by_mail_instead_of_those_before() {
        let cc = vec!["old@example.com".to_owned()];
        let route = MailRoute {
            address: "help@example.com".to_owned(),
            subject: "Help".to_owned(),
            from: "ada@example.com".to_owned(),
            reply_to: None,
            cc,
        };
        let by_mail = Ticket { route: Some(Box::new(route)), ..ticket() };
        let cc = |others: &[&str]| applied(with_others(others), by_mail.clone()).unwrap().route.unwrap().cc;
        assert_eq!(cc(&["b@example.com", "ada@example.com", "b@example.com"]), ["b@example.com"], "each once, beside who asked");
        assert_eq!(cc(&[]), [""; 0]);
    }

    #[test]
    fn nobody_takes_part_in_a_ticket_that_is_not_by_mail() {
        assert_eq!(applied(with_others(&["b@example.com"]), ticket()), Err(Refusal::NotByMail));
        assert_eq!(applied(with_others(&[]), ticket()), Ok(ticket()));
    }

    #[test]
    fn an_outsider_is_refused_unless_the_ticket_is_theirs_already() {
        let somebody = |id| Some(Assignee::User(UserId(id)));
        let names = |id, names_outsider| Patch { assignee: Some(somebody(id)), names_outsider, ..Patch::default() };
        let mut of_one = ticket();
        of_one.fields.assignee = somebody(1);
        assert_eq!((names(2, true).outsider(&of_one), names(1, true).outsider(&of_one)), (somebody(2), None));
        assert_eq!((names(2, false).outsider(&of_one), Patch::default().outsider(&of_one)), (None, None));
    }

    #[test]
    fn no_time_is_set_over_a_hundred_years_ahead() {
        let snooze = |until| Patch { snoozed_until: Some(Some(at(until))), ..Patch::default() };
        let due = |due| Patch { deadline: Some(Deadline::Shown(Some(at(due)))), ..Patch::default() };
        let last = NOW + CENTURY;
        assert_eq!(applied(snooze(last + 1), ticket()), Err(Refusal::TooFar("snoozed_until")));
        assert_eq!(applied(due(last + 1), ticket()), Err(Refusal::TooFar("sla_due_at")));
        assert_eq!(applied(snooze(last), ticket()).unwrap().fields.snoozed_until, Some(at(last)));
        assert_eq!(applied(due(last), ticket()).unwrap().sla_clock.set, Some(Box::new(Goal::at(at(last), at(NOW)))));
    }

    #[test]
    fn a_time_that_is_sent_back_as_it_was_shown_changes_nothing() {
        let mut shown = ticket();
        (shown.fields.snoozed_until, shown.sla_due_at) = (Some(at(5_000_999)), Some(at(7_000_999)));
        let back = |until, due| Patch {
            snoozed_until: Some(Some(at(until))),
            deadline: Some(Deadline::Shown(Some(at(due)))),
            ..Patch::default()
        };
        assert_eq!(applied(back(5_000_000, 7_000_000), shown.clone()), Ok(shown.clone()));
        let moved = applied(back(6_000_000, 8_000_000), shown).unwrap();
        assert_eq!((moved.fields.snoozed_until, moved.sla_clock.set.is_some()), (Some(at(6_000_000)), true));
    }
}
