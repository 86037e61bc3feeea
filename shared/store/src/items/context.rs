//! The items of the table of what browsers sent, and what a ticket keeps of them in its own partition.
//!
//! A session's item has for each exception how often it came (`x<fingerprint>`) and when it came last (`y<fingerprint>`): a
//! repetition is counted there, where it costs a write unit or two, and not at the exception's own item, which may be 32 KB.

use std::collections::BTreeMap;

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    capture::{
        SeenEvent, SeenException, SessionId, gzip,
        pinned::{Repeated, Seen},
        quota::Amount,
        recording::Part,
        walls,
    },
};
use uuid::Uuid;

use crate::{
    error::StoreError,
    transport::{
        context_keys,
        item::{Item, Reader, Writer},
        key::SK,
        keys,
    },
};

/// Bytes that are zipped.
const BODY: &str = "body";
/// When DynamoDB removes the item. It does so days late, so whoever reads checks the time too.
pub(crate) const EXPIRES: &str = "expires_at";
/// Until when a session's own item is kept at least, once a ticket names it.
pub(crate) const HELD: &str = "held_until";
/// Since when a ticket names a session.
pub(crate) const NAMED_AT: &str = "named_at";
/// The tickets that name a session.
pub(crate) const TICKETS: &str = "tickets";
pub(crate) const EVENTS: &str = "n_events";
pub(crate) const BYTES: &str = "n_bytes";
pub(crate) const CHUNKS: &str = "n_chunks";
/// How many events of the recorder were left out.
pub(crate) const LEFT_OUT: &str = "n_left_out";
/// How many events were left out.
pub(crate) const DROPPED: &str = "n_dropped";
/// How many exceptions were left out.
pub(crate) const MISSED: &str = "n_missed";
/// Until when the recording is there.
pub(crate) const RECORDED_UNTIL: &str = "recorded_until";

/// The attribute of a session that counts an exception.
pub(crate) fn counts(fingerprint: &str) -> String {
    format!("x{fingerprint}")
}

/// The attribute of a session that has when an exception came last.
pub(crate) fn last_came(fingerprint: &str) -> String {
    format!("y{fingerprint}")
}

/// Whether an item is still there for who reads.
pub(crate) fn is_there(item: &Item, now: Timestamp) -> bool {
    let until = Reader(item).opt_number::<i64>(EXPIRES).ok().flatten();
    until.is_none_or(|until| until > now.seconds())
}

/// What is known of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub(crate) taken: Amount,
    pub(crate) chunks: u64,
    pub(crate) dropped: u64,
    pub(crate) missed: u64,
    pub(crate) left_out: u64,
    pub(crate) tickets: Vec<String>,
    pub(crate) recorded_until: Option<Timestamp>,
    /// How often each exception came, and when it came last, by its fingerprint.
    pub(crate) exceptions: BTreeMap<String, (u64, Timestamp)>,
}

impl SessionRow {
    /// How many events the session has sent, exceptions aside.
    pub(crate) fn events(&self) -> u64 {
        let exceptions: u64 = self.exceptions.values().map(|(count, _)| count).sum();
        self.taken.events.saturating_sub(exceptions + self.missed)
    }
}

pub(crate) fn read_session(item: &Item) -> Result<SessionRow, StoreError> {
    let row = Reader(item);
    let mut exceptions = BTreeMap::new();
    for name in item.keys().filter_map(|name| name.strip_prefix('x')) {
        exceptions.insert(name.to_owned(), (row.number(&counts(name))?, row.time(&last_came(name))?));
    }
    let number = |name| Ok::<_, StoreError>(row.opt_number(name)?.unwrap_or(0));
    Ok(SessionRow {
        taken: Amount { events: number(EVENTS)?, bytes: number(BYTES)? },
        chunks: number(CHUNKS)?,
        dropped: number(DROPPED)?,
        missed: number(MISSED)?,
        left_out: number(LEFT_OUT)?,
        tickets: row.members(TICKETS)?.to_vec(),
        recorded_until: row.opt_time(RECORDED_UNTIL)?,
        exceptions,
    })
}

pub(crate) fn write_events(key: &keys::Key, zipped: Vec<u8>, events: usize, until: Timestamp) -> Item {
    Writer::new(key).bytes(BODY, zipped).number(EVENTS, events).number(EXPIRES, until.seconds()).done()
}

/// To how many bytes of JSON the events of a request unfold, and how many they are.
pub(crate) fn extent_of_events(item: &Item) -> Result<(usize, u64), StoreError> {
    let row = Reader(item);
    let zipped = row.bytes(BODY)?.ok_or_else(|| row.corrupt(BODY))?;
    // An item that an earlier version wrote does not say how many they are.
    Ok((gzip::unzipped_length(zipped), row.opt_number(EVENTS)?.unwrap_or(1)))
}

pub(crate) fn read_events(item: &Item) -> Result<Vec<SeenEvent>, StoreError> {
    unzipped(item)
}

pub(crate) fn write_exception(key: &keys::Key, exception: &SeenException, until: Timestamp) -> Item {
    let zipped = gzip::zip(&serde_json::to_vec(exception).unwrap_or_default());
    Writer::new(key).bytes(BODY, zipped).number(EXPIRES, until.seconds()).done()
}

/// An exception as its own item has it, with the counts of its session.
pub(crate) fn read_exception(item: &Item, session: &SessionRow) -> Result<Repeated, StoreError> {
    let row = Reader(item);
    let id = row.sort_key()?.strip_prefix(context_keys::EXCEPTIONS).ok_or_else(|| row.corrupt(SK))?.to_owned();
    let first: SeenException = unzipped(item)?;
    let (count, last_at) = session.exceptions.get(&id).copied().unwrap_or((1, first.at));
    Ok(Repeated { id, first, count, last_at })
}

fn unzipped<T: serde::de::DeserializeOwned>(item: &Item) -> Result<T, StoreError> {
    let row = Reader(item);
    let zipped = row.bytes(BODY)?.ok_or_else(|| row.corrupt(BODY))?;
    let json = gzip::unzip(zipped, walls::UNZIPPED).map_err(|_| row.corrupt(BODY))?;
    serde_json::from_slice(&json).map_err(|_| row.corrupt(BODY))
}

/// A part of a recording, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkInfo {
    /// Its name within the session.
    pub id: String,
    /// The tab that it is of.
    pub window: Option<String>,
    /// When its first event happened.
    pub from: Timestamp,
    /// When its last event happened.
    pub until: Timestamp,
    /// How many events it has.
    pub events: u64,
    /// How many bytes it has as it is stored.
    pub bytes: u64,
}

pub(crate) fn write_chunk(key: &keys::Key, part: &Part, until: Timestamp) -> Item {
    Writer::new(key).bytes(BODY, part.zipped.clone()).number(EXPIRES, until.seconds()).done()
}

pub(crate) fn read_chunk(item: &Item) -> Result<Vec<u8>, StoreError> {
    let row = Reader(item);
    row.bytes(BODY)?.map(<[u8]>::to_vec).ok_or_else(|| row.corrupt(BODY))
}

pub(crate) fn write_chunk_info(key: &keys::Key, part: &Part, window: Option<&str>, until: Timestamp) -> Item {
    Writer::new(key)
        .opt_text("window", window)
        .time("from", part.from)
        .time("until", part.until)
        .number("events", part.events)
        .number("bytes", part.zipped.len())
        .number(EXPIRES, until.seconds())
        .done()
}

pub(crate) fn read_chunk_info(item: &Item) -> Result<ChunkInfo, StoreError> {
    let row = Reader(item);
    Ok(ChunkInfo {
        id: row.sort_key()?.strip_prefix(context_keys::CHUNKS).ok_or_else(|| row.corrupt(SK))?.to_owned(),
        window: row.opt_text("window")?.map(str::to_owned),
        from: row.time("from")?,
        until: row.time("until")?,
        events: row.number("events")?,
        bytes: row.number("bytes")?,
    })
}

/// A session that a ticket names, and since when; `None` for the mark that the ticket is gone.
pub(crate) fn read_named(item: &Item) -> Result<Option<(SessionId, Timestamp)>, StoreError> {
    let row = Reader(item);
    let Ok(session) = row.sort_key()?.parse() else { return Ok(None) };
    Ok(Some((session, row.time(NAMED_AT)?)))
}

pub(crate) fn write_gone(project: ProjectId, ticket: TicketId, until: Timestamp) -> Item {
    Writer::new(&context_keys::gone(project, ticket)).number(EXPIRES, until.seconds()).done()
}

pub(crate) fn write_pinned(project: ProjectId, ticket: TicketId, zipped: Vec<u8>) -> Item {
    Writer::new(&keys::pinned(project, ticket)).bytes(BODY, zipped).done()
}

pub(crate) fn read_pinned(item: &Item) -> Result<Seen, StoreError> {
    let row = Reader(item);
    row.bytes(BODY)?.and_then(Seen::unpacked).ok_or_else(|| row.corrupt(BODY))
}

/// The name of a part as it stands in an address: without `#`.
pub(crate) fn chunk_in_address(name: &str) -> String {
    name.replacen('#', "-", 1)
}

/// The name that an address gives to a part; `None` if it can be none.
pub(crate) fn chunk_of_address(text: &str) -> Option<String> {
    let (millis, id) = text.split_once('-')?;
    let is_time = millis.len() == 13 && millis.bytes().all(|digit| digit.is_ascii_digit());
    let id: Uuid = id.parse().ok()?;
    is_time.then(|| format!("{millis}#{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(seconds)
    }

    fn part() -> Part {
        Part { from: at(5), until: at(6), events: 3, zipped: gzip::zip(b"[1,2,3]") }
    }

    #[test]
    fn what_is_written_is_read() {
        let (project, session) = (ProjectId(3), "s-1".parse::<SessionId>().unwrap());
        let name = context_keys::chunk_name(at(5), Uuid::from_u128(7));
        let info = write_chunk_info(&context_keys::chunk_info(project, &session, &name), &part(), Some("w"), at(9));
        let read = read_chunk_info(&info).unwrap();
        let expected = ChunkInfo {
            id: name.clone(),
            window: Some("w".into()),
            from: at(5),
            until: at(6),
            events: 3,
            bytes: part().zipped.len() as u64,
        };
        assert_eq!(read, expected);
        let chunk = write_chunk(&context_keys::chunk(project, &session, &name), &part(), at(9));
        assert_eq!(read_chunk(&chunk).unwrap(), part().zipped);
        assert_eq!(chunk_of_address(&chunk_in_address(&name)).as_deref(), Some(name.as_str()));
        for wrong in ["", "x", "0000000005000", "0000000005000-", "0000000005000#x-1", "5-00000000-0000-0000-0000-000000000007"] {
            assert_eq!(chunk_of_address(wrong), None, "{wrong}");
        }
        let ticket = TicketId(Uuid::from_u128(9));
        let gone = write_gone(project, ticket, at(9));
        assert_eq!(read_named(&gone).unwrap(), None);
        assert!(is_there(&gone, at(8)) && !is_there(&gone, at(9)));
    }
}
