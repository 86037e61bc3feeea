//! Mails that bring no message of a ticket.

use super::{Delivery, DeliveryStatus, Errand, Recipient, RecipientKind, plan::queued};
use crate::{
    ids::{MessageId, TicketId},
    ticket::Ticket,
    time::Timestamp,
};

/// A mail with the link by which the customer of an address gets back their tickets, on this page. It is about no ticket, so it has
/// an id that none has.
pub fn restore(id: TicketId, message: MessageId, address: &str, page: String, now: Timestamp) -> Delivery {
    let to = vec![recipient(address, RecipientKind::To, now)];
    Delivery { errand: Errand::Restore, page: Some(page), ..queued(id, message, now, to, now) }
}

pub(super) fn recipient(address: &str, kind: RecipientKind, at: Timestamp) -> Recipient {
    Recipient { address: address.to_owned(), kind, status: DeliveryStatus::Queued, detail: None, at }
}

/// A mail that tells these addresses of a new ticket; `None` if there are none. Those behind the first don't see each other.
pub fn notice(ticket: &Ticket, to: &[&str], now: Timestamp) -> Option<Delivery> {
    let kind = |place| if place == 0 { RecipientKind::To } else { RecipientKind::Bcc };
    let recipients: Vec<_> = to.iter().enumerate().map(|(place, to)| recipient(to, kind(place), now)).collect();
    (!recipients.is_empty()).then(|| before_all(ticket, Errand::Notice, 1, recipients, now))?
}

/// A mail that tells an address that what it wrote has arrived.
pub fn acknowledgement(ticket: &Ticket, to: &str, now: Timestamp) -> Option<Delivery> {
    before_all(ticket, Errand::Acknowledgement, 2, vec![recipient(to, RecipientKind::To, now)], now)
}

/// A mail about a new ticket. Its time is before all of the ticket's messages, and always the same, so that it is written once.
fn before_all(ticket: &Ticket, errand: Errand, micros: i64, recipients: Vec<Recipient>, now: Timestamp) -> Option<Delivery> {
    let at = Timestamp::from_micros(ticket.created_at.micros() - micros)?;
    let id = MessageId::new(at, ticket.id.0.as_u64_pair().1);
    Some(Delivery { errand, ..queued(ticket.id, id, at, recipients, now) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ticket;

    #[test]
    fn mails_about_a_new_ticket_are_the_same_each_time() {
        let ticket = ticket();
        let now = ticket.created_at;
        assert_eq!(notice(&ticket, &[], now), None);
        let told = notice(&ticket, &["a@example.com", "b@example.com"], now).unwrap();
        assert_eq!(told.message.created_at(), Some(told.written_at));
        assert_eq!(told.recipients.iter().map(|to| to.kind).collect::<Vec<_>>(), [RecipientKind::To, RecipientKind::Bcc]);
        let again = notice(&ticket, &["a@example.com"], now.next()).unwrap();
        assert_eq!((again.message, again.written_at), (told.message, told.written_at));
        let other = acknowledgement(&ticket, "c@example.com", now).unwrap();
        assert!(other.written_at < told.written_at && told.written_at < ticket.created_at);
    }

    #[test]
    fn each_mail_has_its_errand() {
        let ticket = ticket();
        let now = ticket.created_at;
        assert_eq!(notice(&ticket, &["a@example.com"], now).unwrap().errand, Errand::Notice);
        let other = acknowledgement(&ticket, "c@example.com", now).unwrap();
        assert_eq!(
            (other.errand, other.recipients),
            (Errand::Acknowledgement, vec![recipient("c@example.com", RecipientKind::To, now)])
        );
    }

    #[test]
    fn a_link_to_lost_tickets_goes_to_one_address_at_once() {
        let (id, now) = (TicketId(uuid::Uuid::from_u128(5)), ticket().created_at);
        let message = MessageId::new(now, 1);
        let link = restore(id, message, "ada@example.com", "https://shop.example/".to_owned(), now);
        assert_eq!((link.errand, link.ticket, link.message, link.due), (Errand::Restore, id, message, Some(now)));
        assert_eq!((link.page.as_deref(), link.written_at), (Some("https://shop.example/"), now));
        assert_eq!(link.recipients, [recipient("ada@example.com", RecipientKind::To, now)]);
    }
}
