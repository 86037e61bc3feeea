//! `--demo`: the desk that a newcomer sees first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{program::Program, support::Http};

async fn all_tickets(http: &Http) -> Vec<Value> {
    let list = http.tickets().list("limit=200").await;
    let tickets = list["results"].as_array().unwrap().clone();
    assert_eq!(list["count"], tickets.len(), "the totals count every ticket");
    tickets
}

fn values<'a>(tickets: &'a [Value], field: &str) -> BTreeSet<&'a str> {
    tickets.iter().filter_map(|ticket| ticket[field].as_str()).collect()
}

#[tokio::test]
async fn the_demo_has_something_of_everything_as_if_it_had_happened() {
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().join("demo");
    let desk = Program::start(Some(&directory), &["--demo"]);
    let tickets = all_tickets(&desk.http).await;
    assert!(tickets.len() >= 55, "{} tickets", tickets.len());
    assert_eq!(values(&tickets, "status"), ["new", "open", "pending", "on_hold", "resolved"].into());
    assert_eq!(values(&tickets, "priority"), ["low", "medium", "high"].into());
    assert_eq!(values(&tickets, "channel_source"), ["widget", "email", "slack", "api"].into());
    let slas: BTreeSet<_> = tickets.iter().map(|ticket| ticket["sla"]["state"].as_str().unwrap()).collect();
    assert_eq!(slas, ["on_track", "at_risk", "breached", "paused", "none"].into());
    assert!(tickets.iter().any(|ticket| ticket["snoozed_until"].is_string()), "one sleeps");
    assert!(tickets.iter().filter(|ticket| ticket["satisfaction"]["rating"].is_u64()).count() >= 10, "ratings");
    assert!(tickets.iter().any(|ticket| ticket["assignee"]["type"] == "role"), "a role's ticket");
    assert!(tickets.iter().any(|ticket| ticket["message_count"].as_u64() >= Some(6)), "a long thread");

    // Totals and words follow from the stream, so they are there only if the relay had its turn.
    let unresolved = tickets.iter().filter(|ticket| ticket["status"] != "resolved");
    let unread: u64 = unresolved.map(|ticket| ticket["unread_team_count"].as_u64().unwrap()).sum();
    assert_eq!(desk.http.tickets().unread_count().await, json!({"count": unread}));
    assert_eq!(desk.http.tickets().list("search=lukasz").await["count"], 2);
    let mut by_name = BTreeMap::new();
    for path in ["/views/", "/quick_actions/", "/workflows/", "/tags/"] {
        let list = desk.http.get(path).await.expect(200).json;
        let list = list.get("results").unwrap_or(&list).as_array().unwrap().clone();
        assert!(list.len() >= 2, "{path}: {list:?}");
        by_name.insert(path, list);
    }
    let mut runs = 0;
    for workflow in &by_name["/workflows/"] {
        let of = desk.http.agent_with("phx_local").workflows().runs(workflow).await;
        runs += of["results"].as_array().unwrap().len();
    }
    assert!(runs >= 10, "{runs} runs");

    // Some customers' browsers told what they saw, around the time at which they wrote.
    let (mut with_errors, mut with_recording) = (0, 0);
    for ticket in &tickets {
        let path = |part: &str| format!("/tickets/{}/{part}/", ticket["id"].as_str().unwrap());
        let seen = desk.http.get(&path("context")).await.expect(200).json;
        if seen["events"]["state"] != "ready" {
            continue;
        }
        let events = seen["events"]["results"].as_array().unwrap();
        assert!(events.len() >= 4 && events.iter().all(|event| event["is_other_person"] == false), "{seen}");
        let errors = seen["errors"]["results"].as_array().unwrap();
        with_errors += usize::from(errors.iter().any(|error| error["causes"][0]["frames"][0]["function"].is_string()));
        let recording = desk.http.get(&path("recording")).await.expect(200).json;
        let chunks = recording["chunks"].as_array().unwrap();
        let created = ticket["created_at"].as_str().unwrap();
        let is_before = |chunk: &Value| chunk["from"].as_str().unwrap() < created;
        let is_after = |chunk: &Value| chunk["until"].as_str().unwrap() > created;
        with_recording += usize::from(chunks.iter().any(is_before) && chunks.iter().any(is_after));
    }
    assert!(with_errors >= 2 && with_recording >= 3, "{with_errors} {with_recording}");

    let roles = desk.http.agent_with("phx_local").roles().list("").await;
    for role in roles["results"].as_array().unwrap() {
        assert_ne!(role["members"], json!([]), "{role}");
    }
    let is_answered = |ticket: &&Value| ticket["status"] == "pending" && ticket["unread_team_count"] != 0;
    assert_eq!(tickets.iter().find(is_answered), None, "no customer's answer waits where nobody looks");
    assert_eq!(desk.http.events(1).await, Vec::<Value>::new(), "nobody else hears of the story");
    assert_eq!(desk.http.dead_letters().await, Vec::<Value>::new());

    // What happens from now on is published, and kept with the rest.
    let id = tickets[0]["id"].as_str().unwrap();
    desk.http.tickets().reply(&id, "Hello!").await;
    desk.http.drain().await;
    assert_eq!(desk.http.events(1).await.len(), 1);
    assert_eq!(desk.end("-TERM"), Some(0));
    let again = Program::start(Some(&directory), &["--demo"]);
    assert_eq!(all_tickets(&again.http).await.len(), tickets.len(), "told once");
    assert_eq!(again.http.events(1).await.len(), 1);
}

#[tokio::test]
async fn a_desk_that_is_no_demo_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(Program::start(Some(data.path()), &[]).end("-TERM"), Some(0));
    let (code, said) = crate::process::refused(&["--port", "0", "--demo", "--data", data.path().to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("holds a desk that is no demo"), "{code:?} {said}");
    let desk = Program::start(Some(data.path()), &[]);
    assert_eq!(desk.http.tickets().list("").await["count"], 0);
}

#[tokio::test]
async fn a_demo_that_was_interrupted_is_made_anew() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(Program::start(Some(data.path()), &[]).end("-TERM"), Some(0));
    std::fs::write(data.path().join("demo.txt"), "mine").unwrap();
    std::fs::write(data.path().join("lambdesk.demo"), "begun").unwrap();
    let desk = Program::start(Some(data.path()), &["--demo"]);
    assert!(all_tickets(&desk.http).await.len() >= 55);
    assert_eq!(std::fs::read_to_string(data.path().join("demo.txt")).unwrap(), "mine", "only the desk's own files go");
    let (code, said) = crate::process::refused(&["--port", "0", "--demo", "--data", data.path().to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("is in use by another desk"), "{code:?} {said}");
}
