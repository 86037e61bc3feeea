//! Which messages go by mail to a customer who may not be there any more.
//!
//! Such a message waits for a while. If its customer has seen it by then, it stays on the desk. Else one mail brings all messages of
//! the ticket that wait.

use super::{Delivery, DeliveryStatus, Errand, Recipient, RecipientKind, plan::queued};
use crate::{
    mail::is_plausible,
    message::{Author, Message},
    settings::Settings,
    ticket::{Channel, Ticket},
    time::Timestamp,
};

/// Whether a customer who is away may get a message by mail: what the team or the desk says on a ticket of the widget or the API, to
/// somebody whose address is known; and the desk's question on a ticket by mail.
pub fn may_follow(ticket: &Ticket, message: &Message) -> bool {
    if message.private || message.mailed.is_some() {
        return false;
    }
    match (&message.author, &ticket.route) {
        (Author::Support { .. }, None) | (Author::Desk, _) => address_of(ticket).is_some(),
        (Author::Support { .. }, Some(_)) | (Author::Customer | Author::Participant(_), _) => false,
    }
}

/// The address of a ticket's customer. It may be what somebody typed into a form.
pub fn address_of(ticket: &Ticket) -> Option<&str> {
    if let Some(route) = &ticket.route {
        return Some(route.reply_to.as_deref().unwrap_or(&route.from));
    }
    let is_of_them = matches!(ticket.origin.channel(), Channel::Widget | Channel::Api);
    ticket.customer_email().filter(|address| is_of_them && is_plausible(address))
}

/// The delivery of a message to a customer who may be away, in a project that has an address; `None` for one that stays on the desk.
pub fn follow(ticket: &Ticket, message: &Message, settings: &Settings, now: Timestamp) -> Option<Delivery> {
    if !may_follow(ticket, message) || !settings.email_enabled() {
        return None;
    }
    let address = address_of(ticket)?.to_owned();
    let errand = if message.author == Author::Desk { Errand::Survey } else { Errand::Away };
    // On a ticket by mail there is nothing to wait for: the customer sees messages nowhere else.
    let minutes = if ticket.route.is_some() { 0 } else { settings.email_widget_minutes()? };
    let to = Recipient { address, kind: RecipientKind::To, status: DeliveryStatus::Queued, detail: None, at: message.created_at };
    let delivery = Delivery { errand, ..queued(ticket.id, message.id, message.created_at, vec![to], now) };
    Some(if minutes == 0 { delivery } else { delivery.waiting(now.plus_seconds(i64::from(minutes) * 60)) })
}

impl Delivery {
    /// The same, with nothing to do before its timer.
    fn waiting(self, until: Timestamp) -> Self {
        Self { due: None, timer: until, since: until, ..self }
    }

    /// The delivery with what waits behind it, taken by whoever sends it now, and these others as they are from then on. They are
    /// settled: one mail brings all of them.
    pub fn with_others(mut self, others: &[Self]) -> (Self, Vec<Self>) {
        let waiting = others.iter().filter(|other| other.errand == Errand::Away && other.is_untouched());
        let waiting = waiting
            .filter(|other| self.recipients.first().map(|to| &to.address) == other.recipients.first().map(|to| &to.address));
        let mut settled = Vec::new();
        for other in waiting.take(OTHERS.saturating_sub(self.others.len())) {
            self.others.push(other.written_at);
            let mut other = other.next();
            other.due = None;
            for recipient in &mut other.recipients {
                (recipient.status, recipient.detail) = (DeliveryStatus::Skipped, Some(GOES_ALONG.to_owned()));
            }
            settled.push(other);
        }
        (self, settled)
    }

    /// Whether nobody has tried to send it.
    fn is_untouched(&self) -> bool {
        !self.is_settled() && self.tries == 0
    }
}

/// The most messages that a mail brings beside its own.
pub const OTHERS: usize = 19;
/// What is said of a message that goes along with another one.
const GOES_ALONG: &str = "It is in the mail of an earlier reply.";

#[cfg(test)]
mod tests;
