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
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        ids::MessageId,
        testing::{content, draft_of, object, opened},
    };

    fn said(ticket: &Ticket, author: Author, seconds: i64) -> Message {
        let at = ticket.created_at.plus_seconds(seconds);
        Message {
            id: MessageId::new(at, 1),
            created_at: at,
            author,
            content: content("Hi"),
            private: false,
            edits: 0,
            follows: None,
            mailed: None,
        }
    }

    fn support() -> Author {
        Author::Support { user: None, name: "Support".to_owned() }
    }

    fn planned(ticket: &Ticket, seconds: i64, set: serde_json::Value) -> Option<Delivery> {
        let message = said(ticket, support(), seconds);
        let settings = Settings::from_stored(object(set));
        follow(ticket, &message, &settings, message.created_at)
    }

    #[test]
    fn a_reply_waits_for_as_long_as_the_project_says() {
        let ticket = opened(draft_of("Ada", "ada@example.com")).0;
        let waits = planned(&ticket, 1, json!({})).unwrap();
        let due = waits.written_at.plus_seconds(300);
        assert_eq!((waits.errand, waits.due, waits.timer, waits.since), (Errand::Away, None, due, due));
        assert_eq!(planned(&ticket, 1, json!({"email_widget_minutes": 0})).unwrap().due, Some(waits.written_at));
        for never in [json!({"email_widget_minutes": null}), json!({"email_enabled": false})] {
            assert_eq!(planned(&ticket, 1, never), None);
        }
        assert_eq!(planned(&opened(draft_of("Ada", "ada")).0, 1, json!({})), None, "mail can't be sent to such a text");
        let private = Message { private: true, ..said(&ticket, support(), 1) };
        assert!(!may_follow(&ticket, &private) && !may_follow(&ticket, &said(&ticket, Author::Customer, 1)));
    }

    #[test]
    fn one_mail_takes_along_what_waits_behind_it() {
        let ticket = opened(draft_of("Ada", "ada@example.com")).0;
        let [one, two, three] = [1, 2, 3].map(|seconds| planned(&ticket, seconds, json!({})).unwrap());
        let tried = three.taken(three.timer).unwrap();
        let (first, along) = one.taken(one.timer).unwrap().with_others(&[two.clone(), tried.clone()]);
        assert_eq!((first.others.as_slice(), along.len()), ([two.written_at].as_slice(), 1), "another one is under way");
        assert_eq!(
            (along[0].status(), along[0].is_settled(), along[0].version),
            (DeliveryStatus::Skipped, true, two.version + 1)
        );
        let elsewhere = opened(draft_of("Bob", "bob@example.com")).0;
        let other = planned(&elsewhere, 4, json!({})).unwrap();
        assert!(first.with_others(&[other]).1.is_empty(), "the customer has another address since");
    }
}
