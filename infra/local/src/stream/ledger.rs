//! What the poller stores across a restart: its position and its dead letters.

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

/// A record that failed too often. As in the dead letter queue of a function, it has the record's position and key only, and
/// nothing that people wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The record's position in the stream.
    pub sequence_number: String,
    /// The record's id.
    pub event_id: String,
    /// INSERT, MODIFY or REMOVE.
    pub event_name: String,
    /// The key of the item that the record is about.
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

/// Two files in the data directory: `stream.position` has a number, `stream.dead.jsonl` one dead letter a line.
pub(super) struct Ledger {
    directory: Option<PathBuf>,
    dead: Mutex<Vec<DeadLetter>>,
}

impl Ledger {
    /// Opens the ledger of a directory, and returns it with the stored position. Without a directory, the ledger is lost when
    /// the process ends.
    pub(super) fn open(directory: Option<PathBuf>) -> io::Result<(Self, Sequence)> {
        let position = read(directory.as_deref().map(position_file))?;
        let position = position.trim().parse().map(Sequence).unwrap_or_default();
        let dead = read(directory.as_deref().map(dead_file))?;
        // A crash may have cut the last line off; such a line is skipped.
        let dead = dead.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok((Self { directory, dead: Mutex::new(dead) }, position))
    }

    /// Stores that everything up to `position` is handled or a dead letter.
    pub(super) fn remember(&self, position: Sequence) -> io::Result<()> {
        let Some(directory) = &self.directory else { return Ok(()) };
        // The new file is renamed into place, so that a crash leaves the old position or the new one, but never half of one.
        let new = directory.join("stream.position.new");
        own::write(&new, &position.0.to_string())?;
        fs::rename(new, position_file(directory))
    }

    pub(super) fn set_aside(&self, letter: DeadLetter) -> io::Result<()> {
        tracing::error!(stream.sequence_number = letter.sequence_number, "a record is set aside");
        let mut dead = self.dead();
        if let Some(directory) = &self.directory {
            let mut file = own::file(&dead_file(directory))?;
            file.write_all(line(&letter)?.as_bytes())?;
        }
        dead.push(letter);
        Ok(())
    }

    /// Removes a dead letter that was handled after all.
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

/// The text of a file; empty if there is no file.
fn read(path: Option<PathBuf>) -> io::Result<String> {
    match path.map(fs::read_to_string) {
        None => Ok(String::new()),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Some(read) => read,
    }
}
