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
