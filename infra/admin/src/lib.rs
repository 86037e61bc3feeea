//! What the owner of a desk does beside its API, with credentials that may write its table: the first project, keys for whoever
//! lost theirs, a count that can't wait for the clock.
//!
//! Each command is a module. It says what it did on the console's output, and what goes on meanwhile on its notes.

mod bootstrap;
mod erase;
mod given;
mod keys;
mod recount;
mod redrive;
mod shown;
mod signed;
mod transfer;

use std::io::{self, BufRead, Write};

use clap::{Parser, Subcommand};
use lambdesk_runtime::connect::BadEnvironment;
use lambdesk_store::{ChangeError, Connection, Store, StoreError, TransferError};

pub use crate::shown::Shown;

/// Looks after a desk. The environment says which: `TABLE_NAME`, `AWS_REGION` and AWS credentials, as the desk's functions have
/// them. `AWS_ENDPOINT_URL_DYNAMODB` names another DynamoDB.
#[derive(Debug, Parser)]
#[command(name = "lambdesk-admin", version)]
pub struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bootstrap(bootstrap::Bootstrap),
    CreateKey(keys::CreateKey),
    RevokeKey(keys::RevokeKey),
    Recount(recount::Recount),
    Export(transfer::Export),
    Import(transfer::Import),
    EraseCustomer(erase::EraseCustomer),
    Redrive(redrive::Redrive),
}

/// What a command reads and writes.
pub struct Console<'a> {
    /// What it is given.
    pub input: &'a mut dyn BufRead,
    /// What it makes.
    pub output: &'a mut dyn Write,
    /// What it tells people meanwhile.
    pub notes: &'a mut dyn Write,
}

impl Console<'_> {
    /// Shows what was made, and can't be shown again. If it can't be shown now, the failure says what to do about it.
    fn hand_over(self, told: &str, made: &str) -> Result<(), Failure> {
        let shown = self.output.write_all(told.as_bytes()).and_then(|()| self.output.flush());
        shown.map_err(|error| Failure::refused(format!("what was made can't be written to the output ({error}); {made}")))
    }
}

/// Why a command did not do all it was asked for, in words for whoever called it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The environment names no table, or nobody who may read it.
    #[error(transparent)]
    Environment(#[from] BadEnvironment),
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A project on its way.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// What is read or written here.
    #[error(transparent)]
    Console(#[from] io::Error),
    /// What the command itself found.
    #[error("{0}")]
    Refused(String),
}

impl Failure {
    /// The same failure, which names the table if it is that there is none. DynamoDB does not.
    #[must_use]
    pub fn about(self, connection: &Connection) -> Self {
        let (Self::Store(StoreError::Refused(why)) | Self::Transfer(TransferError::Store(StoreError::Refused(why)))) = &self
        else {
            return self;
        };
        if !why.starts_with("ResourceNotFoundException") {
            return self;
        }
        let Connection { table, endpoint, access } = connection;
        Self::refused(format!("there is no table {table} in {}", endpoint.as_ref().unwrap_or(&access.region)))
    }

    fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Store(error) => Self::Store(error),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Flags {
    /// Does what the flags say, on this desk.
    pub async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        match self.command {
            Command::Bootstrap(command) => command.run(store, console).await,
            Command::CreateKey(command) => command.run(store, console).await,
            Command::RevokeKey(command) => command.run(store, console).await,
            Command::Recount(command) => command.run(store, console).await,
            Command::Export(command) => command.run(store, console).await,
            Command::Import(command) => command.run(store, console).await,
            Command::EraseCustomer(command) => command.run(store, console).await,
            Command::Redrive(command) => command.run(console).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Flags;

    #[test]
    fn the_flags_fit_together() {
        Flags::command().debug_assert();
    }
}
