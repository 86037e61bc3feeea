//! What mails look like, and what of that agents read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{kept, mail, mail_desk};

#[tokio::test]
async fn mails_of_every_charset_are_read() {
    let desk = mail_desk().await;
    for (name, words) in [
        ("charset-iso-2022-jp", "エクスポート"),
        ("charset-gb18030", "失败"),
        ("charset-koi8-r", "работает"),
        ("charset-latin-1", "“it’s broken”"),
        ("charset-unknown", "Übergröße"),
        ("charset-none", "Grüße"),
        ("charset-utf-7", "Grüße"),
    ] {
        let (noted, message) = desk.open(distinct(&kept(name), name)).await;
        let text = format!("{} {}", noted["subject"].as_str().unwrap(), message["content"].as_str().unwrap());
        assert!(text.contains(words) && !text.contains('\u{FFFD}'), "{name}: {text}");
    }
}

/// The same mail under an id of its own.
fn distinct(raw: &[u8], name: &str) -> Vec<u8> {
    let mut fields = format!("Message-ID: <{name}@shapes.example.com>\n").into_bytes();
    fields.extend(raw);
    fields
}

#[tokio::test]
async fn replies_of_every_client_show_new_text_only_and_others_stay_whole() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let to = desk.reply_to(&ticket).await;
    let clients =
        ["apple", "gmail", "iphone", "outlook-web", "outlook", "thunderbird", "yahoo"].map(|name| format!("client-{name}"));
    let take = async |name: &str| {
        let raw = distinct(&kept(name), name);
        let reply = desk.upload("ada@example.com", &[&to], "", raw).await.expect(202);
        assert_eq!(desk.noted(&reply.json["ses_id"]).await["state"], "appended", "{name}");
        desk.last(&ticket).await
    };
    for name in &clients {
        let message = take(name).await;
        let signature = if name == "client-iphone" { "\n\nSent from my iPhone" } else { "" };
        let new = format!("It works now, thank you.{signature}");
        assert_eq!((&message["content"], &message["source"]["quoted"]), (&json!(new), &json!(true)), "{name}");
        let whole = desk.full(&ticket, &message, "").await;
        for part in ["html", "text"] {
            assert!(whole[part].as_str().unwrap().contains("It should work."), "{name}: {whole}");
        }
    }
    for name in ["answers-between", "one-word-added", "quote-only"] {
        let message = take(name).await;
        let text = message["content"].as_str().unwrap();
        assert!(text.contains("> Please try again.") && text.contains("> It should work."), "{name}: {text}");
        assert_eq!(message["source"]["quoted"], false, "{name}");
    }
    let (_, first) = desk.open(distinct(&kept("forwarded-first"), "forwarded-first")).await;
    let text = first["content"].as_str().unwrap();
    assert!(text.contains("The sum is wrong.") && text.ends_with("> Here is your invoice."), "{text}");
    assert_eq!(first["source"]["quoted"], false, "a first mail may be about what it quotes");
}

#[tokio::test]
async fn html_becomes_text_with_its_links() {
    let desk = mail_desk().await;
    let html = mail("h1", "<p>See <a href=\"https://example.com/7\">order 7</a>.</p><script>alert(1)</script>")
        .with("Content-Type", "text/html; charset=utf-8");
    let noted = desk.take(&html).await;
    let message = desk.last(&noted["ticket"]).await;
    let text = message["content"].as_str().unwrap();
    assert!(text.contains("order 7") && text.contains("https://example.com/7") && !text.contains("alert"), "{text}");
    let (_, blank) = desk.open(distinct(&kept("blank-text"), "blank-text")).await;
    assert_eq!(blank["content"], "Only the HTML says it.");
}

#[tokio::test]
async fn files_stay_in_the_mail_and_are_counted() {
    let desk = mail_desk().await;
    let parts = "--p\nContent-Type: text/plain\n\nSee the file.\n--p\nContent-Type: text/csv\n\
                 Content-Disposition: attachment; filename=\"a.csv\"\n\n1,2\n--p--\n";
    let sent = mail("p1", parts).with("Content-Type", "multipart/mixed; boundary=p");
    let noted = desk.take(&sent).await;
    assert_eq!(noted["files"], 1);
    let message = desk.last(&noted["ticket"]).await;
    assert_eq!((message["content"].as_str(), &message["source"]["files"]), (Some("See the file."), &json!(1)));
    let only = mail("p2", &parts.replace("See the file.\n", "")).with("Content-Type", "multipart/mixed; boundary=p");
    let noted = desk.take(&only).await;
    assert_eq!(desk.last(&noted["ticket"]).await["content"], "(no text)");
}

#[tokio::test]
async fn nothing_that_somebody_sends_fails() {
    let desk = mail_desk().await;
    let nested = (0..300).map(|depth| format!("--b{depth}\nContent-Type: multipart/mixed; boundary=b{}\n\n", depth + 1));
    let nested = mail("x1", &nested.collect::<String>()).with("Content-Type", "multipart/mixed; boundary=b0");
    let parts = "--p\nContent-Type: text/plain\n\nhi\n".repeat(10_000);
    let parts = mail("x2", &parts).with("Content-Type", "multipart/mixed; boundary=p");
    let line = mail("x3", &"y".repeat(5_000_000));
    for sent in [nested, parts, line] {
        let begun = Instant::now();
        let noted = desk.take(&sent).await;
        assert_eq!(noted["state"], "opened", "{noted}");
        // A debug build on a busy machine takes several times as long as the two seconds of a deployed one.
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        assert!(!desk.last(&noted["ticket"]).await["content"].as_str().unwrap().is_empty());
    }
    for (place, raw) in
        [b"".as_slice(), b"\r\n\r\n", b"\0\xff\xfe", b"From: \r\nTo: \r\n\r\nhi", b"nothing but text"].iter().enumerate()
    {
        let reply = desk.upload("ada@example.com", &["demo@desk.test"], "", raw.to_vec()).await.expect(202);
        let noted = desk.noted(&reply.json["ses_id"]).await;
        // Two that say nothing are the same.
        assert!(noted["state"] == "opened" || place == 1 && noted["state"] == "duplicate", "{place}: {noted}");
    }
}

#[tokio::test]
async fn times_and_subjects_of_senders_order_nothing() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    for (id, date) in [("t1", "Thu, 01 Jan 2099 00:00:00 +0000"), ("t2", "no date"), ("t3", "Thu, 01 Jan 1970 00:00:00 +0000")] {
        let answer = desk.answer(&ticket, id, id).await.with("Date", date);
        assert_eq!(desk.take(&answer).await["state"], "appended", "{date}");
    }
    let texts: Vec<_> =
        desk.messages(&ticket).await.iter().skip(1).map(|it| it["content"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["t1", "t2", "t3"]);
    // A line end in an encoded word would be another header field of every mail that names the subject.
    let odd = mail("t4", "hi").with("Subject", "=?utf-8?Q?Hi=0D=0ABcc:_eve@example.net?=");
    let subject = desk.take(&odd).await["subject"].as_str().unwrap().to_owned();
    assert!(subject.starts_with("Hi") && !subject.contains(['\r', '\n']), "{subject:?}");
}

#[tokio::test]
async fn an_answer_goes_elsewhere_only_if_nobody_reads_the_sender() {
    let desk = mail_desk().await;
    let answered = async |noted: &Value| {
        let sent = desk.reply(&noted["ticket"], json!({"message": "Hello"})).await;
        desk.settled(&noted["ticket"], &sent).await;
        desk.outbox().await.pop().unwrap()["recipients"].clone()
    };
    let elsewhere = mail("r1", "hi").with("Reply-To", "Elsewhere <elsewhere@example.net>");
    let noted = desk.take(&elsewhere).await;
    let ticket = desk.ticket(&noted["ticket"]).await;
    assert_eq!((ticket["email_from"].as_str(), &ticket["email_reply_to"]), (Some("ada@example.com"), &json!(null)));
    assert_eq!(answered(&noted).await, json!(["ada@example.com"]));
    let form = mail("r2", "hi").from("Form <noreply@forms.example.org>").with("Reply-To", "Dora <dora@example.net>");
    let noted = desk.take(&form).await;
    let ticket = desk.ticket(&noted["ticket"]).await;
    assert_eq!(
        (ticket["email_from"].as_str(), ticket["email_reply_to"].as_str()),
        (Some("noreply@forms.example.org"), Some("dora@example.net"))
    );
    assert_eq!(answered(&noted).await, json!(["dora@example.net"]));
}
