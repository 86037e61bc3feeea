//! What the desk's owner does with `lambdesk-admin`, on a desk that runs.

mod erase;
mod keys;
mod recount;
mod transfer;

use clap::Parser;
use lambdesk_admin::{Console, Flags};
use lambdesk_store::Store;

/// What a command wrote on its output, or why it failed.
async fn run(store: &Store, arguments: &[&str]) -> Result<String, String> {
    let (written, ended) = fed(store, arguments, b"").await;
    ended.map(|()| written)
}

/// What a command wrote when it was given this input, and how it ended.
async fn fed(store: &Store, arguments: &[&str], mut input: &[u8]) -> (String, Result<(), String>) {
    let (mut output, mut notes) = (Vec::new(), Vec::new());
    let flags = Flags::parse_from(["lambdesk-admin"].iter().chain(arguments));
    let console = Console { input: &mut input, output: &mut output, notes: &mut notes };
    let ended = flags.run(store, console).await.map_err(|failure| failure.to_string());
    (String::from_utf8(output).unwrap(), ended)
}
