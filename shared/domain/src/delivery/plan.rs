//! Which messages leave the desk, and to whom.

use super::{Delivery, DeliveryStatus, Errand, OUTCOME, Recipient, RecipientKind};
use crate::{
    identity::is_same_address,
    ids::{MessageId, TicketId},
    mail::MailRoute,
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
    /// Whether nobody else gets it.
    pub fn is_empty(&self) -> bool {
        self.cc.is_empty() && self.bcc.is_empty()
    }

    /// Nobody else.
    pub const NONE: Self = Self { cc: Vec::new(), bcc: Vec::new() };
}

/// Whether a message may leave the desk by mail: what the team says to the customer of a ticket by mail. A mail of a member went to
/// them by itself.
pub fn may_leave(ticket: &Ticket, message: &Message) -> bool {
    let is_of_team = matches!(message.author, Author::Support { .. });
    ticket.route.is_some() && is_of_team && !message.private && message.mailed.is_none()
}

/// The most addresses that a mail goes to, which is what the sending service takes.
pub const MOST_RECIPIENTS: usize = 50;

/// Whom a message on a ticket by mail goes to, each of them once: to who asked and to who else takes part, and to whom its author names.
pub(crate) fn addressees<'a>(route: &'a MailRoute, copies: &'a Copies) -> Vec<(&'a String, RecipientKind)> {
    let to = route.reply_to.as_ref().unwrap_or(&route.from);
    let cc = route.cc.iter().chain(&copies.cc).map(|address| (address, RecipientKind::Cc));
    let bcc = copies.bcc.iter().map(|address| (address, RecipientKind::Bcc));
    let mut all: Vec<(&String, RecipientKind)> = Vec::new();
    for (address, kind) in [(to, RecipientKind::To)].into_iter().chain(cc).chain(bcc) {
        if !all.iter().any(|(known, _)| is_same_address(known, address)) {
            all.push((address, kind));
        }
    }
    all
}

/// The delivery of a message; `None` for one that stays on the desk.
pub fn plan(ticket: &Ticket, message: &Message, copies: &Copies, now: Timestamp) -> Option<Delivery> {
    let route = ticket.route.as_deref().filter(|_| may_leave(ticket, message))?;
    let recipient = |(address, kind): (&String, RecipientKind)| {
        let (address, status) = (address.clone(), DeliveryStatus::Queued);
        Recipient { address, kind, status, detail: None, at: message.created_at }
    };
    let recipients = addressees(route, copies).into_iter().map(recipient).collect();
    Some(queued(ticket.id, message.id, message.created_at, recipients, now))
}

/// A delivery that waits for whoever sends it, as a reply on a ticket by mail does.
pub(super) fn queued(
    ticket: TicketId,
    message: MessageId,
    written_at: Timestamp,
    recipients: Vec<Recipient>,
    now: Timestamp,
) -> Delivery {
    Delivery {
        errand: Errand::Reply,
        ticket,
        message,
        written_at,
        recipients,
        since: now,
        tries: 0,
        tried_at: None,
        due: Some(now),
        timer: now.plus_seconds(OUTCOME),
        mail: None,
        others: Vec::new(),
        page: None,
        version: 1,
    }
}
