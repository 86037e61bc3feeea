//! The program behind `cargo run`: its flags, its first line, and that it loses nothing acknowledged, however it ends.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    program::Program,
    support::{Reply, Visitor},
};

#[tokio::test]
async fn it_answers_and_stops_cleanly() {
    let assets = tempfile::tempdir().unwrap();
    std::fs::create_dir(assets.path().join("1.449.2")).unwrap();
    std::fs::write(assets.path().join("array.js"), "// sdk").unwrap();
    std::fs::write(assets.path().join("1.449.2/conversations.js"), "// bundle").unwrap();
    let desk = Program::start(None, &["--tick", "5", "--static", assets.path().to_str().unwrap()]);
    let get = async |path: &str| desk.http.call(Method::GET, path, &[], Value::Null).await;
    assert_eq!(get("/_local/health").await.expect(200).json, json!({"status": "ok"}));
    assert_eq!(get("/static/array.js").await.expect(200).text, "// sdk");
    let bundle =
        desk.http.call(Method::GET, "/static/1.449.2/conversations.js", &[("origin", "http://x")], Value::Null).await.expect(200);
    assert_eq!(bundle.header("access-control-allow-origin"), Some("*"));
    get("/static/../Cargo.toml").await.expect(404);
    get("/static/none.js").await.expect(404);
    assert!(get("/demo").await.expect(200).text.contains("/static/array.js"));
    assert_eq!(get("/_local/events?project_id=1").await.expect(200).json, json!({"results": []}));
    assert_eq!(get("/_local/dead_letters").await.expect(200).json, json!({"results": []}));
    desk.http.call(Method::POST, "/_local/tick", &[], Value::Null).await.expect(200);
    desk.http.drain().await;
    assert_eq!(desk.end("-TERM"), Some(0));
    let desk = Program::start(None, &[]);
    // Without `--static`, posthog-js is the one that was built in with the inbox page.
    let (inbox, sdk) = (get_of(&desk, "/inbox").await, get_of(&desk, "/static/array.js").await);
    let demo = get_of(&desk, "/demo").await.expect(200).text;
    if lambdesk_inbox::is_built() {
        assert!(inbox.expect(200).text.to_lowercase().starts_with("<!doctype html>"));
        assert!(sdk.expect(200).text.contains("posthog") && demo.contains("/static/array.js"));
    } else {
        assert!(inbox.expect(503).text.contains("inbox page") && demo.contains("left out"));
        sdk.expect(404);
    }
    assert_eq!(desk.end("-INT"), Some(0));
}

/// Another host name, because browsers keep cookies by name, whatever the port.
#[tokio::test]
async fn recordings_play_on_an_origin_of_their_own() {
    let desk = lambdesk_local::start(lambdesk_local::Options::default()).await.unwrap();
    let (page, player) = (desk.address, desk.player.port());
    assert_ne!(page.port(), player);
    let told = reqwest::get(format!("http://{page}/inbox/player.json")).await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(told, json!({"origins": [format!("http://localhost:{player}"), format!("http://127.0.0.1:{player}")]}));
    let get = async |path: &str| reqwest::get(format!("http://127.0.0.1:{player}{path}")).await.unwrap();
    for path in ["/api/me", "/inbox", "/auth/local", "/_local/health", "/static/array.js"] {
        assert_eq!(get(path).await.status(), 404, "{path}");
    }
    let document = get("/player").await;
    if lambdesk_inbox::is_built() {
        let policy = document.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let inbox = format!("frame-ancestors http://{page} http://localhost:{};", page.port());
        assert!(document.status() == 200 && policy.contains(&inbox), "{policy}");
    } else {
        assert_eq!(document.status(), 503);
    }
    desk.stop().await;
}

#[tokio::test]
async fn the_player_is_at_the_next_port_or_at_any_that_is_free() {
    let desk = |port, replay_port| lambdesk_local::Options { port, replay_port, ..Default::default() };
    // Two ports beside each other that are free now; somebody else may take one in between, so a few are tried.
    for _ in 0..20 {
        let first = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let Some(next) = port.checked_add(1).filter(|next| std::net::TcpListener::bind(("127.0.0.1", *next)).is_ok()) else {
            continue;
        };
        drop(first);
        let Ok(running) = lambdesk_local::start(desk(port, None)).await else { continue };
        let found = running.player.port();
        running.stop().await;
        if found != next {
            continue;
        }
        let taken = std::net::TcpListener::bind(("127.0.0.1", next)).unwrap();
        let running = lambdesk_local::start(desk(port, None)).await.unwrap();
        assert!(running.player.port() != next && running.player.port() != port);
        running.stop().await;
        drop(taken);
        return;
    }
    panic!("no two ports beside each other were free");
}

async fn get_of(desk: &Program, path: &str) -> Reply {
    desk.http.call(Method::GET, path, &[], Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let desk = Program::start(Some(data.path()), &[]);
    let writers = (0..4).map(|writer| {
        let http = desk.http.clone();
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            let visitor = Visitor::new(&http);
            let mut ticket: Option<String> = None;
            for n in 0..28 {
                let body = visitor.message(ticket.as_deref(), &format!("{writer}-{n}"));
                let sent = reqwest::Client::new().post(http.url("/api/conversations/v1/widget/message"));
                let Ok(response) = sent.header("x-conversations-token", "wgt_local").json(&body).send().await else { break };
                let Ok(answer) = response.json::<Value>().await else { break };
                ticket = Some(answer["ticket_id"].as_str().unwrap().to_owned());
                acknowledged.push(format!("{writer}-{n}"));
            }
            (visitor.session, ticket, acknowledged)
        })
    });
    let writers: Vec<_> = writers.collect();
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    assert_eq!(desk.end("-KILL"), None);
    let desk = Program::start(Some(data.path()), &[]);
    let mut total = 0;
    for writer in writers {
        let (session, ticket, acknowledged) = writer.await.unwrap();
        let visitor = Visitor { http: desk.http.clone(), session };
        let Some(ticket) = ticket else {
            // Its opening may be committed without an answer.
            total += visitor.tickets().await.expect(200).json["results"].as_array().unwrap().len();
            continue;
        };
        let page = visitor.poll(&ticket, None).await.expect(200).json;
        let kept: Vec<_> =
            page["messages"].as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap().to_owned()).collect();
        // The last message may be committed without an answer. No acknowledged message is missing, and none is there twice.
        assert!(
            kept.len() - acknowledged.len() <= 1 && kept[..acknowledged.len()] == acknowledged[..],
            "{kept:?} {acknowledged:?}"
        );
        total += kept.len();
    }
    assert!(total > 0, "the test wrote something before the kill");
    desk.http.drain().await;
    assert_eq!(desk.http.tickets().unread_count().await["count"], total, "the totals caught up");
    assert_eq!(desk.end("-TERM"), Some(0));
    let again = Program::start(Some(data.path()), &[]);
    assert_eq!(again.http.tickets().unread_count().await["count"], total);
}

#[test]
fn a_directory_has_one_desk() {
    let data = tempfile::tempdir().unwrap();
    let _first = Program::start(Some(data.path()), &[]);
    let (code, said) = refused(&["--port", "0", "--data", data.path().to_str().unwrap()]);
    assert_eq!((code, said), (Some(1), format!("lambdesk-local: {} is in use by another desk\n", data.path().display())));
}

/// The exit code and the error output of a program that does not start.
pub(crate) fn refused(flags: &[&str]) -> (Option<i32>, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_lambdesk-local")).args(flags).output().unwrap();
    assert!(ended.stdout.is_empty(), "it never said that it listens");
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn flags_that_make_no_sense_are_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for (flag, value) in
        [("--static", "/no/such/directory"), ("--static", path), ("--tick", "0"), ("--tick", "x"), ("--port", "99999")]
    {
        let (code, said) = refused(&["--memory", flag, value]);
        assert!(code == Some(2) && said.contains(&format!("'{value}' for '{flag} <")), "{code:?} {said}");
    }
}

#[test]
fn a_start_that_fails_says_why_in_one_line() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let no_directory = file.path().to_str().unwrap();
    let no_database = tempfile::tempdir().unwrap();
    std::fs::write(no_database.path().join("dynamodb.sqlite"), "not a database".repeat(100)).unwrap();
    for (flags, about) in [
        (["--memory", "--port", &port].as_slice(), format!("port {port}: ")),
        (&["--memory", "--port", "0", "--replay-port", &port], format!("port {port} for recordings: ")),
        (&["--port", "0", "--data", no_directory], format!("{no_directory}: ")),
        (&["--port", "0", "--data", no_database.path().to_str().unwrap()], "dynamodb.sqlite: ".to_owned()),
    ] {
        let (code, said) = refused(flags);
        assert!(code == Some(1) && said.starts_with("lambdesk-local: ") && said.contains(&about), "{code:?} {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!said.contains("Custom {") && !said.contains("Error {"), "{said}");
    }
}
