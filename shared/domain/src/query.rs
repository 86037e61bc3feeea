//! Lists of tickets: which tickets are asked for, and in which order (docs/decisions.md, 2 to 8).
//!
//! [`Filter::admits`] defines what a filter means, ticket by ticket. A store may read fewer tickets through an index, but still
//! checks each of them with it.

mod order;
mod span;
mod words;

use crate::{
    alarm::is_breached,
    assignee::Assignee,
    ids::TicketId,
    ticket::{Channel, ChannelDetail, Priority, Status, Ticket},
    time::Timestamp,
};

pub use order::{Key, Order, Position};
pub use span::{BadDate, Span, read_from, read_to};
pub use words::{BadSearch, Search, customer_words, customer_words_before};

/// How an unresolved ticket stands with its deadline, as PostHog Support's ticket list has it. A resolved ticket is in none of
/// these states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SlaState {
    /// More than an hour is left.
    OnTrack,
    /// An hour or less is left.
    AtRisk,
    /// The deadline has passed.
    Breached,
    /// No deadline runs: the ticket has none, or its clock is paused.
    Without,
}

impl SlaState {
    /// Every state, from the most time left to no deadline.
    pub const ALL: [Self; 4] = [Self::OnTrack, Self::AtRisk, Self::Breached, Self::Without];

    /// The state of a ticket at `now`; `None` if it is resolved.
    pub fn of(ticket: &Ticket, now: Timestamp) -> Option<Self> {
        let state = || ticket.sla_due_at.map_or(Self::Without, |due| Self::of_deadline(due, now));
        (ticket.fields.status != Status::Resolved).then(state)
    }

    /// The state at `now` of a deadline that runs.
    pub fn of_deadline(due_at: Timestamp, now: Timestamp) -> Self {
        if is_breached(due_at, now) {
            Self::Breached
        } else if due_at <= now.plus_seconds(3600) {
            Self::AtRisk
        } else {
            Self::OnTrack
        }
    }

    /// The word in the `sla` filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnTrack => "on-track",
            Self::AtRisk => "at-risk",
            Self::Breached => "breached",
            Self::Without => "none",
        }
    }

    /// The state for a word: that of the filter, or the one that a ticket shows as `sla.state`, with `_` for `-`.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.replace('_', "-");
        Self::ALL.into_iter().find(|state| state.name() == word)
    }
}

/// Which tickets are asked for. All given conditions must hold; one that is not given holds for every ticket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Any of these statuses.
    pub statuses: Option<Vec<Status>>,
    /// Any of these priorities. A ticket without a priority has none of them.
    pub priorities: Option<Vec<Priority>>,
    /// Any of these channels.
    pub channels: Option<Vec<Channel>>,
    /// Any of these details of its channel. A ticket without a detail has none of them.
    pub channel_details: Option<Vec<ChannelDetail>>,
    /// Any of these assignees; `None` among them means unassigned.
    pub assignees: Option<Vec<Option<Assignee>>>,
    /// When it was created.
    pub created: Span,
    /// When it was last changed.
    pub updated: Span,
    /// Any of these customers.
    pub distinct_ids: Option<Vec<String>>,
    /// Any of these tickets.
    pub ids: Option<Vec<TicketId>>,
    /// Any of these states of its deadline. A resolved ticket has none of them.
    pub sla: Option<Vec<SlaState>>,
    /// Whether the ticket is snoozed.
    pub snoozed: Option<bool>,
    /// At least one of these tags.
    pub tags_any: Option<Vec<String>>,
    /// All of these tags.
    pub tags_all: Option<Vec<String>>,
    /// None of these tags.
    pub tags_none: Option<Vec<String>>,
    /// The ticket's number, or words of its customer's name or e-mail.
    pub search: Option<Search>,
}

/// Whether `value` is one of `wanted`, or nothing is wanted in particular.
fn among<T: PartialEq>(wanted: Option<&Vec<T>>, value: &T) -> bool {
    wanted.is_none_or(|wanted| wanted.contains(value))
}

impl Filter {
    /// Whether the filter holds for a ticket.
    pub fn admits(&self, ticket: &Ticket, now: Timestamp) -> bool {
        let Self {
            statuses,
            priorities,
            channels,
            channel_details,
            assignees,
            created,
            updated,
            distinct_ids,
            ids,
            sla,
            snoozed,
            tags_any,
            tags_all,
            tags_none,
            search,
        } = self;
        among(statuses.as_ref(), &ticket.fields.status)
            && priorities.as_ref().is_none_or(|any| ticket.fields.priority.is_some_and(|priority| any.contains(&priority)))
            && among(channels.as_ref(), &ticket.origin.channel())
            && channel_details.as_ref().is_none_or(|any| ticket.origin.detail().is_some_and(|detail| any.contains(&detail)))
            && among(assignees.as_ref(), &ticket.fields.assignee)
            && created.contains(ticket.created_at)
            && updated.contains(ticket.updated_at)
            && among(distinct_ids.as_ref(), &ticket.distinct_id)
            && among(ids.as_ref(), &ticket.id)
            && sla.as_ref().is_none_or(|any| SlaState::of(ticket, now).is_some_and(|state| any.contains(&state)))
            && snoozed.is_none_or(|snoozed| ticket.fields.snoozed_until.is_some() == snoozed)
            && tags_any.as_ref().is_none_or(|any| any.iter().any(|tag| ticket.fields.tags.contains(tag)))
            && tags_all.as_ref().is_none_or(|all| all.iter().all(|tag| ticket.fields.tags.contains(tag)))
            && tags_none.as_ref().is_none_or(|none| !none.iter().any(|tag| ticket.fields.tags.contains(tag)))
            && search.as_ref().is_none_or(|search| search.finds(ticket))
    }

    /// Whether the filter uses only what the totals count by: status, priority, channel, assignee. Its count is then exact
    /// (docs/decisions.md, 6).
    pub fn is_counted_by_totals(&self) -> bool {
        let Self { statuses, priorities, channels, assignees, .. } = self.clone();
        *self == Self { statuses, priorities, channels, assignees, ..Self::default() }
    }
}

#[cfg(test)]
pub(crate) mod tests;
