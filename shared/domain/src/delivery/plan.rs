//! Which messages leave the desk, and to whom.

use super::{Delivery, DeliveryStatus, OUTCOME, Recipient, RecipientKind};
use crate::{
    identity::is_same_address,
    message::{Author, Message},
    ticket::Ticket,
    time::Timestamp,
};

/// Who else gets a message: those whom its author names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    /// They get a copy.
    pub cc: Vec<String>,
    /// They get a copy that the others don't see.
    pub bcc: Vec<String>,
}

impl Copies {
    /// Nobody else.
    pub const NONE: Self = Self { cc: Vec::new(), bcc: Vec::new() };
}

/// Whether a message may leave the desk by mail: what the team says to the customer of a ticket by mail. A mail of a member went to
/// them by itself.
pub fn may_leave(ticket: &Ticket, message: &Message) -> bool {
    let is_of_team = matches!(message.author, Author::Support { .. });
    ticket.route.is_some() && is_of_team && !message.private && message.mailed.is_none()
}

/// The delivery of a message; `None` for one that stays on the desk. It goes to who asked and to who else takes part.
pub fn plan(ticket: &Ticket, message: &Message, copies: &Copies, now: Timestamp) -> Option<Delivery> {
    let route = ticket.route.as_deref().filter(|_| may_leave(ticket, message))?;
    let to = route.reply_to.as_ref().unwrap_or(&route.from);
    let mut recipients: Vec<Recipient> = Vec::new();
    let all = [(to, RecipientKind::To)].into_iter();
    let all = all.chain(route.cc.iter().chain(&copies.cc).map(|address| (address, RecipientKind::Cc)));
    for (address, kind) in all.chain(copies.bcc.iter().map(|address| (address, RecipientKind::Bcc))) {
        let is_known = recipients.iter().any(|known| is_same_address(&known.address, address));
        if !is_known {
            let status = DeliveryStatus::Queued;
            recipients.push(Recipient { address: address.clone(), kind, status, detail: None, at: message.created_at });
        }
    }
    Some(Delivery {
        ticket: ticket.id,
        message: message.id,
        written_at: message.created_at,
        recipients,
        tries: 0,
        tried_at: None,
        due: Some(now),
        timer: now.plus_seconds(OUTCOME),
        mail: None,
        version: 1,
    })
}
