//! Desks as versions of the format left them in the table, read by the code of today.
//!
//! `tests/formats/<version>.json` is a whole desk with every kind of item, and what the API answered of it. An attribute that is
//! renamed, or means something else, makes an answer differ. A format that is left behind keeps its file: the desks of its time
//! must be read for good. `UPDATE=1` writes the file of the present format anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use dynoxide::Database;
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    delivery::Silence,
    identity::{Identified, Subject, Vouched},
    workflow::Party,
};
use lambdesk_local::Options;
use lambdesk_store::{Attempt, Connection, schema::create_table};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::{
    sessions::sign_in,
    support::{AGENT, Desk, Http, Time, Visitor, desk_at, proof},
    table::{Item, Table},
};

const TODAY: u32 = 1;
pub(crate) const BEGIN: &str = "2026-03-09T09:00:00Z";
const SESSION: &str = "0195f000-0000-7000-8000-000000000001";
const RETRIED: [(&str, &str); 2] = [("authorization", AGENT), ("idempotency-key", "golden")];
const TICKETS: &str = "/api/projects/1/conversations/tickets/";

/// Every kind of item, by the beginnings of its keys, behind the function of `keys.rs` that makes these: `p` stands for a project
/// and `t` for a ticket.
const KINDS: [(&str, &str); 56] = [
    ("ticket", "P#p#T#t ~"),
    ("message", "P#p#T#t M#"),
    ("message", "P#p#T#t B#"),
    ("activity", "P#p#T#t A#"),
    ("profile", "P#p#T#t C#"),
    ("pinned", "P#p#T#t D#"),
    ("number", "P#p NUMBER"),
    ("project", "P#p PROJECT"),
    ("member", "P#p MEMBER#"),
    ("role", "P#p ROLE#"),
    ("workflow", "P#p WORKFLOW#"),
    ("saved", "P#p VIEW#"),
    ("saved", "P#p ACTION#"),
    ("totals", "P#p TOTALS"),
    ("totals_of", "P#p TOTALS#"),
    ("recount", "P#p TALLY"),
    ("persons", "P#p PERSONS"),
    ("run", "P#p#W# run"),
    ("line", "P#p#W# line"),
    ("shadow", "F#p#t ~"),
    ("tags_shadow", "F#p#t TAGS"),
    ("tag", "G#p"),
    ("word", "P#p#C#"),
    ("person", "P#p#D#"),
    ("timer", "TIMER#"),
    ("rollout", "ROLLOUT p"),
    ("zones", "ROLLOUT ZONES"),
    ("hand_over", "HANDOVER"),
    ("presence", "P#p#O#"),
    ("mailbox", "P#p MAIL"),
    ("mail_address", "E@"),
    ("mail_domain_use", "E@@"),
    ("mail_id", "P#p#E#"),
    ("delivery", "P#p#T#t E#"),
    ("delivery_timer", "COURIER"),
    ("received", "P#p#I#"),
    ("received", "MAIL"),
    ("visitor", "P#p#V#"),
    ("restore", "P#p#R#"),
    ("silence", "P#p#B#"),
    ("audit", "P#p#L row"),
    ("shown", "P#p#L shown"),
    ("credential", "K#"),
    ("session_use", "S#"),
    ("attempt", "A#"),
    ("identity", "O#"),
    ("window", "W#"),
    ("idempotency", "I#"),
    ("user", "U# ~"),
    ("membership", "U# P#"),
    ("personal_key", "U# KEY#"),
    ("session", "U# SESSION#"),
    ("preferences", "U# PREFERENCES"),
    ("subject", "U# IDENTITY"),
    ("email", "E#"),
    ("counter", "DESK"),
];

/// The functions of `keys.rs` that make further keys of the kind of `counter`.
const COUNTERS: [&str; 2] = ["renewed", "renewal"];

/// Every key of the table is made there.
const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/store/src/transport/keys");

pub(crate) fn kind(pk: &str, sk: &str) -> String {
    let numbered = |text: &str| text.chars().next().is_some_and(|first| first.is_ascii_digit());
    let parts: Vec<_> = pk.split('#').collect();
    let until = |sk: &str| sk.split_once('#').map_or(sk.to_owned(), |(first, _)| format!("{first}#"));
    match parts.as_slice() {
        ["P", _, "T", _] => format!("P#p#T#t {}", until(sk)),
        ["P", _] => format!("P#p {}", until(sk)),
        ["P", _, "W", ..] => format!("P#p#W# {}", if sk == "~" { "line" } else { "run" }),
        ["P", _, "L"] => format!("P#p#L {}", if numbered(sk) { "row" } else { "shown" }),
        ["P", _, part, ..] => format!("P#p#{part}#"),
        ["F", ..] => format!("F#p#t {sk}"),
        ["G", _] => "G#p".to_owned(),
        ["U", _] => format!("U# {}", until(sk)),
        ["ROLLOUT"] => format!("ROLLOUT {}", if numbered(sk) { "p" } else { sk }),
        [only] if only.starts_with("E@@") => "E@@".to_owned(),
        [only] if only.starts_with("E@") => "E@".to_owned(),
        [only] => (*only).to_owned(),
        [first, ..] => format!("{first}#"),
        [] => String::new(),
    }
}

fn file(version: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/formats/{version}.json"))
}

fn to_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::B(bytes) => json!({"B": hex::encode(bytes)}),
        AttributeValue::L(list) => json!({"L": list.iter().map(to_json).collect::<Vec<_>>()}),
        AttributeValue::M(map) => {
            json!({"M": map.iter().map(|(name, value)| (name.clone(), to_json(value))).collect::<Map<_, _>>()})
        }
        other => panic!("{other:?}"),
    }
}

fn from_json(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "B" => AttributeValue::B(Blob::new(hex::decode(text()).unwrap())),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(from_json).collect()),
        "M" => {
            AttributeValue::M(value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), from_json(value))).collect())
        }
        other => panic!("{other}"),
    }
}

fn item(value: &Value) -> Item {
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), from_json(value))).collect()
}

fn by_phone() -> Value {
    json!({"distinct_id": "user-1", "message": "by phone"})
}

/// A desk that has one of everything.
pub(crate) async fn fill(desk: &Desk, time: &Time) {
    let agent = async |method: Method, path: &str, body: Value, status: u16| {
        desk.http.agent(method, path, body).await.expect(status).json
    };
    let member = json!({"email": "ben@example.com", "first_name": "Ben"});
    let ben = desk.admin(Method::POST, "/projects/1/members/", member).await.expect(201).json["id"].clone();
    let role = desk.admin(Method::POST, "/projects/1/roles/", json!({"name": "Billing"})).await.expect(201).json["id"].clone();
    let roles = format!("/projects/1/roles/{}/", role.as_str().unwrap());
    desk.admin(Method::PATCH, &roles, json!({"members": [1]})).await.expect(200);
    desk.key(json!({"label": "second", "scopes": ["ticket:read"]})).await;
    sign_in(&desk.http).await;
    let sign_ins = desk.running.store.sign_ins();
    let [state, nonce, verifier, next] = ["state", "nonce", "verifier", "/inbox"].map(str::to_owned);
    sign_ins.begin(&Attempt { state, nonce, verifier, next }).await.unwrap();
    let subject = Subject { issuer: "https://id.example.com".to_owned(), subject: "agent".to_owned() };
    let vouched = Vouched { subject, email: "agent@example.com".to_owned() };
    assert_eq!(sign_ins.identify(&vouched, "127.0.0.1").await.unwrap(), Identified::Member(UserId(1)));
    desk.admin(Method::PUT, "/me/preferences/", json!({"density": "compact"})).await.expect(200);
    agent(Method::POST, "/views/", json!({"name": "Mine", "filters": {"status": ["open"]}}), 201).await;
    agent(Method::POST, "/quick_actions/", json!({"name": "Close", "actions": {"status": "resolved"}}), 201).await;
    let steps = json!([{"action": "update_ticket", "inputs": {"priority": "high"}}]);
    let workflow = json!({"name": "First", "trigger": {"event": "$conversation_ticket_created"}, "steps": steps});
    agent(Method::POST, "/workflows/", workflow, 201).await;

    // A conversation of someone who proved who they are, one of a stranger, and one that was filed.
    let hash = proof("user-1", "phs_local");
    let proven = json!({
        "message": "I can't pay", "distinct_id": "user-1", "identity_distinct_id": "user-1", "identity_hash": hash,
        "traits": {"name": "Ada Lovelace", "email": "ada@example.com", "plan": "pro", "about": "x".repeat(490)},
        "session_context": {"current_url": "https://example.com/pay", "long": "y".repeat(1900)},
    });
    let sent = desk.http.widget(Method::POST, "/message", proven).await.expect(200).json;
    let first = sent["ticket_id"].as_str().unwrap().to_owned();
    desk.http.drain().await;
    time.pass(60);
    let visitor = Visitor { http: desk.http.clone(), session: SESSION.to_owned() };
    let second = visitor.open("hello").await;
    // A stranger's run, before the answer makes them known.
    desk.http.drain().await;
    let seen = json!({"$session_id": "s1", "distinct_id": "visitor", "$current_url": "https://example.com/pay", "plan": "pro"});
    let seen = json!({"api_key": "phc_local", "batch": [{"event": "$pageview", "properties": seen}]});
    desk.http.call(Method::POST, "/e/", &[], seen).await.expect(200);
    agent(Method::POST, &format!("/tickets/{second}/reply/"), json!({"message": "Hello! How can we help?"}), 201).await;
    agent(Method::POST, &format!("/tickets/{second}/reply/"), json!({"message": "odd one", "is_private": true}), 201).await;
    agent(
        Method::PATCH,
        &format!("/tickets/{second}/"),
        json!({"status": "on_hold", "tags": ["vip", "café"], "assignee": {"type": "role", "id": role}}),
        200,
    )
    .await;
    agent(
        Method::PATCH,
        &format!("/tickets/{first}/"),
        json!({"snoozed_until": "2026-03-10T09:00:00Z", "assignee": {"type": "user", "id": 1}}),
        200,
    )
    .await;
    agent(Method::POST, "/sync/", json!({"state": {"viewing": first, "replying": true}}), 200).await;
    by_mail(desk).await;
    // A ticket of another project, whose customer wrote from a second session.
    elsewhere(&desk.http).await;
    let filed = desk.http.call(Method::POST, TICKETS, &RETRIED, by_phone()).await.expect(201).json;
    let to_ben = json!({"assignee": {"type": "user", "id": ben}});
    agent(Method::PATCH, &format!("/tickets/{}/", filed["id"].as_str().unwrap()), to_ben.clone(), 200).await;
    desk.http.external(Method::PATCH, &first, json!({"tags": ["billing"]})).await;
    desk.admin(Method::GET, "/projects/1/", Value::Null).await.expect(200);
    desk.http.drain().await;
    time.pass(120);
    desk.http.tick().await;
    // Five minutes after its creation a ticket keeps what the customer's browser sent.
    time.pass(180);
    let context = desk.http.get(&format!("/tickets/{second}/context/")).await.expect(200).json;
    assert_eq!(context["is_kept"], true);
    // From here on the clock does not come by: what waits for it stays.
    let key = desk.running.store.runs().desk(ProjectId(1));
    while key.admit_action(Party::Known).await.unwrap().is_ok() {}
    let waiting = desk.http.file(json!({"distinct_id": "eve", "message": "later"})).await;
    agent(Method::PATCH, &format!("/tickets/{}/", waiting["id"].as_str().unwrap()), to_ben, 200).await;
    agent(
        Method::PUT,
        "/sla_policies/",
        json!({"policies": [{"name": "All", "targets": {"first_response": {"amount": 8}}}]}),
        200,
    )
    .await;
    desk.admin(Method::DELETE, &format!("/projects/1/members/{ben}/"), Value::Null).await.expect(204);
}

/// A ticket by mail, an answer of who takes part in it, and a mail of who does not; and one to an address that nobody has.
async fn by_mail(desk: &Desk) {
    let address = json!({"kind": "desk", "address": "demo", "from_name": "Acme"});
    desk.http.agent(Method::POST, "/email/addresses/", address).await.expect(201);
    let elsewhere = json!({"kind": "forwarded", "address": "support@acme.test"});
    desk.http.agent(Method::POST, "/email/addresses/", elsewhere).await.expect(201);
    let send = async |to: &str, from: &str, fields: &str| {
        let raw = format!("From: {from}\r\nTo: {to}\r\nSubject: Order 7\r\n{fields}\r\n\r\nWhere is it?\r\n");
        let path = format!("/_local/mail?from={from}&to={to}");
        desk.http.raw(Method::POST, &path, &[], raw.into_bytes()).await.expect(202);
    };
    let form = "Reply-To: mia@example.org\r\nCc: bob@example.com\r\nMessage-ID: <1@example.com>";
    send("demo@desk.test", "noreply@example.com", form).await;
    for from in ["bob@example.com", "carol@example.net"] {
        send("demo@desk.test", from, "In-Reply-To: <1@example.com>").await;
    }
    send("nobody@desk.test", "carol@example.net", "X-A: 1").await;
    // An answer that could not leave yet, so that it still has a timer.
    desk.running.ses().unwrap().inject(|_| Some(lambdesk_local::ses::Fault::Throttle));
    let ticket = desk.http.get("/tickets/?channel_source=email&limit=1").await.expect(200).json["results"][0]["id"].clone();
    let path = format!("/tickets/{}/reply/", ticket.as_str().unwrap());
    desk.http.agent(Method::POST, &path, json!({"message": "We look into it."})).await.expect(201);
    desk.http.drain().await;
    // An earlier mail to somebody else came back.
    let courier = desk.running.store.courier().desk(ProjectId(1));
    courier.silence(&["lost@example.com".to_owned()], Silence::Bounced).await.unwrap();
    link(desk).await;
}

/// A customer of the widget asks for a link to their ticket.
async fn link(desk: &Desk) {
    let visitor = Visitor { http: desk.http.clone(), session: SESSION.to_owned() };
    let mut message = visitor.message(None, "My basket is empty");
    message["traits"] = json!({"name": "Zoe", "email": "zoe@example.com"});
    desk.http.widget(Method::POST, "/message", message).await.expect(200);
    desk.http.drain().await;
    desk.settings(json!({"widget_domains": ["shop.example.com"]})).await;
    let headers = [("x-conversations-token", "wgt_local"), ("origin", "https://shop.example.com")];
    let asked = json!({"email": "zoe@example.com", "request_url": "https://shop.example.com/"});
    desk.http.call(Method::POST, "/api/conversations/v1/widget/restore/request", &headers, asked).await.expect(200);
    desk.http.drain().await;
    desk.settings(json!({"widget_domains": null})).await;
}

async fn elsewhere(http: &Http) {
    let visitor = Visitor { http: http.clone(), session: SESSION.to_owned() };
    let write = async |ticket: Option<&str>, session: &str| {
        let mut message = visitor.message(ticket, "hello");
        message["session_id"] = json!(session);
        let token = [("x-conversations-token", "wgt_other")];
        let sent = http.call(Method::POST, "/api/conversations/v1/widget/message", &token, message).await.expect(200).json;
        sent["ticket_id"].as_str().unwrap().to_owned()
    };
    let opened = write(None, "s1").await;
    write(Some(&opened), "s2").await;
}

/// What the API answers of such a desk, by the request.
async fn answers(http: &Http) -> Map<String, Value> {
    let mut answers = Map::new();
    let mut take = async |path: &str| {
        let key = if path.starts_with("/api/projects/2/") { "Bearer phx_other" } else { AGENT };
        let headers = [("authorization", key), ("x-conversations-token", "wgt_local")];
        let reply = http.call(Method::GET, path, &headers, Value::Null).await;
        answers.insert(path.to_owned(), json!({"status": reply.status, "body": reply.json}));
        reply.json
    };
    let conversations = "/api/projects/1/conversations";
    let list = take(&format!("{conversations}/tickets/?order_by=ticket_number")).await;
    for ticket in list["results"].as_array().unwrap() {
        let ticket = format!("{conversations}/tickets/{}", ticket["id"].as_str().unwrap());
        for part in ["", "messages/", "activity/", "previous/", "sla/", "context/"] {
            take(&format!("{ticket}/{part}")).await;
        }
    }
    let workflows = take(&format!("{conversations}/workflows/")).await;
    for workflow in workflows["results"].as_array().unwrap() {
        take(&format!("{conversations}/workflows/{}/runs/", workflow["id"].as_str().unwrap())).await;
    }
    for path in [
        "tickets/?search=lovelace",
        "tickets/?status=open",
        "tickets/?assignee=user:1",
        "tickets/?order_by=sla_due_at",
        "tickets/unread_count/",
        "tags/",
        "views/",
        "quick_actions/",
        "sla_policies/",
        "email/addresses/",
        "email/inbound/",
    ] {
        take(&format!("{conversations}/{path}")).await;
    }
    for path in ["", "members/", "roles/", "audit/"] {
        take(&format!("/api/projects/1/{path}")).await;
    }
    take("/api/projects/2/conversations/tickets/").await;
    for path in ["personal_api_keys/", "me/", "me/sessions/", "me/preferences/"] {
        take(&format!("/api/{path}")).await;
    }
    let visitor = format!("widget_session_id={SESSION}");
    let own = take(&format!("/api/conversations/v1/widget/tickets?{visitor}")).await;
    for ticket in own["results"].as_array().unwrap() {
        take(&format!("/api/conversations/v1/widget/messages/{}?{visitor}", ticket["id"].as_str().unwrap())).await;
    }
    let retried = http.call(Method::POST, TICKETS, &RETRIED, by_phone()).await;
    let replayed = retried.header("idempotent-replayed").map(str::to_owned);
    answers.insert("retried".to_owned(), json!({"status": retried.status, "body": retried.json, "replayed": replayed}));
    let retry = Visitor { http: http.clone(), session: SESSION.to_owned() };
    let again = retry.send(None, "hello").await;
    answers.insert("a new conversation".to_owned(), json!({"status": again.status, "number": again.json["ticket_number"]}));
    let text = Value::Object(answers).to_string().replace(&http.url(""), "");
    serde_json::from_str(&text).unwrap()
}

/// A desk whose stream nobody follows, on a table with these items.
async fn desk_of(items: &[Value], time: Timestamp) -> (Database, Desk) {
    let database = Database::memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    let connection = Connection::local("desk", endpoint);
    create_table(&connection.client(), "desk").await.unwrap();
    for stored in items {
        connection.client().put_item().table_name("desk").set_item(Some(item(stored))).send().await.unwrap();
    }
    let told: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || time);
    (database, Desk::start(Options { elsewhere: Some(connection), time: Some(told), ..Options::default() }).await)
}

/// The items of a desk, once every kind is there and none changes any more. One run waits for the limit, so that such a desk
/// never comes to rest.
pub(crate) async fn settled(desk: &Desk) -> Vec<Item> {
    let mut before = Vec::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let found = Table(desk).scan().await;
        if found == before && missing(&found).is_empty() {
            return found;
        }
        before = found;
    }
    panic!("the desk goes on changing, or `fill` makes none of these: {:?}", missing(&before));
}

/// The kinds that no item is of.
fn missing(items: &[Item]) -> BTreeSet<&'static str> {
    let mut missing = all_kinds();
    for item in items {
        missing.remove(kind(item["PK"].as_s().unwrap(), item["SK"].as_s().unwrap()).as_str());
    }
    missing
}

fn all_kinds() -> BTreeSet<&'static str> {
    KINDS.iter().map(|(_, kind)| *kind).collect()
}

/// The items of a new desk that has one of everything, and its time.
async fn todays() -> (Vec<Value>, Timestamp) {
    let (mut desk, time) = desk_at(BEGIN).await;
    fill(&desk, &time).await;
    let found = settled(&desk).await;
    desk.rest.leaves_work();
    let to_json = |item: &Item| item.iter().map(|(name, value)| (name.clone(), to_json(value))).collect();
    let mut items: Vec<Value> = found.iter().map(to_json).collect();
    items.sort_by_key(|item| format!("{} {}", item["PK"]["S"], item["SK"]["S"]));
    (items, time.now().plus_seconds(5))
}

/// Writes the file of the present format, from a desk of today.
async fn write_todays() {
    let (items, at) = todays().await;
    let (_database, today) = desk_of(&items, at).await;
    let answers = answers(&today.http).await;
    let golden = json!({"at": at.to_string(), "items": items, "answers": answers});
    fs::create_dir_all(file(TODAY).parent().unwrap()).unwrap();
    fs::write(file(TODAY), serde_json::to_string_pretty(&golden).unwrap() + "\n").unwrap();
}

fn golden(version: u32) -> Value {
    serde_json::from_str(&fs::read_to_string(file(version)).unwrap()).unwrap()
}

/// The attributes of each kind of item, with their types. Names that count (`opened17`) or are codes are one.
fn shapes(items: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in items {
        let kind = kind(item["PK"]["S"].as_str().unwrap(), item["SK"]["S"].as_str().unwrap());
        let attribute = |(name, value): (&String, &Value)| {
            let name: String = name.chars().filter(|letter| !letter.is_ascii_digit()).collect();
            // Each place of a total has four letters.
            let name = if kind.contains("TOTALS") && name.len() == 4 { "place".to_owned() } else { name };
            format!("{name}: {}", value.as_object().unwrap().keys().next().unwrap())
        };
        let attributes: Vec<_> = item.as_object().unwrap().iter().map(attribute).collect();
        shapes.entry(kind).or_default().extend(attributes);
    }
    shapes
}

#[tokio::test(flavor = "multi_thread")]
async fn desks_of_every_format_are_read() {
    if std::env::var_os("UPDATE").is_some() {
        write_todays().await;
    }
    for version in 1..=TODAY {
        let golden = golden(version);
        let items = golden["items"].as_array().unwrap();
        let (_database, desk) = desk_of(items, golden["at"].as_str().unwrap().parse().unwrap()).await;
        let read = answers(&desk.http).await;
        for (request, answer) in golden["answers"].as_object().unwrap() {
            assert_eq!(read.get(request), Some(answer), "format {version}: {request}");
        }
    }
}

/// Also what the API does not show: whoever renames an attribute raises the format.
#[tokio::test(flavor = "multi_thread")]
async fn items_have_the_attributes_of_the_present_format() {
    let written = shapes(&todays().await.0);
    let known = shapes(golden(TODAY)["items"].as_array().unwrap());
    for (kind, attributes) in &written {
        let new: Vec<_> = attributes.difference(&known[kind]).collect();
        assert!(
            new.is_empty(),
            "{kind} has {new:?}: another format needs another version (shared/store/src/transport/format.rs)"
        );
    }
    assert_eq!(known.keys().map(String::as_str).collect::<BTreeSet<_>>(), all_kinds(), "every kind of item is there");
}

/// A kind of item has a function of `keys.rs`, or of a part of it, that makes its key, so a new kind is noticed by its function.
#[test]
fn every_key_is_of_a_known_kind() {
    let parts = fs::read_dir(KEYS).unwrap().map(|part| part.unwrap().path());
    let keys: String = parts.chain([format!("{KEYS}.rs").into()]).map(|file| fs::read_to_string(file).unwrap()).collect();
    let functions: BTreeSet<_> = keys
        .split("\npub(crate) fn ")
        .skip(1)
        .filter(|function| function.split_once('{').is_some_and(|(signature, _)| signature.ends_with("-> Key ")))
        .filter_map(|function| function.split_once('(').map(|(name, _)| name))
        .collect();
    let known: BTreeSet<_> = KINDS.iter().map(|(function, _)| *function).chain(COUNTERS).collect();
    assert_eq!(functions, known, "a new kind of item is named in `KINDS` and `kind`, and `fill` makes one");
    // What only the beginning of a sort key tells apart.
    let beginnings = keys.lines().filter_map(|line| line.split_once(": &str = \"")?.1.strip_suffix("#\";"));
    // Those of renewals are of the kind of `counter`.
    for beginning in beginnings.filter(|beginning| *beginning != "RENEWAL") {
        assert!(KINDS.iter().any(|(_, kind)| kind.ends_with(&format!(" {beginning}#"))), "{beginning}# is no kind");
    }
}
