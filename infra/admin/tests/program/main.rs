//! The program itself, on an empty table of an embedded database.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that panics has said enough")]

mod redrive;

use std::process::{Command, Output};

use dynoxide::Database;
use lambdesk_store::{Connection, Store, schema::create_table};
use tokio::net::TcpListener;

/// A table, and the address of its database.
async fn table() -> (Connection, String) {
    let database = Database::memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let connection = Connection::local("fresh", endpoint.clone());
    create_table(&connection.client(), "fresh").await.unwrap();
    (connection, endpoint)
}

async fn run(endpoint: &str, arguments: &[&str]) -> Output {
    run_with(&[("AWS_ENDPOINT_URL_DYNAMODB", endpoint)], arguments).await
}

/// What the program says in an environment of these variables, beside those that it always needs.
async fn run_with(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdesk-admin"));
    command.args(arguments).env_clear();
    command.envs([("TABLE_NAME", "fresh"), ("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local")]);
    command.env("AWS_SECRET_ACCESS_KEY", "local").envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn key_in(said: &str) -> &str {
    said.split_whitespace().find(|word| word.starts_with("phx_")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_gets_its_first_project_once_and_keys_afterwards() {
    let (connection, endpoint) = table().await;
    let bootstrap = ["bootstrap", "--name", "Shop", "--email", "ada@example.com"];
    let (code, first, _) = said(&run(&endpoint, &bootstrap).await);
    assert!(code == Some(0) && first.contains("Shop"), "{first}");
    let store = Store::new(connection.client(), "fresh");
    assert!(store.enter(key_in(&first)).await.unwrap().is_some());
    assert!(first.contains("(switched on)"), "it opens tickets again whose customers answer");
    let (code, _, again) = said(&run(&endpoint, &bootstrap).await);
    assert_eq!((code, again.as_str()), (Some(1), "lambdesk-admin: this table has a desk already\n"));

    let more = ["create-key", "--email", "Ada@Example.com", "--scopes", "ticket:read", "--label", "CI"];
    let (code, made, _) = said(&run(&endpoint, &more).await);
    assert!(code == Some(0) && made.contains("CI") && store.enter(key_in(&made)).await.unwrap().is_some(), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_in_a_line() {
    let (_, endpoint) = table().await;
    for (arguments, code, says) in [
        (
            ["create-key", "--email", "eve@example.com", "--scopes", "all"].as_slice(),
            1,
            "nobody of this desk has the address eve",
        ),
        (&["create-key", "--email", "eve@example.com", "--scopes", "every"], 2, "there are ticket:read"),
        (&["create-key", "--email", "e\u{1b}[2J\n", "--scopes", "all"], 1, r"the address e\u{1b}[2J\n"),
        (&["bootstrap"], 2, "--name"),
    ] {
        let (ended, output, error) = said(&run(&endpoint, arguments).await);
        assert!(ended == Some(code) && error.contains(says) && output.is_empty(), "{arguments:?}: {ended:?} {error}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdesk-admin"));
    command.args(["revoke-key", "--email", "eve@example.com"]).env_clear();
    let (code, _, error) = said(&tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap());
    assert_eq!((code, error.as_str()), (Some(1), "lambdesk-admin: the environment variable TABLE_NAME is not set\n"));
}
