//! The mail that goes out: one reply of the team, without the thread below it.
//!
//! `mail-builder` folds and encodes. Everything that it would make up by itself (date, id, boundaries) is given to it, so that
//! the same reply is the same bytes.

use std::{borrow::Cow, fmt};

use lambdesk_domain::Timestamp;
use mail_builder::{
    MessageBuilder,
    headers::{address::Address as Written, content_type::ContentType, date::Date, message_id::MessageId, raw::Raw},
    mime::{BodyPart, MimePart},
};
use ring::digest;
use serde_json::Value;

use crate::{address::Address, loops::MARK};

mod html;
mod subject;

pub use html::html;
pub use subject::reply_subject;

/// The most recipients of a mail.
pub const RECIPIENTS: usize = 50;
/// The most bytes of a mail as it is sent.
pub const MAIL: usize = 40 * 1024 * 1024;
/// How many of the newest ids a mail names, beside the first and its own.
const REFERENCES: usize = 20;
/// The longest id that is repeated in a header: it has to fit a line.
const ID: usize = 900;

/// A text that fits a header field: it has no line ends and no other control characters, so it can't begin another field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

/// A text that does not fit a header field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A header field can't hold control characters.")]
pub struct NotALine;

impl Line {
    /// This text.
    pub fn new(text: &str) -> Result<Self, NotALine> {
        if text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')) {
            Err(NotALine)
        } else {
            Ok(Self(text.trim().to_owned()))
        }
    }

    /// This text, with a space for each character that does not fit.
    pub fn of(text: &str) -> Self {
        let is_odd = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        Self(text.replace(is_odd, " ").trim().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address with a name, as a mail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The name.
    pub name: Option<Line>,
    /// The address.
    pub address: Address,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// Its name.
    pub name: Line,
    /// Its type, such as `image/png`.
    pub content_type: Line,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The id by which the HTML shows it; `None` for a file that is only attached.
    pub content_id: Option<Line>,
}

/// A mail to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Whom it is from.
    pub from: Party,
    /// Whom it is to.
    pub to: Party,
    /// Who gets a copy.
    pub cc: Vec<Party>,
    /// Who gets a copy that the others don't see.
    pub bcc: Vec<Address>,
    /// The address that brings answers to the ticket.
    pub reply_to: Option<Address>,
    /// The subject.
    pub subject: Line,
    /// Its own id, by [`own_id`](crate::token::own_id).
    pub id: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// The ids of the mails before it, oldest first. The last one is answered.
    pub before: Vec<String>,
    /// The text.
    pub text: String,
    /// The same with formatting, as a `TipTap` document.
    pub rich: Option<Value>,
    /// What goes with it.
    pub files: Vec<Enclosed>,
    /// Whether the desk sends it by itself.
    pub is_automatic: bool,
    /// What the desk knows its own mails by, by [`mark`](crate::token::mark).
    pub mark: String,
}

/// A mail that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its bytes.
    pub raw: Vec<u8>,
    /// Everybody who gets it, each once.
    pub recipients: Vec<Address>,
}

/// Why a mail can never be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotSend {
    /// Too many recipients.
    #[error("A mail can have at most {RECIPIENTS} recipients.")]
    TooManyRecipients,
    /// An address that mail can't be sent to or from.
    #[error("Mail can't be sent to or from {0}.")]
    BadAddress(Address),
    /// An id or a mark that can't stand in a header field.
    #[error("The mail's id or mark has characters that a header field can't hold.")]
    BadHeader,
    /// Too many bytes.
    #[error("A mail can have at most 40 MB.")]
    TooLarge,
}

impl Outgoing {
    /// The mail as it is sent.
    pub fn compose(&self) -> Result<Ready, CannotSend> {
        let recipients = self.recipients()?;
        let odd = std::iter::once(&self.from.address).chain(&self.reply_to).find(|address| !address.is_sendable());
        if let Some(odd) = odd {
            return Err(CannotSend::BadAddress(odd.clone()));
        }
        if !is_id(&self.id) || !is_mark(&self.mark) {
            return Err(CannotSend::BadHeader);
        }
        let mut raw = Vec::new();
        self.header().body(self.body()).serialize(&mut raw);
        if raw.len() > MAIL { Err(CannotSend::TooLarge) } else { Ok(Ready { raw, recipients }) }
    }

    fn recipients(&self) -> Result<Vec<Address>, CannotSend> {
        let all = std::iter::once(&self.to.address).chain(self.cc.iter().map(|party| &party.address)).chain(&self.bcc);
        let mut recipients: Vec<Address> = Vec::new();
        for address in all {
            if !address.is_sendable() {
                return Err(CannotSend::BadAddress(address.clone()));
            }
            if !recipients.contains(address) {
                recipients.push(address.clone());
            }
            if recipients.len() > RECIPIENTS {
                return Err(CannotSend::TooManyRecipients);
            }
        }
        Ok(recipients)
    }

    fn header(&self) -> MessageBuilder<'_> {
        let mut header = MessageBuilder::new().from(written(&self.from)).to(written(&self.to));
        // Somebody in both would get the mail twice from some servers.
        let cc: Vec<_> = self.cc.iter().filter(|party| party.address != self.to.address).map(written).collect();
        if !cc.is_empty() {
            header = header.cc(Written::new_list(cc));
        }
        if let Some(address) = &self.reply_to {
            header = header.reply_to(Written::new_address(None::<&str>, address.as_str()));
        }
        header = header.subject(self.subject.as_str()).date(Date::new(self.written_at.seconds())).message_id(self.id.as_str());
        let before: Vec<&str> = self.before.iter().map(String::as_str).filter(|id| is_id(id)).collect();
        if let Some(last) = before.last() {
            header = header.in_reply_to(*last);
        }
        header = header.references(MessageId::new_list(self.references(&before).into_iter()));
        if self.is_automatic {
            header = header.header("Auto-Submitted", Raw::new("auto-generated"));
        }
        // Bounces are waited for, so nothing more is asked for than no automatic answers.
        header.header("X-Auto-Response-Suppress", Raw::new("OOF, AutoReply")).header(MARK, Raw::new(self.mark.as_str()))
    }

    /// The thread: its first mail, the newest ones, and this one. The service that sends it writes another `Message-ID`, so
    /// this is where an answer finds ours.
    fn references<'a>(&'a self, before: &[&'a str]) -> Vec<&'a str> {
        let newest = before.len().saturating_sub(REFERENCES);
        let first = before.first().filter(|_| newest > 0).copied();
        first.into_iter().chain(before[newest..].iter().copied()).chain([self.id.as_str()]).collect()
    }

    fn body(&self) -> MimePart<'_> {
        let (pictures, files): (Vec<_>, Vec<_>) = self.files.iter().partition(|file| file.content_id.is_some());
        let text = MimePart::new("text/plain", BodyPart::Text(Cow::Owned(self.text.replace('\n', "\r\n"))));
        let page = html(
            &self.text,
            self.rich.as_ref(),
            &pictures.iter().filter_map(|file| file.content_id.as_ref()).collect::<Vec<_>>(),
        );
        let page = MimePart::new("text/html", BodyPart::Text(Cow::Owned(page)));
        let page = self.wrapped("multipart/related", page, pictures.into_iter().map(enclosed));
        let both = self.multipart("multipart/alternative", vec![text, page]);
        self.wrapped("multipart/mixed", both, files.into_iter().map(enclosed))
    }

    /// A part with others beside it; the part itself if there are none.
    fn wrapped<'a>(&self, kind: &'static str, part: MimePart<'a>, others: impl Iterator<Item = MimePart<'a>>) -> MimePart<'a> {
        let mut parts = vec![part];
        parts.extend(others);
        if parts.len() > 1 { self.multipart(kind, parts) } else { parts.remove(0) }
    }

    /// Parts with a boundary of their own. It has signs that no encoding writes side by side, and a digest that no text
    /// foresees.
    fn multipart<'a>(&self, kind: &'static str, parts: Vec<MimePart<'a>>) -> MimePart<'a> {
        let digest = digest::digest(&digest::SHA256, format!("{kind} {}", self.id).as_bytes());
        let boundary = format!("=_{}", hex::encode(&digest.as_ref()[..12]));
        MimePart::new(ContentType::new(kind).attribute("boundary", boundary), parts)
    }
}

fn written(party: &Party) -> Written<'_> {
    Written::new_address(party.name.as_ref().map(Line::as_str).filter(|name| !name.is_empty()), party.address.as_str())
}

fn enclosed(file: &Enclosed) -> MimePart<'_> {
    let part = MimePart::new(file.content_type.as_str(), BodyPart::Binary(Cow::Borrowed(&file.bytes)));
    match &file.content_id {
        Some(id) => part.inline().cid(id.as_str()),
        None => part.attachment(file.name.as_str()),
    }
}

/// Whether a mark can stand in a header: it is letters and digits.
fn is_mark(mark: &str) -> bool {
    (1..=ID).contains(&mark.len()) && mark.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether an id can stand in a header. Ids of others hold what their senders put there.
fn is_id(id: &str) -> bool {
    (3..=ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'))
}
