//! The embedded database's side of the stream: one shard per table, read in-process.
//!
//! Known quirks of dynoxide 3.2.0: it keeps every record for ever, and finds the next sequence number by a search for the
//! largest one, without an index. A file takes an index and the removal of old records over a second connection; a
//! database in memory has neither and slows down with age.

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

/// How many records stay, handled or not: the largest number must, for the next one to be larger.
const KEPT: u32 = 1000;
/// What the public form of a sequence number adds to the stored one, which makes it 21 digits.
const OFFSET: u128 = 100_000_000_000_000_000_000;
/// How long the second connection waits for the first one's write: as long as that waits for this one's.
const BUSY: Duration = Duration::from_secs(5);
const INDEX: &str = "CREATE INDEX IF NOT EXISTS lambdesk_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// The place of a record in the stream, as the database stores it.
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

/// Gives the stream's records of a database file the index that dynoxide's own queries need; without it each write takes
/// the longer the more records there are. The file must have been opened by dynoxide before.
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
    /// The second connection, of a database that has a file.
    file: Option<Mutex<Connection>>,
}

impl Source {
    pub(super) fn new(database: Database, table: &str) -> io::Result<Self> {
        let path = database.db_path().map_err(io::Error::other)?;
        let file = path.map(|path| open(Path::new(&path)).map(Mutex::new)).transpose()?;
        Ok(Self { database, table: table.to_owned(), file })
    }

    /// The last record's place; the default before the first.
    pub(super) fn last(&self) -> io::Result<Sequence> {
        let request = DescribeStreamRequest { stream_arn: self.arn(), ..Default::default() };
        let described = self.database.describe_stream(request).map_err(io::Error::other)?;
        let shard = described.stream_description.shards.into_iter().next();
        let last = shard.and_then(|shard| shard.sequence_number_range.ending_sequence_number);
        Ok(last.as_deref().and_then(Sequence::of_public).unwrap_or_default())
    }

    /// Up to `most` records after `position`, as Lambda has them.
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

    /// A record that was set aside, unless it is removed by now.
    pub(super) fn record(&self, number: Sequence) -> io::Result<Option<EventRecord>> {
        // There is no way to ask for one: it is the first after the one before.
        let before = Sequence(number.0 - 1);
        let next = self.records_after(before, 1)?.into_iter().next();
        Ok(next.filter(|(found, _)| *found == number).map(|(_, record)| record))
    }

    /// Removes records up to `position`, but for the last [`KEPT`].
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
