//! A ticket as a mail opens it.

use lambdesk_domain::{
    attachment::Attachment,
    create::Draft,
    ids::TicketNumber,
    mail::{MailRoute, OpenedByMail},
    message::{Author, Content},
    tags::Tags,
    ticket::{Fields, Origin},
    traits::{Object, Proven},
};
use lambdesk_mail::sender::{Sender, proof::Proof};

use crate::{
    letters::{Read, subject, words},
    project::AtProject,
};

/// The tag of what the receiving service takes for spam.
const SPAM: &str = "spam";

impl AtProject<'_> {
    /// The ticket that a mail with this id and these files opens. `cc` takes part in it, and `related` is the ticket that the mail
    /// pointed to.
    pub(crate) fn draft(
        &self,
        read: &Read,
        sender: &Sender,
        cc: Vec<String>,
        related: Option<TicketNumber>,
        (id, files): (&str, Vec<Attachment>),
    ) -> Draft {
        let words = words(&read.letter, false);
        let from = sender.address.to_string();
        let is_proven = sender.proof == Proof::Proven;
        let mut traits = Object::new();
        if let Some(name) = &sender.name {
            traits.insert("name".to_owned(), name.as_str().into());
        }
        traits.insert("email".to_owned(), from.as_str().into());
        // A name is what anybody writes, and the address is proven.
        let proven = if is_proven { Proven::from(["email".to_owned()]) } else { Proven::new() };
        let tags = if self.arrival.is_spam { Tags::from_stored(vec![SPAM.to_owned()]) } else { Tags::default() };
        let route = MailRoute {
            address: self.to(),
            subject: subject(&read.letter),
            from: from.clone(),
            reply_to: (sender.answer_to != sender.address).then(|| sender.answer_to.to_string()),
            cc,
        };
        Draft {
            origin: Origin::Email,
            distinct_id: from,
            identity_verified: Some(is_proven),
            fields: Fields { anonymous_traits: traits, proven_traits: proven, tags, ..Fields::default() },
            session_id: None,
            session_context: Object::new(),
            message: Some((Author::Customer, Content::from_mail(&words.text, words.rich.clone()).with(files))),
            follows_up: None,
            mail: Some(Box::new(OpenedByMail {
                route,
                mailed: Some(self.mailed(read, sender, &words, id)),
                related,
                bcc: Vec::new(),
            })),
        }
    }
}
