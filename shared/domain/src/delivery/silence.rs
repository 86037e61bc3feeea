//! Addresses to which the desk sends nothing by itself any more.
//!
//! A server has refused mail to them for good, or their owner has called a mail of the desk spam. Services that receive mail judge a
//! sender by how much of both there is, and SES stops the sending of an account for it. So what nobody has asked for ends there. What
//! a person of the team writes on a ticket by mail still goes: they may know better, and are told what becomes of it.

use super::{Delivery, DeliveryStatus, Report, Reported};
use crate::{
    identity::is_same_address,
    time::{DAY, Timestamp},
    words::words,
};

words! {
    /// Why an address gets nothing any more that the desk sends by itself.
    Silence {
        /// Its server does not know it.
        Bounced = "bounced",
        /// Its owner has called a mail spam.
        Complained = "complained",
    }
}

/// For how long a bounce counts, in seconds: as long as raw mails and ids are kept. Mailboxes come back, and nothing tells of it.
const BOUNCE: i64 = 400 * DAY;

impl Silence {
    /// When it ends, if it begins now. Whoever has complained is left alone for good.
    pub const fn ends_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Bounced => Some(now.plus_seconds(BOUNCE)),
            Self::Complained => None,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Bounced => "An earlier mail to this address came back for good.",
            Self::Complained => "The owner of this address has reported a mail as spam.",
        }
    }
}

impl Report {
    /// Why those whom it names get nothing any more that the desk sends by itself; `None` if they do.
    pub const fn silence(&self) -> Option<Silence> {
        match self.what {
            Reported::Refused => Some(Silence::Bounced),
            Reported::Complained => Some(Silence::Complained),
            // A mailbox that is full is there.
            Reported::Bounced | Reported::Sent | Reported::Delivered | Reported::Delayed | Reported::Rejected => None,
        }
    }
}

impl Delivery {
    /// Those to whom it is yet to be sent, if the desk sends it by itself: each of them may be one to leave alone.
    pub fn unasked(&self) -> Vec<&str> {
        let open = self.recipients.iter().filter(|recipient| self.errand.is_unasked() && recipient.status.is_open());
        open.map(|recipient| recipient.address.as_str()).collect()
    }

    /// The delivery without those who are left alone: they are skipped. What a person has written goes to everybody.
    #[must_use]
    pub fn leaving_alone(mut self, silent: &[(String, Silence)], now: Timestamp) -> Self {
        if !self.errand.is_unasked() {
            return self;
        }
        for recipient in self.open() {
            if let Some((_, why)) = silent.iter().find(|(address, _)| is_same_address(address, &recipient.address)) {
                (recipient.status, recipient.at) = (DeliveryStatus::Skipped, now);
                recipient.detail = Some(why.reason().to_owned());
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        delivery::{Errand, RecipientKind, plan::queued},
        ids::{MessageId, TicketId},
    };

    fn taken(errand: Errand) -> Delivery {
        let at = Timestamp::EPOCH;
        let to = ["ada@example.com", "bob@example.com"].map(|to| super::super::alone::recipient(to, RecipientKind::To, at));
        let queued = queued(TicketId(uuid::Uuid::from_u128(1)), MessageId::new(at, 1), at, to.to_vec(), at);
        Delivery { errand, ..queued }.taken(at).unwrap()
    }

    #[test]
    fn what_nobody_asked_for_leaves_them_out_and_what_somebody_wrote_does_not() {
        use DeliveryStatus::{Sending, Skipped};
        let ada = [("Ada@example.com".to_owned(), Silence::Complained)];
        for errand in Errand::ALL {
            let left = taken(*errand).leaving_alone(&ada, Timestamp::EPOCH);
            let expected = if *errand == Errand::Reply { [Sending, Sending] } else { [Skipped, Sending] };
            assert_eq!(left.recipients.iter().map(|to| to.status).collect::<Vec<_>>(), expected, "{}", errand.name());
            assert_eq!(left.unasked(), if *errand == Errand::Reply { vec![] } else { vec!["bob@example.com"] });
        }
    }

    #[test]
    fn a_delivery_to_nobody_else_is_settled() {
        let both = ["ada@example.com", "bob@example.com"].map(|address| (address.to_owned(), Silence::Bounced));
        let left = taken(Errand::Notice).leaving_alone(&both, Timestamp::EPOCH);
        assert!(left.is_settled());
        assert_eq!(left.recipients[0].detail.as_deref(), Some("An earlier mail to this address came back for good."));
        assert!(!taken(Errand::Reply).leaving_alone(&both, Timestamp::EPOCH).is_settled());
    }

    #[test]
    fn a_bounce_is_forgotten_some_day_and_a_complaint_never() {
        let now = Timestamp::EPOCH;
        assert_eq!(Silence::Bounced.ends_at(now), Some(now.plus_seconds(34_560_000)), "400 days");
        assert_eq!(Silence::Complained.ends_at(now), None);
    }

    #[test]
    fn only_what_lasts_silences_the_desk() {
        let silence = |what| Report { what, recipients: Vec::new(), detail: None, mail: None, at: Timestamp::EPOCH }.silence();
        assert_eq!(silence(Reported::Refused), Some(Silence::Bounced));
        assert_eq!(silence(Reported::Complained), Some(Silence::Complained));
        for what in [Reported::Sent, Reported::Delivered, Reported::Delayed, Reported::Bounced, Reported::Rejected] {
            assert_eq!(silence(what), None, "{what:?}");
        }
    }
}
