//! A project as a file: out of one desk, into another.

use std::io::{BufWriter, Write};

use clap::Args;
use lambdesk_domain::ProjectId;
use lambdesk_store::{Exported, Imported, Store, TakenAlong};

use crate::{Console, Failure, shown::Shown};

/// Write all of a project to the standard output, as lines of JSON.
///
/// Tickets with their messages, notes and activity, persons, members, roles, workflows, views, addresses, and the record of
/// administration. Keys and sessions of people never leave, and neither does what browsers sent.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The id of the project.
    #[arg(long, value_name = "ID")]
    project: u32,
    /// Take the project's own tokens and secrets along. Otherwise an import makes new ones.
    #[arg(long)]
    with_secrets: bool,
}

/// Make a project from what export wrote, read from the standard input.
///
/// The desk must have no project with this id. Nothing is published and no workflow runs. After an interruption, run it again
/// with the same file. Prints the project's tokens.
#[derive(Debug, Args)]
pub(crate) struct Import {}

/// After how many items a note says how far it is.
const TOLD: u64 = 10_000;

impl Export {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let Self { project, with_secrets } = self;
        let taken = TakenAlong { project: ProjectId(project), secrets: with_secrets, version: env!("CARGO_PKG_VERSION") };
        let mut file = BufWriter::new(console.output);
        let Exported { items, tickets } = store.transfer().export(taken, &mut file).await?;
        file.flush()?;
        writeln!(console.notes, "project {project}: {items} items, of which {tickets} are tickets")?;
        Ok(())
    }
}

impl Import {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let Self {} = self;
        let Console { input, output, notes } = console;
        let mut told = 0;
        let mut tell = |items: u64| {
            if items >= told + TOLD {
                told = items;
                // How far it is matters to nobody who can't be told.
                let _ = writeln!(notes, "{items} items");
            }
        };
        let Imported { project, items, tickets } = store.transfer().import(input, &mut tell).await?;
        writeln!(output, "project {}  {}: {items} items, of which {tickets} are tickets", project.id, Shown(&project.name))?;
        writeln!(output, "  token for posthog.init  {}", project.api_token)?;
        writeln!(output, "  secret                  {}", project.secret_api_token)?;
        Ok(())
    }
}
