//! Whether a mail goes to an existing ticket, and as what.
//!
//! A pointer to a ticket is not enough: mails are forwarded, and ids can be seen. Whoever writes on a ticket also takes part in
//! it. Anyone else opens a ticket of their own, which names the old one.

use lambdesk_domain::{ProjectId, TicketId};

use crate::{
    address::{Address, recipient::Recipient},
    letter::Letter,
    sender::{Sender, proof::Proof},
    token::{MailKey, OwnId, Purpose, Unproven},
};

/// The most ids that are looked up of what the project has seen.
pub const LOOKED_UP: usize = 25;

/// What a mail says about the ticket that it belongs to, best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointers {
    /// Tickets that signed tokens and ids of ours name.
    pub signed: Vec<TicketId>,
    /// Ids that the project may have seen, newest first.
    pub seen: Vec<String>,
}

/// The pointers of a mail to tickets of a project.
pub fn pointers(letter: &Letter, recipients: &[Recipient], project: ProjectId, keys: &[MailKey], mail_domain: &str) -> Pointers {
    let proven = |token: Unproven| (token.project() == project).then(|| token.proven(keys, Purpose::Reply))?;
    let tokens = recipients.iter().filter_map(|recipient| match recipient {
        Recipient::Reply(token) => proven(*token),
        Recipient::Desk(_) | Recipient::Forwarded(_) => None,
    });
    let answered = letter.in_reply_to.iter().chain(letter.references.iter().rev());
    let (mut ours, mut seen) = (Vec::new(), Vec::new());
    for id in answered {
        match OwnId::read(id, mail_domain) {
            Some(own) => ours.extend(proven(own.token)),
            None if seen.len() < LOOKED_UP && !seen.contains(id) => seen.push(id.clone()),
            None => {}
        }
    }
    let mut signed: Vec<TicketId> = Vec::new();
    for ticket in tokens.chain(ours) {
        if !signed.contains(&ticket) {
            signed.push(ticket);
        }
    }
    Pointers { signed, seen }
}

/// What of a ticket decides who may write on it.
#[derive(Debug, Clone, Copy)]
pub struct Pointed<'a> {
    /// The address of whoever asked.
    pub requester: Option<&'a Address>,
    /// Who else takes part.
    pub participants: &'a [Address],
}

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It opens a ticket. `is_verified` says whether its sender is proven, `is_related` that it names the ticket it pointed to,
    /// on which a note names the new one, without the text.
    Opens {
        /// Whether the sender is who they say.
        is_verified: bool,
        /// Whether the old ticket and the new one name each other.
        is_related: bool,
    },
    /// A message of the customer's side. Only a proven sender adds others.
    Message {
        /// Whether the sender is who they say.
        is_verified: bool,
        /// Whether the mail's other addresses take part from now on.
        adds: bool,
    },
    /// A message of the team, which the requester has already.
    Support,
    /// A note among the team.
    Note,
}

/// What becomes of a mail with a pointer to this ticket; without one, or if the ticket is gone, `pointed` is `None`.
///
/// `is_member` says whether the address is that of a member of the project.
pub fn admit(letter: &Letter, sender: &Sender, is_member: bool, pointed: Option<Pointed<'_>>) -> Outcome {
    let is_verified = sender.proof == Proof::Proven;
    let Some(pointed) = pointed else { return Outcome::Opens { is_verified, is_related: false } };
    let takes_part = pointed.requester == Some(&sender.address) || pointed.participants.contains(&sender.address);
    match sender.proof {
        // Somebody who asked for themselves is a customer there, member or not.
        Proof::Proven if takes_part => Outcome::Message { is_verified, adds: true },
        Proof::Unproven if takes_part => Outcome::Message { is_verified, adds: false },
        Proof::Proven if is_member && has_requester(letter, pointed) => Outcome::Support,
        Proof::Proven if is_member => Outcome::Note,
        Proof::Proven | Proof::Unproven | Proof::Refuted => Outcome::Opens { is_verified, is_related: true },
    }
}

fn has_requester(letter: &Letter, pointed: Pointed<'_>) -> bool {
    letter.to.iter().chain(&letter.cc).any(|to| pointed.requester == Some(&to.address))
}

/// The most participants of a ticket.
pub const PARTICIPANTS: usize = 20;

/// Who takes part in a ticket after a mail that adds: the other addresses that are neither the desk's nor the project's.
pub fn participants(letter: &Letter, pointed: Pointed<'_>, is_ours: impl Fn(&Address) -> bool) -> Vec<Address> {
    let mut all = pointed.participants.to_vec();
    for other in letter.to.iter().chain(&letter.cc).map(|to| &to.address) {
        let is_known = pointed.requester == Some(other) || all.contains(other);
        if all.len() < PARTICIPANTS && !is_known && !is_ours(other) {
            all.push(other.clone());
        }
    }
    all
}
