//! Links that prove themselves: whoever has one got it from the desk.

use lambdesk_domain::{ProjectId, TicketId, project::Project};

use crate::crypto;

/// How many bytes of the signature a link carries.
const SIGNATURE: usize = 16;

/// What proves that the desk asked for a rating of this ticket.
pub fn rating_key(project: &Project, ticket: TicketId) -> String {
    let bound = format!("satisfaction|{}|{ticket}", project.id);
    hex::encode(&crypto::sign(project.cursor_key.as_bytes(), bound.as_bytes())[..SIGNATURE])
}

/// The page on which a ticket's customer gives a rating. A link adds `?rating=`, which the page only shows as chosen.
pub fn rating_page(link_base: &str, project: &Project, ticket: TicketId) -> String {
    let ProjectId(number) = project.id;
    format!("{link_base}/api/conversations/v1/widget/satisfaction/{number}/{ticket}/{}", rating_key(project, ticket))
}
