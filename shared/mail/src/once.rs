//! Whether a mail came before. Ids are text that anybody can write, so an id alone never makes a mail a repetition: else
//! whoever guesses the id of a mail could keep it from the desk by using it first.

use lambdesk_domain::Timestamp;
use ring::digest;

use crate::letter::{Bytes, Letter};

/// What a mail is known by within a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its own id, or one that is made of its content where it has none.
    pub id: String,
    /// A digest of who wrote it, when, in answer to what, and what it says.
    pub digest: [u8; 32],
}

/// What a mail is beside one of the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The same mail again.
    Again,
    /// Another mail, to be kept under this id, made of its content.
    Another(String),
}

impl Identity {
    /// The identity of a letter.
    pub fn of(letter: &Letter) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        let mut add = |part: &[u8]| {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        };
        for from in &letter.from {
            add(from.address.as_str().as_bytes());
        }
        for text in
            [letter.subject.as_str(), letter.plain.as_deref().unwrap_or_default(), letter.html.as_deref().unwrap_or_default()]
        {
            add(text.as_bytes());
        }
        // Somebody may say the same twice. Only the same mail was sent at the same time, in answer to the same mails.
        add(&letter.sent_at.map_or(i64::MIN, Timestamp::micros).to_be_bytes());
        for ids in [&letter.in_reply_to, &letter.references] {
            add(&(ids.len() as u64).to_be_bytes());
            for id in ids {
                add(id.as_bytes());
            }
        }
        for file in &letter.files {
            add(file.name.as_bytes());
            match &file.bytes {
                Bytes::Kept(bytes) => add(bytes),
                Bytes::TooLarge => add(&file.size.to_be_bytes()),
            }
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Self { id: letter.message_id.clone().unwrap_or_else(|| made(&digest)), digest }
    }

    /// What this mail is, if the project has one of this id with this digest.
    pub fn beside(&self, digest: &[u8; 32]) -> Seen {
        if *digest == self.digest { Seen::Again } else { Seen::Another(made(&self.digest)) }
    }
}

/// An id that no mail brings: the ids of mails have lost their angle brackets.
fn made(digest: &[u8; 32]) -> String {
    format!("<{}>", hex::encode(digest))
}
