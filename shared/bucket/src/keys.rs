//! Where things lie in the bucket.

use lambdesk_domain::{ProjectId, TicketId};
use uuid::Uuid;

/// The raw mails.
pub const INBOUND: &str = "inbound/";
/// What belongs to tickets.
pub const TICKETS: &str = "p/";
/// What is uploaded and not sent yet.
pub const PENDING: &str = "pending/";

/// What all that belongs to a ticket begins with.
pub fn of_ticket(project: ProjectId, ticket: TicketId) -> String {
    format!("{TICKETS}{project}/{ticket}/")
}

/// A file of a ticket.
pub fn file(project: ProjectId, ticket: TicketId, id: Uuid) -> String {
    format!("{TICKETS}{project}/{ticket}/{id}")
}

/// A file that is uploaded for a ticket and not sent yet.
pub fn pending(project: ProjectId, ticket: TicketId, id: Uuid) -> String {
    format!("{PENDING}{project}/{ticket}/{id}")
}

/// How a mail of a ticket is shown, by where the mail itself is kept.
pub fn shown(project: ProjectId, ticket: TicketId, raw: &str) -> String {
    format!("{TICKETS}{project}/{ticket}/{}.json", raw.rsplit('/').next().unwrap_or_default())
}
