//! Why a mail leaves the desk.

use crate::words::words;

words! {
    /// Why a mail leaves the desk.
    Errand {
        /// The team answers on a ticket by mail.
        Reply = "reply",
        /// The team has answered on a ticket of another channel, and its customer has not seen it there.
        Away = "away",
        /// The desk asks the customer for a rating.
        Survey = "survey",
        /// The project is told of a new ticket.
        Notice = "notice",
        /// The customer is told that their mail has arrived.
        Acknowledgement = "acknowledgement",
        /// A customer has lost the tickets of their browser, and asks for a link to them. No ticket has such a mail's id.
        Restore = "restore",
    }
}

impl Errand {
    /// Whether the mail brings a message of the ticket. Such mails leave in the order of their messages.
    pub const fn brings_a_message(self) -> bool {
        matches!(self, Self::Reply | Self::Away | Self::Survey)
    }

    /// Whether the mail goes to people who talk with the project.
    pub const fn is_to_customers(self) -> bool {
        !matches!(self, Self::Notice)
    }

    /// Whether the desk writes the mail by itself, and nobody else has.
    pub const fn is_automatic(self) -> bool {
        matches!(self, Self::Survey | Self::Notice | Self::Acknowledgement | Self::Restore)
    }

    /// Whether nobody has asked for the mail who is known to the desk. The desk sends only so many of those to one address.
    pub const fn is_unasked(self) -> bool {
        !matches!(self, Self::Reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(is: impl Fn(Errand) -> bool) -> Vec<Errand> {
        Errand::ALL.iter().copied().filter(|errand| is(*errand)).collect()
    }

    #[test]
    fn errands_differ_in_whom_they_are_for_and_who_asked() {
        use Errand::{Acknowledgement, Away, Notice, Reply, Restore, Survey};
        assert_eq!(of(Errand::brings_a_message), [Reply, Away, Survey]);
        assert_eq!(of(Errand::is_to_customers), [Reply, Away, Survey, Acknowledgement, Restore]);
        assert_eq!(of(Errand::is_automatic), [Survey, Notice, Acknowledgement, Restore]);
        assert_eq!(of(Errand::is_unasked), [Away, Survey, Notice, Acknowledgement, Restore]);
    }
}
