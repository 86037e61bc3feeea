//! What the poller must not forget over a restart: how far it came, and what it set aside.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use aws_lambda_events::event::dynamodb::EventRecord;
use serde::{Deserialize, Serialize};

use super::source::Sequence;
use crate::own;

/// A record that failed too often, as a function's dead letter queue would name it: by its place and key, without what
/// people wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its place in the stream.
    pub sequence_number: String,
    /// The record's id.
    pub event_id: String,
    /// INSERT, MODIFY or REMOVE.
    pub event_name: String,
    /// The item's key.
    pub keys: serde_json::Value,
}

impl DeadLetter {
    pub(super) fn of(record: &EventRecord) -> Self {
        Self {
            sequence_number: record.change.sequence_number.clone().unwrap_or_default(),
            event_id: record.event_id.clone(),
            event_name: record.event_name.clone(),
            keys: serde_json::to_value(&record.change.keys).unwrap_or_default(),
        }
    }
}

/// Two files in the data directory: `stream.position`, a number, and `stream.dead.jsonl`, one dead letter a line.
pub(super) struct Ledger {
    directory: Option<PathBuf>,
    dead: Mutex<Vec<DeadLetter>>,
}

impl Ledger {
    /// Opens the ledger of a directory; without one, a ledger that is lost with the process.
    pub(super) fn open(directory: Option<PathBuf>) -> io::Result<(Self, Sequence)> {
        let position = read(directory.as_deref().map(position_file))?;
        let position = position.trim().parse().map(Sequence).unwrap_or_default();
        let dead = read(directory.as_deref().map(dead_file))?;
        // A line that was cut off by a crash says nothing.
        let dead = dead.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok((Self { directory, dead: Mutex::new(dead) }, position))
    }

    /// Everything up to `position` is done with.
    pub(super) fn remember(&self, position: Sequence) -> io::Result<()> {
        let Some(directory) = &self.directory else { return Ok(()) };
        // Renamed into place: a crash leaves the old position or the new one, and never half of one.
        let new = directory.join("stream.position.new");
        own::write(&new, &position.0.to_string())?;
        fs::rename(new, position_file(directory))
    }

    pub(super) fn set_aside(&self, letter: DeadLetter) -> io::Result<()> {
        tracing::error!(stream.sequence_number = letter.sequence_number, keys = %letter.keys, "a record is set aside");
        let mut dead = self.dead();
        if let Some(directory) = &self.directory {
            let mut file = own::file(&dead_file(directory))?;
            file.write_all(line(&letter)?.as_bytes())?;
        }
        dead.push(letter);
        Ok(())
    }

    /// A letter was handled after all.
    pub(super) fn forget(&self, letter: &DeadLetter) -> io::Result<()> {
        let mut dead = self.dead();
        let left: Vec<_> = dead.iter().filter(|other| *other != letter).cloned().collect();
        if let Some(directory) = &self.directory {
            let new = directory.join("stream.dead.jsonl.new");
            own::write(&new, &left.iter().map(line).collect::<io::Result<String>>()?)?;
            fs::rename(new, dead_file(directory))?;
        }
        *dead = left;
        Ok(())
    }

    pub(super) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.dead().clone()
    }

    fn dead(&self) -> MutexGuard<'_, Vec<DeadLetter>> {
        self.dead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(letter: &DeadLetter) -> io::Result<String> {
    Ok(format!("{}\n", serde_json::to_string(letter)?))
}

fn position_file(directory: &Path) -> PathBuf {
    directory.join("stream.position")
}

fn dead_file(directory: &Path) -> PathBuf {
    directory.join("stream.dead.jsonl")
}

/// A file's text; nothing if there is no file.
fn read(path: Option<PathBuf>) -> io::Result<String> {
    match path.map(fs::read_to_string) {
        None => Ok(String::new()),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Some(read) => read,
    }
}
