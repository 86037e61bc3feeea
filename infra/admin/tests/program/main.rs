//! The program itself, on an empty table of an embedded database.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that panics has said enough")]

mod redrive;

use std::process::{Command, Output};

use dynoxide::Database;
use lambdesk_domain::ProjectId;
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
    let mut command = command(variables, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn command(variables: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdesk-admin"));
    command.args(arguments).env_clear();
    command.envs([("TABLE_NAME", "fresh"), ("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local")]);
    command.env("AWS_SECRET_ACCESS_KEY", "local").envs(variables.iter().copied());
    command
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

/// What the API would refuse does not get into the table beside it.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_would_refuse_is_refused() {
    let (connection, endpoint) = table().await;
    let long = "x".repeat(5_000);
    let shop = |flags: &[&str]| [&["bootstrap"], flags].concat().iter().map(ToString::to_string).collect::<Vec<_>>();
    for (arguments, says) in [
        (shop(&["--name", "Shop", "--email", "notmail"]), "notmail is no e-mail address"),
        (shop(&["--name", "Shop", "--email", "Ada <ada@example.com>"]), "is no e-mail address"),
        (shop(&["--name", "Shop", "--email", ""]), "is no e-mail address"),
        (shop(&["--name", "Shop", "--email", "ada@example.com\n"]), "is no e-mail address"),
        (shop(&["--name", " ", "--email", "ada@example.com"]), "--name may not be blank"),
        (shop(&["--name", &long, "--email", "ada@example.com"]), "--name has more than 200 characters"),
        (shop(&["--name", "Shop", "--email", "ada@example.com", "--first-name", &long]), "--first-name has more than 150"),
    ] {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let (code, output, error) = said(&run(&endpoint, &arguments).await);
        assert!(code == Some(1) && output.is_empty() && error.contains(says) && error.lines().count() == 1, "{error}");
    }
    assert!(!Store::new(connection.client(), "fresh").founding().has_project(ProjectId(1)).await.unwrap());
    said(&run(&endpoint, &["bootstrap", "--name", " Shop ", "--email", "ada@example.com"]).await);
    for (label, says) in [("", "--label may not be blank"), (&long, "--label has more than 200 characters")] {
        let arguments = ["create-key", "--email", "ada@example.com", "--scopes", "all", "--label", label];
        let (code, output, error) = said(&run(&endpoint, &arguments).await);
        assert!(code == Some(1) && output.is_empty() && error.contains(says), "{error}");
    }
}

/// Whoever made a thing that they could not see knows that it is there.
#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_is_full_is_said() {
    let (_, endpoint) = table().await;
    let bootstrap = ["bootstrap", "--name", "Shop", "--email", "ada@example.com"];
    let key = ["create-key", "--email", "ada@example.com", "--scopes", "all"];
    for (arguments, says) in
        [(&bootstrap[..], "the desk is made: create-key --email ada@"), (&key, "the key is made: revoke-key")]
    {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = command(&[("AWS_ENDPOINT_URL_DYNAMODB", &endpoint)], arguments);
        let (code, _, error) = said(&tokio::task::spawn_blocking(move || command.stdout(full).output().unwrap()).await.unwrap());
        assert!(code == Some(1) && error.contains(says), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_names_nothing_is_said() {
    let (_, endpoint) = table().await;
    let recount = ["recount", "--project", "1"];
    for (variables, says) in [
        (&[("TABLE_NAME", "")][..], "the environment variable TABLE_NAME is not set"),
        (&[("AWS_REGION", "")], "the environment variable AWS_REGION is not set"),
        (&[("AWS_ENDPOINT_URL_DYNAMODB", "127.0.0.1:8000")], "AWS_ENDPOINT_URL_DYNAMODB is no address"),
        (&[("AWS_ENDPOINT_URL_DYNAMODB", "http://")], "AWS_ENDPOINT_URL_DYNAMODB is no address"),
        (&[("AWS_ENDPOINT_URL_DYNAMODB", &endpoint), ("TABLE_NAME", "other")], "there is no table other in http://127.0.0.1"),
    ] {
        let (code, output, error) = said(&run_with(variables, &recount).await);
        assert!(code == Some(1) && output.is_empty() && error.contains(says) && error.lines().count() == 1, "{error}");
    }
}
