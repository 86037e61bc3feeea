//! How many mails the desk sends by itself: nobody's mailbox is to be filled through it.
//!
//! Whoever opens tickets makes the desk write, and may name any address. Each bound is counted when a mail is tried for the first
//! time, so that a mail that has to wait counts once.

use super::{Delivery, Errand};
use crate::limit::Limit;

/// How many mails that nobody asked for go to one address in an hour: more than a conversation brings, and no flood.
const TO_ADDRESS: Limit = Limit::per_hour(20);
/// How many of them a project sends in an hour. A new account of SES may send far fewer in a day; this one stops who opens tickets
/// with a thousand addresses.
const OF_PROJECT: Limit = Limit::per_hour(1000);
/// How many notices of new tickets go to one address in an hour. The project has asked for them itself, so these are more. A flood
/// of tickets is not one of mails too.
const NOTICES: Limit = Limit::per_hour(200);
/// How often one address is told that a mail has arrived: once a day. Two desks that acknowledge each other stop after one mail each
/// way.
const ACKNOWLEDGEMENTS: Limit = Limit { most: 1, seconds: 24 * 3600 };

/// How many links to the tickets of a lost browser may be asked for one address in an hour. Nobody has to prove whose the address is.
pub const LINKS_TO_ADDRESS: Limit = Limit::per_hour(3);
/// How many may be asked for all addresses of a project in an hour.
pub const LINKS_OF_PROJECT: Limit = Limit::per_hour(300);

/// What is said of a mail that is one too many.
pub const TOO_MANY: &str = "Too many mails were sent.";

/// What is counted before a mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What tells the count from others of the project.
    pub who: String,
    /// How many there may be.
    pub limit: Limit,
}

impl Delivery {
    /// What is counted before it is sent, one after the other up to the first that is over; nothing if somebody has written it, or if
    /// it was tried before.
    pub fn bounds(&self) -> Vec<Bound> {
        let first = self.recipients.first().filter(|_| self.tries <= 1 && self.errand.is_unasked());
        let Some(to) = first.map(|to| to.address.to_ascii_lowercase()) else { return Vec::new() };
        let of_errand = |limit| Bound { who: format!("{}:{to}", self.errand.name()), limit };
        let all =
            || vec![Bound { who: format!("to:{to}"), limit: TO_ADDRESS }, Bound { who: "all".to_owned(), limit: OF_PROJECT }];
        match self.errand {
            Errand::Notice => vec![of_errand(NOTICES)],
            Errand::Acknowledgement => [of_errand(ACKNOWLEDGEMENTS)].into_iter().chain(all()).collect(),
            Errand::Reply | Errand::Away | Errand::Survey | Errand::Restore => all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{delivery::acknowledgement, testing::ticket};

    #[test]
    fn each_kind_of_mail_has_its_bounds_on_its_first_try() {
        let ticket = ticket();
        let now = ticket.created_at;
        let taken = acknowledgement(&ticket, "Ada@example.com", now).unwrap().taken(now).unwrap();
        let who = |errand| {
            let bounds = Delivery { errand, ..taken.clone() }.bounds();
            bounds.into_iter().map(|bound| (bound.who, bound.limit.most)).collect::<Vec<_>>()
        };
        let all = [("to:ada@example.com".to_owned(), 20), ("all".to_owned(), 1000)];
        for errand in [Errand::Away, Errand::Survey, Errand::Restore] {
            assert_eq!(who(errand), all);
        }
        assert_eq!(who(Errand::Notice), [("notice:ada@example.com".to_owned(), 200)]);
        let [to, of_all] = all;
        assert_eq!(who(Errand::Acknowledgement), [("acknowledgement:ada@example.com".to_owned(), 1), to, of_all]);
        let day = taken.bounds().remove(0).limit.seconds;
        assert_eq!(day, 86_400);
        assert_eq!(who(Errand::Reply), []);
        assert_eq!(Delivery { tries: 2, ..taken }.bounds(), []);
    }
}
