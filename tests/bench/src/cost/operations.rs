//! The operations that are measured, on a desk with some hundred tickets.

use std::time::{Duration, Instant};

use lambdesk_domain::{ProjectId, ticket::Status};
use serde_json::{Value, json};
use uuid::Uuid;

use super::measure::{By, Meter};
use crate::{
    Failure,
    front::{self, Connection},
    sdk::{self, Events, request},
    world::{AGENT_KEY, Customer, PAGE, Project, text, tickets},
};

const WIDGET: &str = "wgt_local";
const PAGES: &str = "phc_local";
const SECRET: &str = "phs_local";
/// Below this are the agents' routes of the first project.
const API: &str = "/api/projects/1/conversations";
/// How many tickets of each status there are.
const TICKETS: usize = 60;
/// How long to wait until nothing is new, and how often to look.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(500);
/// A little longer than a thread is read twice after a write.
const SETTLING: Duration = Duration::from_secs(11);
/// How many tickets a bulk change has.
const BULK: usize = 50;

/// Names that sums refer to.
pub(super) const OPENED: &str = "a customer's first message: a new ticket";
pub(super) const WROTE: &str = "a customer's further message";
pub(super) const POLLED: &str = "a widget's poll, nothing new";
pub(super) const REPLIED: &str = "an agent's reply";
pub(super) const NOTED: &str = "a note";
pub(super) const LISTED: &str = "a page of 50 tickets";
pub(super) const READ: &str = "a ticket of 30 messages is opened";
pub(super) const SYNCED: &str = "the inbox's poll, nothing new";
pub(super) const PATCHED: &str = "a change of status, priority, assignee and tags";
pub(super) const RAN: &str = "a reply, and a workflow of one action that it sets off";
pub(super) const MAIL_IN: &str = "a mail that opens a ticket";
pub(super) const MAIL_ON: &str = "a mail on a ticket";
pub(super) const MAIL_OUT: &str = "a reply that leaves by mail";
pub(super) const CAPTURED: &str = "20 events of a browser";
pub(super) const RECORDED: &str = "a recorded session, as the demo's";
pub(super) const LOOKED: &str = "an agent's look at all of it";
pub(super) const TICKED: &str = "a tick of the clock with nothing due";
pub(super) const LARGEST: &str = "a first message with 32 KB of traits and context";
pub(super) const HEAVY: &str = "a widget reads a page of the longest messages";
pub(super) const STRANGER: &str = "a call with recordings of four sessions that nobody named";
pub(super) const GUESSED: &str = "a token that is none";
pub(super) const SDK_FILE: &str = "the SDK is fetched, uncompressed";
pub(super) const PAGE_FILE: &str = "the inbox page's script is fetched, uncompressed";

pub(super) async fn measure(meter: &mut Meter<'_>) -> Result<(), Failure> {
    let project = Project { id: ProjectId(1), token: WIDGET.to_owned(), page_token: PAGES.to_owned() };
    let there: Vec<_> = Status::ALL.iter().map(|status| (*status, TICKETS)).collect();
    let customers = tickets(&meter.world.store, &project, &there).await?;
    warm_up(meter, &customers[0]).await?;
    customers_side(meter).await?;
    agents_side(meter, &customers).await?;
    mails(meter).await?;
    browsers(meter).await?;
    machines(meter, &customers).await?;
    strangers(meter).await?;
    workflows(meter, &customers).await?;
    news(meter).await?;
    meter.take(TICKED, By::Schedule, async |desk, _| desk.post::<Value>("/_local/tick").await.map(drop)).await
}

/// A request of the seeded agent.
fn agent(method: &str, path: &str, body: &Value) -> String {
    bearing(AGENT_KEY, method, &format!("{API}{path}"), body)
}

fn bearing(key: &str, method: &str, path: &str, body: &Value) -> String {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: desk\r\nAccept: application/json\r\nAuthorization: Bearer {key}\r\nContent-Type: \
         application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn answer(desk: &Connection) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(desk.body()?)?)
}

fn word(value: &Value) -> Result<String, Failure> {
    Ok(value.as_str().ok_or("a text was expected")?.to_owned())
}

/// The first requests of a process read what it then remembers for a minute.
async fn warm_up(meter: &mut Meter<'_>, customer: &Customer) -> Result<(), Failure> {
    let desk = &mut meter.connection;
    desk.expect(200, front::message(WIDGET, None, &Uuid::new_v4().to_string(), "warm")).await?;
    desk.expect(200, agent("GET", "/tickets/?limit=1", &Value::Null)).await?;
    desk.expect(201, front::reply(customer, "warm")).await?;
    desk.expect(200, request("/e/", &Events::read()?.body(1, PAGES, &Uuid::now_v7().to_string()), false)).await?;
    desk.expect(200, bearing(SECRET, "GET", &external(customer), &Value::Null)).await
}

fn external(customer: &Customer) -> String {
    format!("/api/conversations/external/ticket/{}", customer.ticket)
}

async fn customers_side(meter: &mut Meter<'_>) -> Result<(), Failure> {
    let session = Uuid::new_v4().to_string();
    meter
        .take(OPENED, By::Requests, async |desk, time| {
            desk.expect(200, front::message(WIDGET, None, &Uuid::new_v4().to_string(), &text(time))).await
        })
        .await?;
    meter.connection.expect(200, front::message(WIDGET, None, &session, &text(9))).await?;
    let opened = answer(&meter.connection)?;
    let (ticket, last) = (word(&opened["ticket_id"])?, word(&opened["created_at"])?);
    let poll = format!(
        "GET /api/conversations/v1/widget/messages/{ticket}?limit={PAGE}&widget_session_id={session}&after={last} \
         HTTP/1.1\r\nHost: desk\r\nX-Conversations-Token: {WIDGET}\r\n\r\n"
    );
    meter.take(POLLED, By::Requests, async |desk, _| desk.expect(200, &poll).await).await?;
    let customer = Customer {
        project: ProjectId(1),
        token: WIDGET.to_owned(),
        ticket: ticket.parse().map_err(|_| "a ticket's id")?,
        session: session.clone(),
        last: last.parse().map_err(|_| "a time")?,
    };
    meter
        .take(WROTE, By::Requests, async |desk, time| {
            desk.expect(200, front::message(WIDGET, Some(&customer), &session, &text(time))).await
        })
        .await
}

async fn agents_side(meter: &mut Meter<'_>, customers: &[Customer]) -> Result<(), Failure> {
    let one = &customers[1];
    meter.take(REPLIED, By::Requests, async |desk, time| desk.expect(201, front::reply(one, &text(time))).await).await?;
    let path = format!("/tickets/{}/", one.ticket);
    meter
        .take(NOTED, By::Requests, async |desk, time| {
            desk.expect(201, agent("POST", &format!("{path}reply/"), &json!({"message": text(time), "is_private": true}))).await
        })
        .await?;
    meter
        .take("a ticket that is filed over the API", By::Requests, async |desk, time| {
            desk.expect(201, agent("POST", "/tickets/", &json!({"message": text(time)}))).await
        })
        .await?;
    lists(meter).await?;
    let thread = &customers[2];
    thirty(&mut meter.connection, thread).await?;
    meter
        .take(READ, By::Requests, async |desk, _| {
            for part in ["", "messages/"] {
                desk.expect(200, agent("GET", &format!("/tickets/{}/{part}", thread.ticket), &Value::Null)).await?;
            }
            Ok(())
        })
        .await?;
    changes(meter, customers).await
}

/// Makes a thread of thirty messages, and waits until it has settled: what somebody has just written is read twice.
async fn thirty(desk: &mut Connection, customer: &Customer) -> Result<(), Failure> {
    for place in 1..30 {
        desk.expect(201, front::reply(customer, &text(place))).await?;
    }
    tokio::time::sleep(SETTLING).await;
    Ok(())
}

async fn lists(meter: &mut Meter<'_>) -> Result<(), Failure> {
    for (name, query) in [
        (LISTED, "limit=50"),
        ("a page of 50 of one status", "limit=50&status=open"),
        ("a search for a name that 50 tickets have", "limit=50&search=lovelace"),
        ("a search for a ticket's number", "search=%2317"),
    ] {
        let asked = agent("GET", &format!("/tickets/?{query}"), &Value::Null);
        meter.take(name, By::Requests, async |desk, _| desk.expect(200, &asked).await).await?;
    }
    for (name, path) in [("the number of unread tickets", "/tickets/unread_count/"), ("the counts of views", "/views/counts/")] {
        let asked = agent("GET", path, &Value::Null);
        meter.take(name, By::Requests, async |desk, _| desk.expect(200, &asked).await).await?;
    }
    Ok(())
}

/// What the inbox asks every few seconds. An answer repeats what has changed in the last seconds, so nothing is new only a while
/// after the last change.
async fn news(meter: &mut Meter<'_>) -> Result<(), Failure> {
    let mut since = Value::Null;
    let end = Instant::now() + PATIENCE;
    let asked = loop {
        let asked = agent("POST", "/sync/", &json!({"since": since, "filter": "status=on_hold"}));
        meter.connection.expect(200, &asked).await?;
        let told = answer(&meter.connection)?;
        if !since.is_null() && told["tickets"] == json!([]) {
            break asked;
        }
        if Instant::now() > end {
            return Err("the desk has always something new to tell".into());
        }
        since = told["cursor"].clone();
        tokio::time::sleep(PAUSE).await;
    };
    meter.take(SYNCED, By::Requests, async |desk, _| desk.expect(200, &asked).await).await
}

async fn changes(meter: &mut Meter<'_>, customers: &[Customer]) -> Result<(), Failure> {
    let path = |customer: &Customer| format!("/tickets/{}/", customer.ticket);
    let change = json!({"status": "pending", "priority": "high", "assignee": {"type": "user", "id": 1}, "tags": ["billing"]});
    meter
        .take(PATCHED, By::Requests, async |desk, time| {
            desk.expect(200, agent("PATCH", &path(&customers[3 + time as usize]), &change)).await
        })
        .await?;
    meter
        .take("a snooze", By::Requests, async |desk, time| {
            let until = json!({"snoozed_until": "2099-01-01T00:00:00Z"});
            desk.expect(200, agent("PATCH", &path(&customers[6 + time as usize]), &until)).await
        })
        .await?;
    meter
        .take("a deadline that is set by hand", By::Requests, async |desk, time| {
            let due = json!({"sla_due_at": "2099-01-01T00:00:00Z"});
            desk.expect(200, agent("PATCH", &path(&customers[9 + time as usize]), &due)).await
        })
        .await?;
    let ids: Vec<_> = customers[20..20 + BULK].iter().map(|customer| customer.ticket.to_string()).collect();
    meter
        .take("a bulk change of 50 tickets", By::Requests, async |desk, time| {
            let priority = ["low", "medium", "high"][time as usize];
            let changes = json!({"priority": priority});
            desk.expect(200, agent("POST", "/tickets/bulk_update/", &json!({"ids": ids, "changes": changes}))).await
        })
        .await?;
    meter
        .take("a ticket that is deleted", By::Requests, async |desk, time| {
            desk.expect(204, agent("DELETE", &path(&customers[80 + time as usize]), &Value::Null)).await
        })
        .await
}

/// A mail of somebody who is proven, with an id of its own.
fn mail(id: &str, answers: Option<&str>) -> String {
    let answers = answers.map(|id| format!("In-Reply-To: <{id}@mail.example.com>\r\n")).unwrap_or_default();
    format!(
        "From: Ada <ada@example.com>\r\nTo: demo@desk.test\r\nMessage-ID: <{id}@mail.example.com>\r\nSubject: The export \
         fails\r\n{answers}\r\n{}\r\n",
        text(1)
    )
}

fn arrives(mail: &str) -> String {
    format!(
        "POST /_local/mail?from=ada%40example.com&to=demo%40desk.test HTTP/1.1\r\nHost: desk\r\nContent-Type: \
         message/rfc822\r\nContent-Length: {}\r\n\r\n{mail}",
        mail.len()
    )
}

async fn mails(meter: &mut Meter<'_>) -> Result<(), Failure> {
    let address = json!({"kind": "desk", "address": "demo"});
    meter.connection.expect(201, agent("POST", "/email/addresses/", &address)).await?;
    meter.connection.expect(202, arrives(&mail("m9", None))).await?;
    meter.take(MAIL_IN, By::Mail, async |desk, time| desk.expect(202, arrives(&mail(&format!("m{time}"), None))).await).await?;
    meter
        .take(MAIL_ON, By::Mail, async |desk, time| desk.expect(202, arrives(&mail(&format!("on{time}"), Some("m9")))).await)
        .await?;
    meter.connection.expect(200, agent("GET", "/tickets/?channel_source=email&limit=1", &Value::Null)).await?;
    let ticket = word(&answer(&meter.connection)?["results"][0]["id"])?;
    meter
        .take(MAIL_OUT, By::Requests, async |desk, time| {
            desk.expect(201, agent("POST", &format!("/tickets/{ticket}/reply/"), &json!({"message": text(time)}))).await
        })
        .await
}

async fn browsers(meter: &mut Meter<'_>) -> Result<(), Failure> {
    let events = Events::read()?;
    let session = Uuid::now_v7().to_string();
    meter
        .take(CAPTURED, By::Requests, async |desk, _| {
            desk.expect(200, request("/e/", &events.body(20, PAGES, &session), false)).await
        })
        .await?;
    meter
        .take("a new exception of 20 frames", By::Requests, async |desk, time| {
            desk.expect(200, request("/e/", &sdk::exception(PAGES, &session, 21 + time), false)).await
        })
        .await?;
    let seen = sdk::sessions()?.into_values().next().ok_or("the demo has no session")?;
    // Each time is a session of its own, which a ticket names.
    let mut sessions = Vec::new();
    for _ in 0..3 {
        let session = Uuid::now_v7().to_string();
        meter.connection.expect(200, front::message(WIDGET, None, &session, "Nothing works")).await?;
        sessions.push((session, word(&answer(&meter.connection)?["ticket_id"])?));
    }
    meter
        .take(RECORDED, By::Requests, async |desk, time| {
            for call in &seen.calls {
                let body = call.body.replace(&seen.id, &sessions[time as usize].0);
                desk.expect(200, request(&call.path, &body, false)).await?;
            }
            Ok(())
        })
        .await?;
    let path = format!("/tickets/{}/", sessions[0].1);
    meter
        .take(LOOKED, By::Requests, async |desk, _| {
            for part in ["context/", "recording/"] {
                desk.expect(200, agent("GET", &format!("{path}{part}"), &Value::Null)).await?;
            }
            for chunk in answer(desk)?["chunks"].as_array().into_iter().flatten() {
                let part = format!("{path}recording/{}/", word(&chunk["id"])?);
                desk.expect(200, agent("GET", &part, &Value::Null)).await?;
            }
            Ok(())
        })
        .await
}

async fn machines(meter: &mut Meter<'_>, customers: &[Customer]) -> Result<(), Failure> {
    let path = external(&customers[12]);
    let asked = bearing(SECRET, "GET", &path, &Value::Null);
    meter.take("the external API reads a ticket", By::Requests, async |desk, _| desk.expect(200, &asked).await).await?;
    meter
        .take("the external API changes a ticket", By::Requests, async |desk, time| {
            let status = ["open", "pending", "on_hold"][time as usize];
            let change = json!({"status": status});
            desk.expect(200, bearing(SECRET, "PATCH", &path, &change)).await
        })
        .await?;
    meter
        .take("a source map of 100 KB", By::Requests, async |desk, time| {
            let names: Vec<_> = std::iter::repeat_with(|| format!("{:013x}", fastrand::u64(..))).take(6_000).collect();
            let map = json!({"version": 3, "sources": ["app.ts"], "names": names, "mappings": "AAAAA"});
            let path = format!("/api/projects/1/source_maps/?chunk_id=cost-{time}");
            desk.expect(200, bearing(AGENT_KEY, "PUT", &path, &map)).await
        })
        .await
}

/// What costs most of all that strangers may do.
async fn strangers(meter: &mut Meter<'_>) -> Result<(), Failure> {
    meter
        .take(LARGEST, By::Requests, async |desk, time| desk.expect(200, large(&Uuid::new_v4().to_string(), &text(time))).await)
        .await?;
    let session = Uuid::new_v4().to_string();
    meter.connection.expect(200, front::message(WIDGET, None, &session, &text(1))).await?;
    let ticket = word(&answer(&meter.connection)?["ticket_id"])?;
    // A session may write thirty times a minute.
    for place in 0..28 {
        let body = json!({
            "message": format!("{place:02}{}", "\u{1f600}".repeat(9_990)), "ticket_id": ticket, "widget_session_id": session,
            "distinct_id": session, "traits": {},
        });
        meter.connection.expect(200, widget(&body)).await?;
    }
    let read = format!(
        "GET /api/conversations/v1/widget/messages/{ticket}?limit=500&widget_session_id={session} HTTP/1.1\r\nHost: desk\r\n\
         X-Conversations-Token: {WIDGET}\r\n\r\n"
    );
    meter.take(HEAVY, By::Requests, async |desk, _| desk.expect(200, &read).await).await?;
    let four: Vec<Value> = (0..4)
        .map(|_| serde_json::from_str::<Value>(&sdk::part(PAGES, &Uuid::now_v7().to_string(), 100)))
        .map(|part| part.map(|mut part| part[0].take()))
        .collect::<Result<_, _>>()?;
    let four = request("/s/", &json!(four).to_string(), false);
    meter.take(STRANGER, By::Requests, async |desk, _| desk.expect(503, &four).await).await?;
    meter
        .take(GUESSED, By::Requests, async |desk, _| {
            let guess = front::message(&format!("wgt_{}", Uuid::new_v4()), None, &Uuid::new_v4().to_string(), "x");
            desk.expect(403, guess).await
        })
        .await?;
    meter.take(SDK_FILE, By::Requests, async |desk, _| desk.expect(200, fetch("/static/array.js")).await).await?;
    meter.connection.expect(200, fetch("/inbox")).await?;
    let page = String::from_utf8(meter.connection.body()?.to_vec())?;
    let script = page.split('"').find(|part| part.strip_suffix(".js").is_some_and(|path| path.starts_with("/inbox/assets/")));
    let script = fetch(script.ok_or("the page names no script")?);
    meter.take(PAGE_FILE, By::Requests, async |desk, _| desk.expect(200, &script).await).await
}

/// A request of a client that takes no compression.
fn fetch(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: desk\r\n\r\n")
}

fn widget(body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /api/conversations/v1/widget/message HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n\
         X-Conversations-Token: {WIDGET}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A first message with as much of traits and context as a browser may send.
fn large(session: &str, text: &str) -> String {
    let (mut traits, mut context) = (json!({"name": "Ada"}), json!({}));
    for number in 0..31 {
        traits[format!("trait{number:02}")] = json!("x".repeat(495));
    }
    for number in 0..8 {
        context[format!("context{number}")] = json!("x".repeat(1_955));
    }
    widget(&json!({
        "message": text, "traits": traits, "session_context": context, "widget_session_id": session, "distinct_id": session,
        "session_id": session,
    }))
}

async fn workflows(meter: &mut Meter<'_>, customers: &[Customer]) -> Result<(), Failure> {
    let workflow = json!({
        "name": "Follow", "trigger": {"event": "$conversation_message_sent"},
        "steps": [{"action": "update_ticket", "inputs": {"tags": ["followed"], "tags_mode": "add"}}],
    });
    meter.connection.expect(201, agent("POST", "/workflows/", &workflow)).await?;
    // The automation knows the workflows of a project for a while: the first run reads them.
    meter
        .take(RAN, By::Requests, async |desk, time| {
            desk.expect(201, front::reply(&customers[14 + time as usize], &text(time))).await
        })
        .await
}
