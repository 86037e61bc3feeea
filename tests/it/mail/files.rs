//! Files of mails: what lies in the bucket, what agents see of it, and that it goes with its ticket.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Mail, MailDesk, kept, mail, mail_desk, mail_desk_at};
use crate::support::AGENT;

/// A mail with files of these sizes.
fn with_files(id: &str, sizes: &[usize]) -> Mail {
    enclosing(mail(id, ""), sizes)
}

/// The same mail with files of these sizes.
fn enclosing(mail: Mail, sizes: &[usize]) -> Mail {
    let mut body = "--p\nContent-Type: text/plain\n\nSee the files.\n".to_owned();
    for (number, size) in sizes.iter().enumerate() {
        let named = format!("Content-Disposition: attachment; filename=\"{number}.csv\"");
        let _ = write!(body, "--p\nContent-Type: text/csv\n{named}\n\n{}\n", "x".repeat(*size));
    }
    body.push_str("--p--\n");
    Mail { body, ..mail.with("Content-Type", "multipart/mixed; boundary=p") }
}

impl MailDesk {
    /// The bytes of a file of a message, and the header fields that come with it.
    async fn fetch(&self, file: &Value) -> (String, String, Vec<u8>) {
        let link = self.desk.http.call(Method::GET, file["url"].as_str().unwrap(), &[("authorization", AGENT)], Value::Null);
        let link = link.await.expect(200).json;
        let found = reqwest::get(link["url"].as_str().unwrap()).await.unwrap();
        assert_eq!(found.status(), 200, "{link}");
        let header = |name: &str| found.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let (kind, disposition) = (header("content-type"), header("content-disposition"));
        assert_eq!(header("access-control-allow-origin"), "*", "pages follow links");
        (kind, disposition, found.bytes().await.unwrap().to_vec())
    }

    /// The objects that lie beside a ticket.
    fn objects_of(&self, ticket: &Value) -> Vec<String> {
        let prefix = format!("p/1/{}/", ticket.as_str().unwrap());
        self.desk.running.objects().unwrap().into_iter().filter(|key| key.starts_with(&prefix)).collect()
    }

    /// A message with all of its mail.
    pub(super) async fn full(&self, ticket: &Value, message: &Value, query: &str) -> Value {
        let (ticket, message) = (ticket.as_str().unwrap(), message["id"].as_str().unwrap());
        self.desk.http.get(&format!("/tickets/{ticket}/messages/{message}/full-email/{query}")).await.expect(200).json
    }

    async fn delete(&self, ticket: &Value) {
        self.desk.http.agent(Method::DELETE, &format!("/tickets/{}/", ticket.as_str().unwrap()), Value::Null).await.expect(204);
        self.desk.http.drain().await;
    }
}

#[tokio::test]
async fn names_are_those_that_the_sender_wrote() {
    let desk = mail_desk().await;
    let (_, message) = desk.open(kept("file-names")).await;
    let names: Vec<_> = message["attachments"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    let known = ["Rechnung über fünf.pdf", "Angebot für Ada.pdf", "Grüße.txt", "Überblick.ods", "Größe.ods"];
    assert_eq!(names[..5], known);
    assert_eq!(names[5..], [".._.._etc_passwd", "C:_temp_a.txt"]);
    for file in message["attachments"].as_array().unwrap() {
        let (kind, disposition, bytes) = desk.fetch(file).await;
        assert_eq!((kind.as_str(), bytes.as_slice()), ("application/octet-stream", b"hello".as_slice()));
        assert!(disposition.starts_with("attachment; filename*=UTF-8''"), "{disposition}");
    }
}

#[tokio::test]
async fn pictures_of_the_mail_are_links_and_others_are_left_out() {
    let desk = mail_desk().await;
    let (noted, message) = desk.open(kept("pictures")).await;
    assert_eq!(message["has_html"], true);
    let file = &message["attachments"][0];
    assert_eq!((&file["inline"], &file["content_type"], &file["state"]), (&json!(true), &json!("image/png"), &json!("kept")));
    let (kind, disposition, bytes) = desk.fetch(file).await;
    assert_eq!((kind.as_str(), &bytes[1..4]), ("image/png", b"PNG".as_slice()));
    assert!(disposition.starts_with("inline;"), "{disposition}");

    let full = desk.full(&noted["ticket"], &message, "").await;
    let html = full["html"].as_str().unwrap();
    assert!(!html.contains("track.example.net") && !html.contains("cid:") && !html.contains("file.invalid"), "{html}");
    assert_eq!(full["images_left_out"], 1);
    let source = html.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().replace("&amp;", "&");
    assert_eq!(reqwest::get(source).await.unwrap().bytes().await.unwrap(), bytes);
    assert_eq!(full["headers"]["from"], json!(["Ada Example <ada@example.com>"]));
    assert_eq!(full["headers"]["date"], "2026-05-04T08:11:12.000000Z");
    let raw = reqwest::get(full["raw"]["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(raw.headers()["content-type"], "message/rfc822");
    assert!(raw.text().await.unwrap().contains("cid:screen@example.com"), "the mail as it came");

    let shown = desk.full(&noted["ticket"], &message, "?images=true").await;
    assert!(shown["html"].as_str().unwrap().contains("https://track.example.net/p.gif"));
    assert_eq!(shown["images_left_out"], 0);
}

#[tokio::test]
async fn nothing_that_runs_or_calls_is_shown() {
    let desk = mail_desk().await;
    let (noted, message) = desk.open(kept("active-html")).await;
    for query in ["", "?images=true"] {
        let full = desk.full(&noted["ticket"], &message, query).await;
        let html = full["html"].as_str().unwrap();
        assert!(html.contains("Words stay.") && html.contains("href=\"https://example.com/fine\""), "{html}");
        let lower = html.to_lowercase();
        for active in
            ["<script", "onerror", "onload", "<svg", "javascript:", "<form", "<meta", "<base", "url(", "<iframe", "<style"]
        {
            assert!(!lower.contains(active), "{active}: {html}");
        }
    }
}

#[tokio::test]
async fn a_reply_is_shown_with_what_it_quotes_and_a_plain_one_has_no_html() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    desk.take(
        &desk
            .answer(&ticket, "a2", "It works.\n\nOn Mon, 4 May 2026 at 10:11, Support <demo@desk.test> wrote:\n> Does it?")
            .await,
    )
    .await;
    let message = desk.last(&ticket).await;
    assert_eq!((&message["content"], &message["has_html"]), (&json!("It works."), &json!(false)));
    let full = desk.full(&ticket, &message, "").await;
    assert_eq!((full["html"].clone(), full["text"].as_str().unwrap().contains("> Does it?")), (Value::Null, true));
    let by_hand = desk.desk.http.file(json!({"message": "by phone"})).await;
    let messages = desk.messages(&by_hand["id"]).await;
    let path =
        format!("/tickets/{}/messages/{}/full-email/", by_hand["id"].as_str().unwrap(), messages[0]["id"].as_str().unwrap());
    desk.desk.http.get(&path).await.expect(404);
}

#[tokio::test]
async fn what_is_too_large_is_listed_and_not_kept() {
    let desk = mail_desk().await;
    let mb = 1024 * 1024;
    for (id, sizes, stored, listed) in [
        ("m1", vec![10; 21], 20, 21),
        ("m2", vec![11 * mb, 5], 1, 2),
        ("m3", vec![10 * mb, 10 * mb, 10 * mb], 2, 3),
        ("m4", vec![11 * mb; 3].into_iter().chain([1; 70]).collect(), 20, 40),
    ] {
        let noted = desk.take(&with_files(id, &sizes)).await;
        let message = desk.last(&noted["ticket"]).await;
        let files = message["attachments"].as_array().unwrap();
        let (kept, left): (Vec<&Value>, Vec<&Value>) = files.iter().partition(|file| file["state"] == "kept");
        assert_eq!((kept.len(), files.len(), noted["files"].as_u64()), (stored, listed, Some(sizes.len() as u64)), "{id}");
        assert!(left.iter().all(|file| file["state"] == "too_large" && file["url"].is_null() && file["size"].is_u64()), "{id}");
        // The files, and how the mail is shown.
        assert_eq!(desk.objects_of(&noted["ticket"]).len(), stored + 1, "{id}");
    }
}

#[tokio::test]
async fn a_file_without_a_byte_can_be_had() {
    let desk = mail_desk().await;
    let noted = desk.take(&with_files("m1", &[0])).await;
    let message = desk.last(&noted["ticket"]).await;
    assert_eq!((&message["attachments"][0]["size"], &message["attachments"][0]["state"]), (&json!(0), &json!("kept")));
    assert_eq!(desk.fetch(&message["attachments"][0]).await.2, b"");
    // It may be sent again, with its name.
    let ticket = noted["ticket"].as_str().unwrap();
    let reply = json!({"message": "yours", "attachments": [message["attachments"][0]["id"]]});
    let sent = desk.desk.send(ticket, reply).await.expect(201).json;
    assert_eq!((&sent["attachments"][0]["name"], &sent["attachments"][0]["size"]), (&json!("0.csv"), &json!(0)));
}

#[tokio::test]
async fn a_file_is_what_its_bytes_are() {
    let desk = mail_desk().await;
    let (_, message) = desk.open(kept("odd-files")).await;
    for (place, kind, how) in [
        (0, "application/octet-stream", "attachment"),
        (1, "application/octet-stream", "attachment"),
        (2, "application/octet-stream", "attachment"),
        (3, "image/png", "inline"),
    ] {
        let (served, disposition, _) = desk.fetch(&message["attachments"][place]).await;
        assert_eq!((served.as_str(), disposition.split(';').next()), (kind, Some(how)), "{}", message["attachments"][place]);
    }
}

#[tokio::test]
async fn files_lie_beside_the_ticket_that_the_mail_came_to() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    desk.take(&enclosing(desk.answer(&ticket, "a2", "").await, &[7])).await;
    let appended = desk.last(&ticket).await;
    assert_eq!(appended["attachments"][0]["name"], "0.csv");
    desk.fetch(&appended["attachments"][0]).await;
    assert_eq!(desk.objects_of(&ticket).len(), 3, "two mails as they are shown, and a file");

    // What a machine answers is a note, and a mail without a pointer is a ticket of its own.
    let away = desk.answer(&ticket, "a3", "I am away.").await.with("Auto-Submitted", "auto-replied");
    assert_eq!(desk.take(&away).await["state"], "noted");
    assert_eq!(desk.objects_of(&ticket).len(), 4);
    let other = desk.take(&with_files("a4", &[7, 8])).await;
    assert_eq!((desk.objects_of(&ticket).len(), desk.objects_of(&other["ticket"]).len()), (4, 3));
}

/// A mail that comes too late for its ticket opens the next one. Its files lie beside that, and stay when the ended one goes.
#[tokio::test]
async fn files_of_a_late_mail_lie_beside_the_ticket_that_it_opens() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    desk.desk.settings(json!({"reopen_within_days": 7})).await;
    let ticket = desk.asked().await;
    let path = format!("/tickets/{}/", ticket.as_str().unwrap());
    desk.desk.http.agent(Method::PATCH, &path, json!({"status": "resolved"})).await.expect(200);
    time.pass(8 * 24 * 3600);
    let late = desk.take(&enclosing(desk.answer(&ticket, "a2", "").await, &[7])).await;
    let next = &late["ticket"];
    assert_eq!((&late["state"], next == &ticket), (&json!("opened"), false));
    assert_eq!((desk.objects_of(&ticket).len(), desk.objects_of(next).len()), (1, 2));
    let later = desk.take(&enclosing(desk.answer(&ticket, "a3", "").await, &[8])).await;
    assert_eq!(
        (&later["ticket"], desk.objects_of(next).len()),
        (next, 4),
        "what is addressed to the ended one goes on in the next"
    );
    desk.delete(&ticket).await;
    desk.fetch(&desk.messages(next).await[0]["attachments"][0]).await;
}

#[tokio::test]
async fn the_same_mail_again_leaves_nothing_more() {
    let desk = mail_desk().await;
    let sent = with_files("a1", &[7]);
    let noted = desk.take(&sent).await;
    let before = desk.objects_of(&noted["ticket"]);
    assert_eq!(desk.take(&sent).await["state"], "duplicate");
    assert_eq!(desk.objects_of(&noted["ticket"]), before);
    let beside: Vec<_> = desk.desk.running.objects().unwrap().into_iter().filter(|key| key.starts_with("p/")).collect();
    assert_eq!(beside, before, "and nothing beside another ticket");
}

#[tokio::test]
async fn a_deleted_ticket_takes_its_files_mails_and_ids_along() {
    let desk = mail_desk().await;
    let sent = with_files("a1", &[7, 8]);
    let noted = desk.take(&sent).await;
    desk.take(&desk.answer(&noted["ticket"], "a2", "And more.").await).await;
    let other = desk.take(&mail("b1", "hello").from("bob@example.com")).await;
    let inbound = |desk: &MailDesk| desk.desk.running.objects().unwrap().iter().filter(|key| key.starts_with("inbound/")).count();
    assert_eq!((desk.objects_of(&noted["ticket"]).len(), inbound(&desk)), (4, 3));
    desk.delete(&noted["ticket"]).await;
    assert_eq!((desk.objects_of(&noted["ticket"]).len(), inbound(&desk)), (0, 1));
    assert_eq!(desk.objects_of(&other["ticket"]).len(), 1, "another ticket keeps what it has");
    assert_eq!(desk.take(&sent).await["state"], "opened", "the project knows the mail no more");
}

#[tokio::test]
async fn a_mail_of_two_projects_stays_until_it_expires() {
    let desk = mail_desk().await;
    desk.as_other(Method::POST, "/email/addresses/", json!({"kind": "desk", "address": "other"})).await.expect(201);
    let noted = desk.take(&mail("a1", "hello").to(&["demo@desk.test", "other@desk.test"])).await;
    desk.delete(&noted["ticket"]).await;
    let objects = desk.desk.running.objects().unwrap();
    assert!(objects.iter().any(|key| key.starts_with("inbound/")) && objects.iter().any(|key| key.starts_with("p/2/")));
    assert!(!objects.iter().any(|key| key.starts_with("p/1/")), "{objects:?}");
}
