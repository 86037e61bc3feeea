//! The embedded database's side of the stream: one shard per table, read in-process.
//!
//! Known quirks of dynoxide 3.2.0: it keeps every record for ever, and it finds the next sequence number by a search for the
//! largest one, without an index. For a database in a file, a second connection adds an index and removes old records. A
//! database in memory has no second connection, and slows down with age.

use std::{io, path::Path, sync::Mutex, time::Duration};

use aws_lambda_events::event::dynamodb::EventRecord;
use dynoxide::{
    Database,
    actions::{
        describe_stream::DescribeStreamRequest, get_records::GetRecordsRequest, get_shard_iterator::GetShardIteratorRequest,
    },
    streams::{shard_id, stream_arn},
};
use rusqlite::{Connection, OptionalExtension, params};

/// How many records stay, handled or not. The record with the largest number must stay, so that the next number is larger.
const KEPT: u32 = 1000;
/// What the public form of a sequence number adds to the stored number, so that it has 21 digits.
const OFFSET: u128 = 100_000_000_000_000_000_000;
/// How long the second connection waits for a write of the first one. The first connection waits as long for the second.
const BUSY: Duration = Duration::from_secs(5);
const INDEX: &str = "CREATE INDEX IF NOT EXISTS lambdesk_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// The position of a record in the stream, as the database stores it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sequence(pub(super) i64);

impl Sequence {
    pub(super) fn of_public(public: &str) -> Option<Self> {
        public.parse::<u128>().ok()?.checked_sub(OFFSET)?.try_into().ok().map(Self)
    }

    pub(super) fn public(self) -> String {
        (OFFSET + u128::from(self.0.unsigned_abs())).to_string()
    }
}

/// Adds the index that dynoxide's own queries need to the stream's records in a database file. Without the index, a write takes
/// longer the more records there are. Dynoxide must have opened the file before.
pub fn prepare(db_path: &Path) -> io::Result<()> {
    open(db_path)?.execute_batch(INDEX).map_err(io::Error::other)
}

fn open(path: &Path) -> io::Result<Connection> {
    let connection = Connection::open(path).map_err(io::Error::other)?;
    connection.busy_timeout(BUSY).map_err(io::Error::other)?;
    Ok(connection)
}

/// The stream of one table.
pub(super) struct Source {
    database: Database,
    table: String,
    /// The second connection; `None` for a database in memory.
    file: Option<Mutex<Connection>>,
}

impl Source {
    pub(super) fn new(database: Database, table: &str) -> io::Result<Self> {
        let path = database.db_path().map_err(io::Error::other)?;
        let file = path.map(|path| open(Path::new(&path)).map(Mutex::new)).transpose()?;
        Ok(Self { database, table: table.to_owned(), file })
    }

    /// The position of the last record; the default if there is none.
    pub(super) fn last(&self) -> io::Result<Sequence> {
        let request = DescribeStreamRequest { stream_arn: self.arn(), ..Default::default() };
        let described = self.database.describe_stream(request).map_err(io::Error::other)?;
        let shard = described.stream_description.shards.into_iter().next();
        let last = shard.and_then(|shard| shard.sequence_number_range.ending_sequence_number);
        Ok(last.as_deref().and_then(Sequence::of_public).unwrap_or_default())
    }

    /// Up to `most` records after `position`, in the form that Lambda passes to a function.
    pub(super) fn records_after(&self, position: Sequence, most: usize) -> io::Result<Vec<(Sequence, EventRecord)>> {
        let start = position != Sequence::default();
        let request = GetShardIteratorRequest {
            stream_arn: self.arn(),
            shard_id: shard_id(&self.table),
            shard_iterator_type: if start { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
            sequence_number: start.then(|| position.public()),
        };
        let iterator = self.database.get_shard_iterator(request).map_err(io::Error::other)?;
        let request = GetRecordsRequest { shard_iterator: iterator.shard_iterator.unwrap_or_default(), limit: Some(most) };
        let found = self.database.get_records(request).map_err(io::Error::other)?;
        found.records.into_iter().map(as_lambda_has_it).collect()
    }

    /// The record with this number; `None` if it was removed.
    pub(super) fn record(&self, number: Sequence) -> io::Result<Option<EventRecord>> {
        // Streams have no request for a single record. So this asks for the first record after the number before it.
        let before = Sequence(number.0 - 1);
        let next = self.records_after(before, 1)?.into_iter().next();
        Ok(next.filter(|(found, _)| *found == number).map(|(_, record)| record))
    }

    /// Removes records up to `position`, except the last [`KEPT`].
    pub(super) fn prune(&self, position: Sequence) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        prune(&file, &self.table, position).map_err(io::Error::other)
    }

    fn arn(&self) -> String {
        stream_arn(&self.table, "")
    }
}

fn prune(file: &Connection, table: &str, position: Sequence) -> rusqlite::Result<()> {
    let first_kept: Option<i64> = file
        .query_row(
            "SELECT CAST(sequence_number AS INTEGER) FROM _stream_records WHERE table_name = ?1
             ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT 1 OFFSET ?2",
            params![table, KEPT - 1],
            |row| row.get(0),
        )
        .optional()?;
    let Some(first_kept) = first_kept else { return Ok(()) };
    file.execute(
        "DELETE FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2",
        params![table, first_kept.min(position.0.saturating_add(1))],
    )?;
    Ok(())
}

fn as_lambda_has_it(record: dynoxide::actions::get_records::Record) -> io::Result<(Sequence, EventRecord)> {
    let number = Sequence::of_public(&record.dynamodb.sequence_number);
    let number = number.ok_or_else(|| io::Error::other("a record's sequence number is no such number"))?;
    Ok((number, serde_json::from_value(serde_json::to_value(record)?)?))
}
