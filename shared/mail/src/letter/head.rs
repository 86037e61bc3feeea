//! Header fields: of the mail itself, and of each of its parts.

use lambdesk_domain::Timestamp;
use mail_parser::{HeaderName, HeaderValue, Message, MessageParser};

use super::{MAILBOXES, SUBJECT, charset, one_line};
use crate::address::{Address, Mailbox};

/// The most bytes of one field. A reader of encoded words may look ahead to the field's end from each of its bytes.
const FIELD: usize = 32_000;
/// The most bytes of all fields of a mail.
pub(super) const MAIL: usize = 128_000;
/// The most bytes of all fields of a part.
pub(super) const PART: usize = 4_000;
/// The longest name of a field that is one.
const NAME: usize = 100;

/// A header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in lower case.
    pub name: String,
    /// Its value in one line, with encoded words as they came.
    pub value: String,
}

/// The header fields before a body.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) fields: Vec<Field>,
    /// The same fields, for the parser.
    block: Vec<u8>,
    /// Where the body begins.
    pub(super) body: usize,
    pub(super) is_cut: bool,
}

impl Head {
    /// Reads the fields at the start of `raw`, and keeps at most `most` bytes of them.
    pub(super) fn read(raw: &[u8], most: usize) -> Self {
        let mut head = Self { fields: Vec::new(), block: Vec::new(), body: 0, is_cut: false };
        let mut field: Vec<u8> = Vec::new();
        while let Some(line) = line_at(raw, head.body) {
            let content = without_end(line);
            let is_continued = content.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
            // A mailbox's separator before the mail is no field, and no end either.
            let is_separator = head.body == 0 && content.starts_with(b"From ");
            let is_end = content.is_empty() || !(is_separator || is_continued && !field.is_empty() || is_field(content));
            if is_end {
                head.body += if content.is_empty() { line.len() } else { 0 };
                break;
            }
            head.body += line.len();
            if !is_continued {
                head.keep(&std::mem::take(&mut field), most);
            }
            if !is_separator {
                head.extend(&mut field, content);
            }
        }
        head.keep(&field, most);
        head
    }

    fn extend(&mut self, field: &mut Vec<u8>, line: &[u8]) {
        let room = FIELD.saturating_sub(field.len());
        self.is_cut |= line.len() > room;
        field.extend(&line[..line.len().min(room)]);
    }

    fn keep(&mut self, field: &[u8], most: usize) {
        let Some(colon) = field.iter().position(|byte| *byte == b':') else { return };
        let written = &field[colon + 1..];
        let value = charset::undeclared(written);
        let name = String::from_utf8_lossy(&field[..colon]).trim_end().to_ascii_lowercase();
        if self.block.len() + name.len() + value.len() > most {
            self.is_cut = true;
            return;
        }
        // Encoded words declare what their bytes are, so these stay as they came.
        let is_encoded = written.windows(2).any(|pair| pair == b"=?");
        let bytes = if is_encoded { written } else { value.as_bytes() };
        self.block.extend(name.as_bytes());
        self.block.push(b':');
        self.block.extend(bytes.iter().map(|byte| if is_end_or_nul(*byte) { b' ' } else { *byte }));
        self.block.extend(b"\r\n");
        let value: String = value.chars().map(|letter| if matches!(letter, '\r' | '\n' | '\0') { ' ' } else { letter }).collect();
        self.fields.push(Field { name, value: value.trim().to_owned() });
    }

    /// The topmost value of a field.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// The values of a field, topmost first.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_str())
    }

    /// The same fields, as the parser understands them.
    pub(super) fn parsed(&self) -> Option<Message<'_>> {
        MessageParser::default().parse_headers(&self.block)
    }
}

/// The line that begins at `from`, with its end.
pub(super) fn line_at(raw: &[u8], from: usize) -> Option<&[u8]> {
    let rest = raw.get(from..).filter(|rest| !rest.is_empty())?;
    let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
    Some(&rest[..end])
}

/// A line without its end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

const fn is_end_or_nul(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().take(NAME).position(|byte| *byte == b':') else { return false };
    let name = line[..colon].trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// What all fields of this name say of addresses, whether they can be ones or not.
fn written<'a>(parsed: Option<&'a Message<'a>>, name: &HeaderName<'static>) -> impl Iterator<Item = &'a mail_parser::Addr<'a>> {
    let fields = parsed.into_iter().flat_map(Message::headers).filter(move |field| &field.name == name);
    fields.filter_map(|field| field.value.as_address()).flat_map(mail_parser::Address::iter)
}

/// How many addresses the fields of this name have, with those that [`mailboxes`] leaves out.
pub(super) fn count(parsed: Option<&Message<'_>>, name: &HeaderName<'static>) -> usize {
    written(parsed, name).count()
}

/// The addresses of all fields of this name.
pub(super) fn mailboxes(parsed: Option<&Message<'_>>, name: &HeaderName<'static>) -> Vec<Mailbox> {
    let mailboxes = written(parsed, name).filter_map(|found| {
        let name = found.name().map(|name| one_line(name, Mailbox::NAME)).filter(|name| !name.is_empty());
        Some(Mailbox { name, address: Address::read(found.address()?)? })
    });
    mailboxes.take(MAILBOXES).collect()
}

/// The topmost subject.
pub(super) fn subject(parsed: Option<&Message<'_>>) -> String {
    let mut fields = parsed.into_iter().flat_map(Message::headers);
    let subject = fields.find(|field| field.name == HeaderName::Subject).and_then(|field| field.value.as_text());
    one_line(subject.unwrap_or_default(), SUBJECT)
}

/// The date, if it is one.
pub(super) fn sent_at(parsed: Option<&Message<'_>>) -> Option<Timestamp> {
    let mut fields = parsed.into_iter().flat_map(Message::headers);
    let date = fields.find_map(|field| match &field.value {
        HeaderValue::DateTime(date) if field.name == HeaderName::Date => Some(date),
        _ => None,
    })?;
    date.is_valid().then(|| date.to_timestamp().checked_mul(1_000_000)).flatten().and_then(Timestamp::from_micros)
}
