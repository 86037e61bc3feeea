//! The program of whoever may write the desk's table.

use std::{
    io::{stderr, stdin, stdout},
    process::ExitCode,
};

use clap::Parser;
use lambdesk_admin::{Console, Failure, Flags, Shown};
use lambdesk_store::{Connection, Store};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lambdesk-admin: {}", Shown(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), Failure> {
    let connection = Connection::from_env()?;
    let store = Store::new(connection.client(), &connection.table);
    let (mut input, mut output, mut notes) = (stdin().lock(), stdout().lock(), stderr());
    let ended = flags.run(&store, Console { input: &mut input, output: &mut output, notes: &mut notes }).await;
    ended.map_err(|failure| failure.about(&connection))
}
