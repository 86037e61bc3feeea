//! Sign-ins that were begun, and users as identity providers know them.

use lambdesk_domain::{Timestamp, UserId, identity::Subject};

use crate::{
    error::StoreError,
    transport::{item::Item, keys, reader::Reader, writer::Writer},
};

/// A sign-in that was begun. It has no `Debug`: nothing may print its secrets.
#[derive(Clone)]
pub struct Attempt {
    /// What the provider gives back.
    pub state: String,
    /// What the provider's token must name.
    pub nonce: String,
    /// What proves to the provider that whoever began asks for the token.
    pub verifier: String,
    /// Where the browser goes afterwards.
    pub next: String,
}

pub(crate) fn write_attempt(hash: &str, attempt: &Attempt, until: Timestamp) -> Item {
    let Attempt { state, nonce, verifier, next } = attempt;
    Writer::new(&keys::attempt(hash))
        .text("state", state)
        .text("nonce", nonce)
        .text("verifier", verifier)
        .text("next", next)
        .time("until", until)
        .number("expires_at", until.seconds())
        .done()
}

/// The attempt, and until when it may be ended.
pub(crate) fn read_attempt(item: &Item) -> Result<(Attempt, Timestamp), StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    let attempt = Attempt { state: text("state")?, nonce: text("nonce")?, verifier: text("verifier")?, next: text("next")? };
    Ok((attempt, row.time("until")?))
}

fn subject(row: Writer, subject: &Subject, at: Timestamp) -> Writer {
    let Subject { issuer, subject } = subject;
    row.text("issuer", issuer).text("subject", subject).time("bound_at", at)
}

/// Whose a subject is.
pub(crate) fn write_identity(of: &Subject, user: UserId, at: Timestamp) -> Item {
    subject(Writer::new(&keys::identity(&of.issuer, &of.subject)), of, at).number("user", user).done()
}

pub(crate) fn read_identity(item: &Item) -> Result<UserId, StoreError> {
    Reader(item).number("user").map(UserId)
}

/// The subject that a user is bound to.
pub(crate) fn write_subject(user: UserId, of: &Subject, at: Timestamp) -> Item {
    subject(Writer::new(&keys::subject(user)), of, at).done()
}

pub(crate) fn read_subject(item: &Item) -> Result<Subject, StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    Ok(Subject { issuer: text("issuer")?, subject: text("subject")? })
}
