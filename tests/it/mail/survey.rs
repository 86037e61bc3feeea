//! The desk's question by mail.

use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, away::BEGIN, mail_desk_at};
use crate::support::Time;

const DAY: i64 = 24 * 3600;

/// A ticket that was resolved a day ago, and whose customer is asked now.
async fn asked(desk: &MailDesk, time: &Time, ticket: &Value) {
    desk.desk.tickets().patch(ticket.as_str().unwrap(), json!({"status": "resolved"})).expect(200).await;
    desk.later(time, DAY + 1).await;
}

#[tokio::test]
async fn the_question_is_a_mail_whose_links_record_nothing() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    desk.desk.settings(json!({"satisfaction_survey_days": 1})).await;
    let ticket = desk.asked().await;
    asked(&desk, &time, &ticket).await;
    let outbox = desk.outbox().await;
    assert_eq!((outbox.len(), &outbox[0]["recipients"]), (1, &json!(["ada@example.com"])));
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!((letter.subject.as_str(), letter.first("auto-submitted")), ("Re: The export fails", Some("auto-generated")));
    let text = letter.plain.unwrap();
    let links: Vec<_> = text.split_whitespace().filter(|word| word.starts_with("http")).map(str::to_owned).collect();
    assert_eq!(links.len(), 5, "{text}");
    let path = |link: &str| link[link.find("/api/").unwrap()..].to_owned();
    for link in links.iter().cycle().take(25) {
        desk.desk.http.call(Method::GET, &path(link), &[], Value::Null).await.expect(200);
    }
    assert_eq!(desk.ticket(&ticket).await["satisfaction"]["rating"], Value::Null, "scanners open every link");
    let page = path(&links[3]);
    desk.desk.http.call(Method::POST, page.split('?').next().unwrap(), &[], json!({"rating": 4})).await.expect(200);
    assert_eq!(desk.ticket(&ticket).await["satisfaction"]["rating"], 4);
}

#[tokio::test]
async fn the_question_waits_for_a_customer_of_the_widget_and_leaves_out_lost_addresses() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    desk.desk.settings(json!({"satisfaction_survey_days": 1})).await;
    let (_, ticket) = desk.in_widget().await;
    asked(&desk, &time, &ticket).await;
    assert_eq!(desk.outbox().await.len(), 0, "they may see it in the widget");
    desk.later(&time, 301).await;
    assert_eq!(desk.sent(&desk.outbox().await[0]).await.subject, "Your conversation with Demo");

    let lost = desk.asked().await;
    desk.reply(&lost, json!({"message": "Hi"})).await;
    desk.desk.http.drain().await;
    let mail = desk.outbox().await.pop().unwrap();
    let report = format!("/_local/mail/outbox/{}/report", mail["id"].as_str().unwrap());
    desk.desk.http.call(Method::POST, &report, &[], json!({"event": "bounced"})).await.expect(202);
    desk.desk.http.drain().await;
    let before = desk.outbox().await.len();
    asked(&desk, &time, &lost).await;
    desk.later(&time, 301).await;
    assert_eq!(desk.outbox().await.len(), before);
}
