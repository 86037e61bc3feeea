//! Files that agents send: uploaded to the bucket itself, named in a reply or a note, and shown to who may see the message.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, Visitor, desk, still_desk};

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";

impl Desk {
    /// Announces a file of a ticket.
    async fn announce(&self, ticket: &str, name: &str, size: usize) -> Reply {
        let new = json!({"name": name, "size": size, "content_type": "image/png"});
        self.http.agent(Method::POST, &format!("/tickets/{ticket}/attachments/"), new).await
    }

    /// Sends a file to where it was announced; returns the status.
    pub(crate) async fn put(&self, announced: &Value, bytes: &[u8]) -> u16 {
        let upload = &announced["upload"];
        assert_eq!(upload["method"], "PUT");
        let headers = upload["headers"].as_object().unwrap().iter();
        let headers: Vec<_> = headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        self.http.raw(Method::PUT, upload["url"].as_str().unwrap(), &headers, bytes.to_vec()).await.status
    }

    /// Uploads a file; returns its id.
    pub(crate) async fn upload(&self, ticket: &str, name: &str, bytes: &[u8]) -> Value {
        let announced = self.announce(ticket, name, bytes.len()).await.expect(201).json;
        assert_eq!(self.put(&announced, bytes).await, 200);
        announced["id"].clone()
    }

    pub(crate) async fn send(&self, ticket: &str, body: Value) -> Reply {
        self.http.agent(Method::POST, &format!("/tickets/{ticket}/reply/"), body).await
    }

    /// The bytes of a file by its address in a message.
    pub(crate) async fn fetch(&self, file: &Value) -> reqwest::Response {
        let headers = [("authorization", AGENT)];
        let link = self.http.call(Method::GET, file["url"].as_str().unwrap(), &headers, Value::Null).await.expect(200).json;
        reqwest::get(link["url"].as_str().unwrap()).await.unwrap()
    }
}

/// The addresses of files that a message of the widget names.
fn addresses(node: &Value) -> Vec<String> {
    let own =
        [&node["attrs"]["src"], &node["marks"][0]["attrs"]["href"]].into_iter().filter_map(Value::as_str).map(str::to_owned);
    let below = node["content"].as_array().into_iter().flatten().flat_map(addresses);
    own.chain(below).filter(|address| address.contains("/v1/files/")).collect()
}

#[tokio::test]
async fn a_reply_brings_its_files_to_agents_and_to_the_widget() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    let names = ["Überweisung \"7\".pdf", "shot.png"];
    let ids = [desk.upload(&ticket, names[0], b"%PDF-1.7").await, desk.upload(&ticket, names[1], PNG).await];
    let sent = desk.send(&ticket, json!({"message": "See these.\n\nBoth.", "attachments": ids})).await.expect(201).json;
    let files = sent["attachments"].as_array().unwrap();
    let told = |file: &Value| (file["id"].clone(), file["name"].clone(), file["content_type"].clone(), file["size"].clone());
    assert_eq!(told(&files[0]), (ids[0].clone(), json!(names[0]), json!("application/octet-stream"), json!(8)));
    assert_eq!(told(&files[1]), (ids[1].clone(), json!(names[1]), json!("image/png"), json!(PNG.len())));
    let listed = desk.http.get(&format!("/tickets/{ticket}/messages/")).await.json["results"][1].clone();
    assert_eq!(listed["attachments"], sent["attachments"]);
    let found = desk.fetch(&files[0]).await;
    assert_eq!(found.headers()["content-type"], "application/octet-stream");
    assert!(
        found.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename*=UTF-8''%C3%9Cberweisung")
    );
    assert_eq!(found.bytes().await.unwrap().as_ref(), b"%PDF-1.7");

    let message = visitor.poll(&ticket, None).await.expect(200).json["messages"][1].clone();
    assert_eq!(message["content"], "See these.\n\nBoth.");
    let document = &message["rich_content"];
    let kinds: Vec<_> = document["content"].as_array().unwrap().iter().map(|node| node["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["paragraph", "paragraph", "paragraph", "paragraph", "image", "paragraph"]);
    let addresses = addresses(document);
    assert_eq!((addresses.len(), addresses[1] == addresses[2]), (3, true));
    let leads = desk.http.without_redirects().call(Method::GET, &addresses[0], &[], Value::Null).await;
    assert_eq!(
        (leads.status, leads.header("cache-control"), leads.header("access-control-allow-origin")),
        (302, Some("no-store"), Some("*"))
    );
    assert_eq!(reqwest::get(&addresses[1]).await.unwrap().bytes().await.unwrap().as_ref(), PNG, "a browser follows");
}

#[tokio::test]
async fn a_note_shows_its_files_to_the_team_only() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    let id = desk.upload(&ticket, "log.txt", b"secret").await;
    let note = json!({"message": "See the log.", "is_private": true, "attachments": [id]});
    let note = desk.send(&ticket, note).await.expect(201).json;
    assert_eq!(desk.fetch(&note["attachments"][0]).await.bytes().await.unwrap().as_ref(), b"secret");
    let seen = visitor.poll(&ticket, None).await.expect(200).text;
    assert!(!seen.contains("/v1/files/") && !seen.contains("log"), "{seen}");
    // Another text of the note keeps its files.
    let path = format!("/tickets/{ticket}/notes/{}/", note["id"].as_str().unwrap());
    let edited = desk.http.agent(Method::PATCH, &path, json!({"message": "See this log."})).await.expect(200).json;
    assert_eq!(edited["attachments"], note["attachments"]);
}

#[tokio::test]
async fn what_was_sent_stays_whatever_is_uploaded_under_its_id() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    let announced = desk.announce(&ticket, "a.txt", 6).await.expect(201).json;
    assert_eq!(desk.put(&announced, b"public").await, 200);
    let ids = json!([announced["id"]]);
    let sent = desk.send(&ticket, json!({"message": "here", "attachments": ids})).await.expect(201).json;
    assert_eq!(desk.put(&announced, b"secret").await, 200);
    let note = json!({"message": "for us", "is_private": true, "attachments": ids});
    let note = desk.send(&ticket, note).await.expect(201).json;
    for message in [&sent, &note] {
        assert_eq!(desk.fetch(&message["attachments"][0]).await.bytes().await.unwrap().as_ref(), b"public");
    }
}

#[tokio::test]
async fn an_upload_is_what_was_announced_for_its_ticket() {
    let desk = desk().await;
    let ticket = Visitor::new(&desk.http).open("hello").await;
    let other = Visitor::new(&desk.http).open("hello").await;
    for (name, size, attr) in [("", 1, "name"), (" \n", 1, "name"), ("a.txt", 0, "size"), ("a.txt", 10 * 1024 * 1024 + 1, "size")]
    {
        assert_eq!(desk.announce(&ticket, name, size).await.expect(400).json["attr"], attr, "{name:?} {size}");
    }
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    desk.announce(unknown, "a.txt", 1).await.expect(404);
    let announced = desk.announce(&ticket, "../a/b.txt", 5).await.expect(201).json;
    for (bytes, status) in [(b"1234".as_slice(), 403), (b"123456", 403), (b"12345", 200)] {
        assert_eq!(desk.put(&announced, bytes).await, status, "{bytes:?}");
    }
    let mut renamed = announced.clone();
    renamed["upload"]["headers"]["content-disposition"] = json!("attachment; filename*=UTF-8''b.html");
    assert_eq!(desk.put(&renamed, b"12345").await, 403, "the name is signed");
    let id = &announced["id"];
    let asked = |attachments: Value| json!({"message": "See this.", "attachments": attachments});
    let link = |ticket: &str| format!("/tickets/{ticket}/attachments/{}/", id.as_str().unwrap());
    desk.http.get(&link(&ticket)).await.expect(404);
    for attachments in [json!([unknown]), json!([id, id]), json!(vec![unknown; 21])] {
        assert_eq!(desk.send(&ticket, asked(attachments.clone())).await.expect(400).json["attr"], "attachments", "{attachments}");
    }
    desk.send(&ticket, asked(json!(["odd"]))).await.expect(400);
    desk.send(&other, asked(json!([id]))).await.expect(400);
    desk.send(unknown, asked(json!([id]))).await.expect(404);
    let sent = desk.send(&ticket, asked(json!([id]))).await.expect(201).json;
    assert_eq!(sent["attachments"][0]["name"], ".._a_b.txt");
    desk.http.get(&link(&ticket)).await.expect(200);
    desk.http.get(&link(&other)).await.expect(404);
    // The same again is a retry; with another file it is another message.
    assert_eq!(desk.send(&ticket, asked(json!([id]))).await.expect(200).json, sent);
    let second = desk.upload(&ticket, "c.txt", b"c").await;
    desk.send(&ticket, asked(json!([id, second]))).await.expect(201);
}

#[tokio::test]
async fn files_of_a_message_have_a_bound_together() {
    let desk = desk().await;
    let ticket = Visitor::new(&desk.http).open("hello").await;
    let large = vec![b'x'; 10 * 1024 * 1024];
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(desk.upload(&ticket, name, &large).await);
    }
    let all = desk.send(&ticket, json!({"message": "See these.", "attachments": ids})).await.expect(400);
    assert_eq!(all.json["attr"], "attachments");
    desk.send(&ticket, json!({"message": "See these.", "attachments": ids[..2]})).await.expect(201);
}

#[tokio::test]
async fn a_picture_in_the_text_is_shown_there() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    let id = desk.upload(&ticket, "shot.png", PNG).await;
    let source = format!("/api/projects/1/conversations/tickets/{ticket}/attachments/{}/", id.as_str().unwrap());
    let text = json!({"type": "paragraph", "content": [{"type": "text", "text": "See"}]});
    let rich = json!({"type": "doc", "content": [text, {"type": "image", "attrs": {"src": source, "alt": "shot"}}]});
    let sent = json!({"message": "See", "rich_content": rich, "attachments": [id]});
    assert_eq!(desk.send(&ticket, sent).await.expect(201).json["attachments"][0]["inline"], true);
    let message = visitor.poll(&ticket, None).await.expect(200).json["messages"][1].clone();
    let shown = addresses(&message["rich_content"]);
    assert_eq!((message["rich_content"]["content"].as_array().unwrap().len(), shown.len()), (2, 1));
    assert_eq!(reqwest::get(&shown[0]).await.unwrap().bytes().await.unwrap().as_ref(), PNG);
}

#[tokio::test]
async fn an_address_is_for_one_file_and_ends_with_its_ticket() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    let ids = [desk.upload(&ticket, "a.txt", b"a").await, desk.upload(&ticket, "b.txt", b"b").await];
    desk.send(&ticket, json!({"message": "See these.", "attachments": ids})).await.expect(201);
    let addresses = addresses(&visitor.poll(&ticket, None).await.json["messages"][1]["rich_content"]);
    let [a, b] = addresses.as_slice() else { panic!("{addresses:?}") };
    let forged = format!("{}/{}", a.rsplit_once('/').unwrap().0, b.rsplit_once('/').unwrap().1);
    for odd in [forged, a.replace("/v1/files/1/", "/v1/files/2/"), a.replace("/v1/files/1/", "/v1/files/x/")] {
        desk.http.call(Method::GET, &odd, &[], Value::Null).await.expect(404);
    }
    assert_eq!(reqwest::get(a).await.unwrap().status(), 200);
    desk.http.agent(Method::DELETE, &format!("/tickets/{ticket}/"), Value::Null).await.expect(204);
    desk.http.call(Method::GET, a, &[], Value::Null).await.expect(404);
    desk.http.drain().await;
    let left = desk.running.objects().unwrap();
    assert!(!left.iter().any(|key| key.starts_with("p/")), "{left:?}");
}

#[tokio::test]
async fn files_need_the_scope_of_the_ticket_and_its_project() {
    let desk = desk().await;
    let ticket = Visitor::new(&desk.http).open("hello").await;
    let id = desk.upload(&ticket, "a.txt", b"a").await;
    desk.send(&ticket, json!({"message": "See this.", "attachments": [id]})).await.expect(201);
    let reads = desk.key(json!({"label": "reads", "scopes": ["ticket:read"]})).await;
    let path = format!("/projects/1/conversations/tickets/{ticket}/attachments/");
    let new = json!({"name": "b.txt", "size": 1});
    desk.by(&reads, Method::POST, &path, new.clone()).await.expect(403);
    let file = format!("{path}{}/", id.as_str().unwrap());
    desk.by(&reads, Method::GET, &file, Value::Null).await.expect(200);
    for (key, status) in [("phx_other", 404), ("phx_nobody", 401)] {
        desk.by(key, Method::GET, &file.replace("/projects/1/", "/projects/2/"), Value::Null).await.expect(status);
        desk.by(key, Method::POST, &path.replace("/projects/1/", "/projects/2/"), new.clone()).await.expect(status);
    }
}

/// A reply with files costs the table what a reply costs: the files are looked at in the bucket.
#[tokio::test]
async fn files_cost_the_table_nothing_but_their_names() {
    let desk = still_desk().await;
    let ticket = Visitor::new(&desk.http).open("hello").await;
    let mut ids = Vec::new();
    for name in ["a.txt", "b.txt", "c.txt"] {
        ids.push(desk.upload(&ticket, name, b"a").await);
    }
    desk.http.get("/tickets/").await.expect(200);
    let announced = desk.announce(&ticket, "d.txt", 1).await.expect(201).cost();
    assert!(announced.wcu == 0.0 && announced.rcu <= 1.0, "{announced:?}");
    let body = json!({"message": "x".repeat(300), "attachments": ids});
    let cost = desk.send(&ticket, body).await.expect(201).cost();
    assert!(cost.round_trips <= 3.0 && cost.rcu <= 2.0 && cost.wcu <= 10.0, "{cost:?}");
}
