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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::UserId,
        testing::{at, content, mailed, route, ticket},
    };

    fn by_mail(reply_to: Option<&str>) -> Ticket {
        let cc = vec!["bob@example.com".to_owned()];
        let route = MailRoute { reply_to: reply_to.map(str::to_owned), cc, ..route() };
        Ticket { route: Some(Box::new(route)), ..ticket() }
    }

    fn reply() -> Message {
        Message {
            id: MessageId::new(at(5), 1),
            created_at: at(5),
            author: Author::Support { user: Some(UserId(1)), name: "Grace".to_owned() },
            content: content("Hi"),
            private: false,
            edits: 0,
            follows: None,
            mailed: None,
        }
    }

    fn copies(cc: &[&str], bcc: &[&str]) -> Copies {
        let owned = |addresses: &[&str]| addresses.iter().map(|address| (*address).to_owned()).collect();
        Copies { cc: owned(cc), bcc: owned(bcc) }
    }

    #[test]
    fn copies_are_none_without_an_address() {
        assert!(Copies::NONE.is_empty());
        assert!(!copies(&["cy@example.com"], &[]).is_empty() && !copies(&[], &["cy@example.com"]).is_empty());
    }

    #[test]
    fn only_what_the_team_says_on_a_ticket_by_mail_leaves() {
        let ticket = by_mail(None);
        assert!(may_leave(&ticket, &reply()));
        for stays in [
            Message { private: true, ..reply() },
            Message { author: Author::Customer, ..reply() },
            Message { author: Author::Desk, ..reply() },
            Message { mailed: Some(Box::new(mailed("grace@example.com"))), ..reply() },
        ] {
            assert!(!may_leave(&ticket, &stays), "{stays:?}");
            assert_eq!(plan(&ticket, &stays, &Copies::NONE, at(6)), None);
        }
        assert!(!may_leave(&Ticket { route: None, ..ticket }, &reply()));
    }

    #[test]
    fn a_reply_goes_once_to_each_of_those_who_take_part() {
        use RecipientKind::{Bcc, Cc, To};
        let others = copies(&["BOB@example.com", "cy@example.com"], &["ada@example.com", "dee@example.com", "Cy@example.com"]);
        let planned = plan(&by_mail(None), &reply(), &others, at(6)).unwrap();
        let to: Vec<_> = planned.recipients.iter().map(|to| (to.address.as_str(), to.kind)).collect();
        assert_eq!(to, [("ada@example.com", To), ("bob@example.com", Cc), ("cy@example.com", Cc), ("dee@example.com", Bcc)]);
        assert!(planned.recipients.iter().all(|to| (to.status, to.at) == (DeliveryStatus::Queued, at(5))));
        assert_eq!((planned.errand, planned.message, planned.written_at), (Errand::Reply, reply().id, at(5)));
        assert_eq!((planned.since, planned.due, planned.timer, planned.version), (at(6), Some(at(6)), at(600_000_006), 1));
        let elsewhere = plan(&by_mail(Some("home@example.com")), &reply(), &Copies::NONE, at(6)).unwrap();
        let to: Vec<_> = elsewhere.recipients.iter().map(|to| (to.address.as_str(), to.kind)).collect();
        assert_eq!(to, [("home@example.com", To), ("bob@example.com", Cc)]);
    }
}
