//! Signed tokens: they name a ticket, and whoever has one got it in a mail of the desk.
//!
//! A token is no permission. It only says which ticket a mail is about; [`admit`](crate::admit) says who may write on it.
//! Tokens do not expire, because people answer months later.

use lambdesk_domain::{ProjectId, TicketId, Timestamp};
use ring::hmac;
use uuid::Uuid;

pub(crate) mod base32;

/// Bytes of the project, the ticket and the signature.
const LENGTH: usize = 4 + 16 + SIGNATURE;
const SIGNATURE: usize = 8;
/// What stands before the token in an address of its own.
const REPLY: &str = "reply+";
/// What stands before the time in an id of a mail of ours.
const OURS: &str = "m.";

/// A project's secret, from which nobody reads anything.
pub struct MailKey([u8; 32]);

impl MailKey {
    /// The key of these bytes, which have to be random.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), message);
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&tag.as_ref()[..SIGNATURE]);
        short
    }

    /// Whether a short signature is that of a message. A second HMAC makes the comparison one of two tags that nobody can
    /// choose, which ring compares in constant time.
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::verify(&key, signature, hmac::sign(&key, &self.sign(message)).as_ref()).is_ok()
    }
}

/// What a token is for. A token for one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Answers of the customer and the other participants.
    Reply,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Reply => "reply",
        }
    }
}

/// The text that names a ticket of a project, unsigned until [`Unproven::proven`] has checked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unproven {
    project: ProjectId,
    ticket: TicketId,
    signature: [u8; SIGNATURE],
}

/// The token of a ticket: 45 letters and digits in lower case.
pub fn token(key: &MailKey, purpose: Purpose, project: ProjectId, ticket: TicketId) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.extend(project.0.to_be_bytes());
    bytes.extend(ticket.0.as_bytes());
    bytes.extend(key.sign(&signed(purpose, project, ticket)));
    base32::encode(&bytes)
}

fn signed(purpose: Purpose, project: ProjectId, ticket: TicketId) -> Vec<u8> {
    format!("{}|{project}|{ticket}", purpose.label()).into_bytes()
}

impl Unproven {
    /// Reads a token in either case, since some clients write addresses in capitals; `None` for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = base32::decode(text)?.try_into().ok()?;
        let (project, rest) = bytes.split_first_chunk::<4>()?;
        let (ticket, signature) = rest.split_first_chunk::<16>()?;
        Some(Self {
            project: ProjectId(u32::from_be_bytes(*project)),
            ticket: TicketId(Uuid::from_bytes(*ticket)),
            signature: signature.try_into().ok()?,
        })
    }

    /// The project whose keys check this token.
    pub const fn project(&self) -> ProjectId {
        self.project
    }

    /// The ticket, if one of the project's keys has signed this token. While a key is replaced, two are valid.
    pub fn proven(&self, keys: &[MailKey], purpose: Purpose) -> Option<TicketId> {
        let message = signed(purpose, self.project, self.ticket);
        keys.iter().any(|key| key.has_signed(&message, &self.signature)).then_some(self.ticket)
    }
}

/// The local part of the address that brings an answer to its ticket: 51 of the 64 characters that a local part may have.
pub fn reply_local_part(token: &str) -> String {
    format!("{REPLY}{token}")
}

/// The token in the local part of an address.
pub fn in_local_part(local: &str) -> Option<Unproven> {
    let (prefix, token) = local.split_at_checked(REPLY.len())?;
    prefix.eq_ignore_ascii_case(REPLY).then(|| Unproven::read(token))?
}

/// The id of a mail that goes out, without its angle brackets.
pub fn own_id(written: Timestamp, token: &str, mail_domain: &str) -> String {
    format!("{OURS}{}.{token}@{mail_domain}", written.micros())
}

/// An id of a mail of ours, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnId {
    /// When the message was written that the mail carried. Nothing proves it.
    pub written: Timestamp,
    /// Its ticket.
    pub token: Unproven,
}

impl OwnId {
    /// Reads an id, with or without its angle brackets; `None` for one that [`own_id`] did not make.
    pub fn read(id: &str, mail_domain: &str) -> Option<Self> {
        let id = id.trim().trim_start_matches('<').trim_end_matches('>');
        let (local, domain) = id.rsplit_once('@')?;
        if !domain.eq_ignore_ascii_case(mail_domain) {
            return None;
        }
        let (prefix, rest) = local.split_at_checked(OURS.len())?;
        let (micros, token) = rest.split_once('.')?;
        if !prefix.eq_ignore_ascii_case(OURS) || !micros.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        Some(Self { written: Timestamp::from_micros(micros.parse().ok()?)?, token: Unproven::read(token)? })
    }
}

/// The value of the header field by which a project's desk knows its own mails when they come back.
pub fn mark(key: &MailKey, project: ProjectId) -> String {
    let mut bytes = project.0.to_be_bytes().to_vec();
    bytes.extend(key.sign(format!("desk|{project}").as_bytes()));
    base32::encode(&bytes)
}

/// Whether a header field's value is the [`mark`] of this project.
pub fn is_mark(value: &str, keys: &[MailKey], project: ProjectId) -> bool {
    let Some(bytes) = base32::decode(value.trim()) else { return false };
    let Some((of, signature)) = bytes.split_first_chunk::<4>() else { return false };
    let message = format!("desk|{project}");
    *of == project.0.to_be_bytes() && keys.iter().any(|key| key.has_signed(message.as_bytes(), signature))
}

#[cfg(test)]
mod tests;
