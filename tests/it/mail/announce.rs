//! Mails that a new ticket brings: to the project, and to who wrote.

use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, mail, mail_desk};
use crate::support::{Visitor, desk_with};

#[tokio::test]
async fn a_new_ticket_is_told_of_once() {
    let desk = mail_desk().await;
    let told = json!({"notification_recipients": ["team@example.com", "boss@example.com"]});
    desk.desk.settings(told).await;
    Visitor::new(&desk.desk.http).open("Where is my invoice?").await;
    desk.desk.http.drain().await;
    let outbox = desk.outbox().await;
    assert_eq!(outbox.len(), 1);
    assert_eq!(
        (&outbox[0]["from"], &outbox[0]["recipients"]),
        (&json!("no-reply@desk.test"), &json!(["team@example.com", "boss@example.com"]))
    );
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!((letter.subject.as_str(), letter.reply_to.len(), letter.to.len()), ("[Demo] New ticket #1", 0, 1));
    assert_eq!(letter.first("auto-submitted"), Some("auto-generated"));
    let (text, html) = (letter.plain.unwrap(), letter.html.unwrap());
    assert!(text.contains("Where is my invoice?") && text.contains("/inbox/1/t/1"), "{text}");
    assert!(html.contains("<a href=\"http") && html.contains("/inbox/1/t/1\""), "{html}");
    // An answer goes nowhere.
    let answer = mail("m1", "Who takes it?").from("team@example.com").to(&["no-reply@desk.test"]);
    desk.upload(&answer.envelope(), &["no-reply@desk.test"], "", answer.raw()).await.expect(202);
    assert_eq!(desk.tickets().await, 1);

    // What the team begins itself is no news.
    let filed = desk.desk.http.agent(Method::POST, "/tickets/", json!({"message": "Hi", "author_type": "support"})).await;
    assert_eq!(filed.status, 201);
    desk.desk.http.drain().await;
    desk.desk.settings(json!({"email_enabled": false})).await;
    Visitor::new(&desk.desk.http).open("Another").await;
    desk.desk.http.drain().await;
    assert_eq!(desk.outbox().await.len(), 1);
}

#[tokio::test]
async fn a_proven_sender_is_told_once_a_day_that_the_mail_is_here() {
    let desk = mail_desk().await;
    desk.desk.settings(json!({"email_acknowledge": true})).await;
    let ticket = desk.asked().await;
    desk.desk.http.drain().await;
    let outbox = desk.outbox().await;
    assert_eq!((outbox.len(), &outbox[0]["recipients"]), (1, &json!(["ada@example.com"])));
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!((letter.subject.as_str(), &letter.in_reply_to), ("Re: The export fails", &vec!["a1@mail.example.com".to_owned()]));
    assert_eq!((letter.first("auto-submitted"), letter.from[0].name.as_deref()), (Some("auto-generated"), Some("Demo")));
    let answer = mail("a2", "One more thing").to(&[letter.reply_to[0].address.as_str()]);
    assert_eq!(desk.take(&answer).await["ticket"], ticket);

    let more = [
        mail("a3", "Another question"),
        mail("b1", "hello").from("bob@example.com").unproven(),
        mail("c1", "Order 7").from("shop@example.com").with("Auto-Submitted", "auto-generated"),
    ];
    for mail in &more {
        assert_eq!(desk.take(mail).await["state"], "opened");
    }
    desk.desk.http.drain().await;
    assert_eq!(desk.outbox().await.len(), 1, "once a day and address, and neither to the unproven nor to machines");
}

#[tokio::test]
async fn two_desks_that_acknowledge_each_other_stop() {
    let mut desks = Vec::new();
    for (domain, local) in [("one.example", "one"), ("two.example", "two")] {
        let options = lambdesk_local::Options { mail_domain: Some(domain.to_owned()), ..lambdesk_local::Options::default() };
        let desk = MailDesk { desk: desk_with(options).await };
        desk.add_address(local).await;
        desk.desk.settings(json!({"email_acknowledge": true})).await;
        desks.push(desk);
    }
    // One writes to two, and each gets what the other one sends.
    let ask = mail("m1", "hello").from("One <one@one.example>").to(&["two@two.example"]);
    desks[1].upload("one@one.example", &["two@two.example"], "", ask.raw()).await.expect(202);
    let mut seen = [0, 0];
    for _ in 0..4 {
        for (from, to) in [(1, 0), (0, 1)] {
            desks[from].desk.http.drain().await;
            for mail in desks[from].outbox().await.iter().skip(seen[from]) {
                let path = format!("/_local/mail/outbox/{}.eml", mail["id"].as_str().unwrap());
                let raw = desks[from].desk.http.call(Method::GET, &path, &[], Value::Null).await.expect(200).text.into_bytes();
                let (sender, recipient) = (mail["from"].as_str().unwrap(), mail["recipients"][0].as_str().unwrap());
                desks[to].upload(sender, &[recipient], "", raw).await.expect(202);
            }
            seen[from] = desks[from].outbox().await.len();
        }
    }
    assert!(seen[1] == 1 && seen[0] <= 1, "at most one mail each way: {seen:?}");
}
