//! A project on its way from one desk to another, as lines of JSON.
//!
//! | line | what |
//! | --- | --- |
//! | first | `{"lambdesk": …}`: the format of the file, the desk's version, the project ([`Header`]) |
//! | one for each item | the item as DynamoDB writes JSON: `{"PK": {"S": "P#1"}, …}` |
//! | last | `{"end": …}`: how many items there are and the SHA-256 of their lines, so that a file that is not whole is noticed |
//!
//! Tickets come in the order of their numbers, each with its whole partition. Behind them come persons, mails, the record of
//! administration, runs, the users of the members, and the project's own partition last. [`fate`] says of every kind of key
//! whether it goes along.
//!
//! An import publishes nothing: what it puts carries a mark ([`RESTORED`](crate::upkeep::stream::RESTORED)), and the relay folds
//! such a record without an event. The project itself is the last write. Until then nobody enters it, and an import that was
//! interrupted begins again with the same file.

mod export;
mod fate;
mod import;
mod line;

use std::io;

use lambdesk_domain::{ProjectId, Timestamp, project::Project};
use serde::{Deserialize, Serialize};

use crate::{Store, error::StoreError};

/// The version of the lines.
const FORMAT: u32 = 1;

/// The handle of whoever moves projects between desks.
pub struct Transfer(Store);

impl Store {
    /// The handle of whoever moves projects between desks.
    pub fn transfer(&self) -> Transfer {
        Transfer(self.clone())
    }
}

/// What an export takes along, and who makes it.
#[derive(Debug, Clone, Copy)]
pub struct TakenAlong<'a> {
    /// The project.
    pub project: ProjectId,
    /// Whether the project's own tokens and secrets go along. An import makes new ones otherwise.
    pub secrets: bool,
    /// The version of the program.
    pub version: &'a str,
}

/// How much an export wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// The lines between the first and the last.
    pub items: u64,
    /// The tickets among them.
    pub tickets: u64,
}

/// What an import made.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The project, with its tokens.
    pub project: Project,
    /// How many items the file has.
    pub items: u64,
    /// The tickets among them.
    pub tickets: u64,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct First {
    lambdesk: Header,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// The version of the lines.
    format: u32,
    /// The version of the items.
    items: u32,
    /// The version of the program that wrote the file.
    version: String,
    project: ProjectId,
    name: String,
    at: Timestamp,
    /// The release of the rules of time zones that the tickets follow.
    zones: Option<String>,
    /// Whether tokens and secrets are in it.
    secrets: bool,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct Last {
    end: End,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct End {
    items: u64,
    tickets: u64,
    /// Of the items' lines, in hexadecimal.
    sha256: String,
}

/// Why a project was not moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file fails.
    #[error(transparent)]
    File(#[from] io::Error),
    /// There is no such project.
    #[error("this desk has no project {0}")]
    NoProject(ProjectId),
    /// There is one already.
    #[error("this desk has a project {0} already: an import makes it and changes none")]
    HasProject(ProjectId),
    /// An item of which nobody said whether it goes along: a kind that is newer than this program.
    #[error("nobody said whether an item such as {0} goes along, so nothing is known to be complete")]
    UnknownKind(String),
    /// A line that is none, by its number.
    #[error("line {0}: {1}")]
    Line(u64, String),
    /// There is no file.
    #[error("nothing was given on the input: an import reads what export wrote")]
    NoFile,
    /// The file ends before its last line.
    #[error("the file ends after line {0}, in the middle of the project; the same import goes on with the whole file")]
    CutOff(u64),
    /// Something else is where an item belongs.
    #[error("this desk has something else as {0}")]
    Occupied(String),
}
