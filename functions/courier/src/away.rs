//! A message whose customer may have seen it elsewhere, or who was never asked whether they want mail.

use lambdesk_domain::{
    Message, Ticket,
    delivery::{Delivery, Errand, OTHERS},
    message::Author,
};
use lambdesk_store::CourierDesk;

use crate::{Courier, Failure};

/// What is found before such a message is sent.
#[derive(Default)]
pub(crate) struct Waiting {
    /// The message, and those behind it.
    pub(crate) messages: Vec<Message>,
    /// The deliveries behind it.
    later: Vec<Delivery>,
    /// Why it is not sent.
    pub(crate) reason: Option<&'static str>,
}

impl Waiting {
    /// The deliveries that the same mail may bring.
    pub(crate) fn goes_along(&self, own: &Delivery) -> &[Delivery] {
        if self.reason.is_none() && own.errand == Errand::Away { &self.later } else { &[] }
    }
}

impl Courier {
    /// Looks whether a message is still to be sent, and what goes along.
    pub(crate) async fn look(&self, desk: &CourierDesk, own: &Delivery) -> Result<Waiting, Failure> {
        let (ticket, messages, later) = tokio::try_join!(
            desk.ticket(own.ticket),
            desk.messages_from(own.ticket, own.written_at, OTHERS + 1),
            desk.deliveries_after(own.ticket, own.written_at)
        )?;
        let reason = match &ticket {
            None => Some("The ticket is gone."),
            Some(ticket) if ticket.route.is_none() && is_seen(ticket, &messages) => Some("The customer has read it."),
            Some(ticket) if own.errand == Errand::Survey && !is_open(ticket, own, desk) => Some("It is answered."),
            Some(_) => None,
        };
        Ok(Waiting { messages, later, reason })
    }
}

/// Whether the customer has read the first of these messages: fewer are unread than have been written since.
fn is_seen(ticket: &Ticket, messages: &[Message]) -> bool {
    let is_to_them = |message: &&Message| matches!(message.author, Author::Support { .. } | Author::Desk);
    let unread = usize::try_from(ticket.thread.unread_customer_count).unwrap_or(usize::MAX);
    unread < messages.iter().filter(is_to_them).count().max(1)
}

/// Whether the question of a delivery waits for its answer.
fn is_open(ticket: &Ticket, own: &Delivery, desk: &CourierDesk) -> bool {
    let asked = ticket.satisfaction.as_ref();
    asked.is_some_and(|asked| asked.asked_at == own.written_at && asked.answer.is_none() && asked.is_open(desk.now()))
}
