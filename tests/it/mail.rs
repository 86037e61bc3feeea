//! Mail that arrives, from the upload or the SMTP listener to the tickets that agents see (docs/mail.md).

mod addresses;
mod again;
mod announce;
mod arrives;
pub(crate) mod away;
mod begins;
mod enclosed;
mod files;
mod forwarded;
mod kills;
mod leaves;
mod noise;
mod outbox;
mod restore;
mod shapes;
mod silence;
mod smtp;
mod survey;
mod sweep;
mod test_mail;
mod threads;
mod troubles;

use std::{fmt::Write as _, path::Path};

use lambdesk_domain::{ProjectId, TicketId, Timestamp};
use lambdesk_mail::{
    letter::Letter,
    token::{MailKey, Purpose, mark, own_id, token},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, Time, desk, desk_at, still_desk};

pub(crate) const DOMAIN: &str = "desk.test";
const ADDRESSES: &str = "/email/addresses/";

/// A desk whose project 1 has the address `demo@desk.test`.
pub(crate) struct MailDesk {
    pub(crate) desk: Desk,
}

/// A mail as somebody sends it.
#[derive(Clone)]
pub(crate) struct Mail {
    from: String,
    pub(crate) to: Vec<String>,
    envelope: Option<String>,
    fields: Vec<(String, String)>,
    body: String,
    query: String,
}

/// A mail of `ada@example.com`, who is proven, to the desk.
pub(crate) fn mail(id: &str, body: &str) -> Mail {
    Mail {
        from: "Ada Example <ada@example.com>".to_owned(),
        to: vec![format!("demo@{DOMAIN}")],
        envelope: None,
        fields: vec![
            ("Message-ID".to_owned(), format!("<{id}@mail.example.com>")),
            ("Subject".to_owned(), "The export fails".to_owned()),
        ],
        body: body.to_owned(),
        query: String::new(),
    }
}

impl Mail {
    pub(crate) fn from(mut self, from: &str) -> Self {
        from.clone_into(&mut self.from);
        self
    }

    pub(crate) fn to(mut self, to: &[&str]) -> Self {
        self.to = to.iter().map(|to| (*to).to_owned()).collect();
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// With another sender of the envelope than the From address.
    pub(crate) fn sent_by(mut self, envelope: &str) -> Self {
        self.envelope = Some(envelope.to_owned());
        self
    }

    /// With what the receiving service finds.
    pub(crate) fn found(mut self, query: &str) -> Self {
        self.query = format!("&{query}");
        self
    }

    /// With neither a rule of its domain nor anything else that proves it.
    pub(crate) fn unproven(self) -> Self {
        self.found("dmarc=GRAY")
    }

    pub(crate) fn raw(&self) -> Vec<u8> {
        let mut text = format!("From: {}\r\n", self.from);
        let to = self.to.join(", ");
        if !self.fields.iter().any(|(name, _)| name == "To") {
            let _ = write!(text, "To: {to}\r\n");
        }
        for (name, value) in &self.fields {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        text.push_str("\r\n");
        text.push_str(&self.body.replace('\n', "\r\n"));
        text.push_str("\r\n");
        text.into_bytes()
    }

    pub(crate) fn envelope(&self) -> String {
        let from = self.from.rsplit_once('<').map_or(self.from.as_str(), |(_, rest)| rest.trim_end_matches('>'));
        self.envelope.clone().unwrap_or_else(|| from.to_owned())
    }
}

/// A mail of `shared/mail/tests/mails`.
pub(crate) fn kept(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../shared/mail/tests/mails/{name}.eml"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Starts a desk whose project 1 has the address `demo@desk.test`.
pub(crate) async fn mail_desk() -> MailDesk {
    let desk = MailDesk { desk: desk().await };
    desk.add_address("demo").await;
    desk
}

/// The same for exact costs ([`still_desk`]).
pub(crate) async fn still_mail_desk() -> MailDesk {
    let desk = MailDesk { desk: still_desk().await };
    desk.add_address("demo").await;
    desk
}

/// The same at a time that the test sets.
pub(crate) async fn mail_desk_at(begin: &str) -> (MailDesk, Time) {
    let (desk, time) = desk_at(begin).await;
    let desk = MailDesk { desk };
    desk.add_address("demo").await;
    (desk, time)
}

impl MailDesk {
    pub(crate) async fn add_address(&self, local: &str) -> Value {
        let new = json!({"kind": "desk", "address": local});
        self.desk.http.agent(Method::POST, ADDRESSES, new).await.expect(201).json
    }

    /// Uploads a raw mail.
    pub(crate) async fn upload(&self, from: &str, to: &[&str], found: &str, raw: Vec<u8>) -> Reply {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut path = format!("/_local/mail?from={}{found}", encoded(from));
        for to in to {
            let _ = write!(path, "&to={}", encoded(to));
        }
        self.desk.http.raw(Method::POST, &path, &[("content-type", "message/rfc822"), ("x-lambdesk-debug", "1")], raw).await
    }

    /// Has a mail arrive, and returns what is noted of it.
    pub(crate) async fn take(&self, mail: &Mail) -> Value {
        let to: Vec<_> = mail.to.iter().map(String::as_str).filter(|to| to.ends_with(DOMAIN)).collect();
        let id = self.upload(&mail.envelope(), &to, &mail.query, mail.raw()).await.expect(202).json["ses_id"].clone();
        self.noted(&id).await
    }

    /// What is noted of a mail with this id of the receiving service.
    pub(crate) async fn noted(&self, id: &Value) -> Value {
        let all = self.inbound("").await;
        all.into_iter().find(|noted| noted["ses_id"] == *id).unwrap_or_else(|| panic!("{id} is not noted"))
    }

    pub(crate) async fn inbound(&self, query: &str) -> Vec<Value> {
        let path = format!("/email/inbound/?limit=200{query}");
        self.desk.http.get(&path).await.expect(200).json["results"].as_array().unwrap().clone()
    }

    /// A raw mail arrives at `demo@desk.test`; returns what is noted of it, and the ticket's first message.
    pub(crate) async fn open(&self, raw: Vec<u8>) -> (Value, Value) {
        let reply = self.upload("ada@example.com", &["demo@desk.test"], "", raw).await.expect(202);
        let noted = self.noted(&reply.json["ses_id"]).await;
        assert_eq!(noted["state"], "opened", "{noted}");
        let message = self.messages(&noted["ticket"]).await.remove(0);
        (noted, message)
    }

    pub(crate) async fn ticket(&self, id: &Value) -> Value {
        self.desk.http.get(&format!("/tickets/{}/", id.as_str().unwrap())).await.expect(200).json
    }

    pub(crate) async fn messages(&self, id: &Value) -> Vec<Value> {
        let path = format!("/tickets/{}/messages/", id.as_str().unwrap());
        self.desk.http.get(&path).await.expect(200).json["results"].as_array().unwrap().clone()
    }

    pub(crate) async fn last(&self, id: &Value) -> Value {
        self.messages(id).await.pop().unwrap()
    }

    pub(crate) async fn tickets(&self) -> u64 {
        self.desk.http.get("/tickets/").await.expect(200).json["count"].as_u64().unwrap()
    }

    /// The ticket that stands first in the list. Unlike reading it, this leaves it unread.
    pub(crate) async fn listed(&self) -> Value {
        self.desk.http.get("/tickets/").await.expect(200).json["results"][0].clone()
    }

    /// The mails that were sent for project 1, oldest first.
    pub(crate) async fn outbox(&self) -> Vec<Value> {
        let path = "/_local/mail/outbox?project_id=1";
        self.desk.http.call(Method::GET, path, &[], Value::Null).await.expect(200).json["results"].as_array().unwrap().clone()
    }

    /// A mail of the outbox, as its recipients got it.
    pub(crate) async fn sent(&self, mail: &Value) -> Letter {
        let path = format!("/_local/mail/outbox/{}.eml", mail["id"].as_str().unwrap());
        Letter::read(self.desk.http.call(Method::GET, &path, &[], Value::Null).await.expect(200).text.as_bytes())
    }

    async fn key(&self, project: u32) -> MailKey {
        let mailbox = self.desk.running.store.mailroom().desk(ProjectId(project)).mailbox().await.unwrap();
        MailKey::new(mailbox.keys[0])
    }

    pub(crate) async fn token(&self, ticket: &Value) -> String {
        self.token_of(1, ticket).await
    }

    pub(crate) async fn token_of(&self, project: u32, ticket: &Value) -> String {
        let ticket: TicketId = ticket.as_str().unwrap().parse().unwrap();
        token(&self.key(project).await, Purpose::Reply, ProjectId(project), ticket)
    }

    /// The address that brings an answer to its ticket.
    pub(crate) async fn reply_to(&self, ticket: &Value) -> String {
        format!("reply+{}@{DOMAIN}", self.token(ticket).await)
    }

    /// The id of a mail that the desk would have sent on a ticket.
    pub(crate) async fn own_id(&self, ticket: &Value) -> String {
        own_id(Timestamp::from_micros(1_777_881_600_000_000).unwrap(), &self.token(ticket).await, DOMAIN)
    }

    pub(crate) async fn mark(&self) -> String {
        mark(&self.key(1).await, ProjectId(1))
    }

    /// Ada asks by mail; returns the ticket's id.
    pub(crate) async fn asked(&self) -> Value {
        let noted = self.take(&mail("a1", "The export stops after 1,000 rows.")).await;
        assert_eq!(noted["state"], "opened", "{noted}");
        noted["ticket"].clone()
    }

    /// An answer to a ticket's address.
    pub(crate) async fn answer(&self, ticket: &Value, id: &str, body: &str) -> Mail {
        let to = self.reply_to(ticket).await;
        mail(id, body).to(&[&to]).with("Subject", "Re: The export fails")
    }

    pub(crate) async fn as_other(&self, method: Method, path: &str, body: Value) -> Reply {
        let path = format!("/api/projects/2/conversations{path}");
        self.desk.http.call(method, &path, &[("authorization", "Bearer phx_other")], body).await
    }
}

#[tokio::test]
async fn a_desk_without_addresses_takes_no_mail() {
    let desk = MailDesk { desk: desk().await };
    let sent = mail("a1", "hello");
    desk.upload(&sent.envelope(), &["demo@desk.test"], "", sent.raw()).await.expect(202);
    assert_eq!((desk.tickets().await, desk.inbound("").await), (0, Vec::new()));
    let bearer = [("authorization", AGENT)];
    assert_eq!(desk.desk.http.call(Method::GET, "/_local/mail", &bearer, Value::Null).await.status, 405);
}
