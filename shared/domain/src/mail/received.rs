//! What became of each mail that arrived.

use crate::{ids::TicketId, time::Timestamp, words::words};

words! {
    /// What became of a mail.
    MailState {
        /// It opened a ticket.
        Opened = "opened",
        /// It is a message of a ticket.
        Appended = "appended",
        /// It is a private note of a ticket.
        Noted = "noted",
        /// It had come before.
        Duplicate = "duplicate",
        /// Nothing is done with it.
        Ignored = "ignored",
        /// It waits for somebody to let it in.
        Held = "held",
        /// It was not even read.
        Refused = "refused",
        /// It could not be read.
        Failed = "failed",
    }
}

words! {
    /// Why nothing became of a mail.
    MailReason {
        /// No project has the address.
        NoSuchAddress = "no_such_address",
        /// It is a mail of the desk that came back.
        Loop = "loop",
        /// It says that a mail did not arrive.
        Bounce = "bounce",
        /// A machine answers, and not on a ticket.
        AutoReply = "auto_reply",
        /// It went to many.
        Bulk = "bulk",
        /// Too many came.
        Rate = "rate",
        /// It is spam, as far as the receiving service can tell.
        Spam = "spam",
        /// It has a virus.
        Virus = "virus",
        /// It names nobody who wrote it.
        NoSender = "no_sender",
        /// The mail itself is gone.
        NoMail = "no_mail",
    }
}

impl MailState {
    /// Whether it may be taken in once more, because nothing became of it.
    pub const fn may_come_again(self) -> bool {
        matches!(self, Self::Held | Self::Ignored | Self::Failed)
    }
}

/// What the receiving service said of a mail, as far as taking it in once more needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The envelope's sender; `None` for the empty one.
    pub envelope: Option<String>,
    /// Those of the envelope's recipients that are the project's.
    pub recipients: Vec<String>,
    /// What it found about the owner's rules for the From domain.
    pub dmarc: String,
    /// Whether it takes the mail for spam.
    pub spam: bool,
}

/// A mail that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The receiving service's id of it.
    pub id: String,
    /// When it arrived.
    pub at: Timestamp,
    /// What became of it.
    pub state: MailState,
    /// Why, if nothing became of it.
    pub reason: Option<MailReason>,
    /// The address that it came to.
    pub to: String,
    /// Who says to have written it.
    pub from: Option<String>,
    /// Its subject.
    pub subject: String,
    /// The ticket that it opened, or that it is on.
    pub ticket: Option<TicketId>,
    /// Whether its sender is proven to be who they say.
    pub verified: bool,
    /// How many files are attached to it.
    pub files: u32,
    /// Where the mail itself is kept.
    pub raw: String,
    /// What the receiving service said of it; only of a mail that may be taken in once more.
    pub found: Option<Found>,
    /// How often it was taken in once more.
    pub turn: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_became_of_may_come_again() {
        let again: Vec<_> = MailState::ALL.iter().filter(|state| state.may_come_again()).map(|state| state.name()).collect();
        assert_eq!(again, ["ignored", "held", "failed"]);
    }
}
