//! Projects that move from one desk to another.

use std::collections::BTreeSet;

use dynoxide::Database;
use lambdesk_domain::{Timestamp, UserId};
use lambdesk_runtime::crypto::sha256_hex;
use lambdesk_store::{Connection, Store, schema::create_table};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{fed, run};
use crate::{
    formats,
    support::{Desk, Time, desk, desk_at},
};

/// A table without a desk, whose time is that of the desk it gets a project from.
async fn empty(at: Timestamp) -> (Database, Store) {
    let database = Database::memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    let connection = Connection::local("fresh", endpoint);
    create_table(&connection.client(), "fresh").await.unwrap();
    (database, Store::with_clock(connection.client(), "fresh", move || at))
}

/// The same desk at a time that stands still.
fn still(desk: &Desk, at: Timestamp) -> Store {
    let Connection { table, .. } = desk.running.dynamodb.clone();
    Store::with_clock(desk.running.dynamodb.client(), table, move || at)
}

fn kinds(file: &str) -> BTreeSet<String> {
    let keys = file.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let keys = keys.filter_map(|item| Some((item["PK"]["S"].as_str()?.to_owned(), item["SK"]["S"].as_str()?.to_owned())));
    keys.map(|(pk, sk)| formats::kind(&pk, &sk)).collect()
}

/// A desk with one of everything, and its export.
async fn everything() -> (Desk, Time) {
    let (mut desk, time) = desk_at(formats::BEGIN).await;
    formats::fill(&desk, &time).await;
    formats::settled(&desk).await;
    desk.rest.leaves_work();
    (desk, time)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_comes_back_byte_for_byte() {
    let (desk, time) = everything().await;
    let at = time.now();
    for secrets in [&[][..], &["--with-secrets"]] {
        let command = [&["export", "--project", "1"][..], secrets].concat();
        let file = run(&still(&desk, at), &command).await.unwrap();
        let (_database, other) = empty(at).await;
        let (said, ended) = fed(&other, &["import"], file.as_bytes()).await;
        assert_eq!((ended, said.lines().count()), (Ok(()), 3), "{said}");
        assert_eq!(run(&other, &command).await.unwrap(), file);
        assert_eq!(file.contains("phs_local"), !secrets.is_empty());
        assert!(!file.contains("phx_") && !file.contains("\"PK\":{\"S\":\"K#"), "no key of a person leaves");
        let again = fed(&other, &["import"], file.as_bytes()).await.1.unwrap_err();
        assert!(again.contains("has a project 1 already"), "{again}");
    }
    let file = run(&still(&desk, at), &["export", "--project", "1"]).await.unwrap();
    let expected = [
        "HANDOVER",
        "P#p ACTION#",
        "P#p MAIL",
        "P#p MEMBER#",
        "P#p NUMBER",
        "P#p PERSONS",
        "P#p PROJECT",
        "P#p ROLE#",
        "P#p VIEW#",
        "P#p WORKFLOW#",
        "P#p#B#",
        "P#p#D#",
        "P#p#E#",
        "P#p#I#",
        "P#p#L row",
        "P#p#T#t A#",
        "P#p#T#t B#",
        "P#p#T#t C#",
        "P#p#T#t D#",
        "P#p#T#t E#",
        "P#p#T#t M#",
        "P#p#T#t ~",
        "P#p#W# run",
        "ROLLOUT p",
        "U# P#",
        "U# PREFERENCES",
        "U# ~",
    ];
    let expected: BTreeSet<_> = expected.into_iter().map(str::to_owned).collect();
    assert_eq!(kinds(&file), expected, "all that goes along is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_desk_comes_back_byte_for_byte() {
    let data = tempfile::tempdir().unwrap();
    lambdesk_local::demo::prepare(data.path()).await.unwrap();
    let desk = Desk::start(lambdesk_local::Options { data: Some(data.path().to_owned()), ..Default::default() }).await;
    let at = desk.running.store.now();
    let file = run(&still(&desk, at), &["export", "--project", "1"]).await.unwrap();
    let (_database, other) = empty(at).await;
    fed(&other, &["import"], file.as_bytes()).await.1.unwrap();
    assert!(file.lines().count() > 500, "{} lines", file.lines().count());
    assert_eq!(run(&other, &["export", "--project", "1"]).await.unwrap(), file);
}

/// An export of a project that another desk has not, of tickets as customers and agents make them.
async fn third_project() -> (Desk, String, Value) {
    let desk = desk().await;
    let made = desk.admin(Method::POST, "/projects/", json!({"name": "Third"})).await.expect(201).json;
    assert_eq!(made["id"], 3);
    let path = "/projects/3/conversations";
    let steps = json!([{"action": "update_ticket", "inputs": {"priority": "high"}}]);
    let workflow =
        json!({"name": "First", "trigger": {"event": "$conversation_ticket_created"}, "steps": steps, "enabled": true});
    desk.admin(Method::POST, &format!("{path}/workflows/"), workflow).await.expect(201);
    for n in 0..6 {
        let ticket = json!({"message": format!("m{n}"), "tags": ["vip"], "distinct_id": format!("user-{n}"), "anonymous_traits": {"name": "Ada"}});
        let ticket = desk.admin(Method::POST, &format!("{path}/tickets/"), ticket).await.expect(201).json;
        let ticket = format!("{path}/tickets/{}/", ticket["id"].as_str().unwrap());
        desk.admin(Method::POST, &format!("{ticket}reply/"), json!({"message": "hello"})).await.expect(201);
        desk.admin(Method::PATCH, &ticket, json!({"snoozed_until": "2099-01-01T00:00:00Z"})).await.expect(200);
    }
    desk.http.drain().await;
    let file = run(&desk.running.store, &["export", "--project", "3"]).await.unwrap();
    let seen = shown(&desk).await;
    (desk, file, seen)
}

/// What the API shows of project 3.
async fn shown(desk: &Desk) -> Value {
    let get = async |path: &str| {
        let path = format!("/projects/3/conversations/{path}");
        desk.admin(Method::GET, &path, Value::Null).await.expect(200).json
    };
    let list = get("tickets/?order_by=ticket_number").await;
    let first = list["results"][0]["id"].as_str().unwrap().to_owned();
    let workflow = get("workflows/").await["results"][0]["id"].as_str().unwrap().to_owned();
    let mut shown = json!({
        "list": list, "found": get("tickets/?search=ada").await, "tags": get("tags/").await,
        "unread": get("tickets/unread_count/").await, "thread": get(&format!("tickets/{first}/messages/")).await,
        "activity": get(&format!("tickets/{first}/activity/")).await, "runs": get(&format!("workflows/{workflow}/runs/")).await,
    });
    // A cursor is signed with a key of its own, and a link leads to the desk that is asked.
    shown["list"]["next"] = Value::Null;
    let text = shown.to_string().replace(&desk.http.url(""), "");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_runs_takes_a_project_in_and_publishes_nothing() {
    let (_from, file, before) = third_project().await;
    let desk = desk().await;
    let (said, ended) = fed(&desk.running.store, &["import"], file.as_bytes()).await;
    assert_eq!(ended, Ok(()), "{said}");
    desk.http.drain().await;
    assert_eq!(shown(&desk).await, before);
    assert_eq!((desk.http.events(3).await, desk.http.facts(3).await), (Vec::new(), Vec::new()));

    // From now on it is a project like any other.
    let path = "/projects/3/conversations/tickets/";
    let made = desk.admin(Method::POST, path, json!({"message": "new"})).await.expect(201).json;
    assert_eq!(made["ticket_number"], 7);
    let first = before["list"]["results"][0]["id"].as_str().unwrap();
    desk.admin(Method::PATCH, &format!("{path}{first}/"), json!({"status": "resolved"})).await.expect(200);
    desk.http.drain().await;
    let events = desk.http.events(3).await;
    let names: BTreeSet<_> = events.iter().map(|event| event["detail-type"].as_str().unwrap()).collect();
    assert!(names.contains("$conversation_ticket_created") && names.contains("$conversation_ticket_status_changed"), "{names:?}");
    let token = said.lines().find_map(|line| line.trim().strip_prefix("token for posthog.init")).unwrap().trim().to_owned();
    assert!(desk.running.store.enter(&token).await.unwrap().is_some(), "the new token opens the project");
}

/// A source that breaks off, as a process does that is killed.
fn until(file: &str, lines: usize) -> String {
    file.split_inclusive('\n').take(lines).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_cut_off_goes_on() {
    let (from, file, _) = third_project().await;
    let at: Timestamp =
        serde_json::from_str::<Value>(file.lines().next().unwrap()).unwrap()["lambdesk"]["at"].as_str().unwrap().parse().unwrap();
    let (_database, other) = empty(at).await;
    let lines = file.lines().count();
    for cut in (1..lines).step_by(5).chain([lines - 1]) {
        let why = fed(&other, &["import"], until(&file, cut).as_bytes()).await.1.unwrap_err();
        assert!(why.contains("the file ends after line"), "{cut}: {why}");
        let none = run(&other, &["export", "--project", "3"]).await.unwrap_err();
        assert_eq!(none, "this desk has no project 3", "{cut}: nobody enters it before all of it is there");
    }
    // In the middle of a line.
    let half = &file[..file.len() / 2];
    assert!(fed(&other, &["import"], half.as_bytes()).await.1.is_err());
    fed(&other, &["import"], file.as_bytes()).await.1.unwrap();
    assert_eq!(run(&other, &["export", "--project", "3"]).await.unwrap(), file);
    drop(from);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_whole_or_not_of_one_project_is_refused() {
    let (from, file, _) = third_project().await;
    let other = &from.running.store;
    let has = fed(other, &["import"], file.as_bytes()).await.1.unwrap_err();
    assert!(has.contains("has a project 3 already"), "{has}");
    let (_database, other) = empty(Timestamp::EPOCH).await;
    let lines: Vec<_> = file.lines().collect();
    let with = |line: &str| format!("{}\n{line}\n", lines[0]);
    let key = r#"{"PK":{"S":"K#abc"},"SK":{"S":"~"},"kind":{"S":"secret"},"project":{"N":"3"}}"#;
    let elsewhere = r#"{"PK":{"S":"P#1"},"SK":{"S":"PROJECT"}}"#;
    let without_one = file.replacen(&format!("{}\n", lines[1]), "", 1);
    let row = lines.iter().position(|line| line.contains("\"SK\":{\"S\":\"M#")).unwrap();
    let doubled = file.replacen(lines[row], lines[row + 1], 1);
    assert_eq!(doubled.lines().count(), lines.len());
    let changed = file.replacen("hello", "hallo", 1);
    for (file, says) in [
        (with(key), "line 2: the item K#abc ~ is none of this project"),
        (with(elsewhere), "line 2: the item P#1 PROJECT is none of this project"),
        (with("{}"), "line 2: it is an item without a key"),
        (with("no JSON"), "line 2: it is no item"),
        (without_one, "lines are missing before it"),
        (doubled, "lines are missing before it, are there twice, or were changed"),
        (changed, "lines are missing before it, are there twice, or were changed"),
        (format!("{file}{{}}\n"), "something stands behind it, the last line"),
        (String::new(), "nothing was given on the input"),
        (file.replacen("\"project\":3", "\"project\":4294967295", 1), "line 1: no desk has a project 4294967295"),
        (file.replacen("\"project\":3", "\"project\":0", 1), "line 1: no desk has a project 0"),
        (file.replacen("\"project\":3", "\"project\":4", 1), "line 2: the item"),
        (file.replacen("\"format\":1", "\"format\":99", 1), "line 1: version"),
        (String::from("{}\n"), "line 1: a file of an export begins with its header"),
    ] {
        let why = fed(&other, &["import"], file.as_bytes()).await.1.unwrap_err();
        assert!(why.contains(says), "{why}");
    }
}

/// What a file claims of itself moves nothing before it is known to be true.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_moves_no_counter() {
    let (_from, file, _) = third_project().await;
    let desk = desk().await;
    for claimed in ["4294967295", "1000000000"] {
        let claims = file.replacen("\"project\":3", &format!("\"project\":{claimed}"), 1);
        fed(&desk.running.store, &["import"], claims.as_bytes()).await.1.unwrap_err();
    }
    let made = desk.admin(Method::POST, "/projects/", json!({"name": "Next"})).await.expect(201).json;
    assert_eq!(made["id"], 3);
}

/// Whether a byte or a line is missing, the same is to be done about it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_be_cut_within_a_letter() {
    let (_from, file, _) = third_project().await;
    let (_database, other) = empty(Timestamp::EPOCH).await;
    let with_letter = file.replacen("hello", "h\u{e9}llo", 1);
    let within = with_letter.find('\u{e9}').unwrap() + 1;
    let why = fed(&other, &["import"], &with_letter.as_bytes()[..within]).await.1.unwrap_err();
    assert!(why.contains("the file ends after line"), "{why}");
    let latin: Vec<_> = with_letter.bytes().filter(|byte| *byte != 0xc3).collect();
    let why = fed(&other, &["import"], &latin).await.1.unwrap_err();
    assert!(why.ends_with("it is no text"), "{why}");
}

/// The file with the digest of its lines as they are now: whoever changes lines can change that too.
fn sealed(file: &str) -> String {
    let (items, last) = file.trim_end().rsplit_once('\n').unwrap();
    let (header, items) = items.split_once('\n').unwrap();
    let mut last: Value = serde_json::from_str(last).unwrap();
    last["end"]["sha256"] = json!(sha256_hex(format!("{items}\n").as_bytes()));
    format!("{header}\n{items}\n{last}\n")
}

/// The users of a project may be known to the desk that takes it in, as the same ones.
#[tokio::test(flavor = "multi_thread")]
async fn another_user_of_the_same_address_stops_an_import() {
    let (_from, file, _) = third_project().await;
    let (_database, other) = empty(Timestamp::EPOCH).await;
    run(&other, &["bootstrap", "--name", "Own", "--email", "agent@example.com"]).await.unwrap();
    let renamed = sealed(&file.replace("\"U#1\"", "\"U#77\"").replace("\"id\":{\"N\":\"1\"}", "\"id\":{\"N\":\"77\"}"));
    let why = fed(&other, &["import"], renamed.as_bytes()).await.1.unwrap_err();
    assert_eq!(why, "this desk has something else as the user agent@example.com");
}

/// What stops an import leaves no way into another's account.
#[tokio::test(flavor = "multi_thread")]
async fn another_address_of_a_user_stops_an_import_and_opens_nothing() {
    let (_from, file, _) = third_project().await;
    let (_database, other) = empty(Timestamp::EPOCH).await;
    run(&other, &["bootstrap", "--name", "Own", "--email", "agent@example.com"]).await.unwrap();
    let eves = sealed(&file.replace("agent@example.com", "eve@example.com"));
    let forged = sealed(&eves.replace(r#"{"S":"U#1"}"#, r#"{"S":"U#77"}"#));
    assert_ne!(eves, forged);
    for file in [eves, forged] {
        let why = fed(&other, &["import"], file.as_bytes()).await.1.unwrap_err();
        assert!(why.starts_with("this desk has something else as "), "{why}");
        let none = run(&other, &["create-key", "--email", "eve@example.com", "--scopes", "all"]).await.unwrap_err();
        assert_eq!(none, "nobody of this desk has the address eve@example.com");
        let memberships = other.founding().memberships(UserId(1)).await.unwrap();
        assert_eq!(memberships.iter().map(|membership| membership.project.0).collect::<Vec<_>>(), [1]);
    }
}
