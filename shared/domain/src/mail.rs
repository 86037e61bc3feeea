//! What e-mails bring to tickets and messages. Which mail goes to which ticket is decided elsewhere, by the crate that reads mails.

mod mailbox;
mod plausible;
mod received;

use crate::ids::{TicketId, TicketNumber};

pub use mailbox::{ADDRESSES, AddressKind, BadMailbox, FROM_NAME, Forwards, MailAddress, Mailbox};
pub use plausible::is_plausible;
pub use received::{Found, MailReason, MailState, Received};

/// The most characters of a mail's subject that a ticket keeps.
pub const SUBJECT: usize = 150;
/// The most people who take part in a ticket beside the one who asked.
pub const PARTICIPANTS: usize = 20;

/// The conversation by mail that a ticket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRoute {
    /// The project's address that the first mail came to.
    pub address: String,
    /// The first mail's subject, at most [`SUBJECT`] characters.
    pub subject: String,
    /// Who asked.
    pub from: String,
    /// Where answers go; `None` if to [`MailRoute::from`].
    pub reply_to: Option<String>,
    /// Who else takes part, at most [`PARTICIPANTS`].
    pub cc: Vec<String>,
}

impl MailRoute {
    /// Lets others take part, as far as there is room, each of them once.
    pub(crate) fn join(&mut self, others: Vec<String>) {
        for other in others {
            let is_known = other == self.from || self.cc.contains(&other);
            if !is_known && self.cc.len() < PARTICIPANTS {
                self.cc.push(other);
            }
        }
    }
}

/// What is known of the mail that a message came by.
#[expect(clippy::struct_excessive_bools, reason = "each tells of another thing")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Who says to have written it.
    pub from: String,
    /// Whom it was addressed to.
    pub to: Vec<String>,
    /// Who got a copy.
    pub cc: Vec<String>,
    /// Whether its sender is proven to be who they say.
    pub verified: bool,
    /// Whether a copy of earlier mails at its end was left out.
    pub quoted: bool,
    /// Whether its text goes on in the mail itself.
    pub cut: bool,
    /// Whether a machine wrote it. The desk writes nothing by itself to such senders.
    pub automated: bool,
    /// How many files are attached to the mail itself.
    pub files: u32,
    /// Whether it has HTML.
    pub html: bool,
    /// Whether it went to another project too, whose mail it also is.
    pub shared: bool,
    /// What the project's record of its id is called; empty if that is not known.
    pub known: String,
    /// Where the mail itself is kept.
    pub raw: String,
}

/// Whoever takes part in a ticket and is not the one who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Their name, else their address.
    pub name: String,
    /// Their address.
    pub address: String,
}

/// What a mail brings to a ticket that is there, beside its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByMail {
    /// Who wrote it, if it was not the one who asked.
    pub participant: Option<Participant>,
    /// Who takes part from now on.
    pub joins: Vec<String>,
    /// What is known of the mail.
    pub mailed: Mailed,
    /// The id of the ticket that it opens, if it comes too late for this one. Its files lie there already.
    pub opens: Option<TicketId>,
}

/// What a ticket has from the mail that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedByMail {
    /// The conversation.
    pub route: MailRoute,
    /// What is known of the mail; `None` if the first message came by another way.
    pub mailed: Option<Mailed>,
    /// The ticket that the mail pointed to, on which its sender may not write.
    pub related: Option<TicketNumber>,
    /// Who gets the team's first message without the others seeing that.
    pub bcc: Vec<String>,
}

impl OpenedByMail {
    /// What a ticket has that continues one with this conversation.
    pub(crate) fn next(route: &MailRoute, mail: Option<ByMail>) -> Self {
        let mut route = route.clone();
        let mailed = mail.map(|mail| {
            route.join(mail.joins);
            mail.mailed
        });
        Self { route, mailed, related: None, bcc: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{mailed, route};

    #[test]
    fn whoever_joins_takes_part_once_while_there_is_room() {
        let route = MailRoute { cc: vec!["bob@example.com".to_owned()], ..route() };
        let joined = |others: Vec<String>| {
            let mut route = route.clone();
            route.join(others);
            route.cc
        };
        let given = ["ada@example.com", "bob@example.com", "cy@example.com", "cy@example.com"].map(str::to_owned);
        assert_eq!(joined(given.to_vec()), ["bob@example.com", "cy@example.com"]);
        let many = (0..30).map(|place| format!("{place}@example.com")).collect();
        assert_eq!(joined(many).len(), PARTICIPANTS);
    }

    #[test]
    fn the_next_ticket_goes_on_with_the_conversation_and_who_joined() {
        let mailed = mailed("ada@example.com");
        let route = MailRoute { cc: vec!["bob@example.com".to_owned()], ..route() };
        let mail = ByMail { participant: None, joins: vec!["cy@example.com".to_owned()], mailed: mailed.clone(), opens: None };
        let joined = MailRoute { cc: vec!["bob@example.com".to_owned(), "cy@example.com".to_owned()], ..route.clone() };
        let next = OpenedByMail { route: joined, mailed: Some(mailed), related: None, bcc: Vec::new() };
        assert_eq!(OpenedByMail::next(&route, Some(mail)), next);
        assert_eq!(OpenedByMail::next(&route, None), OpenedByMail { route: route.clone(), mailed: None, ..next });
    }
}
