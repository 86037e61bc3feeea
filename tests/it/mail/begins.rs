//! Mails that agents begin: who may, from which address, and who gets them.

use lambdesk_mail::letter::Bytes;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, MailDesk, mail, mail_desk, mail_desk_at, still_mail_desk};
use crate::{
    attachments::PNG,
    support::{Reply, desk},
};

const COMPOSE: &str = "/projects/1/conversations/tickets/compose/";

impl MailDesk {
    /// The key of a member with the access of agents.
    async fn agents_key(&self, scopes: Value) -> String {
        let member = json!({"email": "bea@example.com", "first_name": "Bea", "access": "agent"});
        let bea = self.desk.agent().members().create(member).await["id"].clone();
        self.desk.key(json!({"label": "bea", "scopes": scopes, "user": bea})).await
    }

    /// The addresses that mail of project 1 is sent from, as the holder of a key reads them.
    async fn senders(&self, key: &str) -> Value {
        let me = self.desk.by(key, Method::GET, "/me/", Value::Null).await.expect(200).json;
        me["projects"].as_array().unwrap().iter().find(|project| project["id"] == 1).unwrap()["email_senders"].clone()
    }

    async fn begin(&self, key: &str, body: Value) -> Reply {
        self.desk.by(key, Method::POST, COMPOSE, body).await
    }

    /// Uploads a file of a mail to come; returns its id and the mail's draft.
    async fn enclosed(&self, key: &str, name: &str, bytes: &[u8], draft: &Value) -> (Value, Value) {
        let new = json!({"name": name, "size": bytes.len(), "draft": draft});
        let announced = self.desk.by(key, Method::POST, &format!("{COMPOSE}attachments/"), new).await.expect(201).json;
        assert_eq!(self.desk.put(&announced, bytes).await, 200);
        (announced["id"].clone(), announced["draft"].clone())
    }
}

fn new_mail(change: Value) -> Value {
    let mut body = json!({"recipient_email": "zoe@example.com", "email_subject": "Your order", "message": "It is on its way."});
    let Value::Object(change) = change else { panic!("{change} is no change") };
    body.as_object_mut().unwrap().extend(change);
    body
}

#[tokio::test]
async fn an_agent_begins_a_mail_from_the_projects_default_address() {
    let desk = mail_desk().await;
    let billing = desk.add_address("billing").await;
    let key = desk.agents_key(json!(["ticket:write", "project:read"])).await;
    desk.desk.by(&key, Method::GET, "/projects/1/conversations/email/addresses/", Value::Null).await.expect(403);
    let senders = desk.senders(&key).await;
    let told = |place: usize| (&senders[place]["address"], &senders[place]["is_default"]);
    assert_eq!((told(0), told(1)), ((&json!("demo@desk.test"), &json!(true)), (&json!("billing@desk.test"), &json!(false))));
    let keys: Vec<_> = senders[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["address", "from_name", "id", "is_default"], "neither DNS records nor where mail comes in");

    for (named, from) in [(json!({}), "demo@desk.test"), (json!({"email_config_id": null}), "demo@desk.test")]
        .into_iter()
        .chain([(json!({"email_config_id": senders[1]["id"]}), "billing@desk.test")])
    {
        let begun = desk.begin(&key, new_mail(named.clone())).await.expect(201).json;
        desk.desk.http.drain().await;
        assert_eq!(desk.ticket(&begun["id"]).await["email_to"], from, "{named}");
        assert_eq!(desk.outbox().await.pop().unwrap()["from"], from, "{named}");
    }
    let path = format!("{ADDRESSES}{}/set_default/", billing["id"].as_str().unwrap());
    desk.desk.http.agent(Method::POST, &path, Value::Null).await.expect(200);
    let begun = desk.begin(&key, new_mail(json!({}))).await.expect(201).json;
    assert_eq!(desk.ticket(&begun["id"]).await["email_to"], "billing@desk.test");
}

#[tokio::test]
async fn a_project_that_can_send_no_mail_says_so() {
    let desk = MailDesk { desk: desk().await };
    let key = desk.agents_key(json!(["ticket:write"])).await;
    let refused = async || {
        let refused = desk.begin(&key, new_mail(json!({}))).await.expect(400).json;
        (refused["attr"].clone(), refused["detail"].clone())
    };
    let why = (json!("email_config_id"), json!("The project has no address that mail can be sent from."));
    assert_eq!((desk.senders(&key).await, refused().await), (json!([]), why.clone()));
    // Of an address elsewhere, its domain decides.
    let elsewhere = json!({"kind": "forwarded", "address": "support@acme.test"});
    let added = desk.desk.http.agent(Method::POST, ADDRESSES, elsewhere).await.expect(201).json;
    assert_eq!((desk.senders(&key).await, refused().await), (json!([]), why));
    let path = format!("{ADDRESSES}{}/verify/", added["id"].as_str().unwrap());
    desk.desk.http.agent(Method::POST, &path, Value::Null).await.expect(200);
    let sender = json!([{"id": added["id"], "address": "support@acme.test", "from_name": null, "is_default": true}]);
    assert_eq!(desk.senders(&key).await, sender);
    desk.begin(&key, new_mail(json!({}))).await.expect(201);
}

/// They stand beside what a credential reaches anyway, for whoever may read tickets there.
#[tokio::test]
async fn from_where_mail_leaves_is_told_to_who_reads_tickets() {
    let desk = still_mail_desk().await;
    let scoped = async |scopes: Value| desk.desk.key(json!({"label": "k", "scopes": scopes})).await;
    let (reads, other) = (scoped(json!(["ticket:read"])).await, scoped(json!(["project:write", "workflow:write"])).await);
    assert_eq!(desk.senders(&reads).await[0]["address"], "demo@desk.test");
    assert_eq!(desk.senders(&other).await, json!([]));
    let me = desk.desk.by("phx_other", Method::GET, "/me/", Value::Null).await.expect(200).json;
    assert_eq!(me["projects"][0]["email_senders"], json!([]), "another project has its own");
    // What it has for its mail is a read unit, in the same round trip as the project.
    let cost = async |key: &str| desk.desk.by(key, Method::GET, "/me/", Value::Null).await.expect(200).cost();
    let (with, without) = (cost(&reads).await, cost(&other).await);
    assert!(with.round_trips <= 3.0 && with.rcu <= 4.0, "{with:?}");
    assert_eq!((with.round_trips, with.rcu), (without.round_trips, without.rcu + 1.0));
}

#[tokio::test]
async fn whoever_gets_a_copy_of_the_first_mail_takes_part_and_a_blind_copy_is_seen_by_nobody() {
    let desk = mail_desk().await;
    let key = desk.desk.colleague("Bea").await;
    for (field, bad, named) in [
        ("cc", json!(["bob@example.com", "nobody"]), "nobody"),
        ("bcc", json!(["zoë@exämple.com"]), "zoë@exämple.com"),
        ("bcc", json!(vec!["eve@example.com"; 21]), "20"),
        ("cc", json!([""]), "is none: "),
    ] {
        let refused = desk.begin(&key, new_mail(json!({field: bad.clone()}))).await.expect(400).json;
        assert_eq!(refused["attr"], field, "{bad}");
        assert!(refused["detail"].as_str().unwrap().contains(named), "{refused}");
    }
    assert_eq!(desk.tickets().await, 0);
    let copies =
        json!({"cc": ["Bob@example.com", "zoe@example.com", "bob@example.com"], "bcc": ["eve@example.com", "bob@example.com"]});
    let begun = desk.begin(&key, new_mail(copies)).await.expect(201).json;
    desk.desk.http.drain().await;
    let outbox = desk.outbox().await;
    assert_eq!(outbox[0]["recipients"], json!(["zoe@example.com", "bob@example.com", "eve@example.com"]));
    let letter = desk.sent(&outbox[0]).await;
    let cc: Vec<_> = letter.cc.iter().map(|to| to.address.as_str()).collect();
    assert_eq!((cc, letter.first("bcc")), (vec!["bob@example.com"], None));
    assert_eq!(desk.ticket(&begun["id"]).await["cc_participants"], json!(["bob@example.com"]));
    let kinds = desk.last(&begun["id"]).await["delivery"]["recipients"].clone();
    let kinds: Vec<_> = kinds.as_array().unwrap().iter().map(|to| to["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["to", "cc", "bcc"]);

    // Bob's answer comes back to the ticket. Eve takes no part, so hers begins one of its own.
    let to = letter.reply_to[0].address.as_str().to_owned();
    let answer = |id: &str, from: &str| mail(id, "Thanks!").from(from).to(&[&to]);
    assert_eq!(desk.take(&answer("b1", "bob@example.com")).await["ticket"], begun["id"]);
    assert_ne!(desk.take(&answer("e1", "eve@example.com")).await["ticket"], begun["id"]);
    let next = desk.reply(&begun["id"], json!({"message": "Welcome"})).await;
    desk.settled(&begun["id"], &next).await;
    assert_eq!(desk.outbox().await.pop().unwrap()["recipients"], json!(["zoe@example.com", "bob@example.com"]));
}

#[tokio::test]
async fn files_leave_with_the_mail_that_begins_a_ticket() {
    let desk = mail_desk().await;
    let key = desk.desk.colleague("Bea").await;
    let (bill, draft) = desk.enclosed(&key, "Rechnung über fünf.pdf", b"%PDF-1.7", &Value::Null).await;
    let (menu, same) = desk.enclosed(&key, "menu.png", PNG, &draft).await;
    assert_eq!(same, draft);
    let begun = desk.begin(&key, new_mail(json!({"attachments": [bill, menu], "draft": draft}))).await.expect(201).json;
    desk.desk.http.drain().await;
    let letter = desk.sent(&desk.outbox().await[0]).await;
    let bytes = |name: &str| letter.files.iter().find(|file| file.name == name).map(|file| file.bytes.clone());
    assert_eq!(bytes("Rechnung über fünf.pdf"), Some(Bytes::Kept(b"%PDF-1.7".to_vec())));
    assert_eq!((bytes("menu.png"), letter.files.len()), (Some(Bytes::Kept(PNG.to_vec())), 2));
    let message = desk.last(&begun["id"]).await;
    assert_eq!(message["delivery"]["status"], "delivered", "{message}");
    let files = message["attachments"].as_array().unwrap();
    let told: Vec<_> = files.iter().map(|file| (&file["id"], &file["content_type"])).collect();
    assert_eq!(told, [(&bill, &json!("application/octet-stream")), (&menu, &json!("image/png"))]);
    assert_eq!(desk.desk.fetch(&files[1]).await.bytes().await.unwrap().as_ref(), PNG);
}

/// A draft is its agent's, for a day and one ticket, so no two tickets have a file.
#[tokio::test]
async fn files_go_with_one_mail_of_who_uploaded_them() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    let (key, other) = (desk.desk.colleague("Bea").await, desk.desk.colleague("Cal").await);
    let (file, draft) = desk.enclosed(&key, "a.txt", b"a", &Value::Null).await;
    let with = |file: &Value, draft: &Value| new_mail(json!({"attachments": [file], "draft": draft}));
    let refused = async |key: &str, body: Value| desk.begin(key, body).await.expect(400).json["attr"].clone();
    assert_eq!(refused(&other, with(&file, &draft)).await, "draft");
    assert_eq!(refused(&key, new_mail(json!({"attachments": [file]}))).await, "draft");
    assert_eq!(refused(&key, with(&file, &json!("made up"))).await, "draft");
    let (second, mine) = desk.enclosed(&other, "b.txt", b"b", &Value::Null).await;
    assert_eq!(refused(&other, with(&file, &mine)).await, "attachments", "another mail's file");
    for (body, attr) in [
        (json!({"name": " ", "size": 1}), "name"),
        (json!({"name": "a", "size": 0}), "size"),
        (json!({"name": "a", "size": 10 * 1024 * 1024 + 1}), "size"),
        (json!({"name": "a", "size": 1, "draft": mine}), "draft"),
    ] {
        let announced = desk.desk.by(&key, Method::POST, &format!("{COMPOSE}attachments/"), body).await.expect(400);
        assert_eq!(announced.json["attr"], attr);
    }

    let begun = desk.begin(&key, with(&file, &draft)).await.expect(201).json;
    assert_eq!(desk.begin(&key, with(&file, &draft)).await.expect(409).json["code"], "already_sent");
    let path = format!("/tickets/{}/", begun["id"].as_str().unwrap());
    desk.desk.http.agent(Method::DELETE, &path, Value::Null).await.expect(204);
    desk.desk.http.drain().await;
    assert_eq!(
        desk.begin(&key, with(&file, &draft)).await.expect(409).json["code"],
        "already_sent",
        "the file went with its ticket"
    );
    assert_eq!(desk.tickets().await, 0);
    time.pass(24 * 3600);
    assert_eq!(refused(&other, with(&second, &mine)).await, "draft", "what is not sent goes after a day");
}

#[tokio::test]
async fn a_mail_whose_answer_was_lost_is_sent_once_with_its_files() {
    let desk = mail_desk().await;
    let key = desk.desk.colleague("Bea").await;
    let (file, draft) = desk.enclosed(&key, "a.txt", b"a", &Value::Null).await;
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "one")];
    let body = new_mail(json!({"attachments": [file], "draft": draft}));
    let path = format!("/api{COMPOSE}");
    let first = desk.desk.http.call(Method::POST, &path, &headers, body.clone()).await.expect(201).json;
    assert_eq!(desk.desk.http.call(Method::POST, &path, &headers, body).await.expect(201).json, first);
    desk.desk.http.drain().await;
    assert_eq!((desk.tickets().await, desk.outbox().await.len()), (1, 1));
}
