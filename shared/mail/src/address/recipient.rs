//! Whom a mail is for, by the addresses of its envelope.

use super::Address;
use crate::token::{Unproven, base32, in_local_part};

/// How an address receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An answer about a ticket, if the token is signed.
    Reply(Unproven),
    /// An address of a project, by what stands before the at sign.
    Desk(String),
    /// An address that a project forwards its own mail to, by its 26 letters and digits.
    Forwarded(String),
}

/// What stands before the code in an address that mail is forwarded to.
const FORWARDED: &str = "in-";
/// How long that code is.
const CODE: usize = 26;

impl Recipient {
    /// Reads a recipient; `None` if it is not of this desk.
    pub fn of(address: &Address, mail_domain: &str) -> Option<Self> {
        if !address.domain().eq_ignore_ascii_case(mail_domain) {
            return None;
        }
        let local = address.local();
        let code = local.strip_prefix(FORWARDED).filter(|code| code.len() == CODE && code.bytes().all(is_of_code));
        // A token that was cut or mistyped is an address that nobody has, and so a mail without a pointer.
        Some(match (in_local_part(local), code) {
            (Some(token), _) => Self::Reply(token),
            (None, Some(code)) => Self::Forwarded(code.to_owned()),
            (None, None) => Self::Desk(local.to_owned()),
        })
    }

    /// What stands before the at sign of the project's address, without what a sender added behind a plus sign.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Desk(local) => Some(local.split_once('+').map_or(local.as_str(), |(name, _)| name).to_owned()),
            Self::Forwarded(code) => Some(format!("{FORWARDED}{code}")),
            Self::Reply(_) => None,
        }
    }
}

/// What stands before the at sign of an address that mail is forwarded to, made of random bytes.
pub fn forwarded(entropy: [u8; 16]) -> String {
    format!("{FORWARDED}{}", base32::encode(&entropy))
}

const fn is_of_code(letter: u8) -> bool {
    matches!(letter, b'a'..=b'z' | b'2'..=b'7')
}

/// The fewest and most characters of the local part that a project chooses.
const CHOSEN: std::ops::RangeInclusive<usize> = 3..=40;

/// Whether a project may choose this local part: it can't be mistaken for an address that the desk makes, nor for one that
/// every domain keeps for the people who run it (RFC 2142).
pub fn may_be_chosen(local: &str) -> bool {
    CHOSEN.contains(&local.len())
        && local.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !local.starts_with(FORWARDED)
        && !matches!(local, "reply" | "postmaster" | "abuse" | "mailer-daemon" | "noreply" | "no-reply")
}
