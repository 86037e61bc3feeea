//! What calls are about: `{id}` of a path, and `$ticket` of a query or body, stand for something that is there.

use std::collections::BTreeMap;

use lambdesk_domain::{
    UserId,
    capture::gzip,
    identity::{Identified, Subject, Vouched},
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    callers::{Caller, Link, PAGE, member},
    matrix::Row,
};
use crate::support::{AGENT, Desk, Time, Visitor};

const CONVERSATIONS: &str = "/projects/1/conversations";
const DAY: i64 = 24 * 3600;

/// Things that exist once something has named them.
pub(crate) struct Things<'a> {
    desk: &'a Desk,
    time: &'a Time,
    /// The browser of the ticket's customer.
    visitor: Visitor,
    made: BTreeMap<String, Value>,
}

impl<'a> Things<'a> {
    pub(crate) fn new(desk: &'a Desk, time: &'a Time) -> Self {
        Self { desk, time, visitor: desk.customer(), made: BTreeMap::new() }
    }

    /// Makes what the row names.
    pub(crate) async fn prepare(&mut self, row: &Row) {
        for (kind, _) in parameters(&row.route) {
            self.thing(&kind).await;
            if kind == "link" || kind == "signature" {
                self.thing(&format!("another {kind}")).await;
            }
        }
        for kind in names(&row.query).into_iter().chain(names(&row.body)) {
            self.thing(&kind).await;
        }
    }

    /// From now on what was never used is another word.
    pub(crate) fn renew(&mut self) {
        self.made.remove("new");
    }

    /// Something of this kind, if there is one already.
    pub(crate) fn known(&self, kind: &str) -> Option<&Value> {
        self.made.get(kind)
    }

    /// A path with its parameters.
    pub(crate) async fn path(&mut self, route: &str, caller: &Caller) -> String {
        let mut path = route.to_owned();
        for (kind, parameter) in parameters(route) {
            let value = self.for_caller(&kind, caller).await;
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            path = path.replacen(&parameter, &value, 1);
        }
        path
    }

    /// A query or a body with what its names stand for.
    pub(crate) async fn filled(&mut self, text: &str, caller: &Caller) -> String {
        let mut filled = text.to_owned();
        for kind in names(text) {
            let value = self.for_caller(&kind, caller).await;
            let bare = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            filled = filled.replace(&format!("\"${kind}\""), &value.to_string()).replace(&format!("${kind}"), &bare);
        }
        filled
    }

    async fn for_caller(&mut self, kind: &str, caller: &Caller) -> Value {
        match (kind, caller.link) {
            // What a caller before this one has sent is on its way no more.
            ("answer", _) => {
                self.desk.http.drain().await;
                self.thing(kind).await
            }
            ("browser", _) => json!(caller.session.as_ref().unwrap_or(&self.visitor.session)),
            ("token" | "link" | "signature", Link::Garbage) => json!("0".repeat(32)),
            ("link" | "signature", Link::OfAnother) => self.thing(&format!("another {kind}")).await,
            _ => self.thing(kind).await,
        }
    }

    /// Something of this kind, the same each time.
    async fn thing(&mut self, kind: &str) -> Value {
        if let Some(made) = self.made.get(kind) {
            return made.clone();
        }
        let made = Box::pin(self.make(kind)).await;
        self.made.insert(kind.to_owned(), made.clone());
        made
    }

    async fn make(&mut self, kind: &str) -> Value {
        match kind {
            "project" => json!(1),
            "token" => json!("phc_local"),
            "browser" => json!(self.visitor.session),
            "new" => json!(Uuid::now_v7().simple().to_string()),
            "ticket" => json!(self.visitor.open("help").await),
            "note" => self.note().await,
            "link" => self.link().await,
            "file" => self.file().await,
            "signature" => self.signature().await,
            // Those of another ticket.
            "another link" => Self::new(self.desk, self.time).link().await,
            "another signature" => Box::pin(Self::new(self.desk, self.time).signature()).await,
            "arrived" => self.arrived().await,
            "page" => self.page().await,
            "chunk" => self.chunk().await,
            "member" => self.member().await,
            "role" => self.create("/projects/1/roles/", json!({"name": Uuid::now_v7()})).await["id"].clone(),
            "view" => self.create_in("views", json!({"name": "v", "filters": {}})).await["short_id"].clone(),
            "action" => self.create_in("quick_actions", json!({"name": "q", "content": "x"})).await["short_id"].clone(),
            "workflow" => self.workflow().await,
            "address" => self.address().await,
            "held" => self.held().await,
            "answer" => self.answer().await,
            "key" => self.create("/personal_api_keys/", json!({"label": "k", "scopes": ["ticket:read"]})).await["id"].clone(),
            "session" => self.session().await,
            "map" => self.map().await,
            "example" => self.get(&format!("{CONVERSATIONS}/workflows/gallery/")).await["results"][0]["slug"].clone(),
            other => panic!("say in tests/it/authorization/things.rs how to make {other}"),
        }
    }

    async fn create(&self, path: &str, body: Value) -> Value {
        self.desk.admin(Method::POST, path, body).await.expect(201).json
    }

    async fn create_in(&self, collection: &str, body: Value) -> Value {
        self.create(&format!("{CONVERSATIONS}/{collection}/"), body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.desk.admin(Method::GET, path, Value::Null).await.expect(200).json
    }

    async fn ticket(&mut self) -> String {
        self.thing("ticket").await.as_str().unwrap().to_owned()
    }

    /// A member who has signed in by a provider.
    async fn member(&self) -> Value {
        let (user, email) = member(self.desk, "agent").await;
        let subject = Subject { issuer: "https://id.example.com".to_owned(), subject: user.to_string() };
        let identified = self.desk.running.store.sign_ins().identify(&Vouched { subject, email }, "127.0.0.1").await;
        assert_eq!(identified.unwrap(), Identified::Member(UserId(user)));
        json!(user)
    }

    async fn note(&mut self) -> Value {
        let ticket = self.ticket().await;
        self.desk.tickets().note(&ticket, "among us").await["id"].clone()
    }

    async fn workflow(&self) -> Value {
        let workflow = json!({"name": "w", "trigger": {"event": "$conversation_message_received"}, "steps": []});
        self.create_in("workflows", workflow).await["id"].clone()
    }

    /// A second address, since the first one can't be removed before it.
    async fn address(&self) -> Value {
        let address = json!({"kind": "desk", "address": format!("a{}", Uuid::now_v7().simple()), "from_name": "Acme"});
        self.add_address(address).await["id"].clone()
    }

    /// Adds an address. A project has at most ten, so one that was made before, and is not its default, makes room.
    async fn add_address(&self, address: Value) -> Value {
        let path = format!("{CONVERSATIONS}/email/addresses/");
        let page = self.get(&path).await;
        let addresses = page["results"].as_array().expect("a page");
        if addresses.len() == 10 {
            let one = addresses.iter().find(|one| one["is_default"] == false).expect("nine of ten");
            let path = format!("{path}{}/", one["id"].as_str().unwrap());
            self.desk.admin(Method::DELETE, &path, Value::Null).await.expect(204);
        }
        self.create_in("email/addresses", address).await
    }

    /// A mail that is held.
    async fn held(&self) -> Value {
        let local = format!("h{}", Uuid::now_v7().simple());
        self.add_address(json!({"kind": "desk", "address": local})).await;
        let path = format!("/_local/mail?from=ada@example.com&to={local}@desk.test&spam=FAIL");
        let mail = b"From: ada@example.com\r\nSubject: Offer\r\n\r\nBuy this.\r\n".to_vec();
        self.desk.http.raw(Method::POST, &path, &[("content-type", "message/rfc822")], mail).await.expect(202);
        self.desk.http.drain().await;
        self.get(&format!("{CONVERSATIONS}/email/inbound/?state=held")).await["results"][0]["id"].clone()
    }

    /// A message that reached nobody. It is on a ticket by mail, which takes the place of the other one.
    async fn answer(&mut self) -> Value {
        let address = self.thing("address").await;
        let mail = json!({
            "recipient_email": "bounce@simulator.amazonses.com", "email_config_id": address, "message": "Hello",
        });
        let ticket = self.create_in("tickets/compose", mail).await["id"].clone();
        self.desk.http.drain().await;
        let path = format!("{CONVERSATIONS}/tickets/{}/messages/", ticket.as_str().unwrap());
        self.made.insert("ticket".to_owned(), ticket);
        self.get(&path).await["results"][0]["id"].clone()
    }

    /// A message that came by mail. It is on a ticket by mail, which takes the place of the other one.
    async fn arrived(&mut self) -> Value {
        let local = format!("m{}", Uuid::now_v7().simple());
        self.add_address(json!({"kind": "desk", "address": local})).await;
        let path = format!("/_local/mail?from=ada@example.com&to={local}@desk.test");
        // The same mail twice would be one.
        let mail = format!("From: ada@example.com\r\nSubject: Help\r\nMessage-ID: <{local}@example.com>\r\n\r\nIt fails.\r\n");
        self.desk.http.raw(Method::POST, &path, &[("content-type", "message/rfc822")], mail.into_bytes()).await.expect(202);
        self.desk.http.drain().await;
        let ticket =
            self.get(&format!("{CONVERSATIONS}/tickets/?limit=1&order_by=-created_at")).await["results"][0]["id"].clone();
        let path = format!("{CONVERSATIONS}/tickets/{}/messages/", ticket.as_str().unwrap());
        self.made.insert("ticket".to_owned(), ticket);
        self.get(&path).await["results"][0]["id"].clone()
    }

    /// A file of an answer.
    async fn file(&mut self) -> Value {
        let ticket = self.ticket().await;
        let file = self.desk.upload(&ticket, "log.txt", b"hello").await;
        let answer = json!({"message": "See this.", "attachments": [file]});
        self.create_in(&format!("tickets/{ticket}/reply"), answer).await;
        file
    }

    /// The signature of a file's address in the widget.
    async fn signature(&mut self) -> Value {
        let (ticket, file) = (self.ticket().await, self.thing("file").await);
        let thread = self.visitor.poll(&ticket, None).await.expect(200).text;
        let link = thread.split(&format!("{ticket}/{}/", file.as_str().unwrap())).nth(1).unwrap_or_else(|| panic!("{thread}"));
        json!(link.split('"').next())
    }

    /// A session of the first agent.
    async fn session(&self) -> Value {
        crate::sessions::sign_in(&self.desk.http).await;
        self.get("/me/sessions/").await["results"][0]["id"].clone()
    }

    async fn map(&self) -> Value {
        let path = format!("/projects/1/source_maps/?chunk_id={}", Uuid::now_v7());
        let map = json!({"version": 3, "sources": ["a.ts"], "names": [], "mappings": "AAAA"});
        self.desk.admin(Method::PUT, &path, map).await.expect(200).json["id"].clone()
    }

    /// The signature of a link to the question how satisfied the customer is.
    async fn link(&mut self) -> Value {
        let ticket = self.ticket().await;
        self.desk.settings(json!({"satisfaction_survey_days": 1})).await;
        self.desk.tickets().patch(&ticket, json!({"status": "resolved"})).await;
        self.time.pass(2 * DAY);
        self.desk.http.tick().await;
        let thread = self.visitor.poll(&ticket, None).await.expect(200).text;
        let link = thread.split(&format!("{ticket}/")).nth(1).unwrap_or_else(|| panic!("a link: {thread}"));
        json!(link.split('?').next())
    }

    /// A page of the project's own, to which a link may lead.
    async fn page(&self) -> Value {
        self.desk.settings(json!({"widget_domains": ["shop.example.com"]})).await;
        json!(PAGE)
    }

    /// A part of the recording of the ticket's session.
    async fn chunk(&mut self) -> Value {
        self.desk.settings(json!({"context_recording": true})).await;
        let ticket = self.ticket().await;
        self.desk.http.drain().await;
        let data = json!([{"type": 3, "timestamp": 1_772_445_600_000_u64, "data": {"source": 2}}]);
        let properties = json!({
            "$session_id": "s1", "$window_id": "w1", "$snapshot_data": data, "$snapshot_bytes": 100, "token": "phc_local",
            "distinct_id": "visitor", "$lib": "web",
        });
        let sent = gzip::zip(json!([{"event": "$snapshot", "properties": properties}]).to_string().as_bytes());
        self.desk.http.raw(Method::POST, "/s/", &[("content-type", "text/plain")], sent).await.expect(200);
        let path = format!("/api{CONVERSATIONS}/tickets/{ticket}/recording/");
        let shown = self.desk.http.call(Method::GET, &path, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
        shown["chunks"][0]["id"].clone()
    }
}

/// The parameters of a route, each with the kind of thing that it names.
fn parameters(route: &str) -> Vec<(String, String)> {
    let parts: Vec<_> = route.split('/').collect();
    let is_shown = parts.last() == Some(&"full-email");
    let named = parts.windows(2).filter(|pair| pair[1].starts_with('{'));
    let kind = |pair: &[&str]| if is_shown && pair[1] == "{message_id}" { "arrived" } else { kind(pair[0], pair[1]) };
    named.map(|pair| (kind(pair).to_owned(), pair[1].to_owned())).collect()
}

/// What a parameter names, by the part of the path before it.
fn kind(collection: &str, parameter: &str) -> &'static str {
    match (collection, parameter) {
        (_, "{project_id}") => "project",
        (_, "{token}") => "token",
        (_, "{ticket_id}") | ("tickets" | "ticket", "{id}") => "ticket",
        ("messages", "{message_id}") => "answer",
        (_, "{message_id}") => "note",
        (_, "{key}") => "link",
        (_, "{file_id}" | "{attachment_id}") => "file",
        (_, "{signature}") => "signature",
        (_, "{chunk}") => "chunk",
        ("gallery", _) => "example",
        ("views", _) => "view",
        ("quick_actions", _) => "action",
        ("workflows", _) => "workflow",
        ("members", _) => "member",
        ("roles", _) => "role",
        ("personal_api_keys", _) => "key",
        ("sessions", _) => "session",
        ("addresses", _) => "address",
        ("inbound", _) => "held",
        ("source_maps", _) => "map",
        _ => panic!("say in tests/it/authorization/things.rs what {parameter} of {collection} names, and how to make one"),
    }
}

/// The names that begin with a dollar sign and are no name of an event (`$conversation_…`).
fn names(text: &str) -> Vec<String> {
    let parts = text.split('$').skip(1).filter(|part| !part.starts_with("conversation_"));
    let name = |part: &str| part.chars().take_while(char::is_ascii_lowercase).collect();
    parts.map(name).collect()
}
