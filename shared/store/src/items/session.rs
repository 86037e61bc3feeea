//! Sessions: the credential, its last use, and the row by which its user finds it.

use lambdesk_domain::{Timestamp, UserId, session::Session, traits::Object};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
        write::Write,
    },
};

/// Where a session was opened, as its user recognises it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// What the browser calls itself.
    pub agent: String,
    /// The address that it called from.
    pub address: String,
}

/// The credential of a session. Only its last use is written elsewhere.
pub(crate) fn write(row: Writer, session: &Session) -> Writer {
    let Session { id, user, created_at, used_at: _ } = session;
    row.text("id", id.to_string())
        .number("user", user)
        .time("created_at", *created_at)
        .number("expires_at", session.ends_at().seconds())
}

/// A session as its credential tells of it: as if it had not been used since it was opened.
pub(crate) fn read(item: &Item) -> Result<Session, StoreError> {
    let row = Reader(item);
    let created_at = row.time("created_at")?;
    let id = row.parsed("id", |id| id.parse().ok())?;
    Ok(Session { id, user: UserId(row.number("user")?), created_at, used_at: created_at })
}

/// The last use of a session that is opened.
pub(crate) fn first_use(hash: &str, session: &Session) -> Item {
    Writer::new(&keys::session_use(hash))
        .time("used_at", session.used_at)
        .number("expires_at", session.expires_at().seconds())
        .done()
}

/// Records a use, unless the session has ended, or another use was recorded since `before`.
pub(crate) fn next_use(hash: &str, session: &Session, before: Timestamp) -> Write {
    Write::update(keys::session_use(hash), "SET used_at = :now, expires_at = :end")
        .only_if("used_at = :before")
        .number(":now", session.used_at.micros())
        .number(":end", session.expires_at().seconds())
        .number(":before", before.micros())
}

pub(crate) fn read_use(item: &Item) -> Result<Timestamp, StoreError> {
    Reader(item).time("used_at")
}

/// A session in its user's list. It knows the hash, so that ending it there ends the credential.
pub(crate) struct Row {
    pub(crate) hash: String,
    pub(crate) session: Session,
    pub(crate) device: Device,
}

pub(crate) fn write_row(row: &Row) -> Item {
    let Row { hash, session, device: Device { agent, address } } = row;
    write(Writer::new(&keys::session(session.user, session.id)), session)
        .text("hash", hash)
        .text("agent", agent)
        .text("address", address)
        .done()
}

pub(crate) fn read_row(item: &Item) -> Result<Row, StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    let device = Device { agent: text("agent")?, address: text("address")? };
    Ok(Row { hash: text("hash")?, session: read(item)?, device })
}

pub(crate) fn write_preferences(user: UserId, preferences: &Object) -> Item {
    Writer::new(&keys::preferences(user)).object("preferences", preferences).done()
}

pub(crate) fn read_preferences(item: &Item) -> Result<Object, StoreError> {
    Reader(item).object("preferences")
}
