//! Mail that no person wrote to the desk: its own mails that come back, bounces, automatic replies, lists, floods (RFC 3834).
//! Whatever answers such mail by itself goes on for ever.

use lambdesk_domain::{ProjectId, TicketId};

use crate::{
    address::Address,
    letter::Letter,
    sender::{answers_nobody, proof::Proof},
    token::{MailKey, OwnId, Purpose, is_mark},
};

/// The header field that the desk puts on each of its mails.
pub const MARK: &str = "X-Lambdesk-Desk";
/// A mail that has passed more servers than this goes in circles.
const HOPS: usize = 25;

/// The desk that a mail came to.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The project.
    pub project: ProjectId,
    /// Its keys.
    pub keys: &'a [MailKey],
    /// The domain of the desk's own addresses.
    pub mail_domain: &'a str,
    /// The project's addresses elsewhere.
    pub own: &'a [Address],
}

/// What sort of mail it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A letter of a person, as far as one can tell.
    Letter,
    /// A mail of the desk that came back. It is ignored.
    Loop,
    /// A report that a mail did not arrive. It names the ticket whose mail it was, or is ignored; it never opens a ticket.
    Bounce(Option<OwnId>),
    /// An automatic reply. It is a private note if it belongs to a ticket, and is ignored else.
    AutoReply,
    /// A mail of a machine that answers nothing, such as an order. It opens tickets, and the desk writes nothing by itself.
    Automated,
    /// A mail to many. It is held, unless the project wants such mail.
    Bulk,
}

/// What sort of mail a letter is. `envelope` is its envelope's sender, `None` for the empty one, which bounces have.
pub fn sort(letter: &Letter, envelope: Option<&Address>, desk: Desk<'_>) -> Sort {
    if is_ours(letter, desk) {
        return Sort::Loop;
    }
    if let Some(report) = &letter.report {
        // A mail that is late has not bounced, nor has one that was read.
        return Sort::Bounce(bounced(letter, desk).filter(|_| report.has_failed));
    }
    let says = |field: &str, words: &[&str]| letter.all(field).any(|value| words.contains(&first_word(value).as_str()));
    let is_there = |field: &str| letter.first(field).is_some();
    if says("auto-submitted", &["auto-replied"])
        || says("precedence", &["auto_reply", "auto-reply"])
        || is_there("x-autoreply")
        || is_there("x-autorespond")
    {
        return Sort::AutoReply;
    }
    // Automatic replies have no sender either, so they are told first. Some say only that a machine made them.
    if envelope.is_none() && says("auto-submitted", &["auto-generated"]) && !letter.in_reply_to.is_empty() {
        return Sort::AutoReply;
    }
    if envelope.is_none() {
        return Sort::Bounce(bounced(letter, desk));
    }
    let is_list = is_there("list-id") || is_there("list-unsubscribe") || says("precedence", &["bulk", "list", "junk"]);
    if is_list && !is_own_list(letter, desk) {
        return Sort::Bulk;
    }
    // RFC 3834: whatever is not "no" says that no person sent the mail.
    let is_automated = letter.all("auto-submitted").any(|value| first_word(value) != "no");
    if is_automated { Sort::Automated } else { Sort::Letter }
}

/// The word before parameters and comments, in lower case.
fn first_word(value: &str) -> String {
    let end = value.find(|letter: char| letter == ';' || letter == '(' || letter.is_whitespace()).unwrap_or(value.len());
    value[..end].to_ascii_lowercase()
}

fn is_ours(letter: &Letter, desk: Desk<'_>) -> bool {
    let is_own = |address: &Address| address.domain().eq_ignore_ascii_case(desk.mail_domain);
    let is_own_id = |id: &str| {
        let own = OwnId::read(id, desk.mail_domain);
        own.is_some_and(|own| own.token.project() == desk.project && own.token.proven(desk.keys, Purpose::Reply).is_some())
    };
    letter.from.iter().any(|from| is_own(&from.address))
        || letter.message_id.as_deref().is_some_and(is_own_id)
        || letter.all(&MARK.to_ascii_lowercase()).any(|value| is_mark(value, desk.keys, desk.project))
        || letter.count("received") > HOPS
}

/// The mail of ours that a bounce is about.
fn bounced(letter: &Letter, desk: Desk<'_>) -> Option<OwnId> {
    let reported = letter.report.iter().flat_map(|report| &report.ids);
    let mut ids = reported.chain(&letter.in_reply_to).chain(letter.references.iter().rev());
    ids.find_map(|id| {
        let own = OwnId::read(id, desk.mail_domain)?;
        let ticket: Option<TicketId> = own.token.proven(desk.keys, Purpose::Reply);
        ticket.filter(|_| own.token.project() == desk.project).map(|_| own)
    })
}

/// Whether the list is an address of the project: a group through which its customers write.
fn is_own_list(letter: &Letter, desk: Desk<'_>) -> bool {
    let is_own = |local: &str, domain: &str| desk.own.iter().any(|own| own.is(&format!("{local}@{domain}")));
    let of_id = |value: &str| {
        let id = value.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(id, _)| id).trim().to_owned();
        id.split_once('.').is_some_and(|(local, domain)| is_own(local, domain))
    };
    let of_post = |value: &str| {
        let address = value.split_once("mailto:").map(|(_, rest)| rest.split(['>', '?', ',']).next().unwrap_or_default());
        address.and_then(|address| address.split_once('@')).is_some_and(|(local, domain)| is_own(local, domain))
    };
    letter.all("list-id").any(of_id) || letter.all("list-post").any(of_post)
}

/// Whether the desk may write by itself to whoever sent a mail, such as that it has arrived. Only proven people get such mail:
/// else anybody could have a desk flood somebody.
pub fn may_answer_itself(sort: Sort, proof: Proof, answer_to: &Address) -> bool {
    sort == Sort::Letter && proof == Proof::Proven && !answers_nobody(answer_to)
}

/// What is counted by the hour in a project. A mail that is one of too many is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Mails of one sender.
    Mails,
    /// Tickets that mails of one sender open.
    Tickets,
    /// Tickets that mails of all unproven senders open.
    UnprovenTickets,
}

impl Counted {
    /// What a mail counts for. `opens` says that it would open a ticket.
    pub fn of(opens: bool, proof: Proof) -> impl Iterator<Item = Self> {
        let is_unproven = proof != Proof::Proven;
        let counts = [(true, Self::Mails), (opens, Self::Tickets), (opens && is_unproven, Self::UnprovenTickets)];
        counts.into_iter().filter_map(|(counts, counted)| counts.then_some(counted))
    }

    /// The most of it in an hour.
    pub const fn most(self) -> u32 {
        match self {
            Self::Mails => 60,
            Self::Tickets => 20,
            Self::UnprovenTickets => 300,
        }
    }
}
