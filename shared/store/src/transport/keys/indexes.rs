//! Keys of the table's indexes.

use lambdesk_domain::{
    ProjectId, Timestamp,
    assignee::Assignee,
    ids::TicketNumber,
    ticket::{Status, Ticket},
};

use super::fixed;

/// Partition key of `by_status`.
pub(crate) fn by_status(project: ProjectId, status: Status) -> String {
    format!("{project}#{}", status.name())
}

/// Sort key of `by_status` and `by_assignee`: unique within a project, so that a cursor is a place between two tickets.
pub(crate) fn updated(at: Timestamp, number: TicketNumber) -> String {
    format!("{}#{number}", fixed(at))
}

/// Partition key of `by_assignee`: open and resolved work lie apart.
pub(crate) fn by_assignee(project: ProjectId, assignee: Assignee, status: Status) -> String {
    let part = if status == Status::Resolved { "resolved" } else { "open" };
    format!("{project}#{assignee}#{part}")
}

/// Partition key of `by_customer`: tickets whose customer was proven lie apart, so that whoever writes under another's distinct
/// id can't crowd out theirs. A project is a number, so no distinct id makes the one look like the other.
pub(crate) fn by_customer(project: ProjectId, distinct_id: &str, proven: bool) -> String {
    format!("{}{project}#{distinct_id}", if proven { "v!" } else { "" })
}

/// Both partitions of a customer, the proven one first. Tickets that were written before the two were kept apart are in the
/// other until they are written again.
pub(crate) fn of_customer(project: ProjectId, distinct_id: &str) -> [String; 2] {
    [true, false].map(|proven| by_customer(project, distinct_id, proven))
}

/// Partition key of `by_session`.
pub(crate) fn by_session(project: ProjectId, session: &str) -> String {
    format!("{project}#{session}")
}

/// [`updated`] of a ticket.
pub(crate) fn updated_of(ticket: &Ticket) -> String {
    updated(ticket.updated_at, ticket.number)
}
