//! A raw mail, read into a bounded form that owns its data.
//!
//! Any bytes are a letter. `mail-parser` reads what is hard about header fields, such as addresses, encoded words, parameters
//! and dates. The body's parts are found here: a parser for any mail looks for the end of each part again and again, and mails
//! can be made for which that takes hours. This one goes over the lines once.

use lambdesk_domain::Timestamp;

use crate::address::Mailbox;

mod body;
mod charset;
mod file;
mod flowed;
mod head;
mod ids;
mod parts;
mod report;
mod transfer;

pub use file::{Bytes, File, file_type};
pub use head::Field;
pub use parts::file_name;
pub use report::Report;

/// The most parts of a mail that are read.
pub const PARTS: usize = 200;
/// How deep parts may lie in parts.
pub const DEPTH: usize = 20;
/// The most bytes of HTML that are shown.
pub const HTML: usize = 1_000_000;
/// The most bytes of plain text that are read; what a message keeps of it is less.
pub const TEXT: usize = 1_000_000;
/// The most characters of a subject.
pub const SUBJECT: usize = 500;
/// The most addresses of one header field that are read.
pub const MAILBOXES: usize = 100;

/// What a mail says.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The header fields as they came, for what has no field of its own here.
    pub fields: Vec<Field>,
    /// Who says to have written it: the addresses of all `From` fields.
    pub from: Vec<Mailbox>,
    /// How many addresses the `From` fields have, with those that are too odd to be read.
    pub from_count: usize,
    /// Whom it is addressed to.
    pub to: Vec<Mailbox>,
    /// Who gets a copy.
    pub cc: Vec<Mailbox>,
    /// Where answers shall go.
    pub reply_to: Vec<Mailbox>,
    /// The subject in one line; empty if there is none.
    pub subject: String,
    /// Its id without angle brackets. An empty one is none.
    pub message_id: Option<String>,
    /// The ids that it answers.
    pub in_reply_to: Vec<String>,
    /// The ids of the mails before it, oldest first.
    pub references: Vec<String>,
    /// When its sender says to have sent it. Nothing is ordered by that.
    pub sent_at: Option<Timestamp>,
    /// Its plain text; `None` if the text has to be made from the HTML.
    pub plain: Option<String>,
    /// Its HTML, at most [`HTML`] bytes.
    pub html: Option<String>,
    /// Whether it has more HTML than that. Then only its text is shown.
    pub html_is_cut: bool,
    /// What is attached, in the mail's order.
    pub files: Vec<File>,
    /// What it reports about another mail, if it is such a report.
    pub report: Option<Report>,
    /// Whether something was left out because it is over a bound.
    pub is_cut: bool,
}

impl Letter {
    /// Reads a mail. Whatever is over a bound is left out, and nothing fails.
    pub fn read(raw: &[u8]) -> Self {
        let head = head::Head::read(raw, head::MAIL);
        let parts = parts::find(raw, &head);
        let body = body::read(raw, &parts);
        let parsed = head.parsed();
        let mailboxes = |name| head::mailboxes(parsed.as_ref(), &name);
        Self {
            from: mailboxes(mail_parser::HeaderName::From),
            from_count: head::count(parsed.as_ref(), &mail_parser::HeaderName::From),
            to: mailboxes(mail_parser::HeaderName::To),
            cc: mailboxes(mail_parser::HeaderName::Cc),
            reply_to: mailboxes(mail_parser::HeaderName::ReplyTo),
            subject: head::subject(parsed.as_ref()),
            message_id: head.first("message-id").and_then(ids::only),
            in_reply_to: head.all("in-reply-to").flat_map(ids::several).take(ids::MOST).collect(),
            references: ids::newest(head.all("references").flat_map(ids::several)),
            sent_at: head::sent_at(parsed.as_ref()),
            report: report::read(raw, &parts),
            is_cut: head.is_cut || parts.is_cut || body.is_cut,
            plain: body.plain,
            html: body.html,
            html_is_cut: body.html_is_cut,
            files: body.files,
            fields: head.fields,
        }
    }

    /// The values of a header field, topmost first. The name is in lower case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_str())
    }

    /// The topmost value of a header field. The name is in lower case.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// How many fields of this name there are.
    pub fn count(&self, name: &str) -> usize {
        self.fields.iter().filter(|field| field.name == name).count()
    }
}

/// A text without what a line of a header or a name can't hold: control characters become spaces, and spaces at the ends go.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let spaced: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    lambdesk_domain::text::cut(spaced.trim(), most).trim_end().to_owned()
}
