//! Hostile text in mails, on their way in and on their way out.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

use super::texts::{CANARY, hostile};
use crate::mail::{MailDesk, mail_desk_at};

/// A text in a field of a head, where it stays one text whatever is in it.
fn word(text: &str) -> String {
    format!("=?utf-8?B?{}?=", STANDARD.encode(text))
}

/// A mail with the text as its subject, in names, as plain text, as HTML and as the name of a file.
fn mail_with(number: usize, text: &str) -> Vec<u8> {
    let (word, file) = (word(text), utf8_percent_encode(text, NON_ALPHANUMERIC));
    let (mut raw, mut escaped) = (String::new(), String::new());
    for sign in text.chars() {
        let _ = write!(escaped, "&#{};", u32::from(sign));
    }
    let _ = write!(raw, "Message-ID: <h{number}@mail.example.com>\r\nSubject: {word}\r\n");
    let _ = write!(raw, "From: {word} <ada@example.com>\r\nTo: {word} <demo@desk.test>\r\nCc: {word} <bob@example.com>\r\n");
    let _ = write!(raw, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n");
    let _ = write!(raw, "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n");
    let part = |kind: &str, body: &str| {
        format!("Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n", STANDARD.encode(body))
    };
    let _ = write!(raw, "--a\r\n{}--a\r\n", part("text/plain", text));
    let _ = write!(raw, "{}--a--\r\n", part("text/html", &format!("<p>{escaped}</p>{text}<script>{text}</script>")));
    let _ =
        write!(raw, "--m\r\nContent-Disposition: attachment; filename*=UTF-8''{file}\r\n{}--m--\r\n", part("text/plain", "x"));
    raw.into_bytes()
}

fn texts() -> Vec<(&'static str, String)> {
    hostile().into_iter().filter_map(|text| Some((text.what, text.text()?))).filter(|(_, text)| text.len() < 1000).collect()
}

fn assert_clean(desk: &MailDesk) {
    let lines = desk.desk.log.lines();
    assert!(!lines.is_empty(), "the log is heard");
    let wrong: Vec<_> = lines.iter().filter(|line| line.contains(CANARY) || line.contains("example.com")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What everybody sees of a text. Mails have white space and signs of control of their own.
fn visible(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).collect()
}

#[tokio::test]
async fn mails_are_shown_as_text_and_are_in_no_log() {
    let (desk, time) = mail_desk_at("2026-03-09T09:00:00Z").await;
    for (number, (what, text)) in texts().into_iter().enumerate() {
        // No limit is in the way.
        time.pass(3600);
        let (noted, message) = desk.open(mail_with(number, &text)).await;
        let content = message["content"].as_str().unwrap();
        assert_eq!(visible(content), visible(&text), "{what}: {content:?}");
        assert!(!content.contains('\0'), "{what}: {content:?}");
        let ticket = desk.ticket(&noted["ticket"]).await;
        for (field, line) in [("a subject", &noted["subject"]), ("a ticket's subject", &ticket["email_subject"])] {
            let line = line.as_str().unwrap();
            assert!(line.contains(CANARY) && !line.contains(['\r', '\n', '\0']), "{field} of {what}: {line:?}");
        }
        let name = ticket["anonymous_traits"]["name"].as_str().unwrap_or_default();
        assert!(!name.contains(['\r', '\n', '\0']), "a name of {what}: {name:?}");
    }
    assert_eq!(desk.tickets().await, u64::try_from(texts().len()).unwrap());
    desk.desk.http.drain().await;
    assert_clean(&desk);
}

/// The names of the fields of a mail's head.
fn head(raw: &str) -> Vec<String> {
    let (head, _) = raw.split_once("\r\n\r\n").expect("a head");
    let fields = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    fields.map(|field| field.split_once(':').unwrap_or_else(|| panic!("no field: {field:?}")).0.to_lowercase()).collect()
}

#[tokio::test]
async fn answers_leave_as_text_for_whom_they_are_meant() {
    let (desk, time) = mail_desk_at("2026-03-09T09:00:00Z").await;
    let addresses = desk.desk.http.get("/email/addresses/").await.expect(200).json;
    let address = format!("/email/addresses/{}/", addresses["results"][0]["id"].as_str().unwrap());
    let mut fields = None;
    for (number, (what, text)) in texts().into_iter().enumerate() {
        time.pass(3600);
        let from = desk.desk.http.agent(Method::PATCH, &address, json!({"from_name": text})).await;
        assert!([200, 400].contains(&from.status), "{what}: {}", from.text);
        let (noted, _) = desk.open(mail_with(number, &text)).await;
        let rich = json!({"type": "doc", "content": [{"type": "paragraph", "content": [
            {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": text}}]}]}]});
        let sent = desk.reply(&noted["ticket"], json!({"message": text, "rich_content": rich})).await;
        let message = desk.settled(&noted["ticket"], &sent).await;
        assert_eq!(message["delivery"]["status"], "delivered", "{what}: {message}");
        let outbox = desk.outbox().await;
        let mail = outbox.last().unwrap();
        assert_eq!((outbox.len(), &mail["recipients"]), (number + 1, &json!(["ada@example.com", "bob@example.com"])), "{what}");
        let path = format!("/_local/mail/outbox/{}.eml", mail["id"].as_str().unwrap());
        let raw = desk.desk.http.call(Method::GET, &path, &[], Value::Null).await.expect(200).text;
        let known = fields.get_or_insert_with(|| head(&raw)).clone();
        assert_eq!(head(&raw), known, "a mail with {what} has the fields of any other");
        let letter = desk.sent(mail).await;
        let plain = letter.plain.as_deref().unwrap_or_default();
        assert!(plain.contains(CANARY), "{what}: {plain:?}");
        assert!(letter.subject.contains(CANARY), "{what}: {:?}", letter.subject);
        let html = letter.html.unwrap_or_default();
        for tag in ["<script", "<img", "<svg", "href=\"javascript:", "<b>x"] {
            assert!(!html.contains(tag), "{what} has {tag}: {html}");
        }
    }
    assert_clean(&desk);
}
